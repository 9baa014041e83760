"""The ledger once more, in plain Python and of nothing but lists and integers.

It knows no database, no locks and no clock, and shares no line with `billing`: what the two
agree on after any sequence of acts is what the ledger is meant to do. Amounts are in
micro-yuan, moments are datetimes that are passed in. Each verb answers the journal, a list of
`Leg`s (code, amount, index of the lot), or raises `Refused`; then nothing has changed.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

BANK, PAID, GRANTED, HELD_PAID, HELD_GRANTED = 1010, 2010, 2020, 2030, 2031
TAX, REVENUE, PROMOTED, EXPIRED, PROMOTION, BAD_DEBT = 2210, 4010, 4020, 4030, 5010, 5020
CORRECTED = ("top_up", "grant", "charge", "expiry", "write_off", "refund")


class Refused(Exception):
    """The ledger would not do that."""


@dataclass
class Leg:
    code: int
    amount: int
    lot: int | None = None


@dataclass
class Lot:
    nature: str
    amount: int
    priority: int = 50
    expires_at: datetime | None = None
    remaining: int = 0

    def usable(self, at: datetime) -> bool:
        return self.remaining > 0 and (self.expires_at is None or self.expires_at > at)


@dataclass
class Journal:
    kind: str
    legs: list[Leg]
    effective_at: datetime
    reverses: "Journal | None" = None
    reversed: bool = False
    consent: "Consent | None" = None


@dataclass
class Consent:
    cap: int
    refunded: int = 0


def whole(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Book:
    """All there is to know of one account."""

    floor: int = 0
    rated: Decimal = Decimal(0)
    invoiced: int = 0
    lots: list[Lot] = field(default_factory=list)
    journals: list[Journal] = field(default_factory=list)

    # -- reading -------------------------------------------------------------------------

    def balance(self, code: int, *, at: datetime | None = None) -> int:
        """Of one ledger account, with everything effective up to `at`."""
        return sum(
            leg.amount
            for journal in self.journals
            for leg in journal.legs
            if leg.code == code and (at is None or journal.effective_at <= at)
        )

    @property
    def paid(self) -> int:
        return self.balance(PAID)

    def not_invoiced(self) -> int:
        kinds = ("top_up", "refund")
        moved = [
            leg.amount
            for journal in self.journals
            for leg in journal.legs
            if leg.code == PAID and (journal.reverses or journal).kind in kinds
        ]
        return sum(moved) - self.invoiced

    def refundable(self) -> int:
        paid_lots = sum(lot.remaining for lot in self.lots if lot.nature == "paid")
        return max(0, min(paid_lots, self.paid, self.not_invoiced()))

    def in_order_of_use(self, at: datetime) -> list[int]:
        usable = [index for index, lot in enumerate(self.lots) if lot.usable(at)]
        far = datetime.max.replace(tzinfo=at.tzinfo)

        def place(index: int) -> tuple[bool, int, datetime, int]:
            lot = self.lots[index]
            return (lot.nature == "paid", lot.priority, lot.expires_at or far, index)

        return sorted(usable, key=place)

    # -- writing -------------------------------------------------------------------------

    def _book(self, journal: Journal) -> Journal:
        """All of it or nothing."""
        after = deepcopy(self.lots)
        for leg in journal.legs:
            if leg.lot is not None and leg.code in (PAID, GRANTED):
                after[leg.lot].remaining += leg.amount
        if any(not 0 <= lot.remaining <= lot.amount for lot in after):
            raise Refused("a lot")
        moved = dict.fromkeys((PAID, GRANTED, HELD_PAID, HELD_GRANTED), 0)
        for leg in journal.legs:
            if leg.code in moved:
                moved[leg.code] += leg.amount
        if self.paid + moved[PAID] < self.floor:
            raise Refused("the floor")
        if any(self.balance(code) + moved[code] < 0 for code in moved if code != PAID):
            raise Refused("nothing there")
        assert sum(leg.amount for leg in journal.legs) == 0
        self.lots = after
        self.journals.append(journal)
        return journal

    def _with_lot(self, lot: Lot, kind: str, legs: list[Leg], at: datetime) -> Journal:
        self.lots.append(lot)
        return self._book(Journal(kind, [*legs, leg_into(lot, len(self.lots) - 1)], at))

    def _taken(self, indexes: list[int], amount: int) -> list[tuple[int, int]]:
        taken = []
        for index in indexes:
            part = min(amount, self.lots[index].remaining)
            if part:
                taken.append((index, part))
                amount -= part
        if amount:
            raise Refused("not as much")
        return taken

    def top_up(self, amount: int, *, effective_at: datetime) -> Journal:
        settled = min(amount, max(0, -self.paid))
        legs = [Leg(BANK, -amount)]
        if settled:
            legs.append(Leg(PAID, settled))
        if amount == settled:
            return self._book(Journal("top_up", legs, effective_at))
        return self._with_lot(Lot("paid", amount - settled), "top_up", legs, effective_at)

    def grant(
        self, amount: int, *, priority: int, expires_at: datetime | None, at: datetime
    ) -> Journal:
        lot = Lot("granted", amount, priority, expires_at)
        return self._with_lot(lot, "grant", [Leg(PROMOTION, -amount)], at)

    def charge(self, exact: Decimal, *, rate: Fraction, used_at: datetime, at: datetime) -> int:
        """What is taken. Raises `Refused` when it does not fit."""
        takes = whole(self.rated + exact) - whole(self.rated)
        usable = self.in_order_of_use(at)
        credit = sum(self.lots[i].remaining for i in usable if self.lots[i].nature == "granted")
        if takes > self.paid - self.floor + credit:
            raise Refused("not enough")
        self.rated += exact
        if not takes:
            return 0
        legs, left, free = [], takes, 0
        for index in usable:
            part = min(left, self.lots[index].remaining)
            if part:
                granted = self.lots[index].nature == "granted"
                legs.append(Leg(GRANTED if granted else PAID, -part, index))
                left, free = left - part, free + part * granted
        if left:
            legs.append(Leg(PAID, -left))
        tax = int(Fraction(takes - free) * rate / (1 + rate) + Fraction(1, 2))
        for code, amount in ((REVENUE, takes - free - tax), (TAX, tax), (PROMOTED, free)):
            if amount:
                legs.append(Leg(code, amount))
        self._book(Journal("charge", legs, min(used_at, at)))
        return takes

    def hold(self, amount: int, *, at: datetime) -> Journal:
        legs = []
        for index, part in self._taken(self.in_order_of_use(at), amount):
            granted = self.lots[index].nature == "granted"
            legs.append(Leg(GRANTED if granted else PAID, -part, index))
            legs.append(Leg(HELD_GRANTED if granted else HELD_PAID, part, index))
        return self._book(Journal("hold", legs, at))

    def undo(self, journal: Journal, kind: str, *, at: datetime) -> Journal:
        """A release of a hold, or a correction of anything that is corrected."""
        of_kind = ("hold",) if kind == "release" else CORRECTED
        if journal.kind not in of_kind or journal.reversed:
            raise Refused("not reversible")
        legs = [Leg(leg.code, -leg.amount, leg.lot) for leg in journal.legs]
        lots = len(self.lots)
        if journal.kind == "charge":
            legs = self._what_was_paid_into_a_lot(legs)
        try:
            undone = self._book(Journal(kind, legs, at, reverses=journal))
        except Refused:
            del self.lots[lots:]
            raise
        journal.reversed = True
        if journal.consent:
            journal.consent.refunded -= -sum(a.amount for a in journal.legs if a.code == PAID)
        return undone

    def beyond_lots(self) -> int:
        """Below zero: what was used beyond lots and is owed."""
        return self.paid - sum(lot.remaining for lot in self.lots if lot.nature == "paid")

    def settled_by_payments(self) -> int:
        """What top-ups settled of debts, less what corrections gave back of it."""
        settled = 0
        for journal in self.journals:
            kind = (journal.reverses or journal).kind
            known = {leg.lot for leg in journal.reverses.legs} if journal.reverses else set()
            for leg in journal.legs:
                if leg.code != PAID:
                    continue
                if kind == "top_up" and leg.lot is None:
                    settled += leg.amount
                if kind == "charge" and journal.reverses and leg.lot not in known | {None}:
                    settled -= leg.amount
        return settled

    def _what_was_paid_into_a_lot(self, legs: list[Leg]) -> list[Leg]:
        beyond = sum(leg.amount for leg in legs if leg.code == PAID and leg.lot is None)
        settles = min(beyond, -self.beyond_lots())
        legs = [leg for leg in legs if leg.code != PAID or leg.lot is not None]
        if settles:
            legs.append(Leg(PAID, settles))
        if beyond > settles:
            if beyond - settles > self.settled_by_payments():
                raise Refused("written off")
            self.lots.append(Lot("paid", beyond - settles))
            legs.append(Leg(PAID, beyond - settles, len(self.lots) - 1))
        return legs

    def expire_due(self, *, at: datetime) -> int:
        due = [
            index
            for index, lot in enumerate(self.lots)
            if lot.remaining and lot.expires_at and lot.expires_at <= at
        ]
        for index in due:
            left = self.lots[index].remaining
            self._book(Journal("expiry", [Leg(GRANTED, -left, index), Leg(EXPIRED, left)], at))
        return len(due)

    def write_off(self, amount: int, *, at: datetime) -> Journal:
        if amount > -self.paid:
            raise Refused("not owed")
        return self._book(Journal("write_off", [Leg(BAD_DEBT, -amount), Leg(PAID, amount)], at))

    def set_floor(self, floor: int) -> None:
        if floor > 0 or floor == self.floor or floor > self.paid:
            raise Refused("no floor, or above what is owed")
        self.floor = floor

    def refund(self, amount: int, *, consent: Consent, at: datetime) -> Journal:
        paid = [index for index, lot in enumerate(self.lots) if lot.nature == "paid"]
        taken = self._taken(paid[::-1], amount)
        if consent.refunded + amount > consent.cap or amount > self.not_invoiced():
            raise Refused("the cap, or invoiced")
        if amount > self.paid:
            raise Refused("owed")
        legs = [Leg(PAID, -part, index) for index, part in taken]
        booked = self._book(Journal("refund", [*legs, Leg(BANK, amount)], at, consent=consent))
        consent.refunded += amount
        return booked


def leg_into(lot: Lot, index: int) -> Leg:
    return Leg(PAID if lot.nature == "paid" else GRANTED, lot.amount, index)
