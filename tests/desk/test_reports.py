"""Reports at the desk: filed for somebody, found, told, and who reported shown to few."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile

from common.clock import now
from compliance import cases
from compliance.models import Report, ReportOutcome
from compliance.reports import Reporter
from notices.models import Letter
from tests.accounts.making import make_account
from tests.compliance.making import file_report, make_policy, make_staff_of, tell_reporter
from tests.desk.signing_in import staff
from tests.notices.making import make_customer
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/report/"
FILE = f"{LIST}acts/file/"


def page_of(report):
    return f"{LIST}{report.pk}/change/"


def body(answer):
    return " ".join(answer.content.decode().split())


def act(client, name, *reports, **answers):
    """Sends an act's form as often as it takes to have seen what it comes to."""
    address = f"{LIST}acts/{name}/?pks={','.join(str(one.pk) for one in reports)}"
    answer = client.post(address, {**answers, "seen": ""})
    if "seen" in (answer.context or {}):
        answer = client.post(address, {**answers, "seen": answer.context["seen"]}, follow=True)
    return answer


def filed(**fields):
    return {
        "medium": "phone",
        "what": "violation",
        "name": "Harbour Ltd",
        "statement": "A caller says that they send spam.",
        "contact_email": "ada@example.com",
        "language": "en",
        **fields,
    }


def send(client, **fields):
    seen = client.get(FILE).context["seen"]
    return client.post(FILE, {**filed(**fields), "seen": seen}, follow=True)


def test_support_files_what_somebody_said_on_the_phone():
    clerk, client = staff("support")
    account = make_account()
    page = body(client.get(LIST))
    assert "File a report…" in page
    file = SimpleUploadedFile("letter.txt", b"a letter")
    answer = send(client, account=account.public_id, name="", attachments=[file])
    report = Report.objects.get()
    assert report.receipt in body(answer)
    assert (report.channel, report.medium, report.filed_by) == ("staff", "phone", clerk)
    assert report.about == account
    assert report.case.evidence.count() == 1
    assert LogEntry.objects.filter(user=clerk, object_id=str(report.pk)).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"what": ""},
        {"what": "nonsense"},
        {"name": ""},
        {"account": "acc_" + "0" * 20},
        {"account": "\x00"},
        {"statement": ""},
        {"contact_email": "x"},
        {"medium": "dream"},
    ],
    ids=str,
)
def test_what_is_not_filed_comes_back(fields):
    _clerk, client = staff("support")
    answer = send(client, **fields)
    assert answer.status_code == 200
    assert not Report.objects.exists()
    if "statement" not in fields:
        assert "A caller says" in body(answer)


@pytest.mark.parametrize("group", ["billing", "auditor"])
def test_others_file_nothing(group):
    _user, client = staff(group)
    assert client.get(FILE).status_code == 403
    assert client.post(FILE, filed()).status_code == 403
    assert client.get(LIST).status_code == (200 if group == "auditor" else 403)


def test_the_page_has_what_was_said_and_its_case_but_not_who():
    report = file_report(
        policy=make_policy(),
        statement="Spam every day.\nIn every mail.",
        reporter=Reporter(name="Ada Lovelace", email="ada@example.com"),
        location="https://example.com/<b>x</b>",
    )
    for group in ("support", "compliance", "supervisor", "auditor"):
        _user, client = staff(group)
        page = body(client.get(page_of(report)))
        assert "<p>Spam every day.</p><p>In every mail.</p>" in page
        assert "A* · ad***@example.com" in page
        assert "Lovelace" not in page
        assert "ada@" not in page
        assert f"/admin/compliance/case/{report.case_id}/change/" in page
        assert "<b>x</b>" not in page


def test_who_reported_is_shown_once_with_a_reason_that_is_logged():
    person, own = make_customer(name="Ada Lovelace")
    report = file_report(channel="customer", reporter=Reporter(user=person, account=own))
    officer, client = staff("compliance")
    page = body(client.get(page_of(report)))
    assert "Lovelace" not in page
    assert person.phone not in page
    refused = act(client, "show_contact", report, reason="")
    assert person.phone not in body(refused)
    shown = body(act(client, "show_contact", report, reason="To ask for the dates"))
    assert person.phone in shown
    assert "Ada Lovelace" in shown
    entry = LogEntry.objects.get(object_id=str(report.pk))
    assert (entry.user, "To ask for the dates" in entry.change_message) == (officer, True)
    for group in ("support", "auditor"):
        _user, other = staff(group)
        assert other.get(f"{LIST}acts/show_contact/?pks={report.pk}").status_code == 403


def test_an_old_proof_of_who_one_is_does_not_show_who_reported(settings):
    settings.STAFF_SESSION_IDLE_SECONDS = 3600
    report = file_report(reporter=Reporter(name="Ada Lovelace"))
    _officer, client = staff("compliance", ago=31 * 60)
    answer = client.get(f"{LIST}acts/show_contact/?pks={report.pk}")
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]


def test_a_reporter_is_told_after_a_preview_in_both_languages():
    report = file_report(reporter=Reporter(email="ada@example.com"))
    officer, client = staff("compliance")
    address = f"{LIST}acts/tell/?pks={report.pk}"
    seen = client.get(address).context["seen"]
    preview = client.post(address, {"verdict": "acted", "seen": seen})
    assert 'lang="zh-Hans"' in body(preview)
    assert "We have taken measures" in body(preview)
    assert not ReportOutcome.objects.exists()
    page = act(client, "tell", report, verdict="acted")
    outcome = ReportOutcome.objects.get()
    assert "The reporter is told" in body(page)
    assert (outcome.told_by, outcome.verdict) == (officer, "acted")
    assert "We have taken measures" in outcome.words_en
    assert Letter.objects.get().masked == "ad***@example.com"
    again = body(act(client, "tell", report, verdict="acted"))
    assert "already" in again
    assert ReportOutcome.objects.count() == 1


def test_words_of_ones_own_need_both_languages():
    report = file_report()
    _officer, client = staff("compliance")
    act(client, "tell", report, verdict="acted", words_en="Ours.")
    assert not ReportOutcome.objects.exists()
    act(client, "tell", report, verdict="acted", words_en="Ours.", words_zh_hans="我们的。")
    outcome = ReportOutcome.objects.get()
    assert (outcome.words_en, outcome.words_zh_hans) == ("Ours.", "我们的。")


def test_several_are_told_at_once_each_with_its_own_result():
    made = [file_report() for _turn in range(3)]
    tell_reporter(made[1], verdict="acted")
    _officer, client = staff("compliance")
    page = body(act(client, "tell", *made, verdict="acted"))
    assert "2 of 3 done." in page
    assert "already" in page
    assert ReportOutcome.objects.count() == 3


def test_the_list_is_searched_by_receipt_and_filtered():
    account = make_account(name="Harbour Ltd")
    told = file_report(about=account)
    tell_reporter(told)
    waiting = file_report(kind="account_name", about_text="Northwind")
    cases.close(case=waiting.case, by=make_staff_of("supervisor"), reason="No cause", at=now())
    _user, client = staff("supervisor")

    def found(**query):
        page = body(client.get(LIST, query))
        return [one for one in (told, waiting) if f">{one.receipt}<" in page]

    assert found() == [told, waiting]
    assert found(q=f" {told.receipt.lower()} ") == [told]
    assert found(q=told.receipt[:-1]) == []
    assert found(standing="told") == [told]
    assert found(standing="untold") == [waiting]
    assert found(standing="to_be_told") == [waiting]
    assert found(kind="account_name") == [waiting]
    assert found(channel="api") == []
    assert waiting.receipt in body(client.get("/admin/search/", {"q": waiting.receipt}))
    assert f"{LIST}?standing=to_be_told" in body(client.get("/admin/"))


def test_confidential_reports_are_not_there_for_others():
    report = file_report(kind="leak", reporter=Reporter(name="Ada"))
    _user, client = staff("compliance")
    shown = f">{report.receipt}<"
    assert shown not in body(client.get(LIST))
    assert shown not in body(client.get(LIST, {"q": report.receipt}))
    assert client.get(page_of(report)).status_code == 302
    for name in ("tell", "show_contact"):
        answer = client.get(f"{LIST}acts/{name}/?pks={report.pk}", follow=True)
        assert shown not in body(answer)
    assert shown not in body(client.get("/admin/search/", {"q": report.receipt}))
    _boss, client = staff("supervisor")
    assert client.get(page_of(report)).status_code == 200


def test_nothing_of_a_report_is_edited():
    report = file_report()
    _user, client = staff(is_superuser=True)
    assert client.post(page_of(report), {"kind": "leak"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert b'name="_save"' not in client.get(page_of(report)).content


def test_the_list_costs_the_same_however_many(django_assert_max_num_queries):
    _user, client = staff("supervisor")
    for _turn in range(8):
        file_report()
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)
    for _turn in range(15):
        tell_reporter(file_report())
    with django_assert_max_num_queries(12):
        assert client.get(LIST).status_code == 200


def test_the_page_of_a_report_takes_few_statements(django_assert_max_num_queries):
    report = file_report(reporter=Reporter(name="Ada"))
    tell_reporter(report)
    _user, client = staff("supervisor")
    client.get(page_of(report))
    with django_assert_max_num_queries(12):
        assert client.get(page_of(report)).status_code == 200


def test_the_desk_speaks_chinese_about_reports():
    report = file_report(
        statement="每天都有垃圾信息。", reporter=Reporter(name="李华", language="zh-hans")
    )
    _user, client = staff("supervisor", language="zh-hans", name="林若溪")
    for address in (
        LIST,
        FILE,
        page_of(report),
        f"{LIST}acts/tell/?pks={report.pk}",
        f"{LIST}acts/show_contact/?pks={report.pk}",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert english_on(answer, report.receipt, "PDF MB") == set(), address
