"""Refund applications at the desk: the queue, preparing, declining, who may."""

import pytest
from django.urls import reverse

from accounts.models import Membership
from billing import applications
from billing.models import ApplicationState, PostingRequest, RefundApplication
from common.clock import now
from tests.accounts.making import make_clause, make_person
from tests.billing.making import make_approver, make_requester, paid_in, yuan
from tests.desk.signing_in import staff
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/refundapplication/"


@pytest.fixture
def application():
    owner = make_person()
    account = make_organization(owner, name="Harbour Ltd")
    paid_in(account, 100)
    return applications.apply(
        account=account, amount=yuan(40), reason="We moved", asked_by=owner, at=now()
    )


@pytest.fixture
def policy():
    from billing import refunds
    from billing.models import RefundPolicy

    policy = RefundPolicy.record(
        name="first-days",
        version=1,
        text_zh_hans="七日",
        text_en="Seven days",
        most=yuan(50),
        in_force_from=now(),
        clause=make_clause("6"),
        proposed_by=make_requester(),
    )
    refunds.approve_policy(policy=policy, approved_by=make_approver())
    return policy


def act(client, name, application, **answers):
    address = f"{LIST}acts/{name}/?pks={application.pk}"
    seen = client.get(address).context["seen"]
    return client.post(address, {"seen": seen, **answers}, follow=True)


def state():
    return RefundApplication.objects.with_answers().get().state


def test_the_queue_counts_those_that_wait(application):
    _user, client = staff("billing")
    page = client.get("/admin/").content.decode()
    assert f"{LIST}?standing=waiting" in page
    page = client.get(LIST, {"standing": "waiting"}).content.decode()
    assert application.public_id in page
    applications.decline(application=application, declined_by=make_requester(), reason_en="No.")
    page = client.get(LIST, {"standing": "waiting"}).content.decode()
    assert application.public_id not in page
    assert "declined" in client.get(LIST).content.decode()


def test_a_refund_is_prepared_on_a_policy(application, policy):
    user, client = staff("billing")
    address = f"{LIST}acts/prepare/?pks={application.pk}"
    page = client.get(address).content.decode()
    assert "asked for ¥40.00" in page
    assert 'value="40.00"' in page
    answers = {"basis": f"policy:{policy.pk}", "amount": "30", "reason": "Within the policy"}
    page = act(client, "prepare", application, **answers)
    assert "waits for somebody else to approve it" in page.content.decode()
    request = PostingRequest.objects.get(kind="refund")
    assert (request.amount, request.requested_by) == (yuan(30), user)
    assert request.case_reference == application.public_id
    assert state() is ApplicationState.DECIDING
    assert "acts/prepare" not in page.content.decode()


@pytest.mark.parametrize(
    "answers",
    [
        {"amount": "40.01"},
        {"amount": "x"},
        {"amount": "-1"},
        {"basis": "policy:0"},
        {"basis": ""},
        {"reason": ""},
    ],
)
def test_what_is_not_prepared(application, policy, answers):
    _user, client = staff("billing")
    good = {"basis": f"policy:{policy.pk}", "amount": "30", "reason": "Within the policy"}
    page = act(client, "prepare", application, **{**good, **answers})
    assert page.status_code == 200
    assert not PostingRequest.objects.filter(kind="refund").exists()
    assert state() is ApplicationState.WAITING


def test_without_a_basis_staff_are_told_what_to_do(application):
    _user, client = staff("billing")
    page = client.get(f"{LIST}acts/prepare/?pks={application.pk}").content.decode()
    assert "record a written consent for the account first" in page


def test_declined_with_a_reason(application):
    _user, client = staff("billing")
    act(client, "decline", application, reason_zh_hans="", reason_en="")
    assert state() is ApplicationState.WAITING
    page = act(client, "decline", application, reason_zh_hans="仍在使用", reason_en="")
    assert "is declined" in page.content.decode()
    assert RefundApplication.objects.get().answers.get().reason_in("en") == "仍在使用"
    assert "仍在使用" in client.get(f"{LIST}{application.pk}/change/").content.decode()


@pytest.mark.parametrize(("group", "sees"), [("auditor", True), ("support", False)])
def test_others_answer_nothing(application, group, sees):
    _user, client = staff(group)
    assert client.get(LIST).status_code == (200 if sees else 403)
    address = reverse("admin:billing_refundapplication_change", args=[application.pk])
    assert client.get(address).status_code == (200 if sees else 403)
    for name in ("prepare", "decline"):
        assert client.get(f"{LIST}acts/{name}/?pks={application.pk}").status_code == 403


def test_the_list_costs_the_same_however_many(application, django_assert_max_num_queries):
    owner = Membership.objects.get(account=application.account).user
    for number in range(10):
        account = make_organization(owner, name=f"No. {number}")
        paid_in(account, 10)
        applications.apply(account=account, amount=yuan(4), reason="Why", asked_by=owner, at=now())
    _user, client = staff("billing")
    client.get(LIST)
    with django_assert_max_num_queries(22):
        client.get(LIST)
