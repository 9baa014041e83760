"""Statements add up: opening and movements are closing, line by line, in any pages."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import consent
from accounts.models import Acceptance, AgreementText, Publication
from billing import as_of, liability, statements
from billing.as_of import Balances
from billing.models import Entry, Journal, Wallet
from common.clock import now
from tests.accounts.making import make_clause, make_model, make_service
from tests.billing.histories import History
from tests.billing.making import granted, make_account, paid_in, spend, yuan

pytestmark = pytest.mark.django_db
FIELDS = {2010: "paid", 2020: "granted", 2030: "held_paid", 2031: "held_granted"}


def added_up(account, effective, known):
    """From every entry, in plain Python."""
    sums = dict.fromkeys(FIELDS.values(), 0)
    for entry in Entry.objects.filter(wallet=account.pk).select_related("journal"):
        if entry.journal.effective_at < effective and entry.journal.recorded_at < known:
            sums[FIELDS[entry.account_id]] += entry.amount
    return Balances(**sums)


@pytest.mark.parametrize("seed", range(4))
def test_any_history_adds_up(seed, clock):
    account = make_account()
    begun = now()
    service = make_service()
    models = [None, make_model(service, "m-1").pk, make_model(service, "m-2").pk]
    draw = random.Random(seed)
    history = History(account, draw, clock, models)
    history.run(25)
    middle = now()
    drawn = [as_of.balances(account=account, effective=middle, known=middle)]
    history.run(15)
    ends = now() + timedelta(days=1)

    drawn.append(as_of.balances(account=account, effective=middle, known=middle))
    assert drawn[0] == drawn[1] == added_up(account, middle, middle)
    wallet = Wallet.objects.get(pk=account.pk)
    assert as_of.balances(account=account, effective=ends) == Balances.of(wallet)

    for _turn in range(4):
        hours = sorted(draw.randint(-100, 40 * 24) for _ in range(2))
        since, until = (begun + timedelta(hours=hour) for hour in hours)
        for known in (None, middle):
            frame = statements.statement(account=account, since=since, until=until, known=known)
            assert frame.opening == added_up(account, since, frame.known)
            assert frame.closing == added_up(account, until, frame.known)
            for detailed in (False, True):
                check_lines(frame, detailed, draw.randint(1, 7))


def check_lines(frame, detailed, most):
    whole = list(statements.all_lines(frame, detailed=detailed))
    running = frame.opening
    for line in whole:
        running += line.moved
        assert line.place.after == running
    assert running == frame.closing
    assert sum(line.count for line in whole) == frame.count
    assert frame.opening.total + frame.came_in - frame.went_out == frame.closing.total
    paged, after = [], None
    while page := statements.lines(statement=frame, after=after, most=most, detailed=detailed):
        paged += page
        after = page[-1].place
    assert paged == whole


def test_usage_is_one_line_for_each_day_and_model(clock):
    account = make_account(name="李华")
    paid_in(account, 100)
    model = make_model(make_service())
    midnight = datetime(2027, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock.set(midnight + timedelta(days=1))
    for minutes in (-1, 0, 1):
        spend(account, 1, used_at=midnight + timedelta(minutes=minutes), model=model.pk)
    spend(account, 2, used_at=midnight)
    frame = statements.statement(
        account=account, since=midnight - timedelta(days=1), until=midnight + timedelta(days=1)
    )
    assert frame.opening == Balances(paid=yuan(100))
    shown = [
        (line.place.day.day, line.model, line.count, line.went_out, line.place.after.paid)
        for line in statements.all_lines(frame)
    ]
    assert shown == [
        (1, model.name, 1, yuan(1), yuan(99)),
        (2, "", 1, yuan(2), yuan(97)),
        (2, model.name, 2, yuan(2), yuan(95)),
    ]
    assert len(list(statements.all_lines(frame, detailed=True))) == 4
    (total,) = frame.totals
    assert (total.kind, total.count, total.came_in, total.went_out) == ("charge", 4, 0, yuan(5))


def test_what_is_posted_later_is_not_on_a_statement_drawn_before(clock):
    account = make_account()
    paid_in(account, 10)
    since, until = now() - timedelta(days=1), now() + timedelta(days=1)
    frame = statements.statement(account=account, since=since, until=until)
    clock.advance(minutes=1)
    paid_in(account, 5, effective_at=since)
    again = statements.statement(account=account, since=since, until=until, known=frame.known)
    assert again == frame
    assert [line.came_in for line in statements.all_lines(frame)] == [yuan(10)]
    assert statements.statement(account=account, since=since, until=until).closing.paid == yuan(15)


def test_the_figures_of_the_cap_stay_apart(clock):
    account = make_account()
    paid_in(account, 100)
    granted(account, 30)
    spend(account, 45)
    asked = now() + timedelta(seconds=1)
    first = liability.cap(account=account, as_of=asked)
    assert (first.recharged, first.consumed, first.refunded) == (yuan(100), yuan(15), 0)
    assert (first.granted, first.granted_consumed) == (yuan(30), yuan(30))
    assert first.net_fees_paid == yuan(100)
    assert (first.clause, first.in_force_since) == (None, None)
    clock.advance(minutes=1)
    paid_in(account, 7, effective_at=asked - timedelta(minutes=1))
    assert liability.cap(account=account, as_of=asked, known=first.known) == first
    assert liability.cap(account=account, as_of=asked).recharged == yuan(107)


def test_the_cap_names_the_clause_that_bound_the_account():
    account, clause = make_account(), make_clause("12")
    text = AgreementText.record(version=clause.version, language="en", source="", sha256="0" * 64)
    Publication.record(version=clause.version)
    paid_in(account, 1)
    before = now()
    consent.accept(
        user=account.holder,
        account=account,
        text=text,
        method=Acceptance.Method.PAGE,
        ip_address=None,
        user_agent="",
        at=before,
    )
    found = liability.cap(account=account, as_of=before)
    assert (found.clause, found.in_force_since) == (clause, before)
    earlier = liability.cap(account=account, as_of=before - timedelta(seconds=1))
    assert (earlier.clause, earlier.recharged) == (None, 0)


def test_what_is_corrected_does_not_count(clock):
    account = make_account()
    journal = paid_in(account, 10)
    history = History(account, random.Random(1), clock)
    history.correct()
    found = liability.cap(account=account, as_of=now())
    assert Journal.objects.filter(reverses=journal).exists()
    assert (found.recharged, found.net_fees_paid) == (0, 0)
