"""What an account had at any moment, as it was known at any moment.

Two clocks: an entry counts from its journal's `effective_at`, and is known from its
`recorded_at`. Moments are half-open: as of 1 March, 00:00 is everything effective before.

The same question has the same answer for ever, late events or not: what is posted later is
recorded later. That needs care at the edge. A posting takes the moment of recording while
it holds the wallet's lock, and is seen only when it commits; so whoever asks takes the lock
too, shortly, and reads when nobody is between the two. What is known "now" is dated after
the lock was had. (Raw SQL that writes a journal without `billing_lock` takes the lock only
at the end of its statement; the house's doors take it first.)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import Account
from billing.ledger import lock
from billing.models import Wallet
from common.clock import now


@dataclass(frozen=True)
class Balances:
    """In micro-yuan. `paid` is below zero for what is owed."""

    paid: int = 0
    granted: int = 0
    held_paid: int = 0
    held_granted: int = 0

    @property
    def held(self) -> int:
        return self.held_paid + self.held_granted

    @property
    def balance(self) -> int:
        """What could be spent."""
        return self.paid + self.granted

    @property
    def total(self) -> int:
        """All the customer has, on hold or not."""
        return self.balance + self.held

    def __add__(self, other: "Balances") -> "Balances":
        return Balances(
            self.paid + other.paid,
            self.granted + other.granted,
            self.held_paid + other.held_paid,
            self.held_granted + other.held_granted,
        )

    def __neg__(self) -> "Balances":
        return Balances(-self.paid, -self.granted, -self.held_paid, -self.held_granted)

    @classmethod
    def of(cls, wallet: Wallet) -> "Balances":
        return cls(wallet.paid, wallet.granted, wallet.held_paid, wallet.held_granted)


# By ledger account, in the order of the fields above.
SPLIT = """
    coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2010), 0)::bigint AS paid,
    coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2020), 0)::bigint AS granted,
    coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2030), 0)::bigint AS held_paid,
    coalesce(sum(entry.amount) FILTER (WHERE entry.account_id = 2031), 0)::bigint AS held_granted
"""

# What there is now less what has come since, by either clock: a few rows where the history
# may be millions.
_SINCE = f"""
SELECT {SPLIT} FROM (
    SELECT journal.id FROM billing_journal journal
    WHERE journal.account_id = %(account)s AND journal.effective_at >= %(effective)s
    UNION ALL
    SELECT journal.id FROM billing_journal journal
    WHERE journal.account_id = %(account)s AND journal.effective_at < %(effective)s
      AND journal.recorded_at >= %(known)s
) since
JOIN billing_entry entry ON entry.journal_id = since.id AND entry.wallet_id = %(account)s
"""


@transaction.atomic
def balances(*, account: Account, effective: datetime, known: datetime | None = None) -> Balances:
    """What `account` had of everything effective before `effective`, as known at `known`
    (None, or a moment to come: by now).

    Holds the wallet's lock until the transaction of the caller ends: ask on its own, or
    last. Reads what has been posted since those moments, not what was before.
    """
    wallet = lock([account.pk])[account.pk]
    asked: dict[str, Any] = {"account": account.pk, "effective": effective, "known": known or now()}
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, asked)
        return Balances.of(wallet) + -Balances(*cursor.fetchone())


@transaction.atomic
def settled(*, account: Account) -> datetime:
    """The moment up to which everything posted on `account` can be read: nothing that is
    under way is recorded before. Name it as `known` to read the same again."""
    lock([account.pk])
    return now()
