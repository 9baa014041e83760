"""What the page of an account's money shows of its payments: orders and matched transfers."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.account_parts import AccountPart, account_parts
from billing.models import Match, PaymentOrder

MOST = 10


def orders_of(account: Account) -> dict[str, Any]:
    """The account's last payment orders."""
    orders = PaymentOrder.objects.filter(account=account).order_by("-pk")[:MOST]
    return {
        "rows": [
            (_page(order), f"{order.public_id} · {order.get_state_display()}", order.opened_at)
            for order in orders
        ]
    }


def matches_of(account: Account) -> dict[str, Any]:
    """What somebody last said was the account's, of money that came in."""
    matches = Match.objects.filter(account=account).order_by("-pk")
    known = matches.select_related("receipt", "quarantined")[:MOST]
    return {"rows": [(_page(one), str(one.source), one.recorded_at) for one in known]}


def _page(record: PaymentOrder | Match) -> str:
    return reverse(f"admin:billing_{record._meta.model_name}_change", args=[record.pk])


def register() -> None:
    """Called once, when the apps are ready."""
    account_parts.register(
        AccountPart(
            name="payment_orders",
            label=_("Online payments"),
            template="billing/payments_part.html",
            context=orders_of,
            permission="billing.view_paymentorder",
        )
    )
    account_parts.register(
        AccountPart(
            name="matched_transfers",
            label=_("Bank transfers"),
            template="billing/payments_part.html",
            context=matches_of,
            permission="billing.view_match",
        )
    )
