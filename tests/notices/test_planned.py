"""What lies ahead of accounts, as far as people were told."""

from accounts import upcoming
from common import clock
from notices import gate
from notices.planned import planned_for
from tests.notices.making import approve, make_announced, make_customer, plan, propose, run_jobs


def test_only_what_was_announced_is_ahead(db):
    _person, account = make_customer()
    change = plan(account)
    assert planned_for([account], at=clock.now()) == []
    propose(change)
    assert planned_for([account], at=clock.now()) == []
    approve(change)
    assert planned_for([account], at=clock.now()) == []
    run_jobs()
    (ahead,) = planned_for([account], at=clock.now())
    assert ahead.change == change


def test_the_moment_is_the_gates(db):
    _person, account = make_customer()
    change = make_announced(account)
    (ahead,) = planned_for([account], at=clock.now())
    assert ahead.begins_at == gate.earliest_effect(change, account)
    assert upcoming.earliest([account], at=clock.now()) == {
        (account.pk, change.service_id): ahead.begins_at
    }


def test_what_has_begun_is_not_ahead_any_more(db, clock):
    from common.clock import now

    _person, account = make_customer()
    make_announced(account)
    clock.advance(days=30)
    run_jobs()
    assert planned_for([account], at=now()) == []


def test_others_are_not_concerned(db):
    _person, account = make_customer()
    _other, theirs = make_customer(contact_email="x@example.com")
    make_announced(account)
    assert planned_for([theirs], at=clock.now()) == []
