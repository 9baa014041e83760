"""What accounts want to be told about their balance, and credit that is about to expire."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts import activity
from accounts.models import Account, Activity, User
from billing.exceptions import NotAnAmount
from billing.ledger import lock, posting
from billing.models import BalanceAlert, CreditLot, Occasion
from billing.models.wallets import ALERT_BELOW
from billing.money import MOST, shown
from billing.money_in import positive
from billing.roles import demand_handles_money
from common.wakeups import wake

EXPIRES_WITHIN = timedelta(days=7)


@posting
def set_threshold(*, account: Account, amount: int | None, by: User) -> BalanceAlert:
    """From now on people are told when the account can spend less than `amount` micro-yuan;
    None: never. If that is so already they are told at once.

    Raises `NotAllowed` for anybody but owners, administrators and those in billing, and
    `NotAnAmount`.
    """
    demand_handles_money(by, account)
    if amount is not None and positive(amount) > MOST:
        raise NotAnAmount(_("Write an amount in yuan, such as 1280.50."))
    # Two at once: the one written last is the one the wallet has.
    lock([account.pk])
    alert = BalanceAlert.record(account=account, threshold=amount, set_by=by)
    activity.note(
        Activity.Kind.ALERT_SET,
        account=account,
        by=by,
        amount="" if amount is None else f"¥{shown(amount)}",
    )
    wake("billing.tell")
    return alert


def threshold_of(account: Account) -> int | None:
    """Below how many micro-yuan the account is told; None: never."""
    latest = account.balance_alerts.order_by("-pk").first()
    return latest.threshold if latest else ALERT_BELOW


def note_expiring(*, at: datetime, most: int = 1_000) -> int:
    """Makes up to `most` lots that expire within a week an occasion to tell, each once; the
    number of them."""
    soon = (
        CreditLot.objects.left()
        .filter(expires_at__gt=at, expires_at__lte=at + EXPIRES_WITHIN, occasion=None)
        .order_by("expires_at", "pk")[:most]
    )
    found = [
        Occasion(
            account_id=lot.wallet_id,
            kind=Occasion.Kind.CREDIT_EXPIRING,
            amount=lot.remaining,
            lot=lot,
        )
        for lot in soon
    ]
    Occasion.objects.bulk_create(found, ignore_conflicts=True)
    if found:
        wake("billing.tell")
    return len(found)
