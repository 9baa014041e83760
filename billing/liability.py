"""The most the platform is liable for to an account: "the fees you have paid" (clause 12).

What that comes to depends on how it is read, so there is no one number: what was paid in,
what of it was used and what was paid back, and apart from that what was a present. Which
of them counts is for the people who argue it; `net_fees_paid` is the plain reading.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from accounts import amendments
from accounts.models import Account, Clause
from billing.as_of import settled
from billing.models import Kind, Ledger

CLAUSE = "12"
TERMS = "terms"

# A correction counts, negative, as what it undoes.
_SUMS = """
SELECT coalesce(undone.kind, journal.kind), entry.account_id, sum(entry.amount)::bigint
FROM billing_journal journal
LEFT JOIN billing_journal undone ON undone.id = journal.reverses_id
JOIN billing_entry entry ON entry.journal_id = journal.id AND entry.wallet_id = %(account)s
WHERE journal.account_id = %(account)s
  AND journal.effective_at < %(as_of)s AND journal.recorded_at < %(known)s
GROUP BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Cap:
    """All in micro-yuan, less what was corrected; effective before `as_of`, known at `known`.

    `recharged`: paid in. `consumed`: usage out of paid money, debts included. `refunded`:
    paid back. `written_off`: debts forgiven. `granted` and `granted_consumed`: credit given
    as a present, and usage out of it; no fees were paid for that. `owed`: consumed and not
    paid for as of then. `clause` is clause 12 of the version that bound the account then,
    in force for it since `in_force_since`; None when it was bound by none.
    """

    account: Account
    as_of: datetime
    known: datetime
    recharged: int
    consumed: int
    refunded: int
    written_off: int
    granted: int
    granted_consumed: int
    owed: int
    clause: Clause | None
    in_force_since: datetime | None

    @property
    def net_fees_paid(self) -> int:
        """What was paid in and not paid back."""
        return self.recharged - self.refunded


@transaction.atomic
def cap(*, account: Account, as_of: datetime, known: datetime | None = None) -> Cap:
    """The figures of clause 12 for `account` as of a moment, as known at `known` (None: by
    now, which it then names). The same question has the same answer for ever."""
    known = known or settled(account=account)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"account": account.pk, "as_of": as_of, "known": known})
        sums = {(kind, ledger): amount for kind, ledger, amount in cursor.fetchall()}

    def of(kind: Kind, ledger: Ledger = Ledger.PAID) -> int:
        return int(sums.get((kind, ledger), 0))

    paid = sum(amount for (_kind, ledger), amount in sums.items() if ledger == Ledger.PAID)
    clause, since = _clause_in_force(account, as_of)
    return Cap(
        account=account,
        as_of=as_of,
        known=known,
        recharged=of(Kind.TOP_UP),
        consumed=-of(Kind.CHARGE),
        refunded=-of(Kind.REFUND),
        written_off=of(Kind.WRITE_OFF),
        granted=of(Kind.GRANT, Ledger.GRANTED),
        granted_consumed=-of(Kind.CHARGE, Ledger.GRANTED),
        owed=max(0, -paid),
        clause=clause,
        in_force_since=since,
    )


def _clause_in_force(account: Account, at: datetime) -> tuple[Clause | None, datetime | None]:
    binding = amendments.in_force(account=account, slug=TERMS, at=at)
    if binding is None:
        return None, None
    clause = binding.version.clauses.filter(number=CLAUSE).select_related("version__document")
    return clause.first(), binding.since
