"""What people do to a case, and what is refused."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.exceptions import NotAllowed, ReasonMissing
from common.clock import now
from compliance import cases, clocks
from compliance.exceptions import NotPossible, NotYours, WrongStep
from compliance.models import Case, CaseEvent, CaseKind, ClockEntry, Queue, Severity
from tests.accounts.making import make_account, make_person
from tests.compliance.making import case_of, make_staff_of, open_case
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db
State = Case.State


def trail(case):
    return list(CaseEvent.objects.filter(case=case).order_by("pk").values_list("what", flat=True))


@pytest.fixture
def officer():
    return make_staff_of("compliance")


def test_two_reports_on_one_subject_are_one_case():
    account = make_account()
    first, new = cases.open_or_join(kind="violation", title="Spam", account=account, at=now())
    assert new
    second, new = cases.open_or_join(
        kind="violation", title="More spam", account=account, severity=Severity.HIGH, at=now()
    )
    assert (second, new) == (first, False)
    assert Case.objects.get().severity == Severity.HIGH
    # Joining never makes it less grave.
    open_case(account, severity=Severity.LOW)
    assert Case.objects.get().severity == Severity.HIGH
    other, new = cases.open_or_join(kind="leak", title="Leak", account=account, at=now())
    assert new
    assert other != first


def test_what_it_is_called_is_compared_as_people_read_it():
    first = open_case(subject="Ａpiqik  Official")
    assert open_case(subject=" apiqik official ") == first
    assert open_case(subject="apiqik officials") != first
    with pytest.raises(NotPossible):
        open_case(subject=" \t ", account=None)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_open_one_case():
    account = make_account()
    acts = [lambda: open_case(account)] * 8
    opened = together(*acts)
    assert refusals(opened) == []
    assert len({case.pk for case in opened}) == Case.objects.count() == 1
    assert trail(opened[0]) == ["opened"]


def test_another_case_may_be_opened_once_it_is_closed(officer):
    account = make_account()
    case = case_of(officer, account)
    cases.close(case=case, by=officer, reason="Nothing to it", at=now())
    assert open_case(account) != case
    with pytest.raises(WrongStep, match="已有更新的未结案件"):
        cases.reopen(case=case, by=officer, reason="Again", at=now())


def test_the_way_of_a_case_is_in_its_trail(officer):
    case = open_case()
    cases.sort(case=case, by=officer, severity=Severity.CRITICAL, policy=None, reason="x", at=now())
    cases.claim(case=case, by=officer, at=now())
    cases.note(case=case, by=officer, text="Seen the logs")
    task = cases.add_task(case=case, by=officer, title="Call them")
    cases.finish_task(task=task, by=officer, at=now())
    other = open_case()
    cases.link(case=case, other=other, by=officer, reason="Same person")
    cases.link(case=other, other=case, by=officer, reason="Again")
    cases.escalate(case=case, by=officer, reason="Too large for us")
    case.refresh_from_db()
    assert (case.queue, case.assignee) == (Queue.COMPLIANCE, None)
    cases.claim(case=case, by=officer, at=now())
    cases.release(case=case, by=officer, reason="On leave")
    cases.claim(case=case, by=officer, at=now())
    closed = cases.close(case=case, by=officer, reason="Done", at=now())
    assert closed.closed_at is not None
    reopened = cases.reopen(case=case, by=officer, reason="New facts", at=now())
    assert (reopened.state, reopened.closed_at) == (State.INVESTIGATING, None)
    assert trail(case) == [
        "opened",
        "sorted",
        "claimed",
        "noted",
        "task_added",
        "task_done",
        "linked",
        "escalated",
        "claimed",
        "released",
        "claimed",
        "closed",
        "reopened",
    ]
    assert trail(other) == ["opened", "linked"]


def test_of_two_who_take_it_the_second_is_told(officer):
    colleague = make_staff_of("compliance")
    case = case_of(officer)
    with pytest.raises(NotYours, match=officer.name):
        cases.claim(case=case, by=colleague, at=now())
    with pytest.raises(NotYours):
        cases.close(case=case, by=colleague, reason="Mine", at=now())
    with pytest.raises(NotAllowed):
        cases.release(case=case, by=colleague, reason="Mine")
    cases.release(case=case, by=make_staff_of("supervisor"), reason="On leave")
    cases.claim(case=case, by=colleague, at=now())


@pytest.mark.django_db(transaction=True)
def test_two_take_it_at_the_same_moment():
    case = open_case()
    people = [make_staff_of("compliance") for _each in range(4)]
    acts = [lambda person=person: cases.claim(case=case, by=person, at=now()) for person in people]
    assert len(refusals(together(*acts))) == 3
    assert trail(case).count("claimed") == 1


@pytest.mark.parametrize("groups", [(), ("billing",), ("auditor",)])
def test_who_may_not_work_on_cases(groups):
    person = make_staff_of(*groups)
    case = open_case()
    for act in (
        lambda: cases.claim(case=case, by=person, at=now()),
        lambda: cases.note(case=case, by=person, text="x"),
        lambda: cases.close(case=case, by=person, reason="x", at=now()),
        lambda: cases.escalate(case=case, by=person, reason="x"),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.usefixtures("in_english")
def test_a_confidential_case_is_for_those_who_may_see_such(officer):
    case = open_case(confidential=True)
    with pytest.raises(NotAllowed, match="confidential"):
        cases.claim(case=case, by=officer, at=now())
    supervisor = make_staff_of("supervisor")
    assert cases.claim(case=case, by=supervisor, at=now()).assignee == supervisor
    assert list(Case.objects.seen_by(officer)) == []
    assert list(Case.objects.seen_by(supervisor)) == [case]


def test_a_reason_is_not_blank(officer):
    case = case_of(officer)
    for act in (
        lambda: cases.release(case=case, by=officer, reason=" "),
        lambda: cases.escalate(case=case, by=officer, reason=""),
        lambda: cases.close(case=case, by=officer, reason="\n", at=now()),
        lambda: cases.note(case=case, by=officer, text="  "),
    ):
        with pytest.raises(ReasonMissing):
            act()


def test_clocks_begin_with_the_case_and_end_with_it(officer):
    case = open_case(severity=Severity.HIGH)
    first = clocks.read(case, ClockEntry.Clock.FIRST_LOOK, at=now())
    assert (first.running, first.days) == (True, 1)
    assert case.due_at == first.due_at
    case = cases.claim(case=case, by=officer, at=now())
    assert clocks.read(case, ClockEntry.Clock.FIRST_LOOK, at=now()).stopped_at is not None
    decision = clocks.read(case, ClockEntry.Clock.DECISION, at=now())
    assert (decision.days, Case.objects.get().due_at) == (7, decision.due_at)
    cases.close(case=case, by=officer, reason="Nothing", at=now())
    assert Case.objects.get().due_at is None
    assert not Case.objects.overdue(now() + timedelta(days=400)).exists()


# -- what the database refuses --------------------------------------------------------------


def test_the_steps_are_the_same_in_python_and_in_the_database(as_owner):
    steps = {
        (was, becomes)
        for was in State.values
        for becomes in State.values
        if as_owner.execute("SELECT compliance_case_step(%s, %s)", [was, becomes]).fetchone()[0]
    }
    assert steps == {(was, to) for was, all_of in Case.TRANSITIONS.items() for to in all_of}


def test_raw_updates_of_a_case_are_refused():
    case, person = open_case(), make_person()
    rows = Case.objects.filter(pk=case.pk)
    for change in (
        {"state": "decided"},
        {"state": "waiting"},
        {"closed_at": now()},
        {"state_since": now() - timedelta(days=9)},
        {"kind": CaseKind.LEAK},
        {"subject_key": "account:0"},
        {"opened_at": now() - timedelta(days=9)},
        {"opened_by": person},
        {"account": None},
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.create(kind="leak", title="x", subject_key="x", state="decided")
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(kind=case.kind, title="x", subject_key=case.subject_key)


def test_two_disputes_about_one_account_are_two_cases():
    """Each side of a dispute sees its own part (clause 1.5), so each dispute is its own."""
    accused, first, second = make_account(), make_account(), make_account()
    one = open_case(accused, kind=CaseKind.USER_DISPUTE, opponent=first)
    assert open_case(accused, kind=CaseKind.USER_DISPUTE, opponent=first) == one
    other = open_case(accused, kind=CaseKind.USER_DISPUTE, opponent=second)
    assert other != one
    assert other.opponent == second
