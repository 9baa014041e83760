"""Every act on a change, by every role, in every state: one table, tried in full.

Who may is one half, when is the other; an act goes through where both say so, and is
otherwise refused with a sentence. A role is refused before the state is looked at.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from accounts import staff_groups
from accounts.exceptions import NotAllowed
from common import clock as house_clock
from notices import announced, changes, delivering, gate, progress
from notices.exceptions import SecondPersonNeeded, WrongState
from notices.models import Delivery, ServiceChange
from tests.accounts.making import make_person
from tests.notices.making import (
    approve,
    make_customer,
    make_officer,
    make_organization,
    make_supervisor,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db

ROLES = (
    "support",
    "billing",
    "compliance",
    "supervisor",
    "auditor",
    "superuser",
    "staff",
    "customer",
)

# Who may. A superuser may all of it, but nobody approves what they proposed.
MAY = {
    "propose": {"compliance", "superuser"},
    "approve": {"supervisor", "superuser"},
    "reject": {"supervisor", "superuser"},
    "correct": {"compliance", "superuser"},
    "withdraw": {"compliance", "supervisor", "superuser"},
    "postpone": {"compliance", "supervisor", "superuser"},
    "leave out": {"compliance", "supervisor", "superuser"},
    "send again": {"support", "compliance", "supervisor", "superuser"},
    "lift": {"compliance", "superuser"},
    "lift for one": {"compliance", "superuser"},
    # Asked about by its page: taking a change back to a draft harms nobody.
    "revise": set(ROLES),
}

#             draft proposed approved announcing announced taking_effect complete lifted withdrawn
STATES_OF = """
propose         x      -         -         -         -           -          -       -       -
approve         -      x         -         -         -           -          -       -       -
reject          -      x         -         -         -           -          -       -       -
revise          -      x         x         -         -           -          -       -       -
correct         -      -         x         x         x           -          -       -       -
withdraw        x      x         x         x         x           -          -       -       -
postpone        -      -         -         x         x           x          -       -       -
leave_out       -      -         -         x         x           x          -       -       -
send_again      -      -         -         x         x           x          -       -       -
lift            -      -         -         -         -           x          x       -       -
lift_for_one    -      -         -         -         -           x          x       -       -
"""
STATES = [state.value for state in ServiceChange.State]
WHEN = {
    name.replace("_", " "): {
        state for state, mark in zip(STATES, marks, strict=True) if mark == "x"
    }
    for name, *marks in map(str.split, STATES_OF.strip().splitlines())
}


def make_one(role):
    if role == "customer":
        return make_customer()[0]
    person = make_person(is_staff=True, is_superuser=role == "superuser", name=role)
    if role not in ("superuser", "staff"):
        person.groups.add(Group.objects.get(name=role))
    return person


def act(name, change, person, account):
    """Does it, as the pages do."""
    because = {"reason": "Because"}
    at = house_clock.now()
    one = {"change": change, "accounts": [account]}
    acts = {
        "propose": lambda: changes.propose(change=change, proposed_by=person, at=at),
        "approve": lambda: changes.approve(proposal=change.proposal, approved_by=person, at=at),
        "reject": lambda: changes.reject(proposal=change.proposal, rejected_by=person, **because),
        "revise": lambda: changes.revise(change=change),
        "correct": lambda: changes.correct(change=change, planned_by=person),
        "withdraw": lambda: announced.withdraw(
            change=change, withdrawn_by=person, at=at, **because
        ),
        "postpone": lambda: announced.postpone(
            change=change,
            until=change.planned_for + timedelta(days=60),
            postponed_by=person,
            **because,
        ),
        "leave out": lambda: announced.leave_out(**one, left_out_by=person, **because),
        "send again": lambda: announced.send_again(
            change=change, account=account, asked_by=person, at=at
        ),
        "lift": lambda: announced.lift(change=change, lifted_by=person, at=at, **because),
        "lift for one": lambda: announced.lift_for(**one, lifted_by=person, **because),
    }
    return acts[name]()


class World:
    """A change in each state, with an account it has not reached and one that it may have."""

    def __init__(self, clock):
        self.clock = clock

    def bring(self, state):
        _ann, reached = make_customer()
        orphan = make_organization(name="Nobody's")
        change = plan(reached, orphan)
        path = {
            "draft": [],
            "proposed": [propose],
            "approved": [propose, approve],
            "announcing": [propose, approve, lambda _change: progress.write_messages()],
            "announced": [propose, approve, self.announce],
            "taking_effect": [propose, approve, self.announce, self.begin],
            "complete": [propose, approve, self.announce, self.begin, self.complete],
            "lifted": [propose, approve, self.announce, self.begin, self.lift],
            "withdrawn": [propose, approve, self.announce, self.withdraw],
        }[state]
        for step in path:
            step(change)
        change = ServiceChange.objects.get(pk=change.pk)
        assert change.state == state
        return change, reached, orphan

    def announce(self, change):
        run_jobs()

    def begin(self, change):
        self.clock.advance(days=6)
        progress.take_effect_all(at=house_clock.now())

    def complete(self, change):
        orphan = change.accounts.get(kind="organization")
        officer = make_officer()
        announced.leave_out(
            change=change, accounts=[orphan], left_out_by=officer, reason="Nobody there"
        )
        progress.take_effect_all(at=house_clock.now())

    def lift(self, change):
        act("lift", change, make_officer(), None)

    def withdraw(self, change):
        act("withdraw", change, make_supervisor(), None)


def one_for(name, reached, orphan):
    """Leaving out is for those not reached yet; the other acts on one are for the other."""
    return orphan if name == "leave out" else reached


def came_to(name, change, person, account):
    try:
        act(name, change, person, account)
    except NotAllowed:
        return "may not"
    except WrongState:
        return "not now"
    return "done"


@pytest.mark.parametrize("state", STATES)
def test_the_table(clock, state):
    """Each cell in a savepoint of its own, so that the next finds the same change."""
    staff_groups.sync()
    change, reached, orphan = World(clock).bring(state)
    people = {role: make_one(role) for role in ROLES}
    found, expected = {}, {}
    for name in MAY:
        if state == "draft" and name in ("approve", "reject"):
            assert change.proposal is None  # there is nothing to agree to
            continue
        for role, person in people.items():
            sid = transaction.savepoint()
            account = one_for(name, reached, orphan)
            change = ServiceChange.objects.get(pk=change.pk)
            found[name, role] = came_to(name, change, person, account)
            transaction.savepoint_rollback(sid)
            expected[name, role] = (
                "may not" if role not in MAY[name] else "done" if state in WHEN[name] else "not now"
            )
    assert found == expected


def test_nobody_approves_their_own_not_even_a_superuser():
    root = make_one("superuser")
    change = plan(make_customer()[1])
    propose(change, by=root)
    with pytest.raises(SecondPersonNeeded):
        act("approve", ServiceChange.objects.get(pk=change.pk), root, None)


def test_the_table_names_every_act_and_every_state():
    assert set(MAY) == set(WHEN)
    assert set(ROLES) >= {group.name for group in staff_groups.STAFF_GROUPS}
    assert all(len(line.split()) == len(STATES) + 1 for line in STATES_OF.strip().splitlines())


def test_a_change_is_left_and_lifted_for_those_whom_it_fits_only(clock):
    """What is left out has not been reached; what is lifted has been."""
    change, reached, orphan = World(clock).bring("taking_effect")
    officer = make_officer()
    with pytest.raises(WrongState):
        announced.leave_out(
            change=change, accounts=[orphan, reached], left_out_by=officer, reason="Both"
        )
    assert not change.exemptions.exists()
    assert (
        announced.lift_for(change=change, accounts=[orphan], lifted_by=officer, reason="None") == []
    )
    lifted = announced.lift_for(
        change=change, accounts=[orphan, reached], lifted_by=officer, reason="One of them"
    )
    assert lifted == [reached.pk]


def test_to_leave_out_a_stranger_changes_nothing(clock):
    """An account the change is not for does not count as one it is through with."""
    _ann, account = make_customer()
    orphan = make_organization(name="Nobody's")
    _bob, stranger = make_customer()
    change = plan(account, orphan)
    propose(change)
    approve(change)
    run_jobs()
    left_out = announced.leave_out(
        change=change, accounts=[stranger], left_out_by=make_officer(), reason="Mistyped"
    )
    assert left_out == 0
    clock.advance(days=6)
    progress.take_effect_all(at=house_clock.now())
    change.refresh_from_db()
    assert change.state == "taking_effect"  # the orphan is still waited for


def test_sending_again_repeats_nothing_that_may_have_arrived(clock, mailbox, phone_messages):
    ann, account = make_customer(contact_email="ann@example.com")
    bob, _his = make_customer(contact_email="bob@example.com")
    account.memberships.create(user=bob, role="admin")
    mailbox.refuse["bob@example.com"] = "550 no such user"
    change = plan(account)
    propose(change)
    approve(change)
    run_jobs()
    assert Delivery.objects.get(address="bob@example.com").state == "failed"
    del mailbox.refuse["bob@example.com"]
    count = announced.send_again(
        change=change, account=account, asked_by=make_officer(), at=house_clock.now()
    )
    assert count == 1
    delivering.deliver_all("email", at_most=timedelta(minutes=1))
    assert len(mailbox.to("bob@example.com")) == len(mailbox.to("ann@example.com")) == 1
    assert len(phone_messages(ann.phone)) == len(phone_messages(bob.phone)) == 1


def test_what_was_refused_then_taken_may_still_come_back(mailbox, phone_messages):
    """The address fails a second time: once written down, and counted from the bounce."""
    _ann, account = make_customer(contact_email="ann@example.com")
    mailbox.refuse["ann@example.com"] = "550 no such user"
    change = plan(account)
    propose(change)
    approve(change)
    run_jobs()
    mailbox.refuse.clear()
    announced.send_again(
        change=change, account=account, asked_by=make_officer(), at=house_clock.now()
    )
    delivering.deliver_all("email", at_most=timedelta(minutes=1))
    delivery = Delivery.objects.get(channel="email")
    assert delivery.state == "accepted"
    bounced = delivery.attempts.order_by("-fence").first()
    delivering.record_bounce(attempt=bounced, reason="gone", answer={})
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert delivery.failure.cause == "refused"


def test_best_efforts_that_came_back_count_from_then(clock, mailbox, phone_messages):
    """Refused, taken at the second try, come back two days later: the lead starts there."""
    _ann, account = make_customer(contact_email="ann@example.com")
    mailbox.refuse["ann@example.com"] = "550 no such user"
    change = plan(account)
    propose(change)
    approve(change)
    run_jobs()
    text = Delivery.objects.get(channel="sms").attempts.get()
    delivering.record_bounce(attempt=text, reason="unknown number", answer={})
    assert gate.earliest_effect(change, account) == change.effective_at
    mailbox.refuse.clear()
    announced.send_again(
        change=change, account=account, asked_by=make_officer(), at=house_clock.now()
    )
    delivering.deliver_all("email", at_most=timedelta(minutes=1))
    clock.advance(days=3)
    letter = Delivery.objects.get(channel="email").attempts.order_by("-fence").first()
    delivering.record_bounce(attempt=letter, reason="gone", answer={})
    assert gate.earliest_effect(change, account) == gate.opens_if_told(
        told_at=house_clock.now(), lead_days=3, zone="Asia/Shanghai"
    )
