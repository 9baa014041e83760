"""Customers ask for fees back, staff answer: who, when, how much, one at a time."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate

from accounts.exceptions import NotAllowed, ReasonMissing
from billing import applications, decisions, refunds
from billing.exceptions import ApplicationRefused, NotAnAmount, NotRefundable
from billing.models import (
    ApplicationState,
    Invoice,
    RefundApplication,
    RefundApplicationAnswer,
    RefundPolicy,
)
from common.clock import now
from tests.accounts.making import make_clause, make_person
from tests.billing.making import make_approver, make_requester, paid_in, spend, yuan
from tests.notices.making import make_organization
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_person()


@pytest.fixture
def account(owner):
    account = make_organization(owner)
    paid_in(account, 100)
    spend(account, 40)
    return account


@pytest.fixture
def policy():
    policy = RefundPolicy.record(
        name="first-days",
        version=1,
        text_zh_hans="七日内未使用的充值可以退还。",
        text_en="What is not used within seven days is refunded.",
        most=yuan(1000),
        in_force_from=now() - timedelta(days=1),
        clause=make_clause("6"),
        proposed_by=make_requester(),
    )
    refunds.approve_policy(policy=policy, approved_by=make_approver())
    return policy


def ask(account, by, amount=50, **fields):
    return applications.apply(
        account=account,
        amount=yuan(amount),
        asked_by=by,
        **{"reason": "We moved elsewhere.", "at": now(), **fields},
    )


def prepare(application, policy, amount=50, by=None):
    return applications.prepare(
        application=application,
        amount=yuan(amount),
        reason="Within the policy",
        prepared_by=by or make_requester(),
        policy=policy,
    )


def state_of(application):
    return RefundApplication.objects.with_answers().get(pk=application.pk).state


def waiting():
    return set(RefundApplication.objects.waiting())


def still_open():
    return set(RefundApplication.objects.open())


def test_what_was_asked_is_kept_and_waits_for_staff(account, owner):
    application = ask(account, owner)
    assert application.amount == yuan(50)
    assert application.refundable == yuan(60)
    assert state_of(application) is ApplicationState.WAITING
    assert waiting() == still_open() == {application}


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_only_roles_that_act_on_money_ask(account, role):
    member = make_person()
    account.memberships.create(user=member, role=role)
    with pytest.raises(NotAllowed):
        ask(account, member)


def test_strangers_neither_ask_nor_take_back(account, owner):
    with pytest.raises(NotAllowed):
        ask(account, make_person())
    with pytest.raises(NotAllowed):
        applications.withdraw(application=ask(account, owner), withdrawn_by=make_person())


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"amount": "60.01"}, NotRefundable),
        ({"amount": 0}, NotAnAmount),
        ({"amount": "0.001"}, NotAnAmount),
        ({"reason": "  "}, ReasonMissing),
    ],
)
def test_what_cannot_be_asked(account, owner, fields, error):
    with pytest.raises(error):
        ask(account, owner, **fields)


def test_what_was_invoiced_cannot_be_asked_for(account, owner):
    Invoice.record(
        number="1",
        account=account,
        amount=yuan(70),
        issued_on=localdate(now()),
        recorded_by=make_person(),
    )
    with pytest.raises(NotRefundable):
        ask(account, owner, amount="30.01")
    assert ask(account, owner, amount=30).refundable == yuan(30)


def test_a_prepared_refund_is_decided_and_paid_by_a_second_person(account, owner, policy):
    application = ask(account, owner)
    answer = prepare(application, policy)
    assert state_of(application) is ApplicationState.DECIDING
    assert (waiting(), still_open()) == (set(), {application})
    assert answer.request.case_reference == application.public_id
    decisions.approve(request=answer.request, approved_by=make_approver(), at=now())
    assert state_of(application) is ApplicationState.REFUNDED
    assert still_open() == set()
    account.wallet.refresh_from_db()
    assert account.wallet.paid == yuan(10)
    # Over, so the customer may ask again.
    ask(account, owner, amount=10)


def test_turned_down_by_the_second_person_it_waits_for_staff_again(account, owner, policy):
    application = ask(account, owner)
    answer = prepare(application, policy)
    decisions.reject(request=answer.request, rejected_by=make_approver(), reason="Wrong basis")
    assert state_of(application) is ApplicationState.WAITING
    assert waiting() == {application}
    with pytest.raises(ApplicationRefused):
        ask(account, owner, amount=1)
    prepare(application, policy, amount=20)
    assert state_of(application) is ApplicationState.DECIDING


def test_declined_with_a_reason_the_customer_reads(account, owner):
    application = ask(account, owner)
    clerk = make_requester()
    with pytest.raises(ReasonMissing):
        applications.decline(application=application, declined_by=clerk, reason_en=" ")
    answer = applications.decline(
        application=application, declined_by=clerk, reason_en="It is in use."
    )
    assert answer.reason_in("zh-hans") == "It is in use."
    assert state_of(application) is ApplicationState.DECLINED
    assert waiting() == still_open() == set()
    ask(account, owner)


def test_taken_back_while_it_waits_but_not_while_it_is_decided(account, owner, policy):
    application = ask(account, owner)
    applications.withdraw(application=application, withdrawn_by=owner)
    assert state_of(application) is ApplicationState.WITHDRAWN
    with pytest.raises(ApplicationRefused):
        applications.withdraw(application=application, withdrawn_by=owner)
    second = ask(account, owner)
    prepare(second, policy)
    with pytest.raises(ApplicationRefused):
        applications.withdraw(application=second, withdrawn_by=owner)
    with pytest.raises(ApplicationRefused):
        applications.decline(application=second, declined_by=make_requester(), reason_en="No.")


def test_staff_prepare_no_more_than_was_asked_for_and_need_the_permission(account, owner, policy):
    application = ask(account, owner)
    with pytest.raises(NotRefundable):
        prepare(application, policy, amount=51)
    for act in (
        lambda: prepare(application, policy, by=owner),
        lambda: applications.decline(application=application, declined_by=owner, reason_en="No."),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert state_of(application) is ApplicationState.WAITING


# -- what the database refuses ---------------------------------------------------------------


def insert(table, **values):
    columns = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(values.values()))


def insert_application(account, owner):
    insert(
        "billing_refundapplication",
        public_id=f"rfa_{RefundApplication.objects.count()}",
        account_id=account.pk,
        amount=1,
        refundable=1,
        reason="x",
        asked_by_id=owner.pk,
    )


def insert_answer(application, by, kind="declined", request=None):
    insert(
        "billing_refundapplicationanswer",
        application_id=application.pk,
        kind=kind,
        request_id=request and request.pk,
        reason_zh_hans="",
        reason_en="No.",
        answered_by_id=by.pk,
    )


def test_the_database_keeps_one_open_at_a_time(account, owner):
    application = ask(account, owner)
    with pytest.raises(DatabaseError, match="has an open refund application"):
        insert_application(account, owner)
    insert_application(make_organization(owner), owner)
    insert_answer(application, owner)
    insert_application(account, owner)


def test_the_database_takes_no_answer_out_of_turn(account, owner, policy):
    application = ask(account, owner)
    prepare(application, policy)
    with pytest.raises(DatabaseError, match="is being decided"):
        insert_answer(application, owner)
    other = make_organization(owner)
    paid_in(other, 100)
    theirs = ask(other, owner)
    insert_answer(theirs, owner)
    with pytest.raises(DatabaseError, match="is over"):
        insert_answer(theirs, owner)


def test_the_database_takes_only_a_refund_of_what_was_asked_for(account, owner, policy):
    application = ask(account, owner)
    clerk = make_requester()

    def refund(of, amount):
        return decisions.request_refund(
            account=of, amount=yuan(amount), reason="x", requested_by=clerk, policy=policy
        )

    grant = decisions.request_grant(
        account=account, amount=1, expires_at=None, reason="x", requested_by=clerk
    )
    for request in (refund(account, 51), refund(make_organization(owner), 1), grant):
        with pytest.raises(DatabaseError, match="is no refund of what was applied for"):
            insert_answer(application, clerk, "prepared", request)
    insert_answer(application, clerk, "prepared", refund(account, 50))


@pytest.mark.parametrize("table", [RefundApplication, RefundApplicationAnswer])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_is_changed_or_removed(table, statement):
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table._meta.db_table))


# -- at once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_is_heard(account, owner):
    came_to = together(*[lambda: ask(account, owner, amount=1)] * 8)
    assert len(refusals(came_to)) == 7
    assert RefundApplication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_taken_back_and_prepared_at_once_only_one_comes_about(account, owner, policy):
    application, clerk = ask(account, owner), make_requester()
    came_to = together(
        lambda: applications.withdraw(application=application, withdrawn_by=owner),
        lambda: prepare(application, policy, by=clerk),
        lambda: applications.decline(application=application, declined_by=clerk, reason_en="No."),
    )
    assert len(refusals(came_to)) == 2
    assert application.answers.count() == 1
