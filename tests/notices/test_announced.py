"""What people do to an approved change, act by act: what is refused, and who is told."""

from datetime import timedelta

import pytest

from common.clock import now
from notices import announced, delivering, gate, progress
from notices.exceptions import NotPostponed, NotReady, WrongState
from notices.models import Delivery, Notice, ServiceChange
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    plan,
    propose,
    run_jobs,
)
from tests.notices.test_standings import risks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def fresh(change):
    return ServiceChange.objects.get(pk=change.pk)


def postpone(change, until, **fields):
    return announced.postpone(
        change=change, until=until, postponed_by=make_officer(), **{"reason": "x", **fields}
    )


def test_each_act_wants_a_reason(clock):
    _ann, account = make_customer()
    change = make_announced(account)
    officer = make_officer()
    one = {"change": change, "accounts": [account], "reason": " "}
    with pytest.raises(NotReady, match="reason"):
        postpone(change, change.effective_at + timedelta(days=1), reason="\n")
    with pytest.raises(NotReady, match="reason"):
        announced.leave_out(left_out_by=officer, **one)
    clock.set(change.effective_at)
    run_jobs()
    with pytest.raises(NotReady, match="reason"):
        announced.lift_for(lifted_by=officer, **one)
    assert not change.postponements.exists()
    assert not change.exemptions.exists()


def test_what_cannot_be_postponed_says_why():
    _ann, account = make_customer()
    ends_at = now() + timedelta(days=20)
    change = make_announced(account, ends_at=ends_at)
    with pytest.raises(NotPostponed, match="later than the one"):
        postpone(change, change.effective_at)
    with pytest.raises(NotPostponed, match="over before it begins"):
        postpone(change, ends_at)
    with pytest.raises(NotReady, match="at least one account"):
        postpone(change, change.effective_at + timedelta(days=1), accounts=[])


def test_what_acts_at_once_is_not_postponed():
    _ann, account = make_customer()
    orphan = make_organization(name="Nobody's")
    change = plan(account, orphan, at_once=True, grounds="x", in_days=0)
    propose(change)
    approve(change)
    ServiceChange.objects.filter(pk=change.pk).update(state="taking_effect")
    with pytest.raises(NotPostponed, match="lifted, not postponed"):
        postpone(change, now() + timedelta(days=9))


def test_postponed_twice_it_is_told_twice_and_the_last_holds(clock, mailbox, phone_messages):
    ann, account = make_customer(language="en", contact_email="ann@example.com")
    change = make_announced(account)
    moments = [change.effective_at + timedelta(days=days) for days in (1, 2)]
    for until in moments:
        postpone(fresh(change), until)
        run_jobs()
    assert [one.was for one in change.postponements.order_by("pk")] == [
        change.effective_at,
        moments[0],
    ]
    assert Notice.objects.filter(recipient=ann, expansion__phase="postponed").count() == 2
    assert gate.earliest_effect(change, account) == moments[1]


def test_one_account_keeps_its_later_moment_when_everybody_is_put_off(clock):
    _ann, hers = make_customer()
    _bob, his = make_customer()
    change = make_announced(hers, his)
    later = change.effective_at + timedelta(days=9)
    postpone(change, later, accounts=[hers])
    postpone(fresh(change), change.effective_at + timedelta(days=1))
    assert gate.earliest_effect(change, hers) == later
    assert gate.earliest_effect(change, his) == change.effective_at + timedelta(days=1)


def test_what_cannot_be_lifted_says_so(clock):
    _ann, account = make_customer()
    change = make_announced(account, kind="service_change", in_days=9)
    clock.set(change.effective_at)
    run_jobs()
    officer = make_officer()
    with pytest.raises(WrongState, match="cannot be lifted"):
        announced.lift(change=fresh(change), lifted_by=officer, reason="x", at=now())
    with pytest.raises(WrongState, match="cannot be lifted"):
        announced.lift_for(change=change, accounts=[account], lifted_by=officer, reason="x")


def test_an_account_that_feels_it_is_named_when_left_out(clock):
    _ann, account = make_customer(name="Ann")
    orphan = make_organization(name="Nobody's")
    wider = make_announced(account, orphan)
    clock.set(wider.effective_at)
    run_jobs()
    with pytest.raises(WrongState, match="Ann feels the change already"):
        announced.leave_out(
            change=wider, accounts=[account], left_out_by=make_officer(), reason="x"
        )


def test_lifted_in_portions_all_get_their_access_back(clock, monkeypatch):
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(5)]
    change = make_announced(*accounts)
    clock.set(change.effective_at)
    run_jobs()
    monkeypatch.setattr(progress, "LIFTED_AT_ONCE", 2)
    announced.lift(change=fresh(change), lifted_by=make_officer(), reason="Put right", at=now())
    assert sum(one.restrictions.filter(lifting=None).count() for one in accounts) == 3
    run_jobs()
    assert sum(one.restrictions.filter(lifting=None).count() for one in accounts) == 0
    assert Notice.objects.filter(expansion__phase="lifted").count() == 5
    assert change.expansions.filter(phase="lifted").count() == 1


def test_who_got_it_back_before_is_not_told_again(clock):
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(3)]
    change = make_announced(*accounts)
    clock.set(change.effective_at)
    run_jobs()
    officer = make_officer()
    announced.lift_for(
        change=change, accounts=accounts[:1], lifted_by=officer, reason="Appeal upheld"
    )
    run_jobs()
    announced.lift(change=fresh(change), lifted_by=officer, reason="Put right", at=now())
    run_jobs()
    told = Notice.objects.filter(expansion__phase="lifted")
    assert sorted(told.values_list("recipient", flat=True)) == sorted(
        account.holder_id for account in accounts
    )


def test_the_three_ways_out_answer_for_each_account(clock, mailbox, phone_messages):
    """Left out, sent again, put off: one that cannot be helped does not undo the others."""
    officer = make_officer()
    people = [make_customer(name=f"P{n}", contact_email=f"p{n}@example.com") for n in range(3)]
    for person, _account in people:
        mailbox.refuse[person.contact_email] = "451 try later"
    hers, his, theirs = [account for _person, account in people]
    change = plan(hers, his, theirs)
    propose(change)
    approve(change)
    progress.write_messages()
    Delivery.objects.filter(channel="sms").update(state="failed")
    delivering.deliver_all("email", at_most=timedelta(minutes=1))
    clock.advance(days=3)
    assert set(risks(change)) == {hers.pk, his.pk, theirs.pk}

    mailbox.refuse.clear()
    came_to = {}
    for account in (hers, his):
        came_to[account] = announced.send_again(
            change=change, account=account, asked_by=officer, at=now()
        )
    assert came_to == {hers: 1, his: 1}  # the letters are due already
    run_jobs()
    until = now() + timedelta(days=20)
    announced.postpone(
        change=change, until=until, accounts=[his], postponed_by=officer, reason="More time"
    )
    assert (
        announced.leave_out(
            change=change, accounts=[theirs], left_out_by=officer, reason="Nobody there"
        )
        == 1
    )
    assert (
        announced.leave_out(
            change=change, accounts=[theirs], left_out_by=officer, reason="Nobody there"
        )
        == 0
    )
    run_jobs()
    assert risks(change) == {hers.pk: "late"}
    assert gate.earliest_effect(change, his) == until
    clock.set(gate.earliest_effect(change, hers))
    run_jobs()
    with pytest.raises(WrongState):
        announced.leave_out(
            change=change, accounts=[hers], left_out_by=officer, reason="Too late for that"
        )
    clock.set(until)
    run_jobs()
    assert fresh(change).state == "complete"
    assert {one.account for one in change.exemptions.all()} == {theirs}
