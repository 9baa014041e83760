"""Topping up, as a customer sees it."""

import pytest
from django.test import Client

from accounts.models import Membership
from billing.models import PaymentOrder, Wallet
from billing.payments.loopback import Mischief
from tests.accounts.making import make_person
from tests.billing.making import yuan
from tests.billing.paying import order_of, pay
from tests.notices.making import make_customer, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(settings, tmp_path):
    written = settings.PAYMENT_PROVIDERS["loopback"]
    settings.PAYMENT_PROVIDERS = {"loopback": written | {"options": {"folder": str(tmp_path)}}}


@pytest.fixture
def customer():
    person, account = make_customer(language="en")
    browser = Client()
    browser.force_login(person)
    return browser, account


def top_up(browser, account, **answers):
    sent = {"provider": "loopback", "chosen": "100", "own": "", **answers}
    return browser.post(f"/money/{account.public_id}/top-up/", sent)


def test_from_a_chip_to_the_balance(customer, client):
    browser, account = customer
    assert browser.get("/money/top-up/").headers["Location"].endswith("/top-up/")
    answer = top_up(browser, account, chosen="500")
    order = PaymentOrder.objects.get()
    assert answer.headers["Location"] == f"/money/order/{order.public_id}/"
    page = browser.get(answer.headers["Location"]).content.decode()
    assert 'http-equiv="refresh"' in page
    assert order.pay_url in page
    pay(client, order)
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "http-equiv" not in page
    assert "has been credited" in page
    assert Wallet.objects.get(pk=account.pk).paid == yuan(500)


@pytest.mark.parametrize(
    ("own", "fen"), [("12.34", 1234), ("1,280.5", 128050), ("¥50000", 5000000)]
)
def test_ones_own_amount(customer, own, fen):
    browser, account = customer
    assert top_up(browser, account, own=own).status_code == 302
    assert PaymentOrder.objects.get().fen == fen


@pytest.mark.parametrize(
    "answers",
    [{"own": "0.5"}, {"own": "50000.01"}, {"own": "1.001"}, {"own": "NaN"}, {"own": "1e3000"},
     {"own": "-5"}, {"chosen": "other"}, {"chosen": "7"}, {"provider": "x"}, {"own": "\0"}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_paid_comes_back_with_a_sentence(customer, answers):
    browser, account = customer
    page = top_up(browser, account, **answers)
    assert page.status_code == 422
    assert b"errorlist" in page.content
    assert not PaymentOrder.objects.exists()


def test_only_who_handles_the_money(customer):
    _browser, account = customer
    developer, stranger = make_person(), make_person()
    organization = make_organization(developer, role="developer")
    for person, of, status in (
        (developer, organization, 403), (stranger, account, 404),
    ):  # fmt: skip
        browser = Client()
        browser.force_login(person)
        assert browser.get(f"/money/{of.public_id}/top-up/").status_code == status
        assert top_up(browser, of).status_code == status
        assert browser.get(f"/money/order/{order_of(account).public_id}/").status_code == 404
    assert Client().get(f"/money/{account.public_id}/top-up/").status_code == 302
    assert not PaymentOrder.objects.filter(account=organization).exists()


def test_what_is_held_says_so(customer, client):
    browser, account = customer
    order = order_of(account)
    pay(client, order, Mischief.WRONG_AMOUNT)
    page = browser.get(f"/money/order/{order.public_id}/").content.decode()
    assert "not what was ordered" in page


def test_the_loopback_page_takes_a_payment(customer, monkeypatch):
    browser, account = customer
    order = order_of(account)
    page = browser.get(f"/payments/loopback/pay/{order.public_id}/")
    assert page.status_code == 200
    # Its callback goes to an address where nobody listens: lost, as real ones are.
    answer = browser.post(f"/payments/loopback/pay/{order.public_id}/", {"mischief": "lost"})
    assert answer.headers["Location"] == f"/money/order/{order.public_id}/"
    stranger = Client()
    stranger.force_login(make_person())
    assert stranger.get(f"/payments/loopback/pay/{order.public_id}/").status_code == 404


def test_without_a_provider_one_is_told_to_pay_by_transfer(customer, settings):
    browser, account = customer
    settings.PAYMENT_PROVIDERS = {}
    page = browser.get(f"/money/{account.public_id}/top-up/").content.decode()
    assert "bank transfer" in page
    assert account.public_id in page
    assert browser.get(f"/payments/loopback/pay/pay_{'0' * 20}/").status_code == 404


def test_one_with_several_accounts_chooses(customer):
    browser, account = customer
    person = Membership.objects.get(account=account).user
    make_organization(person, name="Acme", role="billing")
    page = browser.get("/money/top-up/").content.decode()
    assert "Acme" in page
