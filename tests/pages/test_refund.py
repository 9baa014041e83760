"""Asking for fees back: the rule, the figures, the answer."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import agreements, consent
from accounts.models import Acceptance, AgreementVersion, Membership
from billing import applications, decisions, refunds
from billing.models import PostingRequest, RefundApplication, RefundPolicy
from common.clock import now
from tests.accounts.making import make_clause
from tests.billing.making import granted, make_approver, make_requester, paid_in, spend, yuan
from tests.notices.making import make_organization

ARTICLES = "".join(f"{number}. Article {number}\nWords.\n" for number in range(1, 6))
FEES = {
    "en": "6. Fees\nFees paid are not refundable without consent.\n",
    "zh-hans": "6. 费用\n未经书面同意，已付费用不予退还。\n",
}


@pytest.fixture
def account(person):
    account = make_organization(person, name="Harbour Ltd")
    paid_in(account, 100)
    granted(account, 20)
    spend(account, 50)
    return account


@pytest.fixture
def address(account):
    return reverse("money_refund", args=[account.public_id])


@pytest.fixture
def customer(client, person):
    client.force_login(person)
    return client


def shown(client, address):
    return " ".join(client.get(address).content.decode().replace("\u00a0", " ").split())


def send(client, address, **fields):
    form = {"amount": "50", "reason": "We moved elsewhere.", "understood": "on", **fields}
    return client.post(address, form, follow=True)


def make_policy():
    policy = RefundPolicy.record(
        name="first-days",
        version=1,
        text_zh_hans="七日内未使用的充值可以退还。",
        text_en="What is not used within seven days is refunded.",
        most=yuan(30),
        days=7,
        in_force_from=now() - timedelta(days=1),
        clause=make_clause("6"),
        proposed_by=make_requester(),
    )
    refunds.approve_policy(policy=policy, approved_by=make_approver())
    return policy


def test_the_page_says_the_rule_the_figures_and_the_policies(customer, address):
    found = shown(customer, address)
    assert "not refundable, unless the platform consents in writing" in found
    assert "#6" in found
    assert '<p class="big"><span class="money">¥ 70.00</span>' in found
    assert "None at the moment" in found
    make_policy()
    found = shown(customer, address)
    assert "What is not used within seven days is refunded." in found
    assert "within 7 days" in found


def test_the_clause_is_the_one_agreed_to_not_the_newest(customer, person, account, address):
    for language, fees in FEES.items():
        for number in (1, 2):
            agreements.import_text(
                slug="terms",
                source=f"Terms\n{ARTICLES}{fees}{'Version 2.' * (number - 1)}\n".encode(),
                number=number,
                language=language,
                publish=number == 1,
            )
    terms = AgreementVersion.objects.get(number=1)
    consent.require(account=account, since=now())
    consent.accept(
        user=person,
        account=account,
        text=terms.text_in("en"),
        method=Acceptance.Method.PAGE,
        ip_address="127.0.0.1",
        user_agent="",
        at=now(),
    )
    found = shown(customer, address)
    assert "/agreements/terms/1/#6" in found
    assert "Fees paid are not refundable without consent." in found
    send(customer, address)
    assert RefundApplication.objects.get().clause == terms.clauses.get(number="6")


def test_asking_is_recorded_and_only_once(customer, person, account, address):
    found = send(customer, address, amount="¥ 1,0.50").content.decode()
    application = RefundApplication.objects.get()
    assert (application.amount, application.asked_by) == (yuan("10.5"), person)
    assert "waiting for an answer" in found
    assert 'name="amount"' not in found
    send(customer, address)
    assert RefundApplication.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": "70.01"},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "0.001"},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": "ten"},
        {"amount": "1\x00"},
        {"reason": ""},
        {"understood": ""},
    ],
)
def test_what_is_refused_comes_back_with_all_that_was_typed(customer, address, fields):
    found = send(customer, address, **fields).content.decode()
    assert not RefundApplication.objects.exists()
    assert "errorlist" in found
    if "reason" not in fields:
        assert "We moved elsewhere." in found


def test_taken_back_by_the_customer(customer, account, address):
    send(customer, address)
    application = RefundApplication.objects.get()
    withdraw = reverse("money_refund_withdraw", args=[account.public_id, application.public_id])
    assert withdraw in shown(customer, address)
    assert customer.get(withdraw).status_code == 405
    found = customer.post(withdraw, follow=True).content.decode()
    assert "withdrawn" in found
    assert 'name="amount"' in found


def test_the_customer_reads_why_it_was_declined(customer, account, address):
    send(customer, address)
    applications.decline(
        application=RefundApplication.objects.get(),
        declined_by=make_requester(),
        reason_zh_hans="余额仍在使用。",
        reason_en="The balance is in use.",
    )
    found = shown(customer, address)
    assert "declined" in found
    assert "The balance is in use." in found
    assert "余额仍在使用" not in found


def test_the_customer_sees_it_prepared_and_refunded(customer, account, address):
    send(customer, address, amount="30")
    answer = applications.prepare(
        application=RefundApplication.objects.get(),
        amount=yuan(25),
        reason="internal words",
        prepared_by=make_requester(),
        policy=make_policy(),
    )
    found = shown(customer, address)
    assert "a second person decides" in found
    assert "internal words" not in found
    request = PostingRequest.objects.get(refund_application_answer=answer)
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    found = shown(customer, address)
    assert '· refunded · <span class="money">¥ 25.00' in found


def test_other_tenants_and_other_roles_neither_read_nor_take_back(customer, person, account):
    theirs = make_organization(name="Theirs")
    owner = Membership.objects.create(user=make_requester(), account=theirs, role="owner").user
    paid_in(theirs, 10)
    application = applications.apply(
        account=theirs, amount=yuan(1), reason="Please", asked_by=owner, at=now()
    )
    for of in (theirs, account):
        address = reverse("money_refund_withdraw", args=[of.public_id, application.public_id])
        assert customer.post(address).status_code == 404
    Membership.objects.create(user=person, account=theirs, role="developer")
    address = reverse("money_refund_withdraw", args=[theirs.public_id, application.public_id])
    assert customer.post(address).status_code == 403
    assert RefundApplication.objects.open().get() == application


def test_without_anything_refundable_there_is_no_form(customer, person):
    poor = make_organization(person, name="Poor")
    found = shown(customer, reverse("money_refund", args=[poor.public_id]))
    assert "nothing that could be refunded" in found
    assert 'name="amount"' not in found
