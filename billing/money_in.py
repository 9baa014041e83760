"""Money that comes in, and what an account has put aside or lost by time.

Each verb is safe to repeat with the same key: it answers the journal written the first
time. All of them raise what `billing.ledger` raises.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Account, User
from billing.exceptions import NotAnAmount, NotEnough, NotReversible
from billing.ledger import (
    Leg,
    Posting,
    lock,
    posting,
    taken_from,
    usable_lots,
    write,
    written_before,
)
from billing.models import CreditLot, Journal, Kind, Ledger, Wallet

HELD = {Ledger.PAID: Ledger.HELD_PAID, Ledger.GRANTED: Ledger.HELD_GRANTED}
OF_NATURE = {CreditLot.Nature.PAID: Ledger.PAID, CreditLot.Nature.GRANTED: Ledger.GRANTED}


@posting
def receive(
    *, amount: int, into: Ledger, key: str, effective_at: datetime | None = None, memo: str = ""
) -> Journal:
    """Money is in the bank or with a provider, and whose it is has yet to be found out."""
    why = Posting(
        kind=Kind.RECEIPT,
        key=key,
        asked={"amount": amount, "into": into},
        effective_at=effective_at,
        memo=memo,
    )
    known = written_before(why)
    if known is not None:
        return known
    return write(why, [Leg(into, -positive(amount)), Leg(Ledger.UNMATCHED, amount)])


def positive(amount: int) -> int:
    """`amount`, raising `NotAnAmount` unless it is more than nothing."""
    if amount <= 0:
        raise NotAnAmount(_("The amount has to be more than nothing."))
    return amount


@posting
def top_up(
    *,
    account: Account,
    amount: int,
    source: Ledger,
    key: str,
    effective_at: datetime | None = None,
    actor: User | None = None,
    memo: str = "",
) -> Journal:
    """Credits what was paid, in micro-yuan: what the account owes first, the rest as a lot.

    `source` is where the money is: with a provider, in the bank, or among what was
    received and not matched.
    """
    why = Posting(
        kind=Kind.TOP_UP,
        key=key,
        asked={"account": account.pk, "amount": amount, "source": source},
        account=account,
        effective_at=effective_at,
        actor=actor,
        memo=memo,
    )
    wallet = lock([account.pk])[account.pk]
    known = written_before(why)
    if known is not None:
        return known
    legs = [Leg(source, -positive(amount)), *paid_in(wallet, amount)]
    return write(why, legs)


def paid_in(wallet: Wallet, amount: int) -> list[Leg]:
    """The customer's side of money paid in: settles the debt, then fills a new lot."""
    debt = max(0, -wallet.paid)
    settled, rest = min(debt, amount), max(0, amount - debt)
    legs = []
    if settled:
        legs.append(Leg(Ledger.PAID, settled, wallet.pk))
    if rest:
        lot = CreditLot.objects.create(wallet=wallet, nature=CreditLot.Nature.PAID, amount=rest)
        legs.append(Leg(Ledger.PAID, rest, wallet.pk, lot.pk))
    return legs


@posting
def hold(
    *, account: Account, amount: int, key: str, at: datetime, actor: User | None, memo: str
) -> Journal:
    """Puts money aside: still the customer's, and not to be spent until released."""
    why = Posting(
        kind=Kind.HOLD,
        key=key,
        asked={"account": account.pk, "amount": amount},
        account=account,
        actor=actor,
        memo=memo,
    )
    wallet = lock([account.pk])[account.pk]
    known = written_before(why)
    if known is not None:
        return known
    return write(why, legs_of_hold(wallet, amount=amount, at=at))


def legs_of_hold(wallet: Wallet, *, amount: int, at: datetime) -> list[Leg]:
    """The legs that put `amount` micro-yuan of a wallet aside. Raises `NotEnough`."""
    legs = []
    for lot, part in taken_from(usable_lots(wallet, at=at), positive(amount)):
        own = OF_NATURE[CreditLot.Nature(lot.nature)]
        legs += [Leg(own, -part, wallet.pk, lot.pk), Leg(HELD[own], part, wallet.pk, lot.pk)]
    return legs


@posting
def release(*, held: Journal, actor: User | None, memo: str) -> Journal:
    """Gives back what was put aside, to the lots it came from."""
    if held.kind != Kind.HOLD:
        raise NotReversible(_("Only a hold can be released."))
    why = Posting(
        kind=Kind.RELEASE,
        key=f"release:{held.pk}",
        asked={"hold": held.pk},
        account=held.account,
        actor=actor,
        reverses=held,
        memo=memo,
    )
    assert held.account_id is not None  # a hold is of an account
    lock([held.account_id])
    return written_before(why) or write(why, mirrored(held))


def mirrored(journal: Journal) -> list[Leg]:
    """The legs that undo a journal."""
    return [
        Leg(Ledger(entry.account_id), -entry.amount, entry.wallet_id, entry.lot_id)
        for entry in journal.entries.order_by("pk")
    ]


@posting
def expire(*, lot: CreditLot, at: datetime) -> Journal | None:
    """Takes what is left of granted credit whose day has come; None when nothing is."""
    lock([lot.wallet_id])
    lot.refresh_from_db()
    if lot.expires_at is None or lot.expires_at > at:
        raise NotEnough(_("This credit has not expired."))
    if not lot.remaining:
        return None
    why = Posting(
        kind=Kind.EXPIRY,
        # A correction may give something back to a lot that has expired already.
        key=f"expiry:{lot.pk}:{lot.entries.count()}",
        asked={"lot": lot.pk},
        account=lot.wallet.account,
        effective_at=at,
    )
    return write(
        why,
        [
            Leg(Ledger.GRANTED, -lot.remaining, lot.wallet_id, lot.pk),
            Leg(Ledger.EXPIRED, lot.remaining),
        ],
    )


def expire_due(*, at: datetime, most: int = 1_000) -> int:
    """Takes what is left of up to `most` lots that have expired; how many there were."""
    due = CreditLot.objects.left().filter(expires_at__lte=at).order_by("expires_at", "pk")[:most]
    for lot in due:
        expire(lot=lot, at=at)
    return len(due)
