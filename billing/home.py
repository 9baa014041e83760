"""What money shows on the home page of the staff.

Sums of many rows are kept for some minutes: they are read by everybody who comes home.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import F, Sum
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import Charge, Entry, Kind, Ledger, OpenRequest, Wallet
from billing.money import rounded_to_fen, shown
from common.figures import Figure, HomeFigure, home_figures

if TYPE_CHECKING:
    from common.work_queues import StaffUser

KEPT_SECONDS = 300


def day_began(user: "StaffUser", at: datetime) -> datetime:
    """When the person's day began."""
    zone = ZoneInfo(user.time_zone)  # type: ignore[attr-defined]
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _kept(name: str, at: datetime, read: Callable[[], Any]) -> tuple[Any, datetime]:
    """What `read` answers, and when it was asked."""
    found: Any = cache.get_or_set(f"billing.home.{name}", lambda: (read(), at), KEPT_SECONDS)
    value, asked = found
    return value, asked


def _yuan(micro: int) -> str:
    """In whole fen: a card has no room for millionths, and the page it leads to has them."""
    return f"¥\u00a0{shown(rounded_to_fen(micro))}"


def _as_of(user: "StaffUser", at: datetime) -> str:
    local = at.astimezone(ZoneInfo(user.time_zone))  # type: ignore[attr-defined]
    return _("as of %s") % time_format(local, "TIME_FORMAT")


def received_today(user: "StaffUser", at: datetime) -> Figure:
    since = day_began(user, at)

    def read() -> int:
        entries = Entry.objects.filter(
            journal__kind__in=[Kind.RECEIPT, Kind.TOP_UP],
            journal__effective_at__gte=since,
            account__in=[Ledger.BANK, Ledger.PROVIDERS],
            amount__lt=0,
        )
        return -(entries.aggregate(sum=Sum("amount"))["sum"] or 0)

    amount, asked = _kept(f"received:{since.timestamp()}", at, read)
    url = reverse("admin:billing_journal_changelist") + "?kind__exact=top_up"
    return Figure(value=_yuan(amount), note=_as_of(user, asked), url=url)


def spent_today(user: "StaffUser", at: datetime) -> Figure:
    since = day_began(user, at)

    def read() -> int:
        charges = Charge.objects.filter(recorded_at__gte=since)
        return charges.aggregate(sum=Sum("posted"))["sum"] or 0

    amount, asked = _kept(f"spent:{since.timestamp()}", at, read)
    url = reverse("admin:billing_charge_changelist")
    return Figure(value=_yuan(amount), note=_as_of(user, asked), url=url)


def owed_to_customers(user: "StaffUser", at: datetime) -> Figure:
    def read() -> dict[str, int]:
        of_paid = Sum(F("paid") + F("held_paid"))
        of_granted = Sum(F("granted") + F("held_granted"))
        found: dict[str, int] = Wallet.objects.aggregate(paid=of_paid, granted=of_granted)
        return found

    sums, asked = _kept("owed", at, read)
    note = _("paid in, and ¥%(granted)s granted; %(as_of)s") % {
        "granted": shown(rounded_to_fen(sums["granted"] or 0)),
        "as_of": _as_of(user, asked),
    }
    url = reverse("admin:billing_wallet_changelist")
    return Figure(value=_yuan(sums["paid"] or 0), note=note, url=url)


def to_decide(user: "StaffUser", at: datetime) -> Figure:
    waiting = OpenRequest.objects.exclude(requested_by=user.pk)
    count = waiting.count()
    refunds = waiting.filter(kind=Kind.REFUND).count()
    note = ngettext("%d refund among them", "%d refunds among them", refunds) % refunds
    url = reverse("admin:billing_postingrequest_changelist") + "?standing=open"
    return Figure(value=str(count), note=note, url=url, hot=count > 0)


FIGURES = (
    HomeFigure(
        name="money_to_decide",
        label=gettext_lazy("Money to approve"),
        value=to_decide,
        permission="billing.approve_postingrequest",
    ),
    HomeFigure(
        name="money_received",
        label=gettext_lazy("Received today"),
        value=received_today,
        permission="billing.view_journal",
    ),
    HomeFigure(
        name="money_spent",
        label=gettext_lazy("Spent on usage today"),
        value=spent_today,
        permission="billing.view_charge",
    ),
    HomeFigure(
        name="money_owed",
        label=gettext_lazy("Balances of customers"),
        value=owed_to_customers,
        permission="billing.view_wallet",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for figure in FIGURES:
        home_figures.register(figure)
