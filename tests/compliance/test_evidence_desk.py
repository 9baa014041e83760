"""The desk of evidence: for whom it is there, what is served and how, what an upload does."""

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from compliance import evidence, interaction_grants
from compliance.models import Case, Evidence, EvidenceView
from tests.accounts.making import make_account
from tests.compliance import files
from tests.compliance.making import (
    add_evidence,
    asked_account,
    give_leave,
    make_staff_of,
    open_case,
)
from tests.desk.signing_in import staff
from tests.plumbing.together import refusals, together

# A look is committed before the first byte leaves, so nothing may be open around it.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]
LIST = "/admin/compliance/evidence/"


def page_of(pk):
    return f"{LIST}{pk}/change/"


def content_of(pk):
    return f"{LIST}{pk}/content/"


def adding_to(pk):
    return f"{LIST}of/{pk}/add/"


def look(browser, file):
    return browser.get(content_of(file.pk), REMOTE_ADDR="203.0.113.9")


def upload(browser, case, *chosen, **answers):
    sent = [SimpleUploadedFile(name, content) for name, content in chosen]
    answers = {"sensitivity": "ordinary", "note": "", **answers}
    return browser.post(adding_to(case.pk), {"files": sent, **answers})


# -- for whom ------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["support", "billing", None])
def test_those_who_have_no_part_in_evidence_find_no_door(group):
    added = add_evidence()
    _user, browser = staff(*filter(None, [group]))
    for address in (LIST, page_of(added.pk), content_of(added.pk)):
        assert browser.get(address).status_code in (302, 403), address
        assert b"note.txt" not in browser.get(address, follow=True).content
    assert not EvidenceView.objects.exists()


def test_auditors_see_that_there_is_a_file_and_not_what_is_in_it():
    added = add_evidence()
    _user, browser = staff("auditor")
    page = browser.get(page_of(added.pk))
    assert added.sha256 in page.text
    assert content_of(added.pk) not in page.text
    assert look(browser, added).status_code == 403
    assert not EvidenceView.objects.exists()


def as_if_there_were_none(browser, known, unknown):
    """Whether the answer about `known` is that about `unknown`, but for its number."""
    got = [browser.get(address, follow=True) for address in (known, unknown)]
    assert [one.status_code for one in got] == [got[1].status_code] * 2
    said = [
        [str(message) for message in one.context["messages"]] if one.context else [] for one in got
    ]
    return said[0] == [line.replace("999999", _number_in(known)) for line in said[1]]


def _number_in(address):
    return next(part for part in reversed(address.replace("=", "/").split("/")) if part.isdigit())


def test_a_file_of_a_confidential_case_is_as_if_there_were_none():
    hidden = add_evidence(open_case(confidential=True), sensitivity="identity")
    _user, browser = staff("compliance")
    for address in (page_of, content_of, lambda pk: f"{LIST}{pk}/history/"):
        assert as_if_there_were_none(browser, address(hidden.pk), address(999999))
    assert browser.get(adding_to(hidden.case_id)).status_code == 404
    assert browser.get(adding_to(999999)).status_code == 404
    assert browser.get(adding_to("1' OR '1'='1")).status_code == 404
    ways = [browser.get(f"{LIST}acts/ask/?pks={pk}") for pk in (hidden.pk, 999999)]
    assert ways[0].status_code == ways[1].status_code
    assert hidden.shown_name not in ways[0].text
    assert str(hidden.uuid)[:8] not in browser.get(LIST).text
    assert not EvidenceView.objects.exists()
    assert look(staff("supervisor")[1], add_evidence(hidden.case)).status_code == 200


# -- what is served ------------------------------------------------------------------------


def test_every_look_is_recorded_with_who_when_and_from_where():
    added = add_evidence()
    viewer, browser = staff("compliance")
    assert look(browser, added).content == b"Seen on a public page."
    assert look(browser, added).status_code == 200
    assert browser.head(content_of(added.pk)).status_code == 200
    looks = list(EvidenceView.objects.order_by("pk"))
    assert [one.viewer for one in looks] == [viewer] * 3
    assert looks[0].ip_address == "203.0.113.9"
    page = browser.get(page_of(added.pk)).text
    assert page.count("203.0.113.9") == 2
    assert "seen 3 times" in browser.get(f"/admin/compliance/case/{added.case_id}/change/").text
    assert browser.post(content_of(added.pk)).status_code == 405
    assert EvidenceView.objects.count() == 3


@pytest.mark.parametrize(
    ("content", "media_type", "disposition"),
    [
        (files.pdf(), "application/pdf", "attachment"),
        (files.picture("PNG"), "image/png", "inline"),
        (b"From: a@example.com\r\nSubject: Hi\r\n\r\n<html>hello", "text/plain", "attachment"),
        (b'{"a": 1}', "text/plain", "attachment"),
    ],
    ids=["pdf", "png", "eml", "json"],
)
def test_a_browser_can_do_nothing_with_a_file_but_show_or_keep_it(content, media_type, disposition):
    added = add_evidence(content=content, name='记录";x.html')
    served = look(staff("compliance")[1], added)
    assert served.status_code == 200
    assert served.headers["Content-Type"].split(";")[0] == media_type
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    said = served.headers["Content-Disposition"]
    assert said.startswith(disposition)
    assert "\r" not in said
    assert "\n" not in said
    policy = served.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert "no-store" in served.headers["Cache-Control"]
    assert served.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_refusal_is_a_sentence_on_the_page_of_the_file():
    paper = add_evidence(content=files.pdf(), sensitivity="minor")
    _user, browser = staff("compliance")
    answer = browser.get(content_of(paper.pk), follow=True)
    assert answer.redirect_chain == [(page_of(paper.pk), 302)]
    assert "This file is sensitive" in answer.text
    assert not EvidenceView.objects.exists()


def test_leave_taken_back_while_the_page_is_open_is_a_sentence():
    owner, account, case, _inquiry = asked_account()
    leave = give_leave(owner, account, case)
    added = add_evidence(case, sensitivity="interaction", interaction_grant=leave)
    _user, browser = staff("compliance")
    assert look(browser, added).status_code == 200
    interaction_grants.take_back(grant=leave, by=owner, at=leave.recorded_at)
    answer = browser.get(content_of(added.pk), follow=True)
    assert "leave to look at this content has ended" in answer.text
    assert EvidenceView.objects.count() == 1


# -- adding --------------------------------------------------------------------------------


def test_several_at_once_each_have_an_answer():
    case = open_case()
    _user, browser = staff("compliance")
    bomb = files.png_of(50_000, 50_000)
    page = upload(
        browser,
        case,
        ("photo.jpg", files.photo_with_place()),
        ("page.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("both.png", files.picture() + files.archive()),
        ("bomb.png", bomb),
        ("large.txt", b"a" * (evidence.MOST_BYTES + 1)),
        ("<b>note</b>.txt", b"hello"),
        note="Seen by us",
    )
    assert page.status_code == 200
    shown = [(one.name, bool(one.added)) for one in page.context["uploaded"]]
    assert [added for _name, added in shown] == [True, False, False, False, False, True]
    for sentence in ("would run", "archive", "million pixels", "10 MB"):
        assert sentence in page.text, sentence
    assert "<b>note</b>" not in page.text
    photo = Evidence.objects.get(media_type="image/jpeg")
    assert (photo.note, photo.source) == ("Seen by us", "staff")
    served = look(browser, photo).content
    assert not Image.open(io.BytesIO(served)).getexif()
    assert b"SECRET" not in served
    assert Evidence.objects.count() == 2


def test_more_files_than_a_form_takes_are_refused_before_any_is_kept():
    case = open_case()
    _user, browser = staff("compliance")
    page = upload(browser, case, *[(f"{number}.txt", b"a") for number in range(21)])
    assert "Choose at most 20 files." in page.text
    assert "This field is required" in upload(browser, case).text
    assert not Evidence.objects.exists()


def test_content_of_use_is_added_with_a_leave_for_this_case_only():
    owner, account, case, _inquiry = asked_account()
    elsewhere = open_case(make_account())
    leave = give_leave(owner, account, case)
    _user, browser = staff("compliance")
    note = ("a.txt", b"a prompt")
    page = upload(browser, case, note, sensitivity="interaction")
    assert "needs their leave" in page.text
    page = upload(browser, elsewhere, note, sensitivity="interaction", leave=leave.pk)
    assert "valid choice" in page.text
    upload(browser, case, note, sensitivity="interaction", leave=leave.pk)
    assert Evidence.objects.get().interaction_grant == leave


def test_a_person_of_support_adds_and_does_not_look():
    """Intake takes in what a caller sends; it is not theirs to open afterwards."""
    case = open_case()
    _user, browser = staff("support")
    page = upload(browser, case, ("a.txt", b"hello"))
    added = Evidence.objects.get()
    assert page_of(added.pk) not in page.text
    assert look(browser, added).status_code in (302, 403)
    assert staff("billing")[1].get(adding_to(case.pk)).status_code in (302, 403)
    assert not EvidenceView.objects.exists()


def filled(case, officer, number):
    """`number` files of staff in the case, all but the first without content."""
    first = add_evidence(case, source="staff", added_by=officer)
    row = Evidence.objects.filter(pk=first.pk).values().get()
    for column in ("id", "transaction", "recorded_at", "uuid"):
        row.pop(column)
    for _number in range(number - 1):
        Evidence.record(**row, uuid=uuid4())


def test_those_who_add_at_once_share_the_room_of_their_source():
    case, officer = open_case(), make_staff_of("compliance")
    room = evidence.ROOM["staff"].files
    filled(case, officer, room - 2)

    def add(source, number):
        by = officer if source == "staff" else None
        return add_evidence(case, content=b"%d" % number, source=source, added_by=by)

    came_to = together(
        *[lambda number=number: add("staff", number) for number in range(6)],
        *[lambda number=number: add("reporter", number) for number in range(2)],
    )
    assert len(refusals(came_to)) == 4
    of = Evidence.objects.filter(case=case)
    assert of.filter(source="staff").count() == room
    assert of.filter(source="reporter").count() == 2
    assert Case.objects.get().evidence.filter(content=None).count() == room - 3
