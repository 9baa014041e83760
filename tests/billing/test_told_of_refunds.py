"""Whoever asked for a refund is told: approved, declined, paid out; once, in their language."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Membership
from billing import applications, decisions, refunds, telling
from billing.exceptions import NotRefundable
from billing.models import Occasion, PostingRequest, RefundApplication
from common.clock import now
from notices import letter_sending
from notices.letter_kinds import clause_of
from notices.models import Letter
from tests.accounts.making import make_clause, make_person
from tests.billing.admin.acting import act_address, address, confirm
from tests.billing.making import make_approver, make_requester, paid_in, yuan
from tests.desk.signing_in import staff
from tests.notices.making import make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("phone_messages")]


@pytest.fixture
def applicant():
    return make_person(
        language="en", contact_email="li.hua@example.com", contact_email_verified_at=now()
    )


@pytest.fixture
def account(applicant):
    account = make_organization(applicant, name="Acme")
    other = make_person(language="en")
    Membership.objects.create(user=other, account=account, role="owner")
    paid_in(account, 100)
    return account


@pytest.fixture
def application(account, applicant):
    return applications.apply(
        account=account, amount=yuan(50), reason="We moved.", asked_by=applicant, at=now()
    )


def prepared(application, amount=40):
    consent = refunds.record_consent(
        account=application.account,
        document=b"%PDF-1.7",
        signatory="Wang",
        signed_on=localdate(now()),
        clause=make_clause("6"),
        cap=yuan(1000),
        expires_at=now() + timedelta(days=30),
        recorded_by=make_requester(),
        at=now(),
    )
    answer = applications.prepare(
        application=application,
        amount=yuan(amount),
        reason="Agreed",
        prepared_by=make_requester(),
        consent=consent,
    )
    return answer.request


def refunded(application, amount=40):
    request = prepared(application, amount)
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    return request


def paid_out(request, **fields):
    given = {"paid_on": localdate(now()), "reference": "CMB-77", "recorded_by": make_requester()}
    return refunds.record_payout(request=request, at=now(), **{**given, **fields})


def told():
    telling.write_letters(at=now())
    letter_sending.send_due(at=now())
    return list(Letter.objects.order_by("pk"))


def test_approved_and_then_paid_out(application, applicant, mailbox):
    request = refunded(application)
    [letter] = told()
    assert letter.recipient == applicant
    assert letter.subject == "Refund approved: Acme"
    for words in ("CNY 50.00", "CNY 40.00", application.public_id, "clause 6"):
        assert words in letter.body
    assert mailbox.to("li.hua@example.com") == [(letter.subject, letter.body)]
    assert told() == [letter]

    paid_out(request)
    approved, paid = told()
    assert paid.subject == "Refund paid out: Acme"
    assert "CMB-77" in paid.body
    assert f"{localdate(now()):%Y-%m-%d}" in paid.body
    # Both are about the application, and found by it.
    assert approved.key == paid.key == application.public_id
    assert (approved.kind, paid.kind) == ("billing.refund_approved", "billing.refund_paid")
    assert {clause_of(approved), clause_of(paid)} == {"6"}


def test_declined_with_the_reason_in_their_language(application, mailbox):
    applications.decline(
        application=application,
        declined_by=make_requester(),
        reason_zh_hans="已超过七天。",
        reason_en="More than seven days ago.",
    )
    [letter] = told()
    assert letter.subject == "Refund declined: Acme"
    assert "More than seven days ago." in letter.body
    assert "clause 6" in letter.body


def test_in_chinese(application, applicant, mailbox):
    applicant.language = "zh-hans"
    applicant.save()
    request = refunded(application)
    paid_out(request)
    approved, paid = told()
    assert approved.subject == "退款申请已批准：Acme"
    assert "退款金额：¥40.00" in approved.body
    assert "依据：第 6 条" in approved.body
    assert paid.subject == "退款已汇出：Acme"


def test_the_clause_is_that_of_the_version_that_bound_them(applicant, account, mailbox):
    clause = make_clause("6")
    application = RefundApplication.record(
        account=account,
        amount=yuan(5),
        refundable=yuan(100),
        reason="x",
        clause=clause,
        asked_by=applicant,
    )
    refunded(application, amount=5)
    [letter] = told()
    assert f"clause 6 · {clause.version}" in letter.body


def test_what_the_second_person_turned_down_is_nobodys_news(application):
    request = prepared(application)
    decisions.reject(request=request, rejected_by=make_approver(), reason="Too much")
    assert told() == []
    applications.withdraw(application=application, withdrawn_by=application.asked_by)
    assert told() == []


def test_a_refund_nobody_applied_for_is_told_to_nobody(account):
    consent_request = decisions.request_refund(
        account=account,
        amount=yuan(1),
        reason="x",
        requested_by=make_requester(),
        consent=refunds.record_consent(
            account=account,
            document=b"%PDF-1.7",
            signatory="Wang",
            signed_on=localdate(now()),
            clause=make_clause("6"),
            cap=yuan(10),
            expires_at=now() + timedelta(days=30),
            recorded_by=make_requester(),
            at=now(),
        ),
    )
    decisions.approve(request=consent_request, approved_by=make_approver(), at=now())
    paid_out(consent_request)
    assert told() == []


def test_an_applicant_who_left_is_told_no_more(application, applicant):
    Membership.objects.filter(user=applicant).delete()
    refunded(application)
    [letter] = told()
    assert letter.recipient != applicant


def test_only_what_was_posted_and_stands_is_paid_out_and_once(application):
    request = prepared(application)
    with pytest.raises(NotRefundable):
        paid_out(request)
    with pytest.raises(DatabaseError, match="no refund"), transaction.atomic():
        raw_payout(request)
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    for wrong in ({"reference": " "}, {"paid_on": localdate(now()) + timedelta(days=3)}):
        with pytest.raises(NotRefundable):
            paid_out(request, **wrong)
    paid_out(request)
    with pytest.raises(NotRefundable):
        paid_out(request)
    assert Occasion.objects.filter(kind="refund_paid").count() == 1


def raw_payout(request):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_refundpayout (request_id, paid_on, reference, recorded_by_id)"
            " VALUES (%s, now(), 'x', %s)",
            [request.pk, request.requested_by_id],
        )


def test_staff_note_the_payout_on_the_page_of_the_refund(application, client):
    request = refunded(application)
    browser = staff("billing")[1]
    assert "Note the payout" in browser.get(address(PostingRequest, "change", request.pk)).text
    url = act_address(PostingRequest, "note_payout", request)
    confirm(browser, url, paid_on=f"{now():%Y-%m-%d}", reference="CMB-77")
    page = browser.get(address(PostingRequest, "change", request.pk)).text
    assert "CMB-77" in page
    assert "Note the payout" not in page
    client.force_login(application.asked_by)
    mine = client.get(reverse("money_refund", args=[application.account.public_id]))
    assert "CMB-77" in mine.text
