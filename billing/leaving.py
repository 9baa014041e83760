"""What of an account's money is in the way of closing it, and what becomes of the rest."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.leaving_checks import LeavingCheck, Obstacle, leaving_checks
from accounts.models import Account, User
from billing.balances import balance_of, balances_of
from billing.models import OpenRequest, PaymentOrder, RefundApplication
from billing.roles import sees_money


def register() -> None:
    """Called once, when the app is ready."""
    from accounts.pages.panels import AccountPanel, leaving_cards

    leaving_checks.register(
        LeavingCheck("money", gettext_lazy("Nothing is owed or on hold"), balances)
    )
    leaving_checks.register(
        LeavingCheck("payments", gettext_lazy("No payment or refund is under way"), under_way)
    )
    leaving_cards.register(
        AccountPanel("balance", "customer/leaving/balance.html", balance_that_lapses)
    )


def balances(accounts: Sequence[Account], person: User | None, at: datetime) -> Iterable[Obstacle]:
    """Debts, and money put aside for something."""
    found = balances_of([one.pk for one in accounts], at=at)
    for account in accounts:
        has, url = found[account.pk], reverse("money", args=[account.public_id])
        if has.paid < 0:
            yield Obstacle(_("The account owes money: pay it first (clause 6)."), url, _("Money"))
        if has.held:
            yield Obstacle(
                _("Money of the account is on hold, for something that is not over."),
                url,
                _("Money"),
            )


def under_way(accounts: Sequence[Account], person: User | None, at: datetime) -> Iterable[Obstacle]:
    """Payments that may still arrive, and refunds nobody has decided on."""
    for account in accounts:
        url = reverse("money", args=[account.public_id])
        if PaymentOrder.objects.open().filter(account=account).exists():
            yield Obstacle(_("A payment is under way."), url, _("Money"))
        if RefundApplication.objects.filter(account=account).open().exists():
            yield Obstacle(
                _("An application for a refund is not answered yet: wait, or take it back."),
                reverse("money_refund", args=[account.public_id]),
                _("Refund"),
            )
        elif OpenRequest.objects.filter(request__account=account).exists():
            yield Obstacle(_("Something about the account's money is being decided."), url)


def balance_that_lapses(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """What is left, for those who see money."""
    if not sees_money(user, account):
        return None
    return {"balance": balance_of(account, at=at)}
