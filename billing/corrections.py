"""What a correction posts: the mirror image, with what returns where it belongs.

Every entry is mirrored on its account. Where a charge took more than there was in lots, it left
a debt, an entry without a lot. What of that is owed still is settled by its mirror. What was
paid since goes into a lot of its own: it is paid money again, spendable and refundable like
what was paid in. What was written off is nobody's: such a write-off is corrected first.
"""

from django.db import connection
from django.db.models import Sum

from billing.ledger import Leg, written_off
from billing.models import CreditLot, Journal, Kind, Ledger, Wallet
from billing.money_in import mirrored


def legs_of_correction(journal: Journal, *, posting: bool) -> list[Leg]:
    """The entries that undo `journal` now. `posting`: the lot that is given back is made, to be
    filled by them; otherwise nothing is written. Raises `NotReversible`.

    Ask with the wallet locked when they are to be posted.
    """
    legs = mirrored(journal)
    owing = [leg for leg in legs if leg.account == Ledger.PAID and leg.lot is None]
    if journal.kind != Kind.CHARGE or not owing:
        return legs
    assert journal.account_id is not None  # a charge is of an account
    beyond = sum(leg.amount for leg in owing)
    settles = min(beyond, owed_beyond_lots(journal.account_id))
    rest = [leg for leg in legs if leg not in owing]
    if settles:
        rest.append(Leg(Ledger.PAID, settles, journal.account_id))
    if beyond > settles:
        rest.append(_given_back(journal, beyond - settles, posting=posting))
    return rest


def owed_beyond_lots(account_id: int) -> int:
    """What the entries without a lot have left owed, in micro-yuan."""
    wallet = Wallet.objects.get(pk=account_id)
    lots = CreditLot.objects.left().filter(wallet=wallet, nature=CreditLot.Nature.PAID)
    in_lots: int = lots.aggregate(sum=Sum("remaining"))["sum"] or 0
    return max(0, in_lots - wallet.paid)


def _given_back(journal: Journal, amount: int, *, posting: bool) -> Leg:
    assert journal.account_id is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_settled_by_payments(%s)", [journal.account_id])
        (paid_for,) = cursor.fetchone()
    if amount > paid_for:
        raise written_off()
    lot = None
    if posting:
        lot = CreditLot.objects.create(
            wallet_id=journal.account_id,
            nature=CreditLot.Nature.PAID,
            amount=amount,
            corrected=journal,
        ).pk
    return Leg(Ledger.PAID, amount, journal.account_id, lot)
