"""The ledger's state machine: acts on two customers, done in the database and in plain Python.

What it is told to do is found by Hypothesis; `test_machine.py` runs it.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest
from django.utils.timezone import localdate
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from billing import charging, decisions, floors, money_in, refunds
from billing.charging import Line
from billing.models import Charge, Invoice, Journal
from common.clock import now
from common.exceptions import BackOfficeError
from tests.billing import reference
from tests.billing.looking import the_same
from tests.billing.making import make_account, paid_in
from tests.billing.reference import Book, Consent, Refused

numbers = count(1)
RATE = Fraction(6, 100)
CUSTOMERS = 2

who = st.integers(0, CUSTOMERS - 1)
# Few different ones, so that lots are often used up to the last micro-yuan.
amounts = st.sampled_from([1, 3, 1_000_000, 2_500_000, 4_000_001, 10_000_000])
parts = st.sampled_from(["0.1", "0.5", "0.333333333333", "1.5", "999999.499999999999", "2500000"])
exacts = st.one_of(parts.map(Decimal), amounts.map(Decimal))
days = st.integers(0, 40)


# Which one of those there are by then. Hypothesis draws the same whatever there is: what a race
# came to must not change what it draws after that.
pick = st.integers(0, 999)


def picked(things, number):
    return things[number % len(things)]


def share(part, whole):
    """Of what there is: next to nothing, half, all, or a little more than all."""
    return {"one": 1, "half": max(1, whole // 2), "all": max(1, whole), "more": whole + 1}[part]


shares = st.sampled_from(["half", "all", "one", "more"])


class Ledgers(RuleBasedStateMachine):
    """Two customers in the database (`accounts`) and in the reference (`books`)."""

    def __init__(self, clock, as_owner, staff, succeeded):
        """`succeeded` is a Counter of what was not refused, over all runs of the machine."""
        super().__init__()
        self.clock, self.as_owner, self.succeeded = clock, as_owner, succeeded
        self.requester, self.approver, self.clause = staff

    @initialize()
    def begin(self):
        self.clock.reset()
        self.accounts = [make_account() for _ in range(CUSTOMERS)]
        self.books = [Book() for _ in range(CUSTOMERS)]
        # Journals and consents of the database by those of the reference.
        self.written = {}
        self.consents = [[] for _ in range(CUSTOMERS)]
        self.sent = []
        for n in range(CUSTOMERS):
            self.top_up(n, 10_000_000, 0)
            self.grant(n, 2_500_000, 40, 50)
            self.grant(n, 1_000_000, 10, 50)
            self.consent(n, 10_000_000)
        self.floor_is_set(0, -5_000_000)

    # -- doing it twice ------------------------------------------------------------------

    def both(self, expected, act):
        """Either both do it or both refuse; remembers which journal is which."""
        try:
            journal = expected()
        except Refused:
            with pytest.raises(BackOfficeError):
                act()
            return
        written = act()
        if isinstance(journal, reference.Journal):
            self.succeeded[journal.kind] += 1
            self.succeeded["given back"] += written.entries.filter(lot__corrected__gt=0).count()
            self.written[id(journal)] = written.pk
            assert sorted(written.entries.values_list("account", "amount")) == sorted(
                (leg.code, leg.amount) for leg in journal.legs
            )

    def approved(self, request):
        return decisions.approve(request=request, approved_by=self.approver, at=now())

    # -- money in ------------------------------------------------------------------------

    @rule(n=who, amount=amounts, ago=days)
    def top_up(self, n, amount, ago):
        effective_at = now() - timedelta(days=ago)
        given = {"key": f"machine:{next(numbers)}", "effective_at": effective_at}
        each = Decimal(amount) / 1_000_000
        self.both(
            lambda: self.books[n].top_up(amount, effective_at=effective_at),
            lambda: paid_in(self.accounts[n], each, **given),
        )
        paid_in(self.accounts[n], each, **given)  # once more changes nothing

    @rule(n=who, amount=amounts, lasts=st.none() | days, priority=st.sampled_from([10, 50]))
    def grant(self, n, amount, lasts, priority):
        expires_at = None if lasts is None else now() + timedelta(days=lasts, hours=12)
        self.both(
            lambda: self.books[n].grant(amount, priority=priority, expires_at=expires_at, at=now()),
            lambda: self.approved(
                decisions.request_grant(
                    account=self.accounts[n],
                    amount=amount,
                    expires_at=expires_at,
                    priority=priority,
                    reason="Welcome",
                    requested_by=self.requester,
                )
            ),
        )

    # -- usage ---------------------------------------------------------------------------

    @rule(
        lines=st.lists(st.tuples(who, exacts, days), min_size=1, max_size=6), cut=st.integers(1, 6)
    )
    def charge(self, lines, cut):
        """In one call or in several: of what is taken that makes no difference."""
        at = now()
        made = [
            Line(
                key=f"machine:{next(numbers)}",
                account=self.accounts[n].pk,
                exact=exact,
                used_at=at - timedelta(days=ago),
            )
            for n, exact, ago in lines
        ]
        outcomes = charging.charge(made[:cut]) + charging.charge(made[cut:])
        for (n, exact, _ago), line, outcome in zip(lines, made, outcomes, strict=True):
            try:
                taken = self.books[n].charge(exact, rate=RATE, used_at=line.used_at, at=at)
            except Refused:
                assert outcome.verdict == "not_enough"
                continue
            assert (outcome.verdict, outcome.taken) == ("accepted", taken)
            self.sent.append(line)
            if taken:
                journal = Charge.objects.get(pk=outcome.charge).journal_id
                self.written[id(self.books[n].journals[-1])] = journal

    @rule(n=who, part=shares)
    def charge_a_share(self, n, part):
        book, at = self.books[n], now()
        usable = sum(book.lots[index].remaining for index in book.in_order_of_use(at))
        exact = Decimal(share(part, max(0, usable - book.floor)))
        self.charge([(n, exact, 0)], 1)

    @rule(n=who, part=st.sampled_from(["one", "half", "all"]))
    def run_into_debt(self, n, part):
        """Uses up the lots and a part of what may be owed beyond them."""
        book, at = self.books[n], now()
        credit = sum(
            book.lots[index].remaining
            for index in book.in_order_of_use(at)
            if book.lots[index].nature == "granted"
        )
        may_owe = min(-book.floor, book.paid - book.floor)
        if may_owe > 0:
            takes = max(0, book.paid) + credit + share(part, may_owe)
            self.charge([(n, Decimal(takes), 0)], 1)

    @rule(picks=st.lists(pick, min_size=1, max_size=3))
    def charge_again(self, picks):
        again = [picked(self.sent, number) for number in picks if self.sent]
        assert {outcome.verdict for outcome in charging.charge(again)} <= {"known"}

    # -- time ----------------------------------------------------------------------------

    @rule(by=st.integers(1, 30), looks=st.booleans())
    def time_passes(self, by, looks):
        """What has expired is taken when somebody looks, and not used before that either."""
        self.clock.advance(days=by)
        if not looks:
            return
        at = now()
        money_in.expire_due(at=at)
        for book in self.books:
            book.expire_due(at=at)

    # -- holds and decisions -------------------------------------------------------------

    @rule(n=who, part=shares)
    def hold(self, n, part):
        book = self.books[n]
        usable = sum(book.lots[index].remaining for index in book.in_order_of_use(now()))
        amount = share(part, usable)
        key = f"machine:{next(numbers)}"
        self.both(
            lambda: self.books[n].hold(amount, at=now()),
            lambda: money_in.hold(
                account=self.accounts[n], amount=amount, key=key, at=now(), actor=None, memo=""
            ),
        )

    @rule(n=who, number=pick)
    def release(self, n, number):
        held = [one for one in self.books[n].journals if one.kind == "hold" and not one.reversed]
        if held:
            self.undo(n, picked(held, number), "release")

    @rule(n=who, kind=st.sampled_from([*reference.CORRECTED, "charge", None]), number=pick)
    def correct(self, n, kind, number):
        """Of a kind that is corrected, or (None) any journal, corrected before or not."""
        known = [
            one
            for one in self.books[n].journals
            if id(one) in self.written and kind in (None, one.kind)
        ]
        if known:
            self.undo(n, picked(known, number), "correction")

    def undo(self, n, journal, kind):
        written = Journal.objects.get(pk=self.written[id(journal)])
        acts = {
            "release": lambda: money_in.release(held=written, actor=None, memo=""),
            "correction": lambda: self.approved(
                decisions.request_correction(
                    journal=written,
                    reason="Wrong",
                    case_reference="CASE-1",
                    requested_by=self.requester,
                )
            ),
        }
        self.both(lambda: self.books[n].undo(journal, kind, at=now()), acts[kind])

    @rule(n=who, floor=st.sampled_from([-20_000_000, -5_000_000, 0, -1, 1]))
    def floor_is_set(self, n, floor):
        def act():
            change = floors.request_floor(
                account=self.accounts[n],
                floor=floor,
                reason="Pays by invoice",
                requested_by=self.requester,
            )
            return floors.approve_floor(change=change, approved_by=self.approver)

        self.both(lambda: self.books[n].set_floor(floor), act)

    @rule(n=who, part=shares)
    def write_off(self, n, part):
        if self.books[n].paid >= 0:
            self.run_into_debt(n, part)
        amount = share(part, max(0, -self.books[n].paid))
        self.both(
            lambda: self.books[n].write_off(amount, at=now()),
            lambda: self.approved(
                decisions.request_write_off(
                    account=self.accounts[n],
                    amount=amount,
                    reason="Gone",
                    requested_by=self.requester,
                )
            ),
        )

    @rule(n=who, amount=st.sampled_from([1, 1_000_000, -1_000_000]))
    def invoice(self, n, amount):
        Invoice.record(
            number=f"machine:{next(numbers)}",
            account=self.accounts[n],
            amount=amount,
            issued_on=localdate(now()),
            recorded_by=self.requester,
        )
        self.books[n].invoiced += amount

    @rule(n=who, cap=amounts)
    def consent(self, n, cap):
        if len(self.consents[n]) > 2:
            return
        written = refunds.record_consent(
            account=self.accounts[n],
            document=b"%PDF-1.7 signed",
            signatory="General counsel",
            signed_on=localdate(now()),
            clause=self.clause,
            cap=cap,
            expires_at=now() + timedelta(days=10_000),
            recorded_by=self.requester,
            at=now(),
        )
        self.consents[n].append((Consent(cap), written))

    @rule(n=who, part=shares, number=pick)
    def refund(self, n, part, number):
        if self.consents[n]:
            consent, written = picked(self.consents[n], number)
            self.pay_back(n, share(part, self.books[n].refundable()), consent, written)

    def pay_back(self, n, amount, consent, written):
        self.both(
            lambda: self.books[n].refund(amount, consent=consent, at=now()),
            lambda: self.approved(
                decisions.request_refund(
                    account=self.accounts[n],
                    amount=amount,
                    consent=written,
                    reason="Agreed",
                    requested_by=self.requester,
                )
            ),
        )

    # -- what is always true -------------------------------------------------------------

    @invariant()
    def the_two_agree(self):
        for account, book in zip(self.accounts, self.books, strict=True):
            the_same(account, book)
