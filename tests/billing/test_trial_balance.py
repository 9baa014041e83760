"""The trial balance is the sum of all entries, however far they are rolled up."""

import random
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction

from billing import as_of, closing, trial_balance
from billing.exceptions import PeriodIsClosed
from billing.models import AccountTotal, Entry, PeriodClose, PeriodCloseProposal
from billing.trial_balance import roll_up
from common.clock import now
from tests.accounts.making import make_person
from tests.billing.histories import History
from tests.billing.making import make_account, paid_in, spend, yuan

SHANGHAI = ZoneInfo("Asia/Shanghai")


def added_up(effective, known):
    """From every entry, in plain Python."""
    sums = {}
    for entry in Entry.objects.select_related("journal"):
        journal = entry.journal
        if journal.effective_at < effective and (known is None or journal.recorded_at < known):
            code = str(entry.account_id)
            sums[code] = sums.get(code, 0) + entry.amount
    return {code: amount for code, amount in sums.items() if amount}


def make_closer(*verbs):
    from django.contrib.auth.models import Permission

    person = make_person(is_staff=True)
    for verb in verbs:
        person.user_permissions.add(Permission.objects.get(codename=f"{verb}_periodclose"))
    return person


# Committed in parts, so that the roll-up has transactions of different numbers to go by.
@pytest.mark.django_db(transaction=True)
def test_rolled_up_or_not_it_is_the_sum_of_all_entries(clock):
    history = History(make_account(), random.Random(5), clock)
    begun, moments = now(), []
    for part in (12, 12, 6):
        history.run(part)
        moments.append(now())
        assert roll_up(most=5) > 0
        check(begun, moments)
    while roll_up():
        pass
    check(begun, moments)
    assert sum(AccountTotal.objects.values_list("amount", flat=True)) == 0


def check(begun, moments):
    for effective in [begun + timedelta(hours=h) for h in (0, 50, 333)] + moments:
        for known in [None, *moments]:
            drawn = trial_balance.trial_balance(effective=effective, known=known)
            assert drawn.by_code() == added_up(effective, known)
            assert drawn.balances


@pytest.mark.django_db(transaction=True)
def test_a_posting_committed_late_is_counted_once(clock):
    account, other = make_account(), make_account()
    paid_in(account, 1)
    ready, go_on = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            paid_in(account, 20)
            ready.set()
            go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=late)
    thread.start()
    assert ready.wait(20)
    paid_in(other, 300)  # later than the other, and committed before it
    assert roll_up() == 1
    ends = now() + timedelta(days=1)
    assert paid_total(ends) == yuan(301)
    go_on.set()
    thread.join()
    assert paid_total(ends) == yuan(321)
    assert roll_up() == 2
    assert paid_total(ends) == yuan(321)
    assert roll_up() == 0


def paid_total(ends):
    return trial_balance.trial_balance(effective=ends).by_code()["2010"]


@pytest.mark.django_db(transaction=True)
def test_totals_of_another_server_are_made_anew(as_owner, clock):
    account = make_account()
    paid_in(account, 5)
    roll_up()
    as_owner.execute("UPDATE billing_rollup SET server = 7, upto = '99999999999'")
    as_owner.execute("UPDATE billing_accounttotal SET amount = amount * 2")
    ends = now() + timedelta(days=1)
    assert paid_total(ends) == yuan(5)
    paid_in(account, 6)
    assert roll_up() == 2
    assert paid_total(ends) == yuan(11)


@pytest.mark.django_db(transaction=True)
def test_what_is_under_way_is_waited_for_before_a_balance_is_dated(clock):
    account = make_account()
    paid_in(account, 1)
    ready, go_on, answers = threading.Event(), threading.Event(), []

    def late():
        with transaction.atomic():
            paid_in(account, 20)
            ready.set()
            go_on.wait(20)
        connections.close_all()

    def ask():
        known = as_of.settled(account=account)
        answers.append((known, as_of.balances(account=account, effective=known, known=known)))
        connections.close_all()

    threads = [threading.Thread(target=late)]
    threads[0].start()
    assert ready.wait(20)
    threads.append(threading.Thread(target=ask))
    threads[1].start()
    threads[1].join(0.5)
    assert not answers, "it did not wait for the posting"
    go_on.set()
    for thread in threads:
        thread.join(20)
    ((known, answer),) = answers
    assert answer.paid == yuan(21)
    paid_in(account, 4, effective_at=known - timedelta(hours=1))
    assert as_of.balances(account=account, effective=known, known=known) == answer


# -- closing -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_month_is_closed_by_two_people(clock):
    account = make_account()
    clock.set(datetime(2027, 3, 20, tzinfo=SHANGHAI))
    paid_in(account, 10)
    clock.set(datetime(2027, 4, 2, tzinfo=SHANGHAI))
    through = datetime(2027, 4, 1, tzinfo=SHANGHAI)
    first, second = make_closer("request", "approve"), make_closer("approve")
    for wrong in (through + timedelta(days=1), datetime(2027, 5, 1, tzinfo=SHANGHAI)):
        with pytest.raises(closing.NotAPeriod):
            closing.propose_close(through=wrong, proposed_by=first)
    for person in (second, make_person(is_staff=True)):
        with pytest.raises(closing.NotAllowed):
            closing.propose_close(through=through, proposed_by=person)
    proposal = closing.propose_close(through=through, proposed_by=first)
    assert proposal.trial_balance == {"1010": -yuan(10), "2010": yuan(10)}
    with pytest.raises(closing.NotAllowed):
        closing.approve_close(proposal=proposal, approved_by=first)
    assert closing.moved_since(proposal) == {}
    spend(account, 2, used_at=through - timedelta(hours=1))
    moved = closing.moved_since(proposal)
    assert (moved["2010"], sum(moved.values())) == (-yuan(2), 0)
    close = closing.approve_close(proposal=proposal, approved_by=second)
    assert close.trial_balance["2010"] == yuan(8)
    assert closing.to_be_closed(at=now()) == []
    with pytest.raises(PeriodIsClosed):
        closing.approve_close(proposal=proposal, approved_by=second)
    with pytest.raises(PeriodIsClosed):
        closing.propose_close(through=through, proposed_by=first)
    with pytest.raises(PeriodIsClosed):
        paid_in(account, 1, effective_at=through - timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_one_does(clock):
    clock.set(datetime(2027, 4, 2, tzinfo=SHANGHAI))
    through = datetime(2027, 4, 1, tzinfo=SHANGHAI)
    proposals = [
        closing.propose_close(through=through, proposed_by=make_closer("request")) for _ in range(3)
    ]
    people = [make_closer("approve") for _ in proposals]
    came_to = []
    barrier = threading.Barrier(3)

    def close(proposal, person):
        connection.ensure_connection()
        barrier.wait(20)
        try:
            came_to.append(closing.approve_close(proposal=proposal, approved_by=person))
        except Exception as error:
            came_to.append(error)
        connections.close_all()

    threads = [
        threading.Thread(target=close, args=pair) for pair in zip(proposals, people, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(type(one).__name__ for one in came_to) == [
        "PeriodClose",
        "PeriodIsClosed",
        "PeriodIsClosed",
    ]
    assert PeriodClose.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_posting_under_way_is_in_the_books_that_are_closed(clock):
    account = make_account()
    clock.set(datetime(2027, 4, 2, tzinfo=SHANGHAI))
    through = datetime(2027, 4, 1, tzinfo=SHANGHAI)
    proposal = closing.propose_close(through=through, proposed_by=make_closer("request"))
    second = make_closer("approve")
    ready, go_on, closes, refused = threading.Event(), threading.Event(), [], []

    def under_way():
        with transaction.atomic():
            paid_in(account, 20, effective_at=through - timedelta(days=1))
            ready.set()
            go_on.wait(20)
        connections.close_all()

    def close():
        found = PeriodCloseProposal.objects.get(pk=proposal.pk)
        closes.append(closing.approve_close(proposal=found, approved_by=second))
        connections.close_all()

    def after():
        try:
            paid_in(make_account(), 5, effective_at=through - timedelta(days=1))
        except PeriodIsClosed as error:
            refused.append(error)
        connections.close_all()

    threads = [threading.Thread(target=one) for one in (under_way, close, after)]
    threads[0].start()
    assert ready.wait(20)
    threads[1].start()
    threads[1].join(0.5)
    assert not closes, "it did not wait for the posting"
    threads[2].start()  # waits behind the close
    threads[2].join(0.5)
    assert not refused
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert closes[0].trial_balance == {"1010": -yuan(20), "2010": yuan(20)}
    assert len(refused) == 1
