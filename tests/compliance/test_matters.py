"""Customers' pages of their matters: what they were asked, and their own part of disputes."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts import access
from accounts.exceptions import NotAllowed
from accounts.models import Membership
from common.clock import now
from compliance import (
    answer_texts,
    appeals,
    cases,
    evidence,
    inquiries,
    matters,
    report_reading,
    reports,
)
from compliance.inquiries import Attached
from compliance.models import (
    Action,
    Case,
    CaseKind,
    Inquiry,
    InquiryAnswer,
    Report,
    ReportOutcome,
)
from compliance.reports import Reporter, Upload
from tests.accounts.making import make_person, make_service
from tests.compliance.deciding import approve, propose
from tests.compliance.making import add_evidence, case_of, file_report, make_staff_of, open_case
from tests.notices.making import make_announced, make_customer, make_organization, run_jobs
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db
State = Case.State


@pytest.fixture
def officer():
    return make_staff_of("compliance")


@pytest.fixture
def customer(client):
    li, account = make_customer(language="en", name="Li Hua", contact_email="li@example.com")
    client.force_login(li)
    return li, account


def ask(case, by, account=None, *, days=5, en="Where do these requests come from?"):
    return inquiries.ask(
        case=case,
        account=account or case.account,
        by=by,
        question_zh_hans="这些请求从何而来？",
        question_en=en,
        answer_by=now() + timedelta(days=days),
        at=now(),
    )


@pytest.fixture
def inquiry(officer, customer):
    return ask(case_of(officer, customer[1]), officer)


def page_of(inquiry):
    return reverse("matter_inquiry", args=[inquiry.account.public_id, inquiry.public_id])


def text_of(client, address):
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


# -- Questions ---------------------------------------------------------------------------


def test_the_account_page_says_that_a_question_waits(client, customer, officer):
    account = customer[1]
    address = reverse("account", args=[account.public_id])
    assert "waits for your answer" not in text_of(client, address)
    asked = ask(case_of(officer, account), officer)
    page = text_of(client, address)
    assert "1 question waits for your answer" in page
    assert reverse("matters", args=[account.public_id]) in page
    inquiries.answer(inquiry=asked, by=customer[0], text="Ours", at=now())
    assert "waits for your answer" not in text_of(client, address)


def test_with_one_account_the_tab_leads_to_its_matters(client, customer, inquiry):
    address = reverse("matters", args=[customer[1].public_id])
    assert client.get(reverse("matters")).headers["Location"] == address
    page = text_of(client, "/inbox/")
    assert f'href="{reverse("matters")}"' in page
    page = text_of(client, address)
    assert "Where do these requests come from?" in page
    assert page_of(inquiry) in page
    assert 'aria-current="page">Matters' in page


def test_with_several_they_are_listed_with_counts(client, customer, inquiry):
    other = make_organization(customer[0], name="Northwind")
    viewed = make_organization(customer[0], name="Only viewed", role="viewer")
    page = text_of(client, reverse("matters"))
    assert "1 to answer" in page
    assert reverse("matters", args=[other.public_id]) in page
    assert reverse("matters", args=[viewed.public_id]) not in page


def test_a_question_is_read_and_answered(client, customer, inquiry):
    page = text_of(client, page_of(inquiry))
    assert "Where do these requests come from?" in page
    assert "这些请求从何而来" not in page
    assert "clause 2.2" in page
    assert 'enctype="multipart/form-data"' in page
    answered = client.post(page_of(inquiry), {"text": "From our <shop>."}, follow=True)
    page = answered.content.decode()
    assert "Thank you: we have your answer." in page
    assert "From our &lt;shop&gt;." in page
    assert '<form method="post" enctype' not in page
    assert InquiryAnswer.objects.get().answered_by == customer[0]
    # It is listed among the earlier ones now.
    page = text_of(client, reverse("matters", args=[customer[1].public_id]))
    assert "answered" in page
    assert "Nothing waits for your answer." in page


def test_files_come_along(client, inquiry):
    files = [SimpleUploadedFile(f"order {n}.txt", b"one order") for n in range(2)]
    client.post(page_of(inquiry), {"text": "See the files.", "attached": files})
    assert InquiryAnswer.objects.get().files.count() == 2
    page = text_of(client, page_of(inquiry))
    assert "order 0.txt" in page
    assert "order 1.txt" in page


def test_what_cannot_be_taken_comes_back_with_what_was_written(client, inquiry):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]
    for data in (
        {"text": "See the files.", "attached": files},
        {"text": " "},
        {"text": "See the file.", "attached": [SimpleUploadedFile("empty.txt", b"")]},
    ):
        page = client.post(page_of(inquiry), data)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    assert "See the file" in page.content.decode()
    assert not InquiryAnswer.objects.exists()


def test_the_second_of_two_tabs_is_told_and_shown_what_was_answered(client, customer, inquiry):
    inquiries.answer(inquiry=inquiry, by=customer[0], text="First", at=now())
    page = client.post(page_of(inquiry), {"text": "Second"})
    assert "First" in page.content.decode()
    assert answer_texts.text_of(InquiryAnswer.objects.get()) == "First"


def test_after_its_day_a_question_can_still_be_answered(client, customer, inquiry, clock):
    clock.advance(days=6)
    inquiries.stop_waiting(at=now())
    assert "past its day" in text_of(client, reverse("account", args=[customer[1].public_id]))
    assert "The day has passed" in text_of(client, page_of(inquiry))
    client.post(page_of(inquiry), {"text": "Late"})
    assert answer_texts.text_of(InquiryAnswer.objects.get()) == "Late"


def test_in_a_closed_matter_the_form_is_gone_and_a_post_changes_nothing(
    client, officer, inquiry, clock
):
    clock.advance(days=6)
    inquiries.stop_waiting(at=now())
    cases.close(case=inquiry.case, by=officer, reason="Nothing", at=now())
    assert "can no longer be" in text_of(client, page_of(inquiry))
    client.post(page_of(inquiry), {"text": "Late"})
    assert not InquiryAnswer.objects.exists()


def test_who_is_suspended_reads_and_answers_all_the_same(
    client, customer, officer, clock, mailbox, phone_messages
):
    make_service()
    make_announced(customer[1], service=None)
    clock.advance(days=10)
    run_jobs()
    [state] = access.state_of(account=customer[1], at=now())
    assert not state.allowed
    inquiry = ask(case_of(officer, customer[1]), officer)
    assert "Where do" in text_of(client, page_of(inquiry))
    client.post(page_of(inquiry), {"text": "We did not."})
    assert InquiryAnswer.objects.exists()


@pytest.mark.parametrize("role", ["billing", "developer", "viewer"])
def test_other_roles_see_nothing_of_it(client, inquiry, role):
    other = make_person(language="en")
    Membership.objects.create(user=other, account=inquiry.account, role=role)
    client.force_login(other)
    own = reverse("matters", args=[inquiry.account.public_id])
    for address in (own, page_of(inquiry)):
        assert client.get(address).status_code == 403
        assert client.post(address, {"text": "x"}).status_code == 403
    assert own not in text_of(client, reverse("account", args=[inquiry.account.public_id]))
    assert not InquiryAnswer.objects.exists()


def test_another_tenants_looks_like_none(client, inquiry):
    other, mine = make_customer(language="en", contact_email="other@example.com")
    client.force_login(other)
    theirs = inquiry.account.public_id
    case = open_case(inquiry.account, kind=CaseKind.USER_DISPUTE)
    for address in (
        reverse("matters", args=[theirs]),
        page_of(inquiry),
        # Through the door of one's own account.
        reverse("matter_inquiry", args=[mine.public_id, inquiry.public_id]),
        reverse("matter_dispute", args=[mine.public_id, case.public_id]),
        reverse("matter_dispute", args=[theirs, case.public_id]),
        # Of another kind than a dispute.
        reverse("matter_dispute", args=[mine.public_id, inquiry.case.public_id]),
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"text": "x"}).status_code == 404
    client.logout()
    assert client.get(page_of(inquiry)).status_code == 302
    assert not InquiryAnswer.objects.exists()


def test_a_case_of_another_kind_is_no_dispute_even_to_its_own_account(client, customer, inquiry):
    address = reverse("matter_dispute", args=[customer[1].public_id, inquiry.case.public_id])
    assert client.get(address).status_code == 404


# -- Disputes -----------------------------------------------------------------------------


class Dispute:
    """Northwind was reported by Contoso; each was asked and answered."""

    def __init__(self, officer):
        self.officer = officer
        self.ann, self.northwind = make_customer(
            language="en", name="Ann Northwind", contact_email="ann@example.com"
        )
        self.bob, self.contoso = make_customer(
            language="en", name="Bob Contoso", contact_email="bob@example.com"
        )
        self.report = reports.file(
            channel=Report.Channel.CUSTOMER,
            kind=CaseKind.USER_DISPUTE,
            about=self.northwind,
            about_text="The northern one",
            statement="Bob saw his prompts copied in June.",
            reporter=Reporter(user=self.bob, account=self.contoso),
            files=[Upload(name="bobs screenshot.txt", content=b"As seen in June.")],
            at=now(),
        )
        self.case = self.report.case

    def look_at(self):
        self.case = cases.claim(case=self.case, by=self.officer, at=now())

    def ask_both(self):
        self.to_ann = ask(self.case, self.officer, self.northwind, en="Ann, did you copy?")
        self.to_bob = ask(self.case, self.officer, self.contoso, en="Bob, what is yours?")

    def answer_both(self):
        for asked, by, text, name in (
            (self.to_ann, self.ann, "Ann wrote it herself.", "anns draft.txt"),
            (self.to_bob, self.bob, "Bob wrote it in May.", "bobs draft.txt"),
        ):
            draft = Attached(name=name, content=b"A draft")
            inquiries.answer(inquiry=asked, by=by, text=text, files=[draft], at=now())

    def tell_bob(self):
        ReportOutcome.record(
            report=self.report,
            verdict="not_acted",
            words_zh_hans="无法认定。",
            words_en="Bob, we could not establish it.",
            told_by=self.officer,
        )

    def object(self):
        """Bob does not agree with what he was told."""
        more = evidence.add(
            case=self.case, content=b"Seen", name="bobs objection.txt", source="reporter", at=now()
        )
        appeals.appeal_of_outcome(
            outcome=self.report.outcomes.get(), text="Bob says look again.", files=[more], at=now()
        )

    def page(self, account):
        return reverse("matter_dispute", args=[account.public_id, self.case.public_id])


@pytest.fixture
def dispute(officer):
    return Dispute(officer)


def test_each_side_sees_its_own_part_and_nothing_of_the_other(client, dispute):
    dispute.look_at()
    dispute.ask_both()
    dispute.answer_both()
    dispute.tell_bob()
    ann_only = ["Ann, did you copy?", "Ann wrote it herself.", dispute.to_ann.public_id]
    ann_only += ["anns draft.txt", "Ann Northwind", dispute.northwind.public_id, "ann@example.com"]
    bob_only = ["Bob, what is yours?", "Bob wrote it in May.", dispute.to_bob.public_id]
    bob_only += ["bobs draft.txt", "Bob Contoso", dispute.contoso.public_id, dispute.report.receipt]
    bob_only += ["Bob saw his prompts copied in June.", "bobs screenshot.txt", "The northern one"]
    bob_only += ["Bob, we could not establish it."]
    bob_only += ["Bob says look again.", "bobs objection.txt"]
    dispute.object()
    staff_only = [dispute.case.title, dispute.officer.name]

    client.force_login(dispute.ann)
    page = text_of(client, dispute.page(dispute.northwind))
    assert [text for text in ann_only[:-1] if text not in page] == []
    # Ann's own name is what the case is called.
    assert [text for text in [*bob_only, dispute.officer.name] if text in page] == []

    client.force_login(dispute.bob)
    page = text_of(client, dispute.page(dispute.contoso))
    assert [text for text in bob_only if text not in page] == []
    assert [text for text in ann_only + staff_only if text in page] == []
    # Nor through the address of the other's question.
    address = reverse("matter_inquiry", args=[dispute.contoso.public_id, dispute.to_ann.public_id])
    assert client.get(address).status_code == 404


def test_how_it_stands_does_not_say_what_the_other_was_asked(client, dispute):
    dispute.look_at()
    ask(dispute.case, dispute.officer, dispute.northwind)
    assert Case.objects.get().state == State.WAITING
    client.force_login(dispute.bob)
    page = text_of(client, dispute.page(dispute.contoso))
    assert "being looked into" in page
    assert "waiting" not in page
    client.force_login(dispute.ann)
    page = text_of(client, dispute.page(dispute.northwind))
    assert "waiting for your answer" in page
    asked = Inquiry.objects.get()
    assert page_of(asked) in page


def test_who_is_reported_sees_it_once_somebody_has_looked_at_it(client, dispute):
    client.force_login(dispute.ann)
    assert client.get(dispute.page(dispute.northwind)).status_code == 404
    # Who reported it sees it at once.
    client.force_login(dispute.bob)
    assert "received" in text_of(client, dispute.page(dispute.contoso))
    dispute.look_at()
    client.force_login(dispute.ann)
    page = text_of(client, reverse("account", args=[dispute.northwind.public_id]))
    assert "1 open dispute with another user" in page
    assert dispute.case.public_id in text_of(
        client, reverse("matters", args=[dispute.northwind.public_id])
    )
    text_of(client, dispute.page(dispute.northwind))


def test_somebody_of_both_sides_sees_each_by_itself(dispute):
    dispute.look_at()
    dispute.ask_both()
    parts = [matters.own_part(dispute.case, one) for one in (dispute.northwind, dispute.contoso)]
    assert [list(part.inquiries) for part in parts] == [[dispute.to_ann], [dispute.to_bob]]
    assert [[own.report for own in part.reports] for part in parts] == [[], [dispute.report]]


def test_whoever_answers_for_the_reporting_account_reads_what_it_said(client, dispute):
    """Not only the person who wrote it; what another person's receipt opens is theirs alone."""
    partner = make_person(language="en")
    Membership.objects.create(user=partner, account=dispute.contoso, role="admin")
    client.force_login(partner)
    page = text_of(client, dispute.page(dispute.contoso))
    assert "Bob saw his prompts copied in June." in page
    assert "bobs screenshot.txt" in page
    assert reverse("report_tracking", args=[dispute.report.receipt]) not in page
    Membership.objects.filter(user=partner).update(role="developer")
    assert client.get(dispute.page(dispute.contoso)).status_code == 403


def test_a_statement_is_never_decrypted_for_the_other_side(dispute):
    own = report_reading.own_statement(dispute.report, account=dispute.contoso)
    assert own == "Bob saw his prompts copied in June."
    for account in (dispute.northwind, make_organization(dispute.bob, name="Of Bob as well")):
        with pytest.raises(NotAllowed):
            report_reading.own_statement(dispute.report, account=account)
    # Nor is one without an account anybody's.
    anonymous = file_report(about=dispute.northwind)
    with pytest.raises(NotAllowed):
        report_reading.own_statement(anonymous, account=dispute.northwind)


def test_files_of_a_report_are_those_that_came_with_it_and_stay_so(dispute):
    assert [one.name for one in dispute.report.files.all()] == ["bobs screenshot.txt"]
    stray = add_evidence(dispute.case, name="from somebody else.txt")
    assert stray not in dispute.report.files.all()
    for sql in ("DELETE FROM compliance_report_files", "UPDATE compliance_report_files SET id = 0"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_each_side_is_led_to_the_decision_about_itself_alone(client, dispute):
    dispute.look_at()
    decision = propose(
        dispute.northwind, by=dispute.officer, case=dispute.case, action=Action.WARNING
    )
    link = reverse("decision", args=[decision.public_id])
    client.force_login(dispute.ann)
    assert link not in text_of(client, dispute.page(dispute.northwind)), "only proposed"
    approve(decision)
    page = text_of(client, dispute.page(dispute.northwind))
    assert f'href="{link}">Warning</a>' in page
    assert client.get(link).status_code == 200
    client.force_login(dispute.bob)
    page = text_of(client, dispute.page(dispute.contoso))
    assert link not in page
    assert "Warning" not in page
    assert client.get(link).status_code == 404


def test_a_third_account_has_no_part(client, dispute):
    dispute.look_at()
    other, account = make_customer(language="en", contact_email="other@example.com")
    client.force_login(other)
    assert client.get(dispute.page(account)).status_code == 404
    assert client.get(dispute.page(dispute.northwind)).status_code == 404


def test_a_page_costs_the_same_however_many_questions(
    client, dispute, django_assert_max_num_queries
):
    dispute.look_at()
    for number in range(12):
        asked = ask(dispute.case, dispute.officer, dispute.northwind)
        if number % 2:
            inquiries.answer(inquiry=asked, by=dispute.ann, text="x", at=now())
    client.force_login(dispute.ann)
    own = reverse("matters", args=[dispute.northwind.public_id])
    for address, most in ((own, 14), (dispute.page(dispute.northwind), 16)):
        client.get(address)
        with django_assert_max_num_queries(most):
            client.get(address)


# -- In Chinese ----------------------------------------------------------------------------


def test_no_english_is_left_over(client, dispute):
    for person in (dispute.ann, dispute.bob):
        person.language = "zh-hans"
        person.save()
    for account, name in ((dispute.northwind, "北风"), (dispute.contoso, "康托")):
        account.name = name
        account.save()
    dispute.ann.name = "安"
    dispute.ann.save()
    dispute.look_at()
    dispute.ask_both()
    inquiries.answer(inquiry=dispute.to_ann, by=dispute.ann, text="自有门店", at=now())
    ask(dispute.case, dispute.officer, dispute.northwind)
    dispute.tell_bob()
    make_organization(dispute.ann, name="示例公司")
    client.force_login(dispute.ann)
    own = dispute.northwind.public_id
    addresses = [
        reverse("account", args=[own]),
        reverse("matters"),
        reverse("matters", args=[own]),
        page_of(dispute.to_ann),
        page_of(Inquiry.objects.filter(account=dispute.northwind).latest("pk")),
        dispute.page(dispute.northwind),
        reverse("inbox"),
    ]
    letters = [one.public_id for one in dispute.ann.letters.all()]
    addresses += [reverse("letter", args=[one]) for one in letters]
    # Of web addresses in letters, the name of the time zone, and where a proof is checked.
    words = "http testserver inbox account matters questions disputes CST Linux macOS Windows"
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200
        assert english_on(page, words) == set()
    client.force_login(dispute.bob)
    page = client.get(dispute.page(dispute.contoso))
    names = [dispute.report.receipt, dispute.bob.name]
    names += [
        dispute.report.about_text,
        "Bob saw his prompts copied in June.",
        "bobs screenshot.txt",
    ]
    assert english_on(page, *names) == set()
