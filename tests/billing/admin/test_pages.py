"""Every page of money: for whom it opens, what it says, and that it can be listed."""

import pytest
from django.contrib import admin
from django.urls import reverse

from billing import decisions
from billing.models import (
    Charge,
    CreditLot,
    Entry,
    Invoice,
    Journal,
    LedgerAccount,
    LegRule,
    PostingRequest,
    RefundConsent,
    RefundPolicy,
    TaxRate,
    Wallet,
)
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
SHOWN = [
    Journal,
    Entry,
    Wallet,
    CreditLot,
    Charge,
    PostingRequest,
    LedgerAccount,
    LegRule,
    TaxRate,
]
EMPTY_ADDS = [Invoice, RefundPolicy, RefundConsent]


def address(model, page="changelist", *args):
    return reverse(f"admin:billing_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def account():
    account = make_account(name="李华")
    paid_in(account, 1000)
    granted(account, 20)
    spend(account, "35.5")
    decisions.request_grant(
        account=account,
        amount=yuan(7),
        expires_at=None,
        reason="Apology",
        requested_by=make_requester(),
    )
    return account


@pytest.mark.parametrize("model", SHOWN)
def test_lists_and_records_open_for_billing_and_auditors_and_nobody_else(account, model):
    record = model.objects.order_by("pk").first()
    for group, status in [("billing", 200), ("auditor", 200), ("support", 403)]:
        browser = staff(group)[1]
        assert browser.get(address(model)).status_code == status
        page = browser.get(address(model, "change", record.pk))
        assert page.status_code == status
        assert b" style=" not in page.content
        assert b'name="_save"' not in page.content


@pytest.mark.parametrize("model", [*SHOWN, RefundConsent, RefundPolicy])
def test_nothing_is_added_or_changed_by_hand(account, model):
    browser = staff(is_superuser=True)[1]
    assert browser.get(address(model, "add")).status_code == 403
    record = model.objects.order_by("pk").first()
    if record is not None:
        assert browser.post(address(model, "change", record.pk), {}).status_code == 403


def test_every_model_of_money_that_staff_need_has_a_page():
    registered = {model for model in admin.site._registry if model._meta.app_label == "billing"}
    assert registered >= {*SHOWN, *EMPTY_ADDS}
