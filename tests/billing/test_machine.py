"""Any sequence of acts: the ledger agrees with one written in plain Python (`reference.py`).

The acts are found by Hypothesis, the same ones in every run, against the real database.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing import charging, decisions, money_in, refunds
from billing.charging import Line
from billing.models import Charge, CreditLot, Entry, Invoice, Journal, Wallet
from common.clock import now
from common.exceptions import BackOfficeError
from tests.accounts.making import make_clause
from tests.billing import reference
from tests.billing.making import make_account, make_approver, make_requester, paid_in
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


class Ledgers(RuleBasedStateMachine):
    """Two customers in the database (`accounts`) and in the reference (`books`)."""

    def __init__(self, clock, as_owner, staff):
        super().__init__()
        self.clock, self.as_owner = clock, as_owner
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

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def charge_again(self, data):
        again = data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=3))
        assert {outcome.verdict for outcome in charging.charge(again)} == {"known"}

    # -- time ----------------------------------------------------------------------------

    @rule(by=st.integers(1, 30))
    def time_passes(self, by):
        self.clock.advance(days=by)

    @rule()
    def credit_expires(self):
        at = now()
        money_in.expire_due(at=at)
        for book in self.books:
            book.expire_due(at=at)

    # -- holds and decisions -------------------------------------------------------------

    @rule(n=who, amount=amounts)
    def hold(self, n, amount):
        key = f"machine:{next(numbers)}"
        self.both(
            lambda: self.books[n].hold(amount, at=now()),
            lambda: money_in.hold(
                account=self.accounts[n], amount=amount, key=key, at=now(), actor=None, memo=""
            ),
        )

    @rule(n=who, data=st.data())
    def release(self, n, data):
        held = [one for one in self.books[n].journals if one.kind == "hold" and not one.reversed]
        if held:
            chosen = data.draw(st.sampled_from(held))
            journal = Journal.objects.get(pk=self.written[id(chosen)])
            self.both(
                lambda: self.books[n].undo(chosen, "release", at=now()),
                lambda: money_in.release(held=journal, actor=None, memo=""),
            )

    @rule(n=who, data=st.data())
    def correct(self, n, data):
        known = [one for one in self.books[n].journals if id(one) in self.written]
        if known:
            chosen = data.draw(st.sampled_from(known))
            self.both(
                lambda: self.books[n].undo(chosen, "correction", at=now()),
                lambda: self.approved(
                    decisions.request_correction(
                        journal=Journal.objects.get(pk=self.written[id(chosen)]),
                        reason="Wrong",
                        case_reference="CASE-1",
                        requested_by=self.requester,
                    )
                ),
            )

    @rule(n=who, amount=amounts, floor=st.sampled_from([0, -1, -5_000_000]))
    def floor_is_set(self, n, amount, floor):
        if self.books[n].paid >= floor and Wallet.objects.filter(pk=self.accounts[n].pk).exists():
            self.as_owner.execute(
                "UPDATE billing_wallet SET floor = %s WHERE account_id = %s",
                [floor, self.accounts[n].pk],
            )
            self.books[n].floor = floor

    @rule(n=who, amount=amounts)
    def write_off(self, n, amount):
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

    @rule(n=who, amount=amounts)
    def invoice(self, n, amount):
        Invoice.record(
            number=f"machine:{next(numbers)}",
            account=self.accounts[n],
            amount=amount,
            issued_on=now().date(),
            recorded_by=self.requester,
        )
        self.books[n].invoiced += amount

    @rule(n=who, cap=amounts)
    def consent(self, n, cap):
        written = refunds.record_consent(
            account=self.accounts[n],
            document=b"%PDF-1.7 signed",
            signatory="General counsel",
            signed_on=now().date(),
            clause=self.clause,
            cap=cap,
            expires_at=now() + timedelta(days=10_000),
            recorded_by=self.requester,
            at=now(),
        )
        self.consents[n].append((Consent(cap), written))

    @rule(n=who, amount=amounts, data=st.data())
    def refund(self, n, amount, data):
        if self.consents[n]:
            consent, written = data.draw(st.sampled_from(self.consents[n]))
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
    def wallets_and_lots_are_as_in_the_reference(self):
        for account, book in self.pairs():
            wallet = Wallet.objects.filter(pk=account.pk).first() or Wallet()
            assert (wallet.paid, wallet.granted) == (book.paid, book.balance(reference.GRANTED))
            assert wallet.held_paid == book.balance(reference.HELD_PAID)
            assert wallet.held_granted == book.balance(reference.HELD_GRANTED)
            assert [
                (lot.nature, lot.amount, lot.remaining, lot.expires_at)
                for lot in CreditLot.objects.filter(wallet=account.pk).order_by("pk")
            ] == [(lot.nature, lot.amount, lot.remaining, lot.expires_at) for lot in book.lots]

    @invariant()
    def lots_are_the_wallet(self):
        """What is not in a lot was owed, or settles what was owed."""
        for account, _book in self.pairs():
            wallet = Wallet.objects.filter(pk=account.pk).first() or Wallet()
            entries = Entry.objects.filter(wallet=account.pk, account=reference.PAID)
            loose = entries.filter(lot=None).aggregate(sum=Sum("amount"))["sum"] or 0
            left = dict(
                CreditLot.objects.filter(wallet=account.pk)
                .values_list("nature")
                .annotate(Sum("remaining"))
            )
            assert left.get("paid", 0) + loose == wallet.paid
            assert left.get("granted", 0) == wallet.granted

    @invariant()
    def every_journal_balances(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT journal_id FROM billing_entry GROUP BY 1 HAVING sum(amount) <> 0"
                " UNION ALL SELECT id FROM billing_journal journal WHERE legs <> ("
                "  SELECT count(*) FROM billing_entry WHERE journal_id = journal.id)"
            )
            assert cursor.fetchall() == []

    @invariant()
    def each_ledger_account_is_as_in_the_reference(self):
        for account, book in self.pairs():
            rows = (
                Entry.objects.filter(journal__account=account)
                .values_list("account")
                .annotate(Sum("amount"))
                .order_by()
            )
            codes = {leg.code for journal in book.journals for leg in journal.legs}
            assert dict(rows) == {code: book.balance(code) for code in codes}

    @invariant()
    def usage_is_rounded_from_its_sum(self):
        for account, book in self.pairs():
            sums = Charge.objects.filter(wallet=account.pk).aggregate(
                posted=Sum("posted"), exact=Sum("exact")
            )
            assert (sums["exact"] or 0) == book.rated
            assert abs((sums["posted"] or 0) - book.rated) <= Decimal("0.5")

    @invariant()
    def refundable_is_as_in_the_reference(self):
        for account, book in self.pairs():
            assert refunds.refundable(account).most == book.refundable()

    def pairs(self):
        return zip(self.accounts, self.books, strict=True) if hasattr(self, "accounts") else []


@pytest.fixture
def consents_kept(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_ledger_agrees_with_one_in_plain_python(clock, as_owner, consents_kept):
    staff = make_requester(), make_approver(), make_clause("6")
    run_state_machine_as_test(
        lambda: Ledgers(clock, as_owner, staff),
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
