"""What an account has now, as its members are told. Amounts in micro-yuan."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import Account
from billing.models import CreditLot, Entry, Journal, Kind, Ledger
from common import prepared
from common.arrays import array

# What a customer calls the balance: what is on hold is told apart.
SPENDABLE = (Ledger.PAID, Ledger.GRANTED)


@dataclass(frozen=True)
class Balance:
    """`available` is what can be spent without owing: `paid` (below zero for an account that
    owes) and `granted` that has not expired. It may go down to `floor`, which is nothing or,
    on credit, below it."""

    paid: int
    granted: int
    held: int
    floor: int
    is_new: bool
    """Whether no money has ever come in."""

    @property
    def available(self) -> int:
        return self.paid + self.granted

    @property
    def spendable(self) -> int:
        return self.available - self.floor

    @property
    def is_spent(self) -> bool:
        """Whether nothing more can be charged, to an account that had money."""
        return self.spendable <= 0 and not self.is_new


# What has expired is taken by a job; until then nobody can spend it.
_BALANCES = """
SELECT account_id, paid,
    granted - CASE WHEN granted = 0 THEN 0 ELSE coalesce((
        SELECT sum(remaining) FROM billing_creditlot lot
        WHERE lot.wallet_id = wallet.account_id AND NOT lot.spent
          AND lot.nature = 'granted'
          AND lot.expires_at <= coalesce(%s::timestamptz, common_now())), 0)::bigint END,
    held_paid + held_granted, floor
FROM billing_wallet wallet WHERE account_id = ANY (%s::bigint[])
"""
_NOTHING = Balance(paid=0, granted=0, held=0, floor=0, is_new=True)


def balances_of(accounts: Collection[int], *, at: datetime | None = None) -> dict[int, Balance]:
    """The balances of accounts by their primary keys, at `at` or now; new ones of those that
    never had money."""
    found = dict.fromkeys(accounts, _NOTHING)
    rows = prepared.rows(_BALANCES, (at, array(list(accounts))))
    for account, paid, granted, held, floor in rows:
        found[account] = Balance(paid=paid, granted=granted, held=held, floor=floor, is_new=False)
    return found


def balance_of(account: Account, *, at: datetime | None = None) -> Balance:
    """The balance of one account, at `at` or now: one look into an index, however long its
    history is."""
    return balances_of([account.pk], at=at)[account.pk]


def lots_in_use(account: Account, *, at: datetime) -> list[CreditLot]:
    """The lots that can be spent, in the order in which charges consume them."""
    usable = Q(expires_at=None) | Q(expires_at__gt=at)
    return list(CreditLot.objects.left().filter(usable, wallet=account.pk).in_order_of_use())


@dataclass(frozen=True)
class Movement:
    """A journal of an account other than usage; `amount` is what it added to the available
    balance, and `held` to what is on hold."""

    journal: Journal
    amount: int
    held: int


def last_movements(account: Account, *, most: int) -> list[Movement]:
    """The latest `most` journals that are not usage, newest first."""
    journals = list(
        Journal.objects.filter(account=account)
        .exclude(kind=Kind.CHARGE)
        .select_related("reverses")
        .order_by("-pk")[:most]
    )
    moved: dict[tuple[int, bool], int] = {}
    for entry in Entry.objects.filter(journal__in=journals, wallet=account.pk):
        place = (entry.journal_id, entry.account_id in SPENDABLE)
        moved[place] = moved.get(place, 0) + entry.amount
    return [
        Movement(
            journal=one,
            amount=moved.get((one.pk, True), 0),
            held=moved.get((one.pk, False), 0),
        )
        for one in journals
    ]
