"""Reporting without an account, and following it by receipt: what works, what is refused."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common.clock import now
from compliance import cases, report_reading
from compliance.models import Appeal, Case, Evidence, Report
from compliance.models.reports import new_receipt
from compliance.pages.limits import network_of
from compliance.pages.uploads import MOST_OF_A_REQUEST
from tests.accounts.making import make_account
from tests.compliance.making import file_report, make_policy, make_staff_of, tell_reporter
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db
FORM = "/report/"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.fixture
def visitor():
    return Client(headers={"accept-language": "en"})


def filled(**fields):
    return {
        "reason": "violation",
        "name": "Harbour Ltd",
        "statement": "They send spam.",
        "consent": "on",
        **fields,
    }


def send(client, *, address="127.0.0.1", **fields):
    return client.post(FORM, filled(**fields), REMOTE_ADDR=address)


def body(answer):
    return " ".join(answer.content.decode().split())


def without_token(answer):
    return re.sub(r'value="\w{64}"', "", answer.content.decode())


def test_a_report_leads_to_its_receipt_and_sending_again_does_nothing_by_reload(visitor):
    answer = send(visitor)
    report = Report.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/report/{report.receipt}/"
    page = body(visitor.get(answer["Location"]))
    assert report.receipt in page
    assert "received" in page
    assert "within 3 working days" in page
    assert "within 15 working days" in page
    assert (report.channel, report.language) == ("public", "en")


def test_the_form_offers_policies_in_plain_words_by_group(visitor):
    policy = make_policy()
    page = body(visitor.get(FORM))
    assert policy.current.title_en in page
    assert '<optgroup label="The account itself">' in page
    assert "at most 5 files" in page
    send(visitor, reason=f"violation:{policy.code}")
    assert Report.objects.get().policy == policy


def test_an_account_is_found_by_its_identifier_and_the_visitor_is_not_told(visitor):
    account = make_account(name="Secret Name Ltd")
    known = send(visitor, account=account.public_id.upper(), name="")
    unknown = send(visitor, account="acc_" + "0" * 20, name="")
    assert (known.status_code, unknown.status_code) == (302, 302)
    first, second = Report.objects.order_by("pk")
    assert first.about == account
    assert (second.about, second.about_text) == (None, "acc_" + "0" * 20)
    pages = [visitor.get(f"/report/{one.receipt}/") for one in (first, second)]
    assert all("Secret Name" not in body(page) for page in pages)
    assert all(account.public_id not in body(page) for page in pages)


def test_files_become_evidence_of_the_case(visitor):
    files = [SimpleUploadedFile(f"{n}.txt", b"what they sent %d" % n) for n in range(2)]
    send(visitor, attachments=files)
    case = Case.objects.get()
    assert sorted(case.evidence.values_list("name", flat=True)) == ["0.txt", "1.txt"]
    assert set(case.evidence.values_list("source", flat=True)) == {Evidence.Source.REPORTER}


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": ""},
        {"reason": "violation:2-2-12"},
        {"reason": "user_dispute"},
        {"name": ""},
        {"statement": ""},
        {"statement": "x" * 5_001},
        {"statement": "a\x00b"},
        {"name": "\x00"},
        {"account": "a" * 41},
        {"contact_email": "nobody"},
        {"consent": ""},
    ],
    ids=str,
)
def test_what_is_refused_comes_back_with_all_that_was_typed(visitor, fields):
    answer = send(visitor, **{"contact_name": "Ada", **fields})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "errorlist" in page
    assert 'value="Ada"' in page
    if "statement" not in fields:
        assert "They send spam." in page
    assert not Report.objects.exists()


@pytest.mark.parametrize("number", [6, 99])
def test_more_files_than_allowed_are_refused_with_a_sentence(visitor, number):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(number)]
    answer = send(visitor, attachments=files)
    assert answer.status_code == 200
    assert "at most 5 files" in body(answer)
    assert "They send spam." in body(answer)
    assert not Report.objects.exists()


def test_two_hundred_files_are_no_form(visitor):
    visitor.raise_request_exception = False
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(200)]
    assert send(visitor, attachments=files).status_code == 400
    assert not Report.objects.exists()


def test_files_that_are_too_large_together_are_refused_before_they_are_kept(visitor):
    big = [SimpleUploadedFile(f"{n}.bin", b"x" * 9_000_000) for n in range(2)]
    assert "at most 10" in body(
        send(visitor, attachments=[SimpleUploadedFile("a.bin", b"x" * 11_000_000)])
    )
    big.append(SimpleUploadedFile("c.txt", b"x" * 4_000_000))
    assert send(visitor, attachments=big).status_code in (200, 413)
    assert not Report.objects.exists()
    answer = visitor.post(
        FORM,
        b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(MOST_OF_A_REQUEST + 1),
    )
    assert answer.status_code == 413
    assert "at most 20" in body(answer)


def test_another_site_files_nothing_in_a_visitors_name():
    strict = Client(enforce_csrf_checks=True)
    assert send(strict).status_code == 403
    assert strict.post(f"/report/{file_report().receipt}/", {"text": "No"}).status_code == 403
    assert Report.objects.count() == 1


def test_ten_megabytes_of_anything_are_refused(visitor):
    visitor.raise_request_exception = False
    for content_type in ("application/x-www-form-urlencoded", "application/json"):
        answer = visitor.post(FORM, b"\x00" * 10_000_000, content_type=content_type)
        assert answer.status_code in (200, 400, 413)
    answer = visitor.post(FORM, filled(statement="\x00" * 10_000_000))
    assert answer.status_code in (200, 400)
    assert not Report.objects.exists()


def test_markup_in_every_field_is_text(visitor):
    fields = dict.fromkeys(("name", "location", "statement", "contact_name"), MARKUP)
    refused = send(visitor, consent="", **fields).content.decode()
    assert "<script>alert" not in refused
    assert "<img src=x" not in refused
    send(visitor, **fields)
    report = Report.objects.get()
    tell_reporter(report, words_en=MARKUP, words_zh_hans=MARKUP)
    page = visitor.get(f"/report/{report.receipt}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert report_reading.statement_of(report, reader=make_staff_of("supervisor")) == MARKUP


# -- limits -----------------------------------------------------------------------------


def test_an_address_reports_ten_times_a_day_and_loses_nothing(visitor):
    assert {send(visitor).status_code for _turn in range(10)} == {302}
    answer = send(visitor, statement="The eleventh.", contact_name="Ada")
    assert answer.status_code == 429
    assert "The eleventh." in body(answer)
    assert 'value="Ada"' in body(answer)
    assert "until tomorrow" in body(answer)
    assert Report.objects.count() == 10
    assert send(visitor, address="127.0.9.1").status_code == 302


def test_a_network_reports_sixty_times_a_day(visitor):
    for number in range(60):
        assert send(visitor, address=f"198.51.100.{number // 9}").status_code == 302
    assert send(visitor, address="198.51.100.200").status_code == 429
    assert send(visitor, address="198.51.101.200").status_code == 302


def test_a_network_is_what_one_visitor_may_have_many_addresses_of(visitor):
    assert network_of("203.0.113.9") == network_of("203.0.113.200") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:203.0.113.9") == "203.0.113.0/24"
    assert network_of("x") == "x"
    for number in range(60):
        send(visitor, address=f"2001:db8::{number // 9 + 1:x}")
    assert send(visitor, address="2001:db8::ffff").status_code == 429
    assert Report.objects.count() == 60


def test_wrong_receipts_are_answered_alike_and_twenty_a_day(visitor):
    report = file_report()
    answers = {}
    for number, wrong in enumerate([new_receipt(), "x", "R-", "%00", "R-" + "A" * 300] * 4):
        answer = visitor.get(f"/report/{wrong}/")
        assert answer.status_code == 404
        answers[number] = without_token(answer).replace(f"/report/{wrong}/", "")
    shapes = {re.sub(r'name="next" value="[^"]*"', "", one) for one in answers.values()}
    assert len(shapes) == 1
    for receipt in (new_receipt(), "x", report.receipt):
        refused = visitor.get(f"/report/{receipt}/")
        assert refused.status_code == 429
        assert report.receipt not in body(refused).replace(f"/report/{receipt}/", "")
    assert visitor.get(f"/report/{report.receipt}/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_looking_at_ones_own_report_is_not_counted(visitor):
    report = file_report()
    assert {visitor.get(f"/report/{report.receipt}/").status_code for _turn in range(30)} == {200}


def test_wrong_receipts_are_counted_by_network_too(visitor):
    for number in range(200):
        visitor.get("/report/x/", REMOTE_ADDR=f"198.51.100.{number // 19}")
    assert visitor.get("/report/x/", REMOTE_ADDR="198.51.100.250").status_code == 429
    assert visitor.get("/report/x/", REMOTE_ADDR="198.51.101.250").status_code == 404


# -- following it -------------------------------------------------------------------------


def test_a_typed_receipt_leads_to_its_page(visitor):
    report = file_report()
    answer = visitor.get("/report/track/", {"receipt": f" {report.receipt.lower()} "})
    assert answer["Location"] == f"/report/{report.receipt}/"
    for wrong in ("", "x", "//evil.example", "\x00"):
        answer = visitor.get("/report/track/", {"receipt": wrong})
        assert answer["Location"] == "/report/-/"


def test_the_page_says_how_it_stands_and_nothing_of_anybody(visitor):
    account = make_account(name="Accused Ltd")
    officer = make_staff_of("compliance", name="Officer Zhang")
    report = file_report(about=account, statement="My own words.")
    file_report(about=account, statement="Another's words.")
    cases.claim(case=report.case, by=officer, at=now())
    page = body(visitor.get(f"/report/{report.receipt}/"))
    assert "being looked into" in page
    tell_reporter(report, words_en="We found nothing.", by=make_staff_of("supervisor", name="Boss"))
    page = body(visitor.get(f"/report/{report.receipt}/"))
    assert "We found nothing." in page
    assert "Do you object?" in page
    for secret in ("Accused", "Zhang", "Boss", "own words", "Another", report.case.public_id):
        assert secret not in page


def test_a_refusal_is_objected_to_once_with_files(visitor):
    report = file_report()
    tell_reporter(report)
    address = f"/report/{report.receipt}/"
    answer = visitor.post(address, {"text": ""})
    assert "errorlist" in body(answer)
    file = SimpleUploadedFile("more.txt", b"what I have besides")
    answer = visitor.post(address, {"text": "Look again.", "attachments": [file]}, follow=True)
    appeal = Appeal.objects.get()
    assert appeal.outcome == report.outcomes.get()
    assert "We have your objection" in body(answer)
    assert "Do you object?" not in body(answer)
    answer = visitor.post(address, {"text": "And again."}, follow=True)
    assert "nothing to object to" in body(answer)
    assert Appeal.objects.count() == 1


def test_what_was_acted_upon_is_not_objected_to(visitor):
    report = file_report()
    address = f"/report/{report.receipt}/"
    visitor.post(address, {"text": "Look again."})
    tell_reporter(report, verdict="acted")
    answer = visitor.post(address, {"text": "Look again."}, follow=True)
    assert "nothing to object to" in body(answer)
    assert not Appeal.objects.exists()


def test_objections_are_limited_by_address(visitor):
    made = [file_report() for _turn in range(6)]
    for report in made:
        tell_reporter(report)
    addresses = [f"/report/{report.receipt}/" for report in made]
    answers = [visitor.post(one, {"text": "Look again."}) for one in addresses]
    assert [one.status_code for one in answers] == [302] * 5 + [429]
    assert "Look again." in body(answers[-1])
    assert Appeal.objects.count() == 5


def test_every_page_of_reports_is_in_chinese(client):
    policy = make_policy()
    for address in (FORM, f"/report/{new_receipt()}/"):
        assert english_on(client.get(address), "acc", "PDF MB") == set()
    report = file_report(policy=policy)
    address = f"/report/{report.receipt}/"
    assert english_on(client.get(address), report.receipt) == set()
    tell_reporter(report)
    page = client.get(address)
    assert "没有发现违规。" in page.content.decode()
    assert english_on(page, report.receipt, "PDF MB") == set()
    assert english_on(client.post(FORM, {"reason": ""}), "acc", "PDF MB") == set()
    assert client.get(reverse("report")).content.decode().count('lang="zh-Hans"') >= 1
