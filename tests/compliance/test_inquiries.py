"""Asking customers: told, answered, reminded; the clock stands still and goes on, once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Membership
from common.clock import now
from compliance import answer_texts, cases, clocks, inquiries, tasks
from compliance.exceptions import NotPossible, NotYours, Stale, WrongStep
from compliance.inquiries import Attached
from compliance.letter_texts import ASKED, REMINDED, THANKED
from compliance.models import (
    Case,
    CaseEvent,
    CaseKind,
    ClockEntry,
    Evidence,
    Inquiry,
    InquiryAnswer,
)
from notices.models import Letter, LetterDelivery
from tests.accounts.making import make_person
from tests.compliance.deciding import approve, propose
from tests.compliance.making import case_of, make_staff_of, open_case
from tests.notices.making import make_customer, make_organization
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db
State = Case.State
Act = ClockEntry.Act
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def officer():
    return make_staff_of("compliance")


@pytest.fixture
def customer():
    return make_customer(language="en", name="Li Hua", contact_email="li@example.com")


@pytest.fixture
def case(officer, customer):
    return case_of(officer, customer[1])


def ask(case, by, account=None, *, days=5, **fields):
    return inquiries.ask(
        case=case,
        account=account or case.account,
        by=by,
        at=now(),
        **{
            "question_zh_hans": "这些请求从何而来？",
            "question_en": "Where do these requests come from?",
            "answer_by": now() + timedelta(days=days),
            **fields,
        },
    )


def answer(inquiry, by, text="From our shop.", **fields):
    return inquiries.answer(inquiry=inquiry, by=by, text=text, at=now(), **fields)


def acts(case):
    entries = ClockEntry.objects.filter(case=case, clock="decision").order_by("pk")
    return list(entries.values_list("act", flat=True))


def trail(case):
    return list(CaseEvent.objects.filter(case=case).order_by("pk").values_list("what", flat=True))


def told(kind):
    return list(
        Letter.objects.filter(kind=kind).order_by("pk").values_list("recipient__name", flat=True)
    )


def state_of(case):
    return Case.objects.get(pk=case.pk).state


# -- Asking -------------------------------------------------------------------------


def test_asking_pauses_the_clock_and_tells_those_who_answer_for_the_account(officer):
    people = {role: make_person(name=role, language="en") for role in Membership.Role.values}
    account = make_organization(people["owner"], name="Northwind")
    for role, person in people.items():
        if role != "owner":
            Membership.objects.create(user=person, account=account, role=role)
    gone = make_person(name="gone", is_active=False)
    Membership.objects.create(user=gone, account=account, role="admin")
    case = case_of(officer, account)
    inquiry = ask(case, officer)

    assert state_of(case) == State.WAITING
    assert Case.objects.get(pk=case.pk).due_at is None
    assert acts(case) == [Act.START, Act.PAUSE]
    assert trail(case)[-1] == "asked"
    assert told(ASKED) == ["owner", "admin"]
    letter = Letter.objects.get(kind=ASKED, recipient=people["owner"])
    assert letter.account == account
    assert "Where do these requests come from?" in letter.body
    assert inquiry.public_id in letter.body
    assert "clause 2.2" in letter.body
    local = inquiry.answer_by.astimezone(ZoneInfo(people["owner"].time_zone))
    assert f"Answer by: {local:%Y-%m-%d %H:%M}" in letter.body
    assert f"/account/{account.public_id}/matters/questions/{inquiry.public_id}/" in letter.body
    assert set(LetterDelivery.objects.values_list("channel", flat=True)) == {"sms"}
    assert "Where do" not in letter.sms


def test_the_letter_is_in_the_readers_language(officer):
    li, account = make_customer(language="zh-hans")
    ask(case_of(officer, account), officer)
    letter = Letter.objects.get(recipient=li)
    assert "这些请求从何而来？" in letter.body
    assert "Where do" not in letter.body
    assert letter.subject.startswith("请回复我们的询问")


def test_what_is_confidential_is_not_written_into_a_letter(customer):
    supervisor = make_staff_of("supervisor")
    case = case_of(supervisor, customer[1], kind=CaseKind.LEAK, confidential=True)
    ask(case, supervisor)
    letter = Letter.objects.get()
    assert "Where do" not in letter.body
    assert "confidential" in letter.body


@pytest.mark.usefixtures("in_english")
def test_who_and_what_may_be_asked(case, officer):
    with pytest.raises(NotPossible, match="no part"):
        ask(case, officer, make_customer(contact_email="o@example.com")[1])
    with pytest.raises(NotPossible, match="to come"):
        ask(case, officer, answer_by=now())
    with pytest.raises(NotPossible, match="60 days"):
        ask(case, officer, answer_by=now() + timedelta(days=61))
    with pytest.raises(ReasonMissing):
        ask(case, officer, question_en="  ")
    with pytest.raises(NotAllowed):
        ask(case, make_person(is_staff=True))
    with pytest.raises(NotYours):
        ask(case, make_staff_of("compliance"))
    assert not Inquiry.objects.exists()
    assert not Letter.objects.exists()
    assert acts(case) == [Act.START]


@pytest.mark.usefixtures("in_english")
def test_nobody_is_asked_in_a_closed_case(case, officer):
    cases.close(case=case, by=officer, reason="Spam", at=now())
    with pytest.raises((WrongStep, NotYours)):
        ask(case, officer)


# -- Answering ------------------------------------------------------------------------


def test_an_answer_lets_the_clock_go_on_and_is_thanked_for(case, officer, customer):
    li, _account = customer
    inquiry = ask(case, officer)
    given = answer(inquiry, li, "  From our shop. ")
    assert (answer_texts.text_of(given), given.answered_by) == ("From our shop.", li)
    assert state_of(case) == State.INVESTIGATING
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]
    assert trail(case)[-1] == "answered"
    assert told(THANKED) == ["Li Hua"]
    # Thanks are not worth an SMS.
    thanks = LetterDelivery.objects.filter(letter__kind=THANKED)
    assert [one.channel for one in thanks] == ["email"]


@pytest.mark.usefixtures("in_english")
def test_it_is_answered_once(case, officer, customer):
    inquiry = ask(case, officer)
    answer(inquiry, customer[0])
    with pytest.raises(WrongStep, match="answered already"):
        answer(inquiry, customer[0], "Something else")
    assert answer_texts.text_of(InquiryAnswer.objects.get()) == "From our shop."


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_kept_and_the_clock_goes_on_once(officer, customer):
    li, account = customer
    wang = make_person(name="Wang")
    Membership.objects.create(user=wang, account=account, role="admin")
    case = case_of(officer, account)
    inquiry = ask(case, officer)
    came_to = together(*[lambda who=who: answer(inquiry, who) for who in (li, wang) * 3])
    assert len(refusals(came_to)) == 5
    assert {type(one) for one in refusals(came_to)} == {WrongStep}
    assert InquiryAnswer.objects.count() == 1
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]
    assert trail(case).count("answered") == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_timetable_at_once_let_it_go_on_once(officer, customer, clock):
    li, account = customer
    case = case_of(officer, account)
    inquiry = ask(case, officer, days=1)
    clock.advance(days=1, seconds=1)
    came_to = together(lambda: answer(inquiry, li), *[lambda: inquiries.stop_waiting(at=now())] * 3)
    assert refusals(came_to) == []
    assert state_of(case) == State.INVESTIGATING
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]


@pytest.mark.parametrize("role", ["billing", "developer", "viewer", None])
def test_others_do_not_answer(case, officer, role):
    inquiry = ask(case, officer)
    other = make_person()
    if role:
        Membership.objects.create(user=other, account=case.account, role=role)
    with pytest.raises(NotAllowed):
        answer(inquiry, other)


def test_an_empty_answer_is_none(case, officer, customer):
    inquiry = ask(case, officer)
    with pytest.raises(ReasonMissing):
        answer(inquiry, customer[0], " \n ")
    assert state_of(case) == State.WAITING


def test_an_answer_after_the_day_counts_and_moves_no_clock(case, officer, customer, clock):
    inquiry = ask(case, officer, days=2)
    clock.advance(days=3)
    assert inquiries.stop_waiting(at=now()) == 1
    assert trail(case)[-1] == "unanswered"
    assert CaseEvent.objects.latest("pk").data == {"inquiries": [inquiry.public_id]}
    answer(inquiry, customer[0])
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]
    assert state_of(case) == State.INVESTIGATING
    assert trail(case)[-1] == "answered"


def late_inquiry(case, officer, clock):
    inquiry = ask(case, officer, days=1)
    clock.advance(days=2)
    inquiries.stop_waiting(at=now())
    return inquiry


@pytest.mark.usefixtures("in_english")
def test_while_a_decision_waits_for_its_approval_an_answer_is_still_heard(
    case, officer, customer, clock
):
    inquiry = late_inquiry(case, officer, clock)
    decision = propose(customer[1], by=officer, case=case)
    answer(inquiry, customer[0])
    assert state_of(case) == State.PROPOSED
    # Whoever approves has to have read it.
    with pytest.raises(Stale):
        approve(decision)
    assert state_of(case) == State.INVESTIGATING


@pytest.mark.usefixtures("in_english")
def test_in_a_decided_or_closed_case_nobody_answers(case, officer, customer, clock):
    inquiry = late_inquiry(case, officer, clock)
    approve(propose(customer[1], by=officer, case=case))
    with pytest.raises(WrongStep, match="appeal"):
        answer(inquiry, customer[0])
    cases.close(case=case, by=officer, reason="Done", at=now())
    with pytest.raises(WrongStep, match="closed"):
        answer(inquiry, customer[0])
    assert not InquiryAnswer.objects.exists()


def test_files_come_with_an_answer(case, officer, customer):
    inquiry = ask(case, officer)
    given = answer(
        inquiry,
        customer[0],
        files=[
            Attached(name="orders.txt", content=b"one order"),
            Attached(name="licence.txt", content=b"a licence", identity=True),
        ],
    )
    kept = list(given.files.order_by("pk"))
    assert [(one.name, one.source, one.added_by) for one in kept] == [
        ("orders.txt", Evidence.Source.CUSTOMER, customer[0]),
        ("licence.txt", Evidence.Source.CUSTOMER, customer[0]),
    ]
    assert [one.sensitivity for one in kept] == ["ordinary", "identity"]
    assert trail(case)[-1] == "answered"
    assert trail(case).count("evidence_added") == 2


@pytest.mark.usefixtures("in_english")
def test_a_file_that_is_not_taken_leaves_nothing_behind(case, officer, customer):
    inquiry = ask(case, officer)
    files = [
        Attached(name="orders.txt", content=b"one order"),
        Attached(name="run.exe", content=b"MZ\x90\x00" + b"\x00" * 60),
    ]
    with pytest.raises(NotPossible):
        answer(inquiry, customer[0], files=files)
    with pytest.raises(NotPossible, match="5 "):
        answer(inquiry, customer[0], files=[files[0]] * 6)
    assert not InquiryAnswer.objects.exists()
    assert not Evidence.objects.exists()
    assert state_of(case) == State.WAITING


# -- Several questions, both sides --------------------------------------------------


@pytest.fixture
def dispute(officer):
    one, first = make_customer(name="One", language="en", contact_email="one@example.com")
    two, second = make_customer(name="Two", language="en", contact_email="two@example.com")
    case = case_of(officer, first, kind=CaseKind.USER_DISPUTE, opponent=second)
    return case, (one, first), (two, second)


def test_several_questions_to_both_sides_pause_once_and_resume_once(dispute, officer, clock):
    case, (one, first), (two, second) = dispute
    asked = [ask(case, officer, account) for account in (first, second, first)]
    assert acts(case) == [Act.START, Act.PAUSE]
    used = clocks.read(case, "decision", at=now()).used
    clock.advance(days=3)
    answer(asked[0], one)
    answer(asked[1], two)
    assert state_of(case) == State.WAITING
    assert acts(case) == [Act.START, Act.PAUSE]
    assert clocks.read(case, "decision", at=now()).used == used
    with pytest.raises(NotAllowed):
        answer(asked[2], two)
    answer(asked[2], one)
    assert state_of(case) == State.INVESTIGATING
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]
    assert trail(case).count("asked") == trail(case).count("answered") == 3
    # Once more: another pause, another resumption.
    again = ask(case, officer, second)
    answer(again, two)
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME, Act.PAUSE, Act.RESUME]


def test_it_goes_on_when_the_last_day_has_passed_or_the_last_answer_is_there(
    dispute, officer, clock
):
    case, (one, first), (_two, second) = dispute
    early = ask(case, officer, first, days=2)
    late = ask(case, officer, second, days=5)
    clock.advance(days=3)
    # The later day has not come yet.
    assert inquiries.stop_waiting(at=now()) == 0
    answer(early, one)
    assert state_of(case) == State.WAITING
    clock.advance(days=3)
    assert inquiries.stop_waiting(at=now()) == 1
    assert CaseEvent.objects.latest("pk").data == {"inquiries": [late.public_id]}
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]
    assert inquiries.stop_waiting(at=now()) == 0


def test_an_answer_ends_the_waiting_when_the_other_day_has_passed(dispute, officer, clock):
    case, (one, first), (_two, second) = dispute
    ask(case, officer, second, days=1)
    mine = ask(case, officer, first, days=5)
    clock.advance(days=2)
    answer(mine, one)
    assert state_of(case) == State.INVESTIGATING
    assert acts(case) == [Act.START, Act.PAUSE, Act.RESUME]


# -- Days in Shanghai -------------------------------------------------------------------


def test_a_day_ends_at_midnight_in_shanghai():
    ends = inquiries.end_of(date(2026, 12, 31))
    assert ends == datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert ends.astimezone(UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_waiting_stops_at_midnight_in_shanghai_and_not_in_greenwich(officer, customer, clock):
    clock.set(datetime(2026, 11, 9, 10, tzinfo=SHANGHAI))  # a Monday
    case = case_of(officer, customer[1])
    ask(case, officer, answer_by=inquiries.end_of(date(2026, 11, 12)))
    clock.set(datetime(2026, 11, 12, 23, 59, 30, tzinfo=SHANGHAI))
    assert inquiries.stop_waiting(at=now()) == 0
    clock.set(datetime(2026, 11, 13, 0, 0, 0, tzinfo=SHANGHAI))
    # The statement's own time is a moment after midnight.
    assert tasks.look_after_inquiries()["went_on"] == 1
    entry = ClockEntry.objects.latest("pk")
    assert entry.act == Act.RESUME
    assert entry.at.astimezone(SHANGHAI).date() == date(2026, 11, 13)
    reading = clocks.read(case, "decision", at=entry.at)
    # Asked a moment after the case was opened: of the days between none counts.
    assert reading.used < timedelta(minutes=1)
    clock.set(datetime(2026, 11, 14, 0, tzinfo=SHANGHAI))
    used = clocks.read(case, "decision", at=now()).used
    assert timedelta(days=1) <= used < timedelta(days=1, minutes=1)


def test_exactly_at_its_moment_an_inquiry_is_over(case, officer):
    inquiry = ask(case, officer)
    assert inquiries.stop_waiting(at=inquiry.answer_by - timedelta(microseconds=1)) == 0
    assert inquiries.stop_waiting(at=inquiry.answer_by) == 1


# -- Reminders ---------------------------------------------------------------------------


def test_they_are_reminded_once_a_working_day_before(officer, customer, clock):
    clock.set(datetime(2026, 11, 9, 10, tzinfo=SHANGHAI))  # a Monday
    case = case_of(officer, customer[1])
    ask(case, officer, answer_by=datetime(2026, 11, 16, 12, tzinfo=SHANGHAI))  # a Monday
    clock.set(datetime(2026, 11, 13, 11, 50, tzinfo=SHANGHAI))  # Friday
    assert inquiries.remind(at=now()) == 0
    # From Friday noon to Monday noon there is one working day.
    clock.set(datetime(2026, 11, 13, 12, 0, 1, tzinfo=SHANGHAI))
    assert tasks.look_after_inquiries() == {"went_on": 0, "reminded": 1}
    assert tasks.look_after_inquiries() == {"went_on": 0, "reminded": 0}
    assert told(REMINDED) == ["Li Hua"]
    assert "Where do these requests come from?" in Letter.objects.get(kind=REMINDED).body


def test_who_has_answered_or_was_asked_a_moment_ago_is_not_reminded(officer, customer, clock):
    clock.set(datetime(2026, 11, 9, 10, tzinfo=SHANGHAI))
    case = case_of(officer, customer[1])
    answered = ask(case, officer, answer_by=datetime(2026, 11, 12, 12, tzinfo=SHANGHAI))
    answer(answered, customer[0])
    clock.set(datetime(2026, 11, 12, 9, tzinfo=SHANGHAI))
    ask(case, officer, answer_by=datetime(2026, 11, 12, 18, tzinfo=SHANGHAI))
    clock.set(datetime(2026, 11, 12, 11, tzinfo=SHANGHAI))
    assert inquiries.remind(at=now()) == 0


def test_every_case_whose_day_has_passed_goes_on(officer, clock):
    for number in range(3):
        _person, account = make_customer(contact_email=f"c{number}@example.com")
        ask(case_of(officer, account), officer, days=1)
    clock.advance(days=2)
    assert inquiries.stop_waiting(at=now()) == 3
    assert not Case.objects.filter(state=State.WAITING).exists()


# -- Disputes ------------------------------------------------------------------------------


def test_both_sides_hear_of_a_dispute_once_somebody_looked_at_it(officer):
    _one, first = make_customer(name="One", language="en", contact_email="one@example.com")
    _two, second = make_customer(name="Two", language="en", contact_email="two@example.com")
    case = open_case(first, kind=CaseKind.USER_DISPUTE, opponent=second)
    kind = "compliance.dispute_opened"
    assert told(kind) == []
    cases.sort(case=case, by=officer, severity=2, policy=None, reason="", at=now())
    cases.claim(case=case, by=officer, at=now())
    assert told(kind) == ["One", "Two"]
    for letter, other in zip(Letter.objects.order_by("pk"), (second, first), strict=True):
        said = letter.subject + letter.body + letter.sms
        assert other.name not in said
        assert other.public_id not in said
        assert "clause 1.5" in said


def test_of_other_cases_nobody_hears(officer, customer):
    case_of(officer, customer[1])
    assert not Letter.objects.exists()
