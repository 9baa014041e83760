"""Reports: encrypted, joined to one open case, told once, and read by those who may."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from accounts.exceptions import NotAllowed
from accounts.models import Membership, ServiceClient
from common.clock import now
from common.exceptions import BackOfficeError, CannotDecrypt
from compliance import appeals, cases, report_letters, report_reading, report_reasons, tracking
from compliance.exceptions import KeyTaken, NotPossible, WrongStep
from compliance.models import Case, CaseEvent, CaseLink, Report, ReportOutcome, UntoldReport
from compliance.models.reports import new_receipt, receipt_in
from compliance.reports import MOST_FILES, ByApi, Reporter, Upload
from compliance.tracking import Stage
from notices.models import Letter
from tests.accounts.making import make_account, make_person
from tests.compliance.deciding import decide
from tests.compliance.making import (
    file_report,
    make_policy,
    make_staff_of,
    tell_reporter,
)
from tests.notices.making import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def supervisor():
    return make_staff_of("supervisor")


def test_what_is_personal_is_encrypted_for_that_report_alone():
    report = file_report(
        statement="Spam, every day.",
        reporter=Reporter(name="Ada Lovelace", email="ada@example.com", language="en"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(report)::text FROM compliance_report report")
        (kept,) = cursor.fetchone()
    assert "Spam" not in kept
    assert "Ada" not in kept
    assert "ada@" not in kept
    assert report_reading.statement_of(report, reader=supervisor()) == "Spam, every day."
    other = file_report()
    other.statement = report.statement
    with pytest.raises(CannotDecrypt):
        report_reading.statement_of(other, reader=supervisor())


def test_who_reported_is_masked_and_shown_to_those_who_need_it():
    report = file_report(reporter=Reporter(name="Ada Lovelace", email="ada@example.com"))
    masked = report_reading.masked_contact(report)
    assert str(masked) == "A* · ad***@example.com"
    whole = report_reading.contact_of(report, reader=supervisor())
    assert str(whole) == "Ada Lovelace · ada@example.com"
    for group in ("support", "auditor", "billing"):
        with pytest.raises(NotAllowed):
            report_reading.contact_of(report, reader=make_staff_of(group))
    with pytest.raises(NotAllowed):
        report_reading.statement_of(report, reader=make_staff_of("billing"))
    with pytest.raises(NotAllowed):
        report_reading.statement_of(report, reader=make_person())


def test_reports_about_one_account_join_one_case_and_raise_its_severity():
    account = make_account()
    first, second = file_report(about=account), file_report(about=account, policy=make_policy())
    assert first.case == second.case
    case = Case.objects.get()
    assert case.severity == make_policy().current.severity
    what = list(case.events.order_by("pk").values_list("what", flat=True))
    assert what == ["opened", "reported", "joined"]
    assert "R-" not in str(list(case.events.values_list("data", flat=True)))


def test_names_meet_however_they_are_written():
    first = file_report(about_text="Harbour  Ltd")
    second = file_report(about_text="ｈａｒｂｏｕｒ ltd")
    third = file_report(about_text="Harbor Ltd")
    assert first.case == second.case != third.case


def test_another_kind_about_the_same_account_is_another_case_linked():
    account = make_account()
    spam = file_report(about=account).case
    leak = file_report(about=account, kind="leak").case
    name = file_report(about=account, kind="account_name").case
    pairs = set(CaseLink.objects.values_list("earlier", "later"))
    assert pairs == {(spam.pk, leak.pk), (spam.pk, name.pk), (leak.pk, name.pk)}
    assert set(CaseLink.objects.values_list("linked_by", flat=True)) == {None}
    file_report(about=account, kind="leak")
    assert CaseLink.objects.count() == 3


def test_a_closed_case_is_not_joined():
    account = make_account()
    case = file_report(about=account).case
    cases.close(case=case, by=supervisor(), reason="Nothing to it", at=now())
    assert file_report(about=account).case != case


def test_leaks_and_data_of_children_are_confidential():
    assert file_report(kind="leak").case.confidential
    child = make_policy("3-3-4-x", "3.3.4")
    report = file_report(policy=child)
    assert report.case.confidential
    officer = make_staff_of("compliance")
    assert list(Report.objects.seen_by(officer)) == []
    assert Report.objects.seen_by(supervisor()).count() == 2
    with pytest.raises(NotAllowed):
        report_reading.statement_of(report, reader=officer)
    with pytest.raises(NotPossible):
        tell_reporter(report, by=officer)


def test_a_dispute_names_the_reporter_as_the_other_side():
    person, own = make_customer()
    about = make_account()
    report = file_report(
        about=about,
        kind="user_dispute",
        channel="customer",
        reporter=Reporter(user=person, account=own),
    )
    assert report.case.opponent == own
    assert list(Report.objects.made_by(person)) == [report]
    assert list(Report.objects.against(about)) == [report]
    assert list(Report.objects.against(own)) == []


def test_nobody_reports_their_own_account():
    person, own = make_customer()
    for reporter in (Reporter(user=person, account=own), Reporter(user=person)):
        with pytest.raises(NotPossible, match="your own account"):
            file_report(about=own, channel="customer", reporter=reporter)
    company = make_account(kind="organization")
    Membership.objects.create(user=person, account=company, role="viewer")
    # Its people may report an organization, from an account of theirs.
    assert file_report(
        about=company, channel="customer", reporter=Reporter(user=person, account=own)
    )
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"statement": " \n"},
        {"statement": "a\x00b"},
        {"statement": "a\ud800b"},
        {"statement": "x" * 5_001},
        {"about_text": "a\x00"},
        {"location": "\udfff"},
        {"reporter": Reporter(name="\x00")},
        {"files": [Upload("a.txt", b"a")] * (MOST_FILES + 1)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(fields):
    with pytest.raises(BackOfficeError):
        file_report(**{"about_text": "Harbour", **fields})
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_staff_file_for_somebody_and_customers_do_not():
    clerk = make_staff_of("support")
    report = file_report(channel="staff", filed_by=clerk, medium="phone")
    assert (report.filed_by, report.medium) == (clerk, "phone")
    assert report.case.opened_by == clerk
    with pytest.raises(NotAllowed):
        file_report(channel="staff", filed_by=make_staff_of("billing"), medium="phone")
    with pytest.raises(DatabaseError), transaction.atomic():
        file_report(channel="staff")


# -- by API -------------------------------------------------------------------------------


def by_api(client, key="one", request_hash="a" * 64):
    return ByApi(client=client, key=key, request_hash=request_hash)


def test_a_key_files_once_and_other_contents_are_refused():
    client, _secret = ServiceClient.issue(name="risk", scopes=[], created_by=make_person())
    other, _secret = ServiceClient.issue(name="other", scopes=[], created_by=make_person())
    account = make_account()
    first = file_report(about=account, channel="api", by_api=by_api(client))
    again = file_report(about=account, channel="api", by_api=by_api(client))
    assert again == first
    with pytest.raises(KeyTaken):
        file_report(channel="api", by_api=by_api(client, request_hash="b" * 64))
    assert file_report(about=account, channel="api", by_api=by_api(other)) != first
    assert Report.objects.count() == 2
    assert CaseEvent.objects.filter(what="joined").count() == 1


# -- what came of it ----------------------------------------------------------------------


def test_a_customer_is_told_in_their_inbox_and_only_once_per_verdict():
    person, own = make_customer(language="en")
    report = file_report(channel="customer", reporter=Reporter(user=person, account=own))
    outcome = tell_reporter(report, words_en="We found nothing.")
    letter = Letter.objects.get(kind=report_letters.KIND)
    assert (letter.recipient, letter.account) == (person, own)
    assert "We found nothing." in letter.body
    assert f"/report/{report.receipt}/" in letter.body
    assert sorted(letter.deliveries.values_list("channel", flat=True)) == ["email", "sms"]
    with pytest.raises(WrongStep, match="already"):
        tell_reporter(report)
    assert tell_reporter(report, verdict="acted") != outcome
    assert report.case.events.filter(what="reporter_told").count() == 2


def test_somebody_who_left_an_address_is_told_there_in_their_language():
    report = file_report(reporter=Reporter(email="ada@example.com", language="zh-hans"))
    tell_reporter(report)
    letter = Letter.objects.get(kind=report_letters.KIND)
    assert letter.recipient is None
    assert letter.language == "zh-hans"
    assert "没有发现违规。" in letter.body
    assert "Nothing was found." not in letter.body


def test_who_left_nothing_is_told_on_the_tracking_page_alone():
    report = file_report()
    tell_reporter(report)
    assert not Letter.objects.exists()
    assert tracking.standing(report, at=now()).stage is Stage.TOLD


@pytest.mark.parametrize("missing", ["words_zh_hans", "words_en"])
def test_both_languages_are_needed(missing):
    report = file_report()
    with pytest.raises(NotPossible):
        tell_reporter(report, **{missing: " "})
    assert not ReportOutcome.objects.exists()


@pytest.mark.parametrize("group", ["support", "billing", "auditor"])
def test_others_tell_nobody(group):
    with pytest.raises(NotAllowed):
        tell_reporter(file_report(), by=make_staff_of(group))
    with pytest.raises(NotAllowed):
        tell_reporter(file_report(), by=make_person(is_superuser=True))


def test_the_suggestions_are_in_both_languages_whatever_the_page_speaks():
    for verdict in ReportOutcome.Verdict.values:
        with override("zh-hans"):
            one = report_letters.suggested(verdict)
        assert report_letters.suggested(verdict) == one
        assert one.en.isascii()
        assert not one.zh_hans.isascii()
    assert len({report_letters.suggested(v).en for v in ReportOutcome.Verdict.values}) == 3


def test_the_untold_are_kept_by_the_database():
    report, other = file_report(), file_report()
    assert set(Report.objects.untold()) == {report, other}
    tell_reporter(report)
    assert list(Report.objects.untold()) == [other]
    assert list(Report.objects.told()) == [report]
    assert list(Report.objects.to_be_told()) == []
    cases.close(case=other.case, by=supervisor(), reason="Nothing to it", at=now())
    assert list(Report.objects.to_be_told()) == [other]
    # Opened again, nobody is to be told yet.
    cases.reopen(case=other.case, by=supervisor(), reason="New facts", at=now())
    assert list(Report.objects.to_be_told()) == []
    for act in (lambda rows: rows.delete(), lambda rows: rows.update(due=True)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act(UntoldReport.objects.all())


def test_who_reports_into_a_decided_case_is_to_be_told():
    account = make_account()
    officer = make_staff_of("compliance")
    decision = decide(account, by=officer, action="warning")
    late = file_report(about=account)
    assert late.case_id == decision.case_id
    assert list(Report.objects.to_be_told()) == [late]


# -- tracking -----------------------------------------------------------------------------


def test_a_report_into_a_case_under_way_does_not_show_what_others_brought_about():
    account = make_account()
    officer = make_staff_of("compliance")
    first = file_report(about=account)
    cases.claim(case=first.case, by=officer, at=now())
    second = file_report(about=account)
    assert tracking.standing(first, at=now()).stage is Stage.LOOKED_INTO
    assert tracking.standing(second, at=now()).stage is Stage.RECEIVED
    assert tracking.stages_of([first, second]) == {
        first.pk: Stage.LOOKED_INTO,
        second.pk: Stage.RECEIVED,
    }


def test_only_a_refusal_can_be_objected_to_within_its_time(clock, settings):
    acted, refused = file_report(), file_report()
    tell_reporter(acted, verdict="acted")
    outcome = tell_reporter(refused)
    assert tracking.standing(acted, at=now()).appeal_until is None
    until = outcome.recorded_at + timedelta(days=settings.APPEALS_WITHIN_DAYS)
    assert tracking.standing(refused, at=now()).appeal_until == until
    assert tracking.standing(refused, at=until).appeal_until is None
    with pytest.raises(NotPossible):
        appeals.appeal_of_outcome(outcome=outcome, text="But it is so", at=until)


def test_stages_of_a_list_take_two_statements(django_assert_num_queries):
    made = [file_report() for _turn in range(4)]
    tell_reporter(made[0])
    with django_assert_num_queries(2):
        stages = tracking.stages_of(made)
    assert list(stages.values()) == [Stage.TOLD, *[Stage.RECEIVED] * 3]


def test_receipts_are_read_however_they_are_typed_and_never_guessed():
    receipts = {new_receipt() for _turn in range(500)}
    assert len(receipts) == 500
    one = receipts.pop()
    assert receipt_in(f" {one.lower()} ") == one
    for wrong in ("", "-", one[:-1], one + "A", one.replace("-", ""), "R-\x00", "x" * 10_000):
        assert receipt_in(wrong) is None
        assert tracking.found(wrong) is None
    assert tracking.found(one) is None


# -- what may be reported -----------------------------------------------------------------


def test_what_is_offered_can_be_chosen_and_nothing_else():
    make_policy()
    secret = make_policy("2-2-12-x", "2.2.12", supervisors_only=True)
    for channel in Report.Channel.values:
        groups = report_reasons.offered(channel=channel, language="en")
        values = [value for _heading, choices in groups for value, _label in choices]
        assert len(values) == len(set(values))
        for value in values:
            assert report_reasons.chosen(value, channel=channel).value == value
        assert f"violation:{secret.code}" not in values
    refused = [
        "",
        "x",
        "violation:none",
        f"violation:{secret.code}",
        "leak:2-2-5-a",
        "content_order",
    ]
    refused += ["violation:\x00", "user_dispute"]
    for value in refused:
        assert report_reasons.chosen(value, channel="public") is None, value


def test_reports_are_sealed_with_their_personal_fields_apart():
    report = file_report(reporter=Reporter(name="Ada", email="ada@example.com"))
    from common.seals.registry import sealed_tables

    table = sealed_tables.get("compliance.report")
    assert {"statement", "contact_name", "contact_email"} <= set(table.personal)
    assert report.transaction is not None
