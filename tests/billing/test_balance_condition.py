"""Nothing left to spend withholds access at once; money coming in gives it back at once."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from accounts.conditions import label_of
from accounts.models import Condition, ServiceClient
from billing import charging, decisions, money_in
from billing.charging import Verdict
from billing.models import Charge, Journal
from common.clock import now
from tests.accounts.making import make_person, make_service
from tests.billing.making import (
    granted,
    line,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    spend,
    yuan,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(client):
    """What the gateway is told about an account."""
    service = make_service()
    _client, token = ServiceClient.issue(
        name="gateway", scopes=["access:read"], created_by=make_person()
    )

    def decision(account):
        response = client.get(
            "/api/v1/access",
            {"account": account.public_id, "service": service.slug},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert response.status_code == 200
        return response.json()

    return decision


def test_the_last_of_the_balance_withholds_access_and_a_top_up_gives_it_back(decision):
    account = make_account()
    paid_in(account, 10)
    assert decision(account)["decision"] == "allow"

    spend(account, 10)
    denied = decision(account)
    assert (denied["decision"], denied["code"], denied["clause"]) == ("deny", "condition", "6")
    assert denied["reason"]["zh-Hans"] == "账号余额不足。充值后立即恢复使用。"
    assert denied["reason"]["en"].startswith("The account's balance is used up.")

    paid_in(account, "0.01")
    assert decision(account)["decision"] == "allow"


def test_something_left_is_enough(decision):
    account = make_account()
    paid_in(account, 10)
    spend(account, "9.999999")
    assert decision(account)["decision"] == "allow"


def test_a_refused_line_withholds_access_until_money_comes_in(decision):
    account = make_account()
    paid_in(account, 10)
    again = line(account, 11)

    for _time in range(2):
        assert charging.charge([again])[0].verdict is Verdict.NOT_ENOUGH
        assert decision(account)["code"] == "condition"
    paid_in(account, 1)
    assert decision(account)["decision"] == "allow"
    assert charging.charge([again])[0].verdict is Verdict.ACCEPTED
    assert decision(account)["code"] == "condition"
    assert Condition.objects.filter(account=account, source="balance_spent").count() == 2


def test_an_account_that_never_paid_is_denied_from_its_first_refused_line(decision):
    account, other = make_account(), make_account()
    paid_in(other, 1)
    charging.charge([line(account, 1), line(other, "0.5")])
    assert decision(account)["code"] == "condition"
    assert decision(other)["decision"] == "allow"


def test_granted_credit_gives_access_back(decision):
    account = make_account()
    spend(account, 1)
    assert decision(account)["code"] == "condition"
    granted(account, 5)
    assert decision(account)["decision"] == "allow"


def test_money_put_aside_cannot_be_spent_until_it_is_released(decision):
    account = make_account()
    paid_in(account, 10)
    held = money_in.hold(
        account=account, amount=yuan(10), key="hold", at=now(), actor=None, memo=""
    )
    assert decision(account)["code"] == "condition"
    money_in.release(held=held, actor=None, memo="")
    assert decision(account)["decision"] == "allow"


def test_a_correction_gives_access_back(decision):
    account = make_account()
    paid_in(account, 10)
    charged = Charge.objects.get(pk=spend(account, 10).charge).journal
    request = decisions.request_correction(
        journal=charged, reason="Rated twice", case_reference="1", requested_by=make_requester()
    )
    assert decision(account)["code"] == "condition"
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert decision(account)["decision"] == "allow"


def test_credit_that_expires_withholds_access(decision, clock):
    account = make_account()
    granted(account, 5, expires_at=now() + timedelta(days=30))
    clock.advance(days=31)
    assert decision(account)["decision"] == "allow"
    money_in.expire_due(at=now())
    assert decision(account)["code"] == "condition"


def test_expired_credit_nobody_took_yet_gives_no_access_back(decision, clock):
    account = make_account()
    granted(account, 5, expires_at=now() + timedelta(days=30))
    paid_in(account, 1)
    held = money_in.hold(
        account=account, amount=yuan("5.5"), key="hold", at=now(), actor=None, memo=""
    )
    clock.advance(days=31)
    assert spend(account, "0.5").verdict is Verdict.ACCEPTED
    assert decision(account)["code"] == "condition"
    money_in.release(held=held, actor=None, memo="")
    assert decision(account)["decision"] == "allow"


def test_what_fails_leaves_no_condition_behind(decision):
    account = make_account()
    journal = paid_in(account, 10)
    spend(account, 4)
    request = decisions.request_correction(
        journal=journal, reason="Not ours", case_reference="2", requested_by=make_requester()
    )
    with pytest.raises(decisions.NotEnough):
        decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert not Condition.objects.filter(account=account).exists()
    assert Journal.objects.filter(kind="correction").count() == 0


def test_staff_read_what_it_is():
    with override("en"):
        assert label_of("balance_spent") == "balance spent"
