"""What staff read of accounts: access in words, states as pills, filters."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Lifting, ServiceClient, StaffInvitation
from common.clock import now
from tests.accounts.making import make_account, make_clause, make_person, make_service, restrict
from tests.desk.signing_in import staff


@pytest.fixture
def supervisor(db):
    return staff("supervisor")[1]


def page(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def change(record):
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def test_an_account_says_what_is_denied_why_and_until_when(ungated, db, clock):
    account, service = make_account(name="Acme"), make_service()
    make_service("text-generation", name_en="Text generation")
    restriction = restrict(
        account, service=service, clause=make_clause("1.2.7"), until=now() + timedelta(days=3)
    )
    clock.advance(seconds=5)
    _person, client = staff("supervisor")
    shown = page(client, change(account))
    assert "1.2.7" in shown
    assert "Fees are overdue" in shown
    assert shown.count(">denied<") == 1
    assert shown.count(">allowed<") == 1
    assert "in force" in page(client, "/admin/accounts/restriction/")
    assert "in force" in page(client, change(restriction))
    lifter = make_person()
    Lifting.record(restriction=restriction, lifted_by=lifter, reason="Paid")
    clock.advance(seconds=5)
    assert "lifted" in page(client, "/admin/accounts/restriction/")
    assert "Paid" in page(client, "/admin/accounts/lifting/")
    assert ">denied<" not in page(client, change(account))


def test_staff_without_a_factor_are_found(supervisor):
    bare = make_person(name="Bare", is_staff=True)
    make_person(name="Customer")
    found = page(supervisor, "/admin/accounts/user/", staff="without_factor")
    assert change(bare) in found
    assert "Customer" not in page(supervisor, "/admin/accounts/user/", staff="yes")
    assert "Bare" not in page(supervisor, "/admin/accounts/user/", staff="no")


def test_tokens_about_to_expire_are_found(supervisor):
    by = make_person()
    for name, days in (("soon", 3), ("later", 300), ("over", -1)):
        ServiceClient.issue(
            name=name, scopes=[], created_by=by, expires_at=now() + timedelta(days=days)
        )
    found = page(supervisor, "/admin/accounts/serviceclient/", standing="expiring")
    assert [name in found for name in (">soon<", ">later<", ">over<")] == [True, False, False]
    found = page(supervisor, "/admin/accounts/serviceclient/", standing="live")
    assert [name in found for name in (">soon<", ">later<", ">over<")] == [True, True, False]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "open"),
        ({"withdrawn_at": timedelta(0)}, "withdrawn"),
        ({"accepted_at": timedelta(0)}, "accepted"),
        ({"expires_at": timedelta(hours=-1)}, "expired"),
    ],
)
def test_an_invitation_says_how_it_stands(supervisor, fields, word):
    at = now()
    moments = {"expires_at": timedelta(hours=1), **fields}
    StaffInvitation.objects.create(
        email="new@example.com",
        name="New",
        digest="0" * 64,
        invited_by=make_person(),
        **{name: at + offset for name, offset in moments.items()},
    )
    shown = page(supervisor, "/admin/accounts/staffinvitation/")
    assert f">{word}</span>" in shown


def test_somebody_who_may_not_sign_in_stands_out(supervisor):
    gone = make_person(is_active=False, name="Gone")
    assert "cannot sign in" in page(supervisor, "/admin/accounts/user/", q="Gone")
    assert "cannot sign in" in page(supervisor, change(gone))
    assert "cannot sign in" in page(supervisor, "/admin/search/", q="Gone")


def test_groups_are_read_not_written(supervisor):
    shown = page(supervisor, "/admin/auth/group/")
    assert "Supervisor" in shown
    assert supervisor.post("/admin/auth/group/add/", {"name": "friends"}).status_code == 403
