"""Invoices noted by staff: what was invoiced is not refunded."""

import pytest
from django.utils.timezone import localdate

from billing import invoicing
from billing.exceptions import NotInvoiced
from billing.models import Invoice, Wallet
from billing.refunds import refundable
from common.clock import now
from tests.billing.admin.acting import address
from tests.billing.making import make_account, paid_in, yuan
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db
ADD = "/admin/billing/invoice/add/"


@pytest.fixture
def account():
    account = make_account(name="李华")
    paid_in(account, 100)
    return account


def note(browser, of, **changes):
    answers = {
        "number": "24312000",
        "account": of.public_id,
        "yuan": "80",
        "issued_on": localdate(now()).isoformat(),
        **changes,
    }
    return browser.post(ADD, answers, follow=True)


def test_an_invoice_is_noted_and_lowers_what_is_refundable(account):
    person, browser = staff("billing")
    answer = note(browser, account)
    assert answer.redirect_chain, answer.text
    invoice = Invoice.objects.get()
    assert (invoice.account, invoice.amount, invoice.recorded_by) == (account, yuan(80), person)
    assert refundable(account).most == yuan(20)
    note(browser, account, number="R1", yuan="-30.5", account="李华")
    assert Invoice.objects.get(number="R1").amount == yuan("-30.5")
    page = browser.get("/admin/billing/invoice/").text
    assert "red letter" in page
    assert "-¥\u00a030.50" in page
    assert refundable(account).most == yuan("50.5")
    assert browser.get(address(Invoice, "change", invoice.pk)).status_code == 200
    assert "24312000" in browser.get(address(Wallet, "change", account.pk)).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "known"}, "already exists"),
        ({"issued_on": "2999-01-01"}, "It is dated in the future."),
        ({"yuan": "-91"}, "takes back at most what has been invoiced"),
        ({"yuan": "0"}, "The amount cannot be nothing"),
        ({"yuan": "1.001"}, "nothing smaller than a fen"),
        ({"yuan": "a lot"}, "Write an amount in yuan"),
        ({"account": "nobody at all"}, "No account is found by that"),
        ({"account": "李"}, "Several accounts are found by that"),
    ],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(account, changes, sentence):
    make_account(name="李明")
    person, browser = staff("billing")
    invoicing.record_invoice(
        account=account,
        number="known",
        amount=yuan(90),
        issued_on=localdate(now()),
        recorded_by=person,
        at=now(),
    )
    answer = note(browser, account, **changes)
    assert not answer.redirect_chain
    assert sentence in answer.text
    assert 'value="24312000"' in answer.text or "number" in changes
    assert Invoice.objects.count() == 1


def test_only_those_who_may_note_invoices(account):
    for group in ("auditor", "support", "compliance"):
        browser = staff(group)[1]
        assert browser.get(ADD).status_code == 403
        assert note(browser, account).status_code == 403
    assert not Invoice.objects.exists()


def test_invoices_are_never_changed(account):
    person, browser = staff(is_superuser=True)
    invoice = invoicing.record_invoice(
        account=account,
        number="1",
        amount=yuan(9),
        issued_on=localdate(now()),
        recorded_by=person,
        at=now(),
    )
    assert browser.post(address(Invoice, "change", invoice.pk), {"number": "2"}).status_code == 403
    with pytest.raises(NotInvoiced):
        invoicing.record_invoice(
            account=account,
            number=" 1 ",
            amount=yuan(9),
            issued_on=localdate(now()),
            recorded_by=person,
            at=now(),
        )
