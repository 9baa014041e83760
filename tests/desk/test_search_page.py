"""The one search box."""

import pytest
from django.urls import reverse

from accounts.models import ServiceClient
from tests.accounts.making import make_account, make_key, make_person

pytestmark = pytest.mark.django_db


def look_for(client, text):
    return client.get("/admin/search/", {"q": text})


@pytest.mark.parametrize("written", ["13912345678", "139 1234 5678", "+86 139-1234-5678"])
def test_a_phone_however_it_is_written(desk, written):
    make_person(name="Ada")
    person = make_person(name="Grace")
    type(person).objects.filter(pk=person.pk).update(phone="+8613912345678")
    page = look_for(desk("support"), written).content.decode()
    assert "Grace" in page
    assert "Ada" not in page


@pytest.mark.parametrize("text", ["lovel", "LOVEL", "ada@exam", "李", "李华"])
def test_part_of_a_name_or_e_mail(desk, text):
    make_person(name="Ada Lovelace", contact_email="ada@example.com")
    make_person(name="李华")
    make_person(name="100%_sure")
    page = look_for(desk("support"), text).content.decode()
    assert ("Lovelace" in page) != (
        "李华" in page.replace(f"“{text}”", "").replace(f'"{text}"', "")
    )
    assert "sure" not in page


def test_wildcards_are_letters(desk):
    make_person(name="100%_sure")
    make_person(name="Ada")
    page = look_for(desk("support"), "0%_s").content.decode()
    assert "100%_sure" in page
    assert "Ada" not in page


def test_an_identifier_opens_its_record(desk):
    client = desk("supervisor")
    account = make_account()
    key = make_key(account)
    system, _secret = ServiceClient.issue(name="gateway", scopes=[], created_by=account.holder)
    records = {
        account.public_id: ("account", account),
        account.holder.public_id: ("user", account.holder),
        key.public_id: ("apikey", key),
        key.prefix: ("apikey", key),
        system.tokens.get().prefix: ("serviceclient", system),
    }
    for text, (model, record) in records.items():
        answer = look_for(client, f" {text} ")
        wanted = reverse(f"admin:accounts_{model}_change", args=[record.pk])
        assert (answer.status_code, answer.headers.get("Location")) == (302, wanted)


def test_a_whole_key_pasted_by_mistake_is_found_by_its_prefix(desk):
    account = make_account()
    from accounts.models import ApiKey

    key, secret = ApiKey.issue(account=account, created_by=account.holder, name="server")
    answer = look_for(desk("support"), secret)
    assert answer.headers["Location"] == reverse("admin:accounts_apikey_change", args=[key.pk])


def test_results_are_grouped_with_counts_that_end(desk):
    for turn in range(25):
        make_person(name=f"Somebody {turn}")
    page = look_for(desk("support"), "somebody").content.decode()
    assert "20+" in page


def test_one_finds_only_what_one_may_see(desk):
    account = make_account(name="Secretive")
    page = look_for(desk(), "Secretive").content.decode()
    assert reverse("admin:accounts_account_change", args=[account.pk]) not in page


@pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 5000, "'; drop table", "%", "\\", "acc_"])
def test_odd_texts_find_nothing_and_break_nothing(desk, text):
    assert look_for(desk("supervisor"), text).status_code == 200


def test_parts_are_found_through_the_trigram_index(db, connection_plan):
    # Of the three columns the one that no other index holds.
    plan = connection_plan("SELECT 1 FROM accounts_user WHERE contact_email ILIKE '%lovel%'")
    assert "accounts_user_search" in plan


@pytest.fixture
def connection_plan():
    from django.db import connection

    def explain(sql):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql)
            return "\n".join(line for (line,) in cursor.fetchall())

    return explain
