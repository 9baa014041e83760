"""Certificates of deletion (4.3(b)): handed in by the customer, or recorded from paper."""

import hashlib
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.exceptions import NotAllowed
from accounts.models import Membership
from common.clock import now
from compliance import certificates, evidence
from compliance.exceptions import NotPossible
from compliance.models import CaseEvent, DeletionCertificate, Evidence
from tests.accounts.making import make_account, make_person
from tests.compliance import files
from tests.compliance.deciding import propose
from tests.compliance.making import (
    add_evidence,
    asked_account,
    case_of,
    make_decision,
    make_staff_of,
    open_case,
)
from tests.desk.signing_in import staff
from tests.notices.making import make_customer, make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
PAPERS = "/admin/compliance/deletioncertificate/"


@pytest.fixture
def told(client):
    """Somebody who answers for an account that was asked something: person, account, case."""
    owner, account, case, _inquiry = asked_account(person=make_person(language="en"))
    client.force_login(owner)
    return owner, account, case


def signed(**fields):
    return {
        "content": files.pdf(), "name": "certificate.pdf", "signatory": "Li Hua",
        "signed_on": date(2026, 1, 5), "what": "All output of 3 March", "at": now(), **fields,
    }  # fmt: skip


def page_for(account):
    return reverse("deletion-certificates", args=[account.public_id])


def hand_in(client, account, case, content, name="certificate.pdf", **answers):
    return client.post(
        page_for(account),
        {
            "case": case.pk,
            "what": "All output of 3 March",
            "signatory": "Li Hua",
            "signed_on": "2026-01-05",
            "paper": SimpleUploadedFile(name, content),
            **answers,
        },
        follow=True,
    )


# -- by the customer -----------------------------------------------------------------------


def test_a_signed_paper_is_evidence_with_who_signed_and_its_hash(client, told):
    owner, account, case = told
    paper = files.pdf()
    page = hand_in(client, account, case, paper)
    assert "we have your certificate" in page.text
    given = DeletionCertificate.objects.get()
    assert (given.signatory, given.signed_on, given.submitted_by) == (
        "Li Hua", date(2026, 1, 5), owner,
    )  # fmt: skip
    digest = hashlib.sha256(paper).hexdigest()
    assert digest in page.text
    document = given.document
    assert (document.sha256, document.kept_sha256) == (digest, digest)
    assert (document.case, document.source) == (case, Evidence.Source.CUSTOMER)
    assert evidence.content_of(document) == paper
    assert paper not in bytes(document.content.ciphertext)
    event = CaseEvent.objects.get(what="certified")
    assert event.data == {"evidence": str(document.uuid)}


def test_a_photo_of_the_paper_will_do_and_nothing_that_is_no_paper(client, told):
    _owner, account, case = told
    page = hand_in(client, account, case, b"I deleted it.", "a.txt")
    assert "Send the signed paper as PDF or as a picture" in page.text
    assert not Evidence.objects.exists()
    page = hand_in(client, account, case, files.picture() + files.archive(), "a.png")
    assert "archive" in page.text
    hand_in(client, account, case, files.photo_with_place(), "a.jpg")
    document = DeletionCertificate.objects.get().document
    assert document.media_type == "image/jpeg"
    assert document.sha256 != document.kept_sha256
    assert b"SECRET" not in evidence.content_of(document)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"signed_on": "2999-01-01"}, "must have been signed already"),
        ({"signed_on": "0001-01-01"}, "Choose a day between"),
        ({"signatory": "  "}, "required"),
        ({"what": " x "}, "at least 5"),
        ({"paper": ""}, "required"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(client, told, answers, sentence):
    _owner, account, case = told
    page = hand_in(client, account, case, files.pdf(), **answers)
    assert sentence in page.text
    assert not DeletionCertificate.objects.exists()
    assert not Evidence.objects.exists()


def test_more_than_ten_megabytes_are_refused_in_words(client, told):
    _owner, account, case = told
    page = hand_in(client, account, case, b"%PDF-1.7\n" + b"a" * evidence.MOST_BYTES)
    assert "larger than 10 MB" in page.text
    page = client.post(page_for(account), {"paper": SimpleUploadedFile("a.pdf", b"a" * 22 * 2**20)})
    assert page.status_code == 413


def test_a_matter_of_somebody_else_is_none_to_choose(client, told):
    _owner, account, _case = told
    elsewhere = asked_account()[2]
    page = hand_in(client, account, elsewhere, files.pdf())
    assert "valid choice" in page.text
    own = make_organization(told[0], name="Another of theirs")
    assert "We have told you of no matter" in client.get(page_for(own)).text
    assert not DeletionCertificate.objects.exists()


def test_another_tenants_page_is_404_and_another_role_is_refused(client, told):
    owner, _account, _case = told
    assert client.get(page_for(make_account())).status_code == 404
    assert client.get("/account/acc_unknown/matters/certificates/").status_code == 404
    viewed = make_organization(owner, role="viewer")
    assert client.get(page_for(viewed)).status_code == 403


def test_an_order_that_waits_for_approval_is_no_matter_yet():
    officer, account = make_staff_of("compliance"), make_customer()[1]
    case = case_of(officer, account, kind="content_order")
    assert list(certificates.cases_to_choose_from(account)) == []
    order = {"what": "delete", "target": "msg-1", "instruction": "", "hours": 4}
    propose(account, by=officer, case=case, action="content_order", order=order)
    assert list(certificates.cases_to_choose_from(account)) == []
    with pytest.raises(NotPossible, match="no such matter"):
        certificates.submit(case=case, account=account, by=account.holder, **signed())


def test_once_the_order_is_approved_its_account_certifies():
    """Whatever the platform's receipts say: the customer answers for what they hold."""
    officer, (li, account) = make_staff_of("compliance"), make_customer()
    case = case_of(officer, account, kind="content_order")
    make_decision(case, by=officer)
    given = certificates.submit(case=case, account=account, by=li, **signed())
    assert given.case == case
    viewer = make_person()
    Membership.objects.create(user=viewer, account=account, role="viewer")
    with pytest.raises(NotAllowed):
        certificates.submit(case=case, account=account, by=viewer, **signed())


# -- what the database refuses -------------------------------------------------------------


def test_a_paper_of_another_case_is_refused_and_a_certificate_is_final(told):
    owner, account, case = told
    given = certificates.submit(case=case, account=account, by=owner, **signed())
    elsewhere = add_evidence(open_case(), content=files.pdf())
    with pytest.raises(DatabaseError, match="of its case"), transaction.atomic():
        DeletionCertificate.record(
            case=case, account=account, document=elsewhere, signatory="x",
            signed_on=date(2026, 1, 5), what="x", submitted_by=owner,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_deletioncertificate SET signatory = 'x'")
    given.refresh_from_db()
    assert given.signatory == "Li Hua"


# -- on paper ------------------------------------------------------------------------------


def record_paper(browser, case, account, paper, **answers):
    address = f"{PAPERS}acts/paper/"
    seen = browser.get(address).context["seen"]
    given = {
        "case": case, "account": account, "what": "All output", "signatory": "Li Hua",
        "signed_on": "2026-01-05", "paper": SimpleUploadedFile("scan.pdf", paper), "seen": seen,
    }  # fmt: skip
    return browser.post(address, {**given, **answers}, follow=True)


def test_staff_record_one_on_paper(told):
    _owner, account, case = told
    officer, browser = staff("compliance")
    page = record_paper(browser, case.public_id, account.public_id, files.pdf())
    assert "Recorded." in page.text
    given = DeletionCertificate.objects.get()
    assert (given.submitted_by, given.document.source) == (officer, "staff")
    page = browser.get(f"{PAPERS}{given.pk}/change/").text
    assert "Li Hua" in page
    assert given.document.shown_name in page
    listed = browser.get(f"/admin/compliance/case/{case.pk}/change/").text
    assert f"{PAPERS}{given.pk}/change/" in listed


def test_what_cannot_be_recorded_is_said(told):
    _owner, account, case = told
    _officer, browser = staff("compliance")
    hidden = open_case(confidential=True)
    for named in (hidden.public_id, "cas_unknown"):
        page = record_paper(browser, named, account.public_id, files.pdf())
        assert "No case has that identifier." in page.text
    page = record_paper(browser, case.public_id, make_account().public_id, files.pdf())
    assert "has no part in the case" in page.text
    tomorrow = localdate(now() + timedelta(days=2)).isoformat()
    page = record_paper(browser, case.public_id, account.public_id, files.pdf(), signed_on=tomorrow)
    assert "must have been signed already" in page.text
    page = record_paper(browser, case.public_id, account.public_id, b"a" * 11 * 2**20)
    assert "larger than 10 MB" in page.text
    assert not DeletionCertificate.objects.exists()
    for group in ("billing", "auditor"):
        assert staff(group)[1].get(f"{PAPERS}acts/paper/").status_code in (302, 403)
