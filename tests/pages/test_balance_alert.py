"""Choosing below which balance to be told, and seeing that it is low."""

import pytest
from django.urls import reverse

from billing.alerts import threshold_of
from tests.billing.making import paid_in, spend, yuan
from tests.notices.making import give_role, make_organization


@pytest.fixture
def account(person):
    return make_organization(person, name="Harbour Ltd")


@pytest.fixture
def address(client, person, account):
    client.force_login(person)
    return reverse("money_alert", args=[account.public_id])


def text(client, address):
    return " ".join(client.get(address).content.decode().replace("\u00a0", " ").split())


def test_it_is_set_changed_and_switched_off(client, account, address):
    assert 'value="10.00"' in text(client, address)
    for written, kept in (("120.5", yuan("120.5")), ("", None), ("￥1，000", yuan(1000))):
        page = client.post(address, {"threshold": written}, follow=True)
        assert "The alert is set." in page.content.decode()
        assert threshold_of(account) == kept
    assert "¥ 1,000.00" in text(client, address)


@pytest.mark.parametrize("written", ["0", "-1", "1e400", "1.001", "many", "9" * 24])
def test_what_is_no_amount_comes_back(client, account, address, written):
    page = client.post(address, {"threshold": written})
    assert "errorlist" in page.content.decode()
    assert f'value="{written}"' in page.content.decode()
    assert threshold_of(account) == yuan(10)


def test_a_developer_does_not_set_it(client, person, account, address):
    give_role(person, "developer")
    assert client.post(address, {"threshold": "5"}).status_code == 403
    assert threshold_of(account) == yuan(10)


def test_the_account_page_says_that_the_balance_is_low(client, person, account, address):
    home = reverse("account", args=[account.public_id])
    paid_in(account, 12)
    assert "The balance is low" not in text(client, home)
    spend(account, 5)
    found = text(client, home)
    assert "The balance is low" in found
    assert "¥ 10.00" in found
    client.post(address, {"threshold": ""})
    assert "The balance is low" not in text(client, home)
