"""What people may do to a change, in which state, and what they are told otherwise."""

import pytest

from accounts import agreements
from accounts.exceptions import NotAllowed
from common.clock import now
from notices import announced, changes
from notices.exceptions import NotReady, WrongState
from notices.models import Approval, Proposal, ServiceChange
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    make_staff,
    make_supervisor,
    plan,
    propose,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
State = ServiceChange.State


def act(name, change, person, reason="Because"):
    if name == "propose":
        return changes.propose(change=change, proposed_by=person, at=now())
    if name == "approve":
        return changes.approve(proposal=change.proposal, approved_by=person, at=now())
    if name == "reject":
        return changes.reject(proposal=change.proposal, rejected_by=person, reason=reason)
    if name == "withdraw":
        return announced.withdraw(change=change, withdrawn_by=person, reason=reason, at=now())
    return announced.lift(change=change, lifted_by=person, reason=reason, at=now())


NEEDS = {
    "propose": "propose",
    "approve": "approve",
    "reject": "approve",
    "withdraw": "withdraw",
    "lift": "lift",
}


def in_state(state, account, clock):
    """A change brought to `state` by its own verbs."""
    if state == State.DRAFT:
        return plan(account)
    if state == State.PROPOSED:
        change = plan(account)
        propose(change)
        return change
    if state == State.APPROVED:
        change = plan(account)
        propose(change)
        approve(change)
        return change
    change = make_announced(account)
    if state == State.COMPLETE:
        from notices import progress

        clock.advance(days=6)
        progress.take_effect_all(at=now())
    if state == State.WITHDRAWN:
        act("withdraw", change, make_supervisor())
    return change


ALLOWED = {
    State.DRAFT: {"propose", "withdraw"},
    State.PROPOSED: {"approve", "reject", "withdraw"},
    State.APPROVED: {"withdraw"},
    State.ANNOUNCED: {"withdraw"},
    State.COMPLETE: {"lift"},
    State.WITHDRAWN: set(),
}


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("name", NEEDS)
def test_each_act_in_each_state(clock, state, name):
    _person, account = make_customer()
    change = in_state(state, account, clock)
    person = make_staff(NEEDS[name])
    if name in ALLOWED[state]:
        act(name, change, person)
    elif state == State.DRAFT and name in ("approve", "reject"):
        assert change.proposal is None
    else:
        with pytest.raises(WrongState, match="Reload the page"):
            act(name, change, person)


@pytest.mark.parametrize("name", NEEDS)
def test_each_act_needs_its_permission(name):
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    others = set(NEEDS.values()) - {NEEDS[name]}
    with pytest.raises(NotAllowed):
        act(name, change, make_staff(*others))


def test_a_customer_with_the_permission_is_still_no_staff():
    _person, account = make_customer()
    change = plan(account)
    person = make_officer()
    person.is_staff = False
    person.save()
    with pytest.raises(NotAllowed):
        propose(change, by=type(person).objects.get(pk=person.pk))


def test_everything_missing_is_said_at_once():
    _person, account = make_customer()
    change = plan(in_days=1)
    agreements.sever(clause=change.clause, severed_by=make_officer(), reason="Void by court")
    with pytest.raises(NotReady) as refusal:
        propose(change)
    assert "at least one account" in str(refusal.value)
    assert "is severed" in str(refusal.value)
    assert account.concerned_by.count() == 0


@pytest.mark.parametrize("name", ["reject", "withdraw", "lift"])
def test_a_reason_is_needed(clock, name):
    _person, account = make_customer()
    state = {"reject": State.PROPOSED, "withdraw": State.DRAFT, "lift": State.COMPLETE}[name]
    change = in_state(state, account, clock)
    person = make_staff(NEEDS[name])
    with pytest.raises(NotReady, match="reason"):
        act(name, change, person, reason=" ")


def test_a_rejected_change_is_a_draft_and_can_be_proposed_again():
    _person, account = make_customer()
    change = plan(account)
    first = propose(change)
    act("reject", change, make_supervisor())
    change.refresh_from_db()
    assert change.state == State.DRAFT
    assert propose(change) != first
    approve(change)
    assert Proposal.objects.count() == 2
    assert Approval.objects.count() == 1


def test_choosing_accounts_replaces_the_choice():
    person, account = make_customer()
    other = make_organization(person)
    change = plan(account)
    changes.choose_accounts(change=change, accounts=[other])
    assert list(change.accounts.all()) == [other]


def test_the_digest_changes_with_every_content():
    person, account = make_customer()
    change = plan(account)
    digests = {changes.digest(change)}
    for field, value in [
        ("reason_en", "Other"),
        ("title_zh_hans", "其他"),
        ("service", None),
        ("ends_at", change.effective_at.replace(year=2100)),
        ("grounds", "x"),
    ]:
        setattr(change, field, value)
        change.save()
        digests.add(changes.digest(change))
    changes.choose_accounts(change=change, accounts=[make_organization(person)])
    digests.add(changes.digest(change))
    assert len(digests) == 7


def test_the_timeline_tells_every_act_newest_first(clock):
    _person, account = make_customer()
    change = in_state(State.COMPLETE, account, clock)
    act("lift", change, make_supervisor())
    told = [line.what_happened.split()[0] for _at, line in changes.timeline(change)]
    assert told == ["Lifted", "Messages", "Approved", "Proposed"]


def test_acts_are_in_the_change_s_history():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    states = list(change.history.order_by("history_id").values_list("state", flat=True))
    assert states[0] == "draft"
    assert states[-1] == "approved"
