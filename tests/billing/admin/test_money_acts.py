"""What staff do with an account's money, from its page: each asked for, then decided on."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate

from billing import decisions, money_in, refunds
from billing.models import (
    CreditLot,
    Journal,
    PostingApproval,
    PostingRequest,
    RefundConsent,
    RefundPolicy,
    Wallet,
)
from common.clock import now
from tests.accounts.making import make_clause
from tests.billing.admin.acting import act_address, address, confirm, said
from tests.billing.making import (
    granted,
    make_account,
    make_requester,
    paid_in,
    spend,
    yuan,
)
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db
PAPER = b"%PDF-1.7 signed"


def wallet_of(account):
    return Wallet.objects.filter(pk=account.pk).first() or Wallet(account=account)


@pytest.fixture
def account():
    account = make_account(name="李华")
    paid_in(account, 100)
    return account


@pytest.fixture
def billing():
    return staff("billing")[1]


@pytest.fixture
def supervisor():
    return staff("supervisor")[1]


def consent_to(account, cap=50):
    at = now()
    return refunds.record_consent(
        account=account,
        document=PAPER,
        signatory="Wang",
        signed_on=localdate(at),
        clause=make_clause("6.2"),
        cap=yuan(cap),
        expires_at=at + timedelta(days=30),
        recorded_by=make_requester(),
        at=at,
    )


# -- granted credit ------------------------------------------------------------------------


def test_credit_is_asked_for_with_a_look_at_it_first_then_approved(billing, supervisor):
    account = make_account()
    url = act_address(Wallet, "grant", wallet_of(account))
    first = billing.post(
        url,
        {
            "seen": billing.get(url).context["seen"],
            "amount": "20",
            "priority": 50,
            "reason": "Apology for the outage",
        },
    )
    assert not PostingRequest.objects.exists()
    assert "Nothing has been done yet" in first.text
    assert "5010" in first.text
    assert "¥\u00a020.00" in first.text
    answer = confirm(billing, url, amount="20", priority=50, reason="Apology for the outage")
    request = PostingRequest.objects.get()
    assert said(answer) == ["Asked for. Somebody else has to approve it now."]
    assert "What approving it posts" in answer.text
    assert not Journal.objects.exists()
    confirm(supervisor, act_address(PostingRequest, "approve", request))
    assert Wallet.objects.get().granted == yuan(20)
    assert LogEntry.objects.filter(change_message__contains="Apology").exists()


def test_credit_cannot_expire_in_the_past_nor_be_nothing(billing, account):
    url = act_address(Wallet, "grant", wallet_of(account))
    wrong = {"amount": "0", "priority": 50, "reason": "Apology"}
    gone = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}
    answer = confirm(billing, url, **wrong, **gone)
    assert "has to be more than nothing" in answer.text
    assert "Choose a moment to come" in answer.text
    answer = confirm(billing, url, amount="1.005", priority=50, reason="Apology")
    assert "nothing smaller than a fen" in answer.text
    assert not PostingRequest.objects.exists()


# -- refunds -------------------------------------------------------------------------------


def test_a_refund_shows_what_is_refundable_and_on_what(billing, supervisor, account):
    spend(account, 30)
    consent = consent_to(account)
    url = act_address(Wallet, "refund", wallet_of(account))
    shown = billing.get(url).text
    assert "¥\u00a070.00" in shown
    assert consent.public_id in shown
    assert "6.2" in shown
    answers = {"basis": f"consent:{consent.pk}", "amount": "40", "reason": "Agreed with them"}
    answer = confirm(billing, url, payout="CMB 6225", **answers)
    request = PostingRequest.objects.get()
    assert request.consent == consent
    assert request.payout == "CMB 6225"
    assert consent.public_id in answer.text
    approving = act_address(PostingRequest, "approve", request)
    assert "¥\u00a030.00" in supervisor.get(approving).text  # what is left afterwards
    confirm(supervisor, approving)
    assert Wallet.objects.get().paid == yuan(30)
    page = supervisor.get(address(RefundConsent, "change", consent.pk)).text
    assert "¥\u00a010.00" in page  # left of it


def test_more_than_is_refundable_or_allowed_is_said_before_it_is_asked(billing, account):
    consent = consent_to(account, cap=500)
    url = act_address(Wallet, "refund", wallet_of(account))
    spend(account, 30)
    answers = {"basis": f"consent:{consent.pk}", "reason": "Agreed with them"}
    seen = billing.get(url).context["seen"]
    answer = billing.post(url, {"seen": seen, "amount": "71", **answers})
    assert "At most ¥70.00 can be refunded" in answer.text


def test_without_a_consent_or_policy_there_is_nothing_to_choose(billing, account):
    url = act_address(Wallet, "refund", wallet_of(account))
    shown = billing.get(url)
    assert "None: record a consent first." in shown.text
    answer = confirm(billing, url, basis="consent:1", amount="4", reason="They asked nicely")
    assert answer.context["form"].errors["basis"]
    assert not PostingRequest.objects.exists()


def test_an_expired_consent_is_said_on_the_page_of_the_request(billing, account, clock):
    consent = consent_to(account)
    request = decisions.request_refund(
        account=account,
        amount=yuan(10),
        consent=consent,
        reason="Agreed",
        requested_by=make_requester(),
    )
    clock.set(consent.expires_at + timedelta(days=1))
    browser = staff("supervisor")[1]
    assert (
        "The consent has expired" in browser.get(address(PostingRequest, "change", request.pk)).text
    )
    answer = confirm(browser, act_address(PostingRequest, "approve", request))
    assert any("clause 6" in one for one in said(answer))
    assert not PostingApproval.objects.exists()


# -- the signed paper ----------------------------------------------------------------------


def test_a_consent_is_uploaded_and_its_paper_read_by_those_who_may(billing, account):
    clause = make_clause("6.2")
    url = act_address(Wallet, "consent", wallet_of(account))
    answers = {
        "signatory": "Wang",
        "signed_on": localdate(now()).isoformat(),
        "clause": clause.pk,
        "cap": "50",
        "expires_at_0": localdate(now() + timedelta(days=9)).isoformat(),
        "expires_at_1": "00:00:00",
    }
    seen = billing.get(url)
    assert 'enctype="multipart/form-data"' in seen.text
    seen = seen.context["seen"]
    wrong = SimpleUploadedFile("paper.exe", b"MZ")
    answer = billing.post(url, {"seen": seen, "document": wrong, **answers}, follow=True)
    assert any("PDF, PNG or JPEG" in one for one in said(answer))
    paper = SimpleUploadedFile("paper.pdf", PAPER)
    billing.post(url, {"seen": seen, "document": paper, **answers}, follow=True)
    consent = RefundConsent.objects.get()
    document = address(RefundConsent, "document", consent.pk)
    auditor, reader = staff("auditor")
    answer = reader.get(document)
    assert answer.content == PAPER
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    logged = LogEntry.objects.get(change_message__contains="signed paper")
    assert (logged.user, logged.object_id) == (auditor, str(consent.pk))
    assert staff("support")[1].get(document).status_code == 403
    assert reader.get(address(RefundConsent, "document", 999)).status_code == 404


# -- write-offs and holds ------------------------------------------------------------------


def test_money_is_put_on_hold_once_and_released(billing, account):
    url = act_address(Wallet, "hold", wallet_of(account))
    answer = confirm(billing, url, amount="30", token="t1", reason="Disputed payment")
    assert said(answer) == ["Put on hold."]
    assert Wallet.objects.get().held_paid == yuan(30)
    held = Journal.objects.get(kind="hold")
    confirm(billing, url, amount="30", token="t1", reason="Disputed payment")
    assert Journal.objects.filter(kind="hold").count() == 1
    page = billing.get(address(Wallet, "change", account.pk)).text
    assert "Disputed payment" in page
    confirm(billing, act_address(Journal, "release", held), reason="Settled with them")
    assert Wallet.objects.get().held_paid == 0
    assert "Released already" in billing.get(act_address(Journal, "release", held)).text


def test_more_than_there_is_cannot_be_held(billing, account):
    url = act_address(Wallet, "hold", wallet_of(account))
    seen = billing.get(url).context["seen"]
    answer = billing.post(url, {"seen": seen, "amount": "130", "token": "t", "reason": "Disputed"})
    assert "does not have as much" in answer.text
    assert not Journal.objects.filter(kind="hold").exists()


def test_nothing_is_owed_so_nothing_is_written_off(billing, account):
    page = billing.get(address(Wallet, "change", account.pk)).text
    assert "Write off…" not in page
    assert "Refund…" in page
    url = act_address(Wallet, "write_off", wallet_of(account))
    answer = confirm(billing, url, amount="5", reason="They are bankrupt")
    assert "does not owe as much" in answer.text
    assert not PostingRequest.objects.exists()


# -- corrections ---------------------------------------------------------------------------


def test_a_correction_shows_the_mirror_and_the_wallet_after(billing, supervisor, account):
    wrong = paid_in(account, 60)
    url = act_address(Journal, "correct", wrong)
    shown = billing.get(url).text
    assert "¥\u00a060.00" in shown
    assert "¥\u00a0160.00" in shown
    assert "¥\u00a0100.00" in shown
    billing.post(url, {"seen": billing.get(url).context["seen"], "reason": "Typed twice"})
    assert not PostingRequest.objects.exists()  # without a case
    answer = confirm(billing, url, case_reference="T-81", reason="Typed twice")
    request = PostingRequest.objects.get()
    assert str(wrong) in answer.text
    confirm(supervisor, act_address(PostingRequest, "approve", request))
    assert Wallet.objects.get().paid == yuan(100)
    mirror = Journal.objects.get(reverses=wrong)
    page = supervisor.get(address(Journal, "change", wrong.pk)).text
    assert address(Journal, "change", mirror.pk) in page
    assert address(PostingRequest, "change", request.pk) in page
    assert "Correct…" not in page
    back = supervisor.get(address(Journal, "change", mirror.pk)).text
    assert address(Journal, "change", wrong.pk) in back
    assert address(PostingRequest, "change", request.pk) in back
    assert "This has been corrected already." in supervisor.get(url).text


def test_what_was_spent_meanwhile_cannot_be_taken_back(supervisor, account):
    wrong = account.journals.get()
    request = decisions.request_correction(
        journal=wrong, reason="Typed twice", case_reference="T-1", requested_by=make_requester()
    )
    url = act_address(PostingRequest, "approve", request)
    seen = supervisor.get(url).context["seen"]
    spend(account, 30)
    answer = supervisor.post(url, {"seen": seen}, follow=True)
    assert "Something changed since you opened this page" in answer.text
    assert "The account does not have as much." in answer.text
    answer = confirm(supervisor, url)
    assert any("does not have as much" in one for one in said(answer))
    assert Wallet.objects.get().paid == yuan(70)


# -- deciding ------------------------------------------------------------------------------


def ask(account, amount, asked_by=None):
    return decisions.request_grant(
        account=account,
        amount=yuan(amount),
        expires_at=None,
        reason="Welcome",
        requested_by=asked_by or make_requester(),
    )


def test_several_are_approved_together_and_one_that_cannot_be_is_named(account):
    person, browser = staff("supervisor")
    others = [ask(account, 1), ask(account, 2)]
    own = ask(account, 3, asked_by=person)
    url = act_address(PostingRequest, "approve", *others, own)
    answer = confirm(browser, url)
    assert "2 of 3 done." in answer.text
    assert "Nobody approves what they requested themselves." in answer.text
    assert Wallet.objects.get().granted == yuan(3)


def test_nobody_approves_their_own_superusers_included(account):
    person, browser = staff(is_superuser=True)
    own = ask(account, 3, asked_by=person)
    url = act_address(PostingRequest, "approve", own)
    assert "Nobody approves what they requested themselves." in browser.get(url).text
    answer = confirm(browser, url)
    assert said(answer) == ["Nobody approves what they requested themselves."]
    assert not CreditLot.objects.filter(nature="granted").exists()


def test_billing_asks_and_does_not_approve_auditors_do_neither(billing, account):
    request = ask(account, 1)
    url = act_address(PostingRequest, "approve", request)
    assert billing.get(url).status_code == 403
    auditor = staff("auditor")[1]
    assert auditor.get(url).status_code == 403
    for name in ("grant", "refund", "consent", "hold", "write_off"):
        assert auditor.get(act_address(Wallet, name, wallet_of(account))).status_code == 403
        assert (
            staff("support")[1].get(act_address(Wallet, name, wallet_of(account))).status_code
            == 403
        )


def test_a_proof_of_who_one_is_is_asked_for_before_money_moves(account, settings):
    settings.STAFF_SESSION_IDLE_SECONDS = 3600
    browser = staff("billing", ago=31 * 60)[1]
    answer = browser.get(act_address(Wallet, "hold", wallet_of(account)))
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    # Asking moves nothing.
    assert browser.get(act_address(Wallet, "grant", wallet_of(account))).status_code == 200


def test_a_request_is_turned_down_or_taken_back(account, billing):
    person, browser = staff("billing")
    own, other = ask(account, 1, asked_by=person), ask(account, 2)
    answer = confirm(browser, act_address(PostingRequest, "turn_down", own), reason="By mistake")
    assert said(answer) == ["Turned down."]
    answer = confirm(browser, act_address(PostingRequest, "turn_down", other), reason="No no no")
    assert said(answer) == ["Your group may not do this. Ask a supervisor."]
    page = browser.get(address(PostingRequest, "change", own.pk)).text
    assert "By mistake" in page
    assert "Approve…" not in page
    assert "Decided already" in browser.get(act_address(PostingRequest, "turn_down", own)).text


# -- policies ------------------------------------------------------------------------------


def test_a_policy_is_proposed_approved_by_another_and_used(billing, supervisor, account):
    clause = make_clause("6")
    url = address(RefundPolicy, "propose")
    answers = {
        "name": "fourteen-days",
        "text_zh_hans": "十四天内可退。",
        "text_en": "Refunded within fourteen days.",
        "most": "50",
        "days": "14",
        "clause": clause.pk,
    }
    confirm(billing, url, **answers)
    policy = RefundPolicy.objects.get()
    assert (policy.version, policy.most) == (1, yuan(50))
    refunding = act_address(Wallet, "refund", wallet_of(account))
    assert "fourteen-days" not in billing.get(refunding).text
    confirm(supervisor, act_address(RefundPolicy, "approve", policy))
    assert "fourteen-days 1" in billing.get(refunding).text
    confirm(billing, url, **answers)
    assert RefundPolicy.objects.filter(version=2).count() == 1
    over = {"basis": f"policy:{policy.pk}", "amount": "51", "reason": "They asked"}
    seen = billing.get(refunding).context["seen"]
    answer = billing.post(refunding, {"seen": seen, **over})
    assert "covers at most ¥50.00 per refund" in answer.text


def test_whoever_proposed_a_policy_does_not_approve_it():
    person, browser = staff("supervisor")
    policy = refunds.propose_policy(
        name="p",
        text_zh_hans="可退",
        text_en="Refunded",
        most=yuan(1),
        days=None,
        in_force_from=now(),
        in_force_until=None,
        clause=make_clause("6"),
        proposed_by=person,
    )
    answer = confirm(browser, act_address(RefundPolicy, "approve", policy))
    assert said(answer) == ["Nobody approves what they proposed themselves."]


# -- the page ------------------------------------------------------------------------------


def test_the_page_shows_all_of_an_accounts_money(billing, account):
    granted(account, 20)
    spend(account, "35.5")
    ask(account, 7)
    money_in.hold(account=account, amount=yuan(5), key="h", at=now(), actor=None, memo="Disputed")
    page = billing.get(address(Wallet, "change", account.pk)).text
    for amount in ("79.50", "100.00", "5.00", "7.00"):
        assert f"¥\u00a0{amount}" in page, amount
    assert "polyline" in page
    assert " style=" not in page
    assert "Disputed" in page
    assert billing.get(f"/admin/billing/wallet/{account.pk}/", follow=True).status_code == 200
    there = billing.get(f"/admin/accounts/account/{account.pk}/change/").text
    assert address(Wallet, "change", account.pk) in there
    other = staff("support")[1].get(f"/admin/accounts/account/{account.pk}/change/").text
    assert address(Wallet, "change", account.pk) not in other


def test_an_account_that_never_had_money_has_a_page_too(billing):
    account = make_account()
    page = billing.get(address(Wallet, "change", account.pk))
    assert page.status_code == 200
    assert "Grant credit…" in page.text
    assert not Wallet.objects.exists()
    assert billing.get(address(Wallet, "change", 999_999_999), follow=True).redirect_chain
