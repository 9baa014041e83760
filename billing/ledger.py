"""The one door for posting what is not usage: locked wallets, legs, one statement.

What may be posted is checked here for the sake of a clear sentence and by the database in
any case (`billing/migrations/0002_guards.py`). Usage has a door of its own, for thousands
of lines at a time: `billing.charging`.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from billing.exceptions import (
    FloorMoved,
    KeyTaken,
    NotEnough,
    NotRefundable,
    NotReversible,
    PeriodIsClosed,
    SettledOrWaiting,
)
from billing.models import (
    CreditLot,
    Journal,
    Kind,
    Ledger,
    PeriodClose,
    PostingRequest,
    Wallet,
)
from common.clock import now

P = ParamSpec("P")
R = TypeVar("R")

# Deadlock, serialization failure, and a key that somebody else wrote a moment before.
LOST_RACES = {"40P01", "40001", "23505"}
TRIES = 5


def posting(verb: Callable[P, R]) -> Callable[P, R]:
    """Runs a verb in a transaction, once more when it lost a race, and turns the database's
    refusals into sentences. Within somebody else's transaction it runs once: that one has
    to be repeated as a whole."""
    return _retried(verb, alone=transaction.atomic)


def posting_at_once(verb: Callable[P, R]) -> Callable[P, R]:
    """`posting` for a verb that is one statement, which needs no transaction around it."""
    return _retried(verb, alone=nullcontext)


def _retried(
    verb: Callable[P, R], *, alone: Callable[[], AbstractContextManager[None]]
) -> Callable[P, R]:
    @wraps(verb)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        within = connection.in_atomic_block
        tries = 1 if within else TRIES
        while True:
            tries -= 1
            try:
                with transaction.atomic() if within else alone():
                    return verb(*args, **kwargs)
            except DatabaseError as error:
                code = sqlstate(error)
                if code not in LOST_RACES or not tries:
                    refusal = in_words(error)
                    if refusal is error:
                        # As it is: an outer verb reads the database's code from its cause.
                        raise
                    raise refusal from error

    return tried


def sqlstate(error: DatabaseError) -> str | None:
    code: str | None = getattr(error.__cause__, "sqlstate", None)
    return code


def in_words(error: DatabaseError) -> Exception:
    """The refusal a person can act on; the error itself where there is none."""
    code = sqlstate(error)
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if code == "BL001":
        return PeriodIsClosed(
            _("That day lies in a period that is closed. Post it with a later day.")
        )
    if code == "BL003":
        return NotRefundable(
            _(
                "Fees are refunded on a written consent or a policy in force, within its bounds, "
                "and only what was paid in and neither used nor invoiced (clause 6)."
            )
        )
    if code == "BL004":
        return SettledOrWaiting(
            _("This money was credited or returned already, or a proposal about it waits.")
        )
    if code == "BL005":
        return written_off()
    if code == "BL006":
        return FloorMoved(_("The floor was set to something else since. Ask for it anew."))
    if constraint in (
        "billing_wallet_not_below_its_floor",
        "billing_wallet_nothing_negative",
        "billing_creditlot_never_more_than_came_in",
    ):
        return NotEnough(_("The account does not have as much."))
    return error


def written_off() -> NotReversible:
    """Of a charge whose debt was forgiven: giving it back would make a present of it."""
    return NotReversible(
        _("A part of what this charge left owed was written off. Correct the write-off first.")
    )


# -- legs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    """An entry to be: micro-yuan, credits positive. `lot` only on customers' accounts."""

    account: Ledger
    amount: int
    wallet: int | None = None
    lot: int | None = None


@dataclass(frozen=True, kw_only=True)
class Posting:
    """Why a journal is written. `key` is unique for ever; `asked` is what was asked for, of
    which the hash is kept, so that the same key for something else is noticed."""

    kind: Kind
    key: str
    asked: dict[str, Any]
    account: Account | None = None
    effective_at: datetime | None = None
    actor: User | None = None
    request: PostingRequest | None = None
    reverses: Journal | None = None
    memo: str = ""

    @property
    def hash(self) -> str:
        canonical = json.dumps(self.asked, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(f"{self.kind}:{canonical}".encode()).hexdigest()


def lock(accounts: Collection[int]) -> dict[int, Wallet]:
    """The wallets of those accounts, made if there is none, nobody else's to move until the
    transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_lock(%s)", [sorted(accounts)])
    return Wallet.objects.in_bulk(list(accounts))


def written_before(posting: Posting) -> Journal | None:
    """The journal of that key, if it was written for the same; raises `KeyTaken` if it was
    written for something else. Ask with the wallet locked."""
    known = Journal.objects.filter(key=posting.key).first()
    if known is not None and known.request_hash != posting.hash:
        raise KeyTaken(_("The key %s was used before, for something else.") % posting.key)
    return known


_WRITE = """
WITH journal AS (
    INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, reverses_id,
        request_id, account_id, actor_id, memo)
    VALUES (%(kind)s, %(effective_at)s, %(key)s, %(hash)s, %(legs)s, %(reverses)s,
        %(request)s, %(account)s, %(actor)s, %(memo)s)
    RETURNING id
), entries AS (
    INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
    SELECT journal.id, leg.* FROM journal, unnest(
        %(accounts)s::smallint[], %(wallets)s::bigint[], %(lots)s::bigint[], %(amounts)s::bigint[]
    ) leg
)
SELECT id FROM journal
"""


def _pk_of(record: models.Model | None) -> int | None:
    return None if record is None else record.pk


def write(posting: Posting, legs: Sequence[Leg]) -> Journal:
    """One journal with its entries. The wallets among them are locked by the caller."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "kind": posting.kind,
                "effective_at": posting.effective_at or now(),
                "key": posting.key,
                "hash": posting.hash,
                "legs": len(legs),
                "reverses": _pk_of(posting.reverses),
                "request": _pk_of(posting.request),
                "account": _pk_of(posting.account),
                "actor": _pk_of(posting.actor),
                "memo": posting.memo,
                "accounts": [int(leg.account) for leg in legs],
                "wallets": [leg.wallet for leg in legs],
                "lots": [leg.lot for leg in legs],
                "amounts": [leg.amount for leg in legs],
            },
        )
        (journal_id,) = cursor.fetchone()
    return Journal.objects.get(pk=journal_id)


def taken_from(lots: Iterable[CreditLot], amount: int) -> list[tuple[CreditLot, int]]:
    """How much of each lot, in the order given, comes to `amount` micro-yuan. Raises
    `NotEnough` when they do not hold as much."""
    taken = []
    for lot in lots:
        part = min(amount, lot.remaining)
        if part:
            taken.append((lot, part))
            amount -= part
    if amount:
        raise NotEnough(_("The account does not have as much."))
    return taken


def usable_lots(wallet: Wallet, *, at: datetime) -> list[CreditLot]:
    """Those that can be spent at `at`, in the order charges consume them."""
    return [
        lot
        for lot in wallet.lots.left().in_order_of_use()
        if lot.expires_at is None or lot.expires_at > at
    ]


def open_from() -> datetime | None:
    """Since when postings may be effective; None: no period is closed."""
    latest = PeriodClose.objects.order_by("-through").first()
    return latest.through if latest else None
