"""Every list and page opens for those who may look, and changes nothing for auditors."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Account, AgreementVersion, ApiKey, Clause, ServiceClient, User
from tests.accounts.making import make_account, make_clause, make_key, make_person, make_service

pytestmark = pytest.mark.django_db

LISTS = [
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for model in admin.site._registry
]


@pytest.fixture
def world():
    account = make_account(kind="organization")
    key = make_key(account)
    make_service()
    clause = make_clause("14.2")
    client, _secret = ServiceClient.issue(name="gateway", scopes=[], created_by=make_person())
    return [account, key, clause, clause.version, clause.version.document, client]


@pytest.mark.parametrize("address", LISTS)
def test_auditors_see_every_list_and_can_add_nothing(desk, world, address):
    client = desk("auditor")
    page = client.get(address)
    assert page.status_code == 200
    assert b"<style" not in page.content
    assert b" style=" not in page.content
    assert client.get(address + "add/").status_code == 403


def test_auditors_see_every_record_and_save_none(desk, world):
    client = desk("auditor")
    for record in world:
        opts = record._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        page = client.get(address)
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert client.post(address, {"name": "changed"}).status_code == 403
        assert client.get(address.replace("/change/", "/history/")).status_code == 200


@pytest.mark.parametrize("model", [ApiKey, Clause, AgreementVersion, ServiceClient])
def test_evidence_is_read_only_for_superusers_too(desk, world, model):
    client = desk(is_superuser=True)
    record = model.objects.first()
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
    assert client.post(address, {"number": "9.9", "name": "x"}).status_code == 403
    assert client.post(address.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403


def test_nothing_is_deleted_not_even_editable_records(desk, world):
    client = desk(is_superuser=True)
    account = Account.objects.first()
    address = reverse("admin:accounts_account_delete", args=[account.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403


def test_the_side_bar_takes_two_statements_for_counts(desk, django_assert_max_num_queries):
    client = desk("supervisor")
    client.get("/admin/")
    with django_assert_max_num_queries(14):
        client.get("/admin/records/")


def test_a_list_costs_the_same_however_many_rows(desk, django_assert_max_num_queries):
    account = make_account()
    for _turn in range(30):
        make_key(account)
    client = desk("supervisor")
    with django_assert_max_num_queries(20):
        assert b"usable" in client.get("/admin/accounts/apikey/").content


def test_people_show_no_password_and_masked_phones(desk):
    person = make_person(name="Ada", contact_email="ada@example.com")
    client = desk("support")
    page = client.get("/admin/accounts/user/").content.decode()
    assert person.masked_phone in page
    assert person.phone not in page
    assert "ada@example.com" not in page
    found = client.get("/admin/accounts/user/", {"q": person.phone[3:]}).content.decode()
    assert person.phone in found
    one = client.get(reverse("admin:accounts_user_change", args=[person.pk])).content.decode()
    assert person.password not in one


def test_people_without_their_permission_are_refused(desk):
    person = make_person()
    client = desk("billing")
    address = reverse("admin:accounts_user_change", args=[person.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "changed"}).status_code == 403
    assert desk().get(address).status_code == 403
    assert User.objects.get(pk=person.pk).name == person.name
