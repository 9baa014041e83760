"""Grants to see sensitive files at the desk: asked, answered by another, taken back, once each."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from accounts.exceptions import NotAllowed, ReasonMissing
from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from common.exceptions import BackOfficeError, HappenedMeanwhile
from compliance import evidence, evidence_grants
from compliance.exceptions import SecondPersonNeeded, WrongStep
from compliance.models import (
    EvidenceGrant,
    EvidenceGrantEnd,
    EvidenceGrantRequest,
    EvidenceView,
)
from tests.compliance import files
from tests.compliance.making import add_evidence, make_staff_of, open_case
from tests.desk.signing_in import staff
from tests.plumbing.together import refusals, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]
FILES = "/admin/compliance/evidence/"
REQUESTS = "/admin/compliance/evidencegrantrequest/"


@pytest.fixture(params=["identity", "minor"])
def paper(request):
    return add_evidence(content=files.pdf(), sensitivity=request.param, name="Li Hua.pdf")


@pytest.fixture
def passport():
    return add_evidence(content=files.pdf(), sensitivity="identity")


def do(browser, address, **answers):
    page = browser.get(address)
    assert page.status_code == 200, address
    seen = page.context["seen"]
    return browser.post(address, {"reason": "For the case", "seen": seen, **answers}, follow=True)


def look(browser, paper):
    return browser.get(f"{FILES}{paper.pk}/content/")


def look_of(viewer, paper):
    return evidence.open_(evidence=paper, viewer=viewer, at=now(), ip_address=None)


def granted(paper, viewer, *, by=None, hours=2):
    asked = evidence_grants.ask(evidence=paper, by=viewer, reason="ID check", hours=hours, at=now())
    by = by or make_staff_of("supervisor")
    return evidence_grants.answer(request=asked, by=by, allowed=True, reason="Yes", at=now())


def take_back(grant, by, reason="No longer needed"):
    return evidence_grants.take_back(grant=grant, by=by, reason=reason, at=now())


# -- at the desk ---------------------------------------------------------------------------


def test_asked_allowed_seen_and_taken_back_at_the_desk(paper):
    officer, asking = staff("compliance", name="Officer")
    _boss, answering = staff("supervisor", name="Boss")
    assert "This file is sensitive" in asking.get(f"{FILES}{paper.pk}/content/", follow=True).text
    do(asking, f"{FILES}acts/ask/?pks={paper.pk}", hours="2")
    request = EvidenceGrantRequest.objects.get()
    waiting = answering.get(f"{REQUESTS}?answer=waiting").text
    assert "Officer" in waiting
    assert "Li Hua" not in waiting
    # Whoever asks finds no way to answer.
    for act in ("allow", "refuse", "take-back"):
        assert asking.get(f"{REQUESTS}acts/{act}/?pks={request.pk}").status_code == 403

    page = do(answering, f"{REQUESTS}acts/allow/?pks={request.pk}")
    assert "Allowed until" in page.text
    assert look(asking, paper).content.startswith(b"%PDF")
    assert EvidenceView.objects.get().grant == EvidenceGrant.objects.get()
    # The supervisor who allowed it has no grant of their own.
    assert look(answering, paper).status_code == 302

    page = do(answering, f"{REQUESTS}acts/take-back/?pks={request.pk}", reason="Wrong person")
    assert "Taken back." in page.text
    assert "Wrong person" in page.text
    assert "taken back" in answering.get(REQUESTS).text
    assert look(asking, paper).status_code == 302
    assert EvidenceView.objects.count() == 1
    # Once taken back there is nothing more to take, and it can be asked for anew.
    address = f"{REQUESTS}acts/take-back/?pks={request.pk}"
    assert address not in answering.get(f"{REQUESTS}{request.pk}/change/").text
    do(asking, f"{FILES}acts/ask/?pks={paper.pk}", hours="1")
    assert EvidenceGrantRequest.objects.filter(requested_by=officer).count() == 2


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_answers_for_themselves_at_the_desk(passport, superuser):
    _boss, browser = staff("supervisor", is_superuser=superuser)
    do(browser, f"{FILES}acts/ask/?pks={passport.pk}", hours="2")
    request = EvidenceGrantRequest.objects.get()
    page = do(browser, f"{REQUESTS}acts/allow/?pks={request.pk}")
    assert "Nobody allows themselves" in page.text
    assert not EvidenceGrant.objects.exists()
    assert look(browser, passport).status_code == 302


@pytest.mark.parametrize(
    ("hours", "sentence"), [("0", "greater than"), ("73", "less than"), ("", "required")]
)
def test_hours_are_bounded(passport, hours, sentence):
    _user, browser = staff("compliance")
    page = do(browser, f"{FILES}acts/ask/?pks={passport.pk}", hours=hours)
    assert sentence in page.text
    assert not EvidenceGrantRequest.objects.exists()


def test_a_request_in_a_confidential_case_is_for_those_who_may_see_such():
    hidden = add_evidence(open_case(confidential=True), sensitivity="identity")
    boss, other = make_staff_of("supervisor"), staff("compliance")[1]
    asked = evidence_grants.ask(evidence=hidden, by=boss, reason="ID check", hours=1, at=now())
    for pk in (asked.pk, 999999):
        page = other.get(f"{REQUESTS}{pk}/change/", follow=True)
        assert "doesn’t exist" in page.text
        assert "ID check" not in page.text
    assert "ID check" in staff("supervisor")[1].get(f"{REQUESTS}{asked.pk}/change/").text


# -- taken back ----------------------------------------------------------------------------


def test_taken_back_nobody_looks_by_it_not_even_past_python(passport):
    officer, boss = make_staff_of("compliance"), make_staff_of("supervisor")
    grant = granted(passport, officer)
    assert look_of(officer, passport)
    end = take_back(grant, boss, reason="  Left the team ")
    assert (end.ended_by, end.reason) == (boss, "Left the team")
    with pytest.raises(NotAllowed, match="sensitive"):
        look_of(officer, passport)
    with pytest.raises(DatabaseError, match="live grant"), transaction.atomic():
        EvidenceView.record(evidence=passport, viewer=officer, grant=grant)
    assert EvidenceView.objects.count() == 1
    with pytest.raises(WrongStep, match="ended already"):
        take_back(EvidenceGrant.objects.get(), boss)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM compliance_evidencegrantend")
    assert granted(passport, officer)
    assert look_of(officer, passport)


def test_who_takes_back_and_what(passport, clock):
    officer, boss = make_staff_of("compliance"), make_staff_of("supervisor")
    grant = granted(passport, officer)
    for person in (officer, make_staff_of("auditor"), make_staff_of("support")):
        with pytest.raises(NotAllowed):
            take_back(grant, person)
        with pytest.raises(DatabaseError, match="may not take back"), transaction.atomic():
            EvidenceGrantEnd.record(grant=grant, ended_by=person, reason="x")
    with pytest.raises(ReasonMissing):
        take_back(grant, boss, reason=" \n")
    clock.advance(hours=2, seconds=1)
    with pytest.raises(WrongStep):
        take_back(grant, boss)
    asked = evidence_grants.ask(evidence=passport, by=officer, reason="Again", hours=1, at=now())
    no = evidence_grants.answer(request=asked, by=boss, allowed=False, reason="No", at=now())
    with pytest.raises(WrongStep):
        take_back(no, boss)
    with pytest.raises(DatabaseError, match="refused cannot"), transaction.atomic():
        EvidenceGrantEnd.record(grant=no, ended_by=boss, reason="x")
    assert not EvidenceGrantEnd.objects.exists()


def test_of_two_grants_of_one_person_the_other_holds(passport, clock):
    """Somebody may be allowed anew once the first grant is over, and by that one they look."""
    officer, boss = make_staff_of("compliance"), make_staff_of("supervisor")
    granted(passport, officer, hours=1)
    clock.advance(hours=1, seconds=1)
    second = granted(passport, officer, hours=1)
    assert look_of(officer, passport)
    assert EvidenceView.objects.get().grant == second
    take_back(second, boss)
    with pytest.raises(NotAllowed):
        look_of(officer, passport)


# -- several at once -----------------------------------------------------------------------


def test_of_several_who_answer_at_once_one_is_heard(passport):
    officer = make_staff_of("compliance")
    asked = evidence_grants.ask(evidence=passport, by=officer, reason="ID", hours=2, at=now())
    bosses = [make_staff_of("supervisor") for _number in range(4)]
    came_to = together(
        *[
            lambda boss=boss, allowed=allowed: evidence_grants.answer(
                request=asked, by=boss, allowed=allowed, reason="So", at=now()
            )
            for boss, allowed in zip(bosses, [True, False] * 2, strict=True)
        ]
    )
    assert {type(one) for one in refusals(came_to)} == {WrongStep}
    assert len(refusals(came_to)) == 3
    assert EvidenceGrant.objects.count() == 1


def test_asking_twice_at_once_is_asking_once(passport):
    officer = make_staff_of("compliance")

    def ask():
        return evidence_grants.ask(evidence=passport, by=officer, reason="ID", hours=2, at=now())

    came_to = together(*[ask] * 4)
    assert {type(one) for one in refusals(came_to)} == {WrongStep}
    assert EvidenceGrantRequest.objects.count() == 1


def test_taking_back_twice_at_once_is_once(passport):
    boss = make_staff_of("supervisor")
    grant = granted(passport, make_staff_of("compliance"))
    came_to = together(*[lambda: take_back(EvidenceGrant.objects.get(pk=grant.pk), boss)] * 4)
    assert {type(one) for one in refusals(came_to)} == {WrongStep}
    assert EvidenceGrantEnd.objects.count() == 1


def test_a_look_in_the_moment_of_taking_back_waits_and_is_refused(passport, app_connection):
    officer, boss = make_staff_of("compliance"), make_staff_of("supervisor")
    grant = granted(passport, officer)

    def end():
        with app_connection.transaction():
            app_connection.execute(
                "INSERT INTO compliance_evidencegrantend (grant_id, ended_by_id, reason)"
                " VALUES (%s, %s, 'Left')",
                [grant.pk, boss.pk],
            )
            looking.start()
            assert wait_until(somebody_waits, seconds=20), "the look did not wait"

    looking, came_to = in_a_thread(lambda: look_of(officer, passport))
    end()
    looking.join(timeout=20)
    assert isinstance(came_to[0], HappenedMeanwhile)
    assert not EvidenceView.objects.exists()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks lock JOIN pg_database here ON here.oid = lock.database"
            " WHERE here.datname = current_database()"
            " AND lock.locktype = 'advisory' AND NOT lock.granted"
        )
        return cursor.fetchone()[0] > 0


def in_a_thread(act):
    """A thread that has not begun, and the list that what it came to will be in."""
    came_to = []

    def run():
        try:
            came_to.append(act())
        except BackOfficeError as refusal:
            came_to.append(refusal)
        finally:
            connections.close_all()

    return threading.Thread(target=run, daemon=True), came_to


def test_an_answer_needs_another_person_even_in_a_race(passport):
    boss = make_staff_of("compliance", "supervisor")
    asked = evidence_grants.ask(evidence=passport, by=boss, reason="ID", hours=2, at=now())

    def answer():
        return evidence_grants.answer(request=asked, by=boss, allowed=True, reason="Me", at=now())

    came_to = together(*[answer] * 3)
    assert {type(one) for one in refusals(came_to)} == {SecondPersonNeeded}
    assert not EvidenceGrant.objects.exists()
