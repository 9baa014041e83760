"""The machine's questions about the past, and credit that expires while it is used."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from billing import as_of, charging, liability, money_in
from billing.charging import Line
from billing.models import Charge, CreditLot, Entry
from common.clock import now
from tests.billing.machine import (
    CUSTOMERS,
    RATE,
    Ledgers,
    numbers,
    pick,
    picked,
    share,
    shares,
    who,
)
from tests.billing.reference import GRANTED, HELD_GRANTED, HELD_PAID, PAID, Refused
from tests.plumbing.together import together

OF_BALANCES = (PAID, GRANTED, HELD_PAID, HELD_GRANTED)
OF_CAP = ("recharged", "consumed", "refunded", "written_off", "granted", "granted_consumed")


def had(account, effective, known):
    """What can be asked about a moment on both clocks: balances, and the sums of clause 12."""
    balances = as_of.balances(account=account, effective=effective, known=known)
    cap = liability.cap(account=account, as_of=effective, known=known)
    each = (balances.paid, balances.granted, balances.held_paid, balances.held_granted)
    return each, tuple(getattr(cap, name) for name in OF_CAP)


def sum_of(book, kind, code, effective):
    """Of journals of a kind, less those of them that were corrected."""
    return sum(
        leg.amount
        for journal in book.journals
        if (journal.reverses or journal).kind == kind and journal.effective_at < effective
        for leg in journal.legs
        if leg.code == code
    )


def had_in(book, effective):
    """The same of the reference, as it is known now."""
    kinds = (
        ("top_up", PAID, 1),
        ("charge", PAID, -1),
        ("refund", PAID, -1),
        ("write_off", PAID, 1),
        ("grant", GRANTED, 1),
        ("charge", GRANTED, -1),
    )
    return (
        tuple(book.balance(code, at=effective) for code in OF_BALANCES),
        tuple(sign * sum_of(book, kind, code, effective) for kind, code, sign in kinds),
    )


class LedgersInTime(Ledgers):
    """Remembers what it was told of the past, and is told the same whenever it asks again."""

    def __init__(self, *given):
        super().__init__(*given)
        self.remembered = []

    @initialize(order=st.permutations(range(7)), part=shares, n=who)
    def begin(self, order, part, n):
        """Every run has one of each of these, in whatever order, before what is found."""
        super().begin()
        for account in range(CUSTOMERS):
            for ago in (-2, 1, 20):
                self.ask(account, ago)
        openings = (
            lambda: self.hold_and_release(n),
            lambda: self.write_off(0, part),
            lambda: self.pay_in_and_back(n),
            lambda: self.correct_latest("charge"),
            self.correct_what_was_paid_for,
            lambda: self.expiry_races_a_charge(n, part, 60),
            lambda: self.expiry_races_a_charge(n, part, 5),
        )
        for number in order:
            openings[number]()

    def hold_and_release(self, n):
        self.hold(n, "half")
        held = [one for one in self.books[n].journals if one.kind == "hold"]
        for journal in held[:1]:
            self.undo(n, journal, "release")

    def pay_in_and_back(self, n):
        self.top_up(n, 4_000_001, 0)
        self.pay_back(n, share("half", self.books[n].refundable()), *self.consents[n][0])

    def correct_what_was_paid_for(self):
        """Uses more than there is, pays that, and has the charge corrected."""
        self.run_into_debt(0, "half")
        self.top_up(0, 10_000_000, 0)
        self.correct_latest("charge")

    def correct_latest(self, kind):
        for n, book in enumerate(self.books):
            known = [one for one in book.journals if one.kind == kind and id(one) in self.written]
            for journal in known[-1:]:
                self.undo(n, journal, "correction")

    # -- both clocks ---------------------------------------------------------------------

    @rule(n=who, ago=st.integers(-2, 41))
    def ask(self, n, ago):
        """Acts are hours away from the moments asked about; late ones fall before them."""
        effective = now() - timedelta(days=ago, hours=6)
        known = as_of.settled(account=self.accounts[n])
        answer = had(self.accounts[n], effective, known)
        assert answer == had_in(self.books[n], effective)
        assert answer == had(self.accounts[n], effective, None)
        self.remembered.append((n, effective, known, answer, len(self.books[n].journals)))

    @rule(numbers=st.lists(pick, min_size=3, max_size=6))
    def ask_again(self, numbers):
        for n, effective, known, answer, journals in (
            picked(self.remembered, number) for number in numbers
        ):
            assert had(self.accounts[n], effective, known) == answer
            late = self.books[n].journals[journals:]
            if any(journal.effective_at < effective for journal in late):
                self.succeeded["asked again after late events"] += 1

    # -- credit that expires while it is used --------------------------------------------

    @rule(n=who, part=shares, sooner=st.sampled_from([-2, 5, 20, 60, 200]))
    def expiry_races_a_charge(self, n, part, sooner):
        """At once, some milliseconds before a lot expires or just after it."""
        book = self.books[n]
        at = now()
        soon = [n for n, lot in enumerate(book.lots) if lot.usable(at) and lot.expires_at]
        if not soon:
            self.grant(n, 2_500_000, 3, 50)
            soon = [len(book.lots) - 1]
        index = min(soon, key=lambda index: book.lots[index].expires_at)
        expires_at = book.lots[index].expires_at
        exact = Decimal(share(part, book.lots[index].remaining))
        self.clock.set(expires_at - timedelta(milliseconds=sooner))
        line = Line(
            key=f"machine:{next(numbers)}",
            account=self.accounts[n].pk,
            exact=exact,
            used_at=now() - timedelta(minutes=1),
        )
        [outcome], _expired = together(
            lambda: charging.charge([line]), lambda: money_in.expire_due(at=now())
        )
        lot = CreditLot.objects.filter(wallet=self.accounts[n].pk).order_by("pk")[index]
        journal = outcome.charge and Charge.objects.get(pk=outcome.charge).journal_id
        used = Entry.objects.filter(journal=journal, lot=lot).exists() if journal else False
        self.succeeded["used in time" if used else "expired first"] += 1
        # The charge says on which side it came: of what has expired it takes nothing.
        at = expires_at - timedelta(microseconds=1) if used else expires_at
        try:
            taken = book.charge(exact, rate=RATE, used_at=line.used_at, at=at)
        except Refused:
            assert outcome.verdict == "not_enough"
        else:
            assert (outcome.verdict, outcome.taken) == ("accepted", taken)
            self.sent.append(line)
            if taken:
                self.written[id(book.journals[-1])] = journal
        self.clock.set(expires_at + timedelta(seconds=1))
        self.expire_now()

    def expire_now(self):
        """Takes what is due on both sides, all that the race left over included."""
        at = now()
        money_in.expire_due(at=at)
        for book in self.books:
            book.expire_due(at=at)
