"""A customer's orders: opened here, told to the provider, watched until they end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import activity
from accounts.models import Account, Activity, User
from billing.exceptions import NotAnOrder, ProviderAway
from billing.ledger import posting
from billing.models import PaymentOrder
from billing.models.payments import LEAST_FEN, MOST_FEN
from billing.money import PER_FEN, shown
from billing.payments import providers
from billing.roles import demand_handles_money

log = structlog.get_logger(__name__)

State = PaymentOrder.State
# How long a customer has to pay; Alipay and WeChat Pay are told the same.
TIME_TO_PAY = timedelta(minutes=30)
# When a provider is asked for the first time: most have told us by then.
FIRST_QUERY = timedelta(seconds=20)
# Of one account at a time, so that nobody fills the table from a page.
MOST_OPEN = 10


@dataclass(frozen=True)
class OrderState:
    """What a page shows of an order. `is_over`: it need not be asked for again."""

    order: PaymentOrder
    is_over: bool


def open_order(
    *, account: Account, amount: int, by: User, at: datetime, provider: str = ""
) -> PaymentOrder:
    """Orders a top-up by `amount` micro-yuan (CNY 1 to 50,000 in whole fen) and tells the
    provider, the first of the settings by default.

    Raises `NotAllowed`, `NotAnOrder`, and `ProviderAway`, after which the order is failed.
    """
    demand_handles_money(by, account)
    adapter = providers.get(provider or _default())
    order = _record(account, amount, by, at, adapter.name)
    # The row is there before the provider hears of it, and no lock is held meanwhile.
    try:
        opened = adapter.open(order)
    except ProviderAway as error:
        log.warning("payment_not_opened", order=order.public_id, provider=adapter.name)
        PaymentOrder.objects.filter(pk=order.pk, state=State.OPENED).update(
            state=State.FAILED, next_query_at=None
        )
        raise ProviderAway(
            _("The payment could not be started. You have not been charged; try again.")
        ) from error
    with transaction.atomic():
        # It may have been paid already.
        fresh = PaymentOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
        fresh.pay_url, fresh.pay_code = opened.url[:500], opened.code[:500]
        if fresh.outranked_by(State.PENDING):
            fresh.state = State.PENDING
        fresh.save(update_fields=["pay_url", "pay_code", "state"])
    return fresh


def _default() -> str:
    found = providers.names()
    if not found:
        raise NotAnOrder(_("Online payment is not offered at present. Pay by bank transfer."))
    return found[0]


@posting
def _record(account: Account, amount: int, by: User, at: datetime, name: str) -> PaymentOrder:
    if amount % PER_FEN or not LEAST_FEN <= amount // PER_FEN <= MOST_FEN:
        raise NotAnOrder(_("Choose an amount from CNY 1 to CNY 50,000, in whole fen."))
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # the limit is counted
    waiting = PaymentOrder.objects.open().filter(account=account, expires_at__gt=at)
    if waiting.count() >= MOST_OPEN:
        raise NotAnOrder(
            _("%d payments are waiting already. Pay one of them, or wait until they expire.")
            % MOST_OPEN
        )
    order = PaymentOrder.objects.create(
        account=account,
        fen=amount // PER_FEN,
        provider=name,
        opened_by=by,
        expires_at=at + TIME_TO_PAY,
        next_query_at=at + FIRST_QUERY,
    )
    activity.note(
        Activity.Kind.TOP_UP,
        account=account,
        by=by,
        amount=f"¥{shown(amount)}",
        reference=order.public_id,
    )
    return order


def order_state(*, account: Account, public_id: str) -> OrderState | None:
    """The account's order of that number; None if it has none."""
    order = PaymentOrder.objects.filter(account=account, public_id=public_id).first()
    return None if order is None else OrderState(order, is_over=not order.is_open)
