"""What is forecast is what is posted, and what is refused is foreseen with its sentence."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils.timezone import localdate

from billing import decisions, money_in, refunds
from billing.account_money import days_of
from billing.exceptions import NotEnough, NotRefundable, NotReversible
from billing.forecasts import balances_of, forecast, left_of
from billing.models import CreditLot, Kind, OpenRequest, PostingRequest, Wallet
from common.clock import now
from tests.accounts.making import make_clause
from tests.billing.making import (
    granted,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    spend,
    yuan,
)

pytestmark = pytest.mark.django_db


def approve(request):
    return decisions.approve(request=request, approved_by=make_approver(), at=now())


def consent_to(account, cap=500, **fields):
    return refunds.record_consent(
        **{
            "account": account,
            "document": b"%PDF-1",
            "signatory": "Wang",
            "signed_on": localdate(now()),
            "clause": make_clause("6.2"),
            "cap": yuan(cap),
            "expires_at": now() + timedelta(days=30),
            "recorded_by": make_requester(),
            "at": now(),
            **fields,
        }
    )


def policy_of(most, days=None, approved=True):
    policy = refunds.propose_policy(
        name="p",
        text_zh_hans="可退",
        text_en="Refunded",
        most=yuan(most),
        days=days,
        in_force_from=now(),
        in_force_until=None,
        clause=make_clause("6.2"),
        proposed_by=make_requester(),
    )
    if approved:
        refunds.approve_policy(policy=policy, approved_by=make_approver())
    return policy


def refund(account, amount, **basis):
    return decisions.request_refund(
        account=account,
        amount=yuan(amount),
        reason="Agreed",
        requested_by=make_requester(),
        **basis,
    )


def requests_of_every_kind(account):
    """One after the other, each to be approved before the next is asked for."""
    yield decisions.request_grant(
        account=account,
        amount=yuan(7),
        expires_at=None,
        reason="Apology",
        requested_by=make_requester(),
    )
    yield refund(account, 33, consent=consent_to(account))
    yield decisions.request_correction(
        journal=account.journals.filter(kind="charge").latest("pk"),
        reason="Twice",
        case_reference="T-1",
        requested_by=make_requester(),
    )


def test_what_is_forecast_is_what_is_posted():
    account = make_account()
    paid_in(account, 20)
    paid_in(account, 30)
    spend(account, 12)
    kinds = []
    for request in requests_of_every_kind(account):
        foreseen = forecast(request, at=now())
        assert foreseen.before == balances_of(account.pk)
        journal = approve(request)
        posted = [
            (e.account_id, e.amount, e.wallet_id, e.lot_id) for e in journal.entries.order_by("pk")
        ]
        legs = [(leg.account, leg.amount, leg.wallet, leg.lot) for leg in foreseen.legs]
        if request.kind == Kind.GRANT:  # whose lot is made with it
            posted = [leg[:3] for leg in posted]
            legs = [leg[:3] for leg in legs]
        assert sorted(posted) == sorted(legs)
        assert foreseen.after == balances_of(account.pk)
        kinds.append(request.kind)
    assert kinds == ["grant", "refund", "correction"]


def test_forecasting_writes_nothing():
    account = make_account()
    wanted = PostingRequest(kind=Kind.GRANT, account=account, amount=yuan(7))
    assert forecast(wanted, at=now()).after.granted == yuan(7)
    assert not CreditLot.objects.exists()
    assert not Wallet.objects.exists()


def test_what_was_spent_or_corrected_already_is_not_taken_back_again():
    account = make_account()
    top_up = paid_in(account, 20)
    ask = {"reason": "Twice", "case_reference": "T", "requested_by": make_requester()}
    request = decisions.request_correction(journal=top_up, **ask)
    spend(account, 1)
    with pytest.raises(NotEnough):
        forecast(request, at=now())
    charge = account.journals.get(kind="charge")
    first = decisions.request_correction(journal=charge, **ask)
    second = decisions.request_correction(journal=charge, **ask)
    approve(first)
    second = PostingRequest.objects.get(pk=second.pk)
    with pytest.raises(NotReversible):
        forecast(second, at=now())


def test_more_than_is_owed_is_not_written_off():
    account = make_account()
    paid_in(account, 1)
    wanted = PostingRequest(kind=Kind.WRITE_OFF, account=account, amount=yuan(5))
    with pytest.raises(NotEnough):
        forecast(wanted, at=now())


@pytest.mark.usefixtures("in_english")
def test_every_bound_of_a_refund_is_foreseen(clock):
    account, other = make_account(), make_account()
    paid_in(account, 40)
    clock.advance(days=20)
    paid_in(account, 60)
    consent, policy = consent_to(account, cap=70), policy_of(50, days=14)
    cases = [
        (refund(account, 71, consent=consent), "The consent covers ¥70.00 more."),
        (refund(other, 1, consent=consent), "about another account"),
        (refund(account, 51, policy=policy), "at most ¥50.00 per refund"),
    ]
    for request, sentence in cases:
        with pytest.raises(NotRefundable, match=sentence):
            forecast(request, at=now())
    approve(refund(account, 50, policy=policy))
    late = refund(account, 11, policy=policy)
    with pytest.raises(NotRefundable, match=r"within 14 days; of that ¥10.00 is left"):
        forecast(late, at=now())
    approve(refund(account, 30, consent=consent))
    assert left_of(consent) == yuan(40)
    with pytest.raises(NotRefundable, match=r"At most ¥20.00"):
        forecast(refund(account, 21, consent=consent), at=now())
    clock.advance(days=31)
    with pytest.raises(NotRefundable, match="expired"):
        forecast(refund(account, 1, consent=consent), at=now())


@pytest.mark.usefixtures("in_english")
def test_a_version_that_was_not_approved_or_is_replaced_is_not_in_force():
    account = make_account()
    paid_in(account, 40)
    first = policy_of(50)
    request = refund(account, 1, policy=first)
    forecast(request, at=now())
    unapproved = policy_of(60, approved=False)
    assert unapproved.version == 2
    with pytest.raises(NotRefundable, match="not in force"):
        forecast(refund(account, 1, policy=unapproved), at=now())
    refunds.approve_policy(policy=unapproved, approved_by=make_approver())
    with pytest.raises(NotRefundable, match="not in force"):
        forecast(request, at=now())


# -- requests that wait --------------------------------------------------------------------


def test_a_request_waits_until_it_is_decided_on():
    account = make_account()
    requests = [
        decisions.request_grant(
            account=account,
            amount=yuan(1),
            expires_at=None,
            reason="Welcome",
            requested_by=make_requester(),
        )
        for _turn in range(3)
    ]
    assert OpenRequest.objects.count() == 3
    approve(requests[0])
    decisions.reject(request=requests[1], rejected_by=make_approver(), reason="No")
    assert [one.request for one in OpenRequest.objects.all()] == [requests[2]]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM billing_openrequest",
        "UPDATE billing_openrequest SET kind = 'refund'",
        "INSERT INTO billing_openrequest VALUES (1, 'refund', 1)",
        "TRUNCATE billing_openrequest",
    ],
)
def test_nobody_takes_a_request_out_of_the_queue_by_hand(statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


# -- over time -----------------------------------------------------------------------------


def test_balance_and_spend_of_each_day(clock):
    account = make_account(time_zone="Asia/Shanghai")
    paid_in(account, 100)
    clock.advance(days=1)
    spend(account, 30)
    granted(account, 5)
    clock.advance(days=1)
    money_in.hold(account=account, amount=yuan(10), key="h", at=now(), actor=None, memo="")
    spend(account, 1)
    days = days_of(Wallet.objects.get(), at=now())
    assert len(days) == 90
    assert [(day.balance, day.spent) for day in days[-4:]] == [
        (0, 0),
        (yuan(100), 0),
        (yuan(75), yuan(30)),
        (yuan(64), yuan(1)),
    ]


def test_a_busier_account_is_plotted_for_fewer_days(clock, monkeypatch):
    monkeypatch.setattr("billing.account_money.MOST_READ", 5)
    account = make_account(time_zone="Asia/Shanghai")
    paid_in(account, 100)
    for _day in range(4):
        clock.advance(days=1)
        spend(account, 1)
        spend(account, 1)
    days = days_of(Wallet.objects.get(), at=now())
    assert [(day.balance, day.spent) for day in days] == [
        (yuan(94), yuan(2)),
        (yuan(92), yuan(2)),
    ]
