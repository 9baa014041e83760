"""Severe acts: seen, justified, proven to be oneself, reported one by one."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse

from accounts.models import Clause, Offboarding, ServiceClient, Severance, StaffInvitation, User
from tests.accounts.making import make_account, make_clause, make_key
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db

REVOKE = "/admin/accounts/apikey/acts/revoke/"
GATEWAY = {"name": "gateway", "scopes": ["access:read"], "requests_per_minute": "600"}


def seen(client, address):
    page = client.get(address)
    assert page.status_code == 200
    return re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]


def do(client, address, /, **answers):
    answers = {"reason": "Leaked on a forum", **answers, "seen": seen(client, address)}
    return client.post(address, answers)


def test_the_page_says_what_will_happen_and_does_nothing_yet(desk):
    key = make_key(make_account(name="Acme"))
    page = desk("support").get(f"{REVOKE}?pks={key.pk}").content.decode()
    assert "The gateway of Acme refuses this key" in page
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_reason_is_asked_for(desk):
    key = make_key(make_account())
    client = desk("support")
    answer = do(client, f"{REVOKE}?pks={key.pk}", reason="  ")
    assert answer.status_code == 200
    key.refresh_from_db()
    assert key.revoked_at is None


def test_the_act_is_done_and_logged_with_its_reason(desk):
    key = make_key(make_account())
    answer = do(desk("support"), f"{REVOKE}?pks={key.pk}")
    assert answer.headers["Location"] == reverse("admin:accounts_apikey_change", args=[key.pk])
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "Leaked on a forum" in LogEntry.objects.get(object_id=str(key.pk)).change_message


def test_selected_rows_are_reported_one_by_one(desk):
    account = make_account()
    keys = [make_key(account) for _turn in range(3)]
    client = desk("support")
    answer = client.post(
        "/admin/accounts/apikey/",
        {"action": "revoke", "_selected_action": [key.pk for key in keys]},
    )
    report = do(client, answer.headers["Location"]).content.decode()
    assert "3 of 3 done" in report
    assert not account.api_keys.filter(revoked_at=None).exists()


def test_too_many_at_once_are_refused(desk, monkeypatch):
    monkeypatch.setattr("common.admin.severe_acts.MOST_RECORDS", 2)
    keys = [make_key(make_account()) for _turn in range(3)]
    answer = desk("support").post(
        "/admin/accounts/apikey/",
        {"action": "revoke", "_selected_action": [key.pk for key in keys]},
        follow=True,
    )
    assert "Select at most 2 records" in answer.content.decode()


def test_what_changed_since_the_preview_is_shown_again(desk):
    key = make_key(make_account())
    client = desk("support")
    address = f"{REVOKE}?pks={key.pk}"
    before = seen(client, address)
    key.revoke(at=key.created_at)
    answer = client.post(address, {"reason": "Leaked on a forum", "seen": before})
    assert "Something changed since you opened this page" in answer.content.decode()


@pytest.mark.parametrize("pks", ["", "x", "999999", "1,x"])
def test_records_nobody_has_lead_back_to_the_list(desk, pks):
    answer = desk("support").get(f"{REVOKE}?pks={pks}")
    assert answer.headers["Location"] == reverse("admin:accounts_apikey_changelist")


def test_without_the_permission_there_is_no_button_and_no_page(desk):
    key = make_key(make_account())
    client = desk("auditor")
    page = client.get(reverse("admin:accounts_apikey_change", args=[key.pk])).content.decode()
    assert "Revoke…" not in page
    assert client.get(f"{REVOKE}?pks={key.pk}").status_code == 403
    assert client.post(f"{REVOKE}?pks={key.pk}", {"reason": "because"}).status_code == 403


def test_a_proof_older_than_half_an_hour_is_asked_for_again(settings):
    settings.STAFF_SESSION_IDLE_SECONDS = 10_000
    key = make_key(make_account())
    _person, client = staff("support", ago=31 * 60)
    answer = client.get(f"{REVOKE}?pks={key.pk}")
    assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert "acts%2Frevoke" in answer.headers["Location"]
    client.post(f"{REVOKE}?pks={key.pk}", {"reason": "because"})
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_clause_is_severed_once(desk):
    clause = make_clause("9.1")
    client = desk("compliance")
    address = f"/admin/accounts/clause/acts/sever/?pks={clause.pk}"
    do(client, address)
    assert Severance.objects.get().reason == "Leaked on a forum"
    again = client.post(
        address, {"reason": "once more", "seen": seen(client, address)}, follow=True
    )
    assert "severed already" in again.content.decode()
    assert (
        "Mark severed…"
        not in client.get(
            reverse("admin:accounts_clause_change", args=[Clause.objects.get().pk])
        ).content.decode()
    )


def test_a_token_is_shown_once(desk):
    client = desk("supervisor")
    answers = {**GATEWAY, "expires_on": "2999-12-31"}
    page = do(client, "/admin/accounts/serviceclient/acts/issue/", **answers).content.decode()
    secret = re.search(r">(aps_\w+)</textarea>", page)[1]
    issued = ServiceClient.objects.get(name="gateway")
    token = issued.tokens.get()
    assert secret.startswith(token.prefix)
    assert token.expires_at is not None
    [entry] = LogEntry.objects.filter(object_id=str(issued.pk))
    assert "Leaked on a forum" in entry.change_message
    again = client.get(reverse("admin:accounts_serviceclient_change", args=[issued.pk]))
    assert secret not in again.content.decode()


def test_a_day_that_is_over_is_refused(desk):
    answers = {**GATEWAY, "expires_on": "2001-01-01"}
    answer = do(desk("supervisor"), "/admin/accounts/serviceclient/acts/issue/", **answers)
    assert not ServiceClient.objects.filter(name="gateway").exists()
    assert "That day is over" in answer.content.decode()


def test_staff_are_invited_and_off_boarded(desk, django_capture_on_commit_callbacks):
    client = desk("supervisor")
    support = Group.objects.get(name="support")
    answers = {"name": "New", "email": "new@example.com", "groups": [support.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        do(client, "/admin/accounts/staffinvitation/acts/invite/", **answers)
    assert StaffInvitation.objects.get().name == "New"
    assert mail.outbox[0].to == ["new@example.com"]
    leaver, _browser = staff("support", name="Leaver")
    do(client, f"/admin/accounts/user/acts/offboard/?pks={leaver.pk}")
    assert Offboarding.objects.get().user == leaver
    assert not User.objects.get(pk=leaver.pk).is_staff


def test_nobody_off_boards_themselves():
    person, client = staff("supervisor")
    answer = do(client, f"/admin/accounts/user/acts/offboard/?pks={person.pk}")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Nobody off-boards themselves" in page
    assert User.objects.get(pk=person.pk).is_staff


def test_groups_are_assigned_with_a_reason_but_not_ones_own():
    person, client = staff("supervisor")
    colleague, _browser = staff("support")
    billing = Group.objects.get(name="billing")
    act = "/admin/accounts/user/acts/assign_groups/"
    do(client, f"{act}?pks={colleague.pk}", groups=[billing.pk])
    assert list(colleague.groups.all()) == [billing]
    assert (
        "support → billing"
        in LogEntry.objects.filter(object_id=str(colleague.pk)).last().change_message
    )
    do(client, f"{act}?pks={person.pk}", groups=[billing.pk])
    assert billing not in person.groups.all()


def test_a_second_factor_is_reset_but_not_ones_own():
    person, client = staff("supervisor")
    colleague, browser = staff("support")
    act = "/admin/accounts/user/acts/reset_second_factor/"
    do(client, f"{act}?pks={colleague.pk}")
    assert not colleague.authenticator_set.exists()
    assert browser.get("/admin/").status_code == 302
    do(client, f"{act}?pks={person.pk}")
    assert person.authenticator_set.exists()


def test_an_e_mail_changes_only_when_its_owner_follows_the_link(desk):
    customer = make_account().holder
    do(
        desk("support"),
        f"/admin/accounts/user/acts/change_email/?pks={customer.pk}",
        address="new@example.com",
    )
    customer.refresh_from_db()
    assert customer.contact_email != "new@example.com"
    assert mail.outbox[0].to == ["new@example.com"]
