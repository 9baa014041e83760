"""The account's money on one page: what there is, what came and went, what was spent."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiKey, InferenceModel, Membership
from accounts.pages.requests import SignedInRequest
from billing import usage
from billing.alerts import threshold_of
from billing.balances import balance_of, balances_of, last_movements, lots_in_use
from billing.money import shown
from billing.pages.members import frame, seen_by_members
from billing.roles import SEEING_ROLES
from billing.templatetags.customer_money import short_day
from billing.usage_totals import cells_of_days
from common import clock
from common.plots import Plot, Series, Tone, stacked_bars

DAYS_PLOTTED = 30
MOVEMENTS = 8
MOST_LOTS = 20
MOST_SHARES = 8

SPENT = Series(name="spent", label=gettext_lazy("Spent"), tone=Tone.INFO)


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """The accounts whose money the person may see; with a single one, that one."""
    memberships = list(
        Membership.objects.filter(user=request.user, role__in=SEEING_ROLES)
        .select_related("account")
        .order_by("account__name")
    )
    if len(memberships) == 1:
        return redirect("money", memberships[0].account.public_id)
    balances = balances_of([one.account_id for one in memberships], at=clock.now())
    cards = [(one, balances[one.account_id]) for one in memberships]
    return render(request, "customer/money/accounts.html", {"cards": cards, "section": "money"})


@seen_by_members
def overview(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Balance, lots in order of use, spend of thirty days and of the month, movements."""
    account, at = membership.account, clock.now()
    today = usage.today(account, at=at)
    first = today - timedelta(days=DAYS_PLOTTED - 1)
    month = today.replace(day=1)
    found = cells_of_days(account, min(first, month), today)
    this_month = [cell for cell in found if cell.day >= month]
    lots = lots_in_use(account, at=at)
    context = {
        **frame(membership),
        "balance": balance_of(account, at=at),
        "threshold": threshold_of(account),
        "lots": lots[:MOST_LOTS],
        "more_lots": len(lots[MOST_LOTS:]),
        "expiring": [lot for lot in lots if lot.expires_at],
        "plot": _plot(found, first, today),
        "spent": usage.total(cell for cell in found if cell.day >= first),
        "month": usage.total(this_month),
        "month_begins": month,
        "models": _shares(this_month, "model", InferenceModel.objects.all()),
        "keys": _shares(this_month, "api_key", ApiKey.objects.filter(account=account)),
        "movements": last_movements(account, most=MOVEMENTS),
    }
    return render(request, "customer/money/overview.html", context)


def _plot(found: list[usage.Cell], first: date, last: date) -> Plot:
    sums = usage.added_up(found, "day")
    return stacked_bars(
        title=_("Spent per day, last 30 days"),
        series=[SPENT],
        bars=[
            (short_day(day), {"spent": sums.get(day, usage.Sums()).taken})
            for day in usage.days_between(first, last)
        ],
        write=lambda micro: f"¥{shown(micro)}",
        axis=16,
    )


@dataclass(frozen=True)
class Share:
    """What was spent on one model or key; `thing` None: on none in particular, or, at the
    end of a long list, on all `others`."""

    thing: Any
    sums: usage.Sums
    others: int = 0


def _shares(found: list[usage.Cell], by: str, things: Any) -> list[Share]:
    sums = usage.added_up(found, by)
    named = list(sums)[:MOST_SHARES]
    known = things.in_bulk([pk for pk in named if pk is not None])
    shares = [Share(known.get(pk), sums[pk]) for pk in named]
    rest = [sums[pk] for pk in list(sums)[MOST_SHARES:]]
    if rest:
        shares.append(Share(None, sum(rest, usage.Sums()), others=len(rest)))
    return shares
