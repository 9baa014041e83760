"""Appeals of reporters, and of customers whose case went on without them."""

import pytest

from common.clock import now
from compliance import appeals, cases
from compliance.exceptions import NotPossible, NotYours, WrongStep
from compliance.models import Case, ClockEntry
from notices.models import Letter
from tests.accounts.making import make_account
from tests.compliance.deciding import decide, make_officer, make_supervisor
from tests.compliance.making import file_report, make_staff_of, open_case, tell_reporter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def answer(made, by, result="upheld"):
    return appeals.decide(
        appeal=made,
        result=result,
        reasons_zh_hans="理由",
        reasons_en="Because",
        decided_by=by,
        at=now(),
    )


def state_of(case):
    return Case.objects.get(pk=case.pk).state


@pytest.fixture
def closed():
    """A report that nothing came of, in a closed case, and who said so."""
    teller = make_staff_of("supervisor")
    report = file_report()
    outcome = tell_reporter(report, by=teller)
    cases.close(case=report.case, by=make_officer(), reason="Nothing found", at=now())
    return report, outcome, teller


def test_a_reporter_objects_and_the_case_goes_on(closed):
    report, outcome, teller = closed
    made = appeals.appeal_of_outcome(outcome=outcome, text="Look again", at=now())
    assert state_of(report.case) == "investigating"
    assert appeals.text_of(made) == "Look again"
    assert made.answer_by > now()
    with pytest.raises(NotPossible):
        appeals.appeal_of_outcome(outcome=outcome, text="And again", at=now())
    with pytest.raises(NotYours):
        answer(made, teller)
    with pytest.raises(NotPossible):
        answer(made, make_supervisor(), "varied")
    answer(made, make_supervisor())
    assert state_of(report.case) == "closed"
    with pytest.raises(WrongStep):
        answer(made, make_supervisor())


def test_what_was_told_does_not_stand(closed):
    report, outcome, _teller = closed
    made = appeals.appeal_of_outcome(outcome=outcome, text="Look again", at=now())
    answer(made, make_supervisor(), "overturned")
    assert state_of(report.case) == "investigating"
    running = ClockEntry.objects.filter(case=report.case).order_by("-pk").first()
    assert (running.clock, running.act) == ("decision", "start")


def test_only_no_action_is_objected_to():
    outcome = tell_reporter(file_report(), verdict="acted")
    with pytest.raises(NotPossible):
        appeals.appeal_of_outcome(outcome=outcome, text="More!", at=now())


def test_while_a_newer_case_is_open_the_old_one_stays_closed():
    account, officer = make_account(), make_officer()
    decision = decide(account, by=officer)
    cases.close(case=decision.case, by=officer, reason="Done", at=now())
    newer = open_case(account)
    made = appeals.appeal(decision=decision, by=account.holder, text="No", at=now())
    assert state_of(decision.case) == "closed"
    answer(made, make_supervisor(), "overturned")
    assert state_of(decision.case) == "closed"
    assert state_of(newer) == "new"
    assert Letter.objects.filter(kind="compliance.appeal_decided").count() == 1
