"""Two people edit one record: the second compares, chooses and loses nothing."""

import re

import pytest
from django.urls import reverse

from accounts.exceptions import NotAllowed
from accounts.models import Account
from tests.accounts.making import make_account

pytestmark = pytest.mark.django_db


def opened(client, account):
    """The form as the person got it: its hidden values and its fields."""
    page = client.get(address(account)).content.decode()
    form = page[page.index('id="account_form"') :]
    values = dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', form))
    return {key: value for key, value in values.items() if not key.startswith("_")}


def address(account):
    return reverse("admin:accounts_account_change", args=[account.pk])


@pytest.fixture
def account():
    return make_account(name="Before", time_zone="Asia/Shanghai")


def test_one_editor_saves(desk, account):
    client = desk("support")
    answer = client.post(address(account), {**opened(client, account), "name": "After"})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.name, account.edition) == ("After", 2)


def test_the_second_gets_the_conflict_page_and_nothing_is_overwritten(desk, account):
    first, second = desk("support"), desk("support")
    theirs, mine = opened(first, account), opened(second, account)
    first.post(address(account), {**theirs, "name": "Theirs"})
    answer = second.post(address(account), {**mine, "name": "Mine", "time_zone": "Europe/Berlin"})
    page = answer.content.decode()
    assert answer.status_code == 409
    for word in ("Before", "Theirs", "Mine", "Europe/Berlin"):
        assert word in page
    account.refresh_from_db()
    assert (account.name, account.time_zone, account.edition) == ("Theirs", "Asia/Shanghai", 2)


def conflict(desk, account, mine):
    """Brings `mine` into conflict with somebody who renamed the account."""
    first, second = desk("support"), desk("support")
    theirs, read = opened(first, account), opened(second, account)
    first.post(address(account), {**theirs, "name": "Theirs"})
    answer = second.post(address(account), {**read, **mine})
    carried = re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', answer.content.decode())
    return second, dict(carried)


@pytest.mark.parametrize(("choice", "name"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_what_one_chooses_is_saved(desk, account, choice, name):
    client, carried = conflict(desk, account, {"name": "Mine", "time_zone": "Europe/Berlin"})
    choices = {"keep-name": choice, "keep-time_zone": "mine"}
    assert client.post(address(account), {**carried, **choices}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.time_zone, account.edition) == (name, "Europe/Berlin", 3)


def test_a_field_only_they_changed_is_kept_theirs(desk, account):
    client, carried = conflict(desk, account, {"time_zone": "Europe/Berlin"})
    choices = {"keep-name": "theirs", "keep-time_zone": "mine"}
    assert client.post(address(account), {**carried, **choices}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.time_zone) == ("Theirs", "Europe/Berlin")


def test_no_choice_is_no_answer(desk, account):
    client, carried = conflict(desk, account, {"name": "Mine"})
    assert client.post(address(account), carried).status_code == 409
    account.refresh_from_db()
    assert account.name == "Theirs"


def test_a_third_save_in_between_asks_again(desk, account):
    client, carried = conflict(desk, account, {"name": "Mine"})
    third = desk("support")
    third.post(address(account), {**opened(third, account), "name": "Third"})
    answer = client.post(address(account), {**carried, "keep-name": "mine"})
    assert answer.status_code == 409
    assert "Third" in answer.content.decode()
    assert Account.objects.get(pk=account.pk).name == "Third"


def test_a_form_that_does_not_say_what_it_read_conflicts(desk, account):
    client = desk("support")
    bare = {key: value for key, value in opened(client, account).items() if key != "edition_read"}
    assert client.post(address(account), {**bare, "name": "Blind"}).status_code == 409
    assert Account.objects.get(pk=account.pk).name == "Before"


@pytest.mark.parametrize("forged", ["", "x", "²", "99999999999999"])
def test_a_forged_edition_conflicts(desk, account, forged):
    client = desk("support")
    form = {**opened(client, account), "name": "Forged", "edition_read": forged}
    assert client.post(address(account), form).status_code == 409


def test_a_refused_value_comes_back_with_its_sentence(desk, account):
    client = desk("support")
    form = {**opened(client, account), "time_zone": "Mars/Olympus"}
    answer = client.post(address(account), form)
    assert answer.status_code == 200
    assert "is not a time zone" in answer.content.decode()


def test_what_was_changed_is_in_the_timeline(desk, account):
    client = desk("support", name="Somebody")
    form = {**opened(client, account), "time_zone": "Europe/Berlin"}
    client.post(address(account), form)
    page = client.get(reverse("admin:accounts_account_history", args=[account.pk])).content.decode()
    assert "Somebody" in page
    assert "Europe/Berlin" in page


def test_a_refusal_by_a_rule_comes_back_with_what_was_typed(desk, account, monkeypatch):
    def refuse(*_arguments):
        raise NotAllowed("Not on a Sunday.")

    monkeypatch.setattr(Account, "claim_edition", refuse)
    client = desk("support")
    answer = client.post(address(account), {**opened(client, account), "name": "Typed"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Not on a Sunday." in page
    assert 'value="Typed"' in page
