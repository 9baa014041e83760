"""Decisions as customers see them: their own only, word for word, and appealed against."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.clock import now
from compliance import appeals, cases
from compliance.models import Appeal, Case
from tests.compliance.deciding import (
    AT_ONCE,
    approve,
    decide,
    make_officer,
    make_supervisor,
    propose,
)
from tests.notices.making import make_customer, make_organization

pytestmark = pytest.mark.django_db


def browser(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def li():
    return make_customer(name="Li", contact_email="li@example.com", language="en")


def page_of(decision):
    return f"/decisions/{decision.public_id}/"


def test_the_statement_in_the_readers_language_and_as_pdf(li):
    person, account = li
    decision = decide(account)
    client = browser(person)
    page = client.get(page_of(decision)).content.decode()
    assert "Statement of reasons" in page
    assert "twenty thousand spam messages" in page
    english = client.get(f"{page_of(decision)}statement.pdf")
    assert english.content == bytes(decision.statements.get(language="en").pdf)
    assert b"/StructTreeRoot" in english.content or b"/ObjStm" in english.content
    person.language = "zh-hans"
    person.save()
    chinese = browser(person)
    assert "决定理由说明书" in chinese.get(page_of(decision)).content.decode()
    pdf = chinese.get(f"{page_of(decision)}statement.pdf")
    assert pdf.content == bytes(decision.statements.get(language="zh-hans").pdf)


def test_other_tenants_and_roles_find_nothing(li):
    person, account = li
    decision = decide(account)
    stranger, _own = make_customer(name="Other", contact_email="x@example.com")
    viewer, _theirs = make_customer(name="Viewer", contact_email="v@example.com")
    account.memberships.create(user=viewer, role="viewer")
    for reader in (stranger, viewer):
        for address in (page_of(decision), f"{page_of(decision)}statement.pdf"):
            assert browser(reader).get(address).status_code == 404
    assert Client().get(page_of(decision)).status_code == 302
    assert decision.public_id not in browser(stranger).get("/decisions/").content.decode()
    assert decision.public_id in browser(person).get("/decisions/").content.decode()


def test_what_is_only_proposed_is_not_there(li):
    person, account = li
    assert browser(person).get(page_of(propose(account))).status_code == 404


def test_what_another_takes_the_place_of_is_not_called_undone(li):
    person, account = li
    officer = make_officer()
    before = decide(account, by=officer, **AT_ONCE)
    cases.reopen(case=before.case, by=officer, reason="New facts", at=now())
    after = propose(account, by=officer, case=before.case, days=9, supersedes=before)
    client = browser(person)
    assert after.public_id not in client.get(page_of(before)).content.decode()
    approve(after)
    page = client.get(page_of(before)).content.decode()
    assert "Another decision takes the place of this one." in page
    assert f'href="{page_of(after)}"' in page
    assert "undone" not in page
    listed = client.get("/decisions/").content.decode()
    assert "replaced" in listed
    assert "undone" not in listed


def test_appealed_once_with_a_file(li):
    person, account = li
    decision = decide(account)
    client = browser(person)
    given = {
        "text": "We were hacked",
        "attachments": SimpleUploadedFile("log.txt", b"10:00 somebody signed in\n"),
    }
    assert client.post(page_of(decision), given).status_code == 302
    made = Appeal.objects.get()
    assert (made.decision, made.appealed_by) == (decision, person)
    assert "hacked" not in made.text
    assert appeals.text_of(made) == "We were hacked"
    assert made.files.get().source == "customer"
    assert made.answer_by > now()
    assert Case.objects.get(pk=decision.case_id).state == "investigating"
    page = client.get(page_of(decision)).content.decode()
    assert "We were hacked" in page
    assert "Appeal answered by" in page
    client.post(page_of(decision), {"text": "Once more"})
    assert Appeal.objects.count() == 1


def test_answered(li):
    person, account = li
    decision = decide(account)
    made = appeals.appeal(decision=decision, by=person, text="No", at=now())
    appeals.decide(
        appeal=made,
        result="overturned",
        reasons_zh_hans="申诉成立。",
        reasons_en="You are right.",
        decided_by=make_supervisor(),
        at=now(),
    )
    page = browser(person).get(page_of(decision)).content.decode()
    assert "You are right." in page
    assert "This decision has been undone." in page


def test_too_late(li, clock):
    person, account = li
    decision = decide(account)
    clock.advance(days=185)
    page = browser(person).get(page_of(decision)).content.decode()
    assert "The time to appeal is over." in page
    browser(person).post(page_of(decision), {"text": "Late"})
    assert not Appeal.objects.exists()


def test_the_page_of_the_account_names_what_stands():
    owner, _own = make_customer(name="Owner", contact_email="o@example.com", language="en")
    company = make_organization(owner)
    decision = decide(company)
    page = browser(owner).get(f"/account/{company.public_id}/").content.decode()
    assert page_of(decision) in page
