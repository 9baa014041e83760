"""Doors that a member of staff, a thief of a session or another site might try."""

import pytest
from allauth.account.adapter import get_adapter
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import staff as people
from accounts.models import ServiceClient
from accounts.staff_groups import STAFF_GROUPS
from tests.accounts.making import make_account, make_key, make_person
from tests.desk.signing_in import sign_in, staff
from tests.notices.making import make_customer, make_organization, plan

pytestmark = pytest.mark.django_db

ACTS = [
    (f"admin:{model._meta.app_label}_{model._meta.model_name}_{act.name}", act.permission)
    for model, model_admin in admin.site._registry.items()
    for act in getattr(model_admin, "severe_acts", ())
]


def test_there_are_acts_to_try():
    assert len(ACTS) >= 14


@pytest.mark.parametrize("group", STAFF_GROUPS, ids=lambda group: group.name)
def test_each_group_reaches_its_own_acts_and_no_others(group):
    user, browser = staff(group.name)
    for address, permission in ACTS:
        for answer in (
            browser.get(reverse(address)),
            browser.post(reverse(address), {"seen": "x"}),
        ):
            refused = answer.status_code == 403
            assert refused is not user.has_perm(permission), (address, answer.status_code)


@pytest.mark.parametrize(
    "group", [g.name for g in STAFF_GROUPS if g.name in ("auditor", "billing")]
)
def test_who_only_looks_writes_nothing(group):
    _user, browser = staff(group)
    _person, account = make_customer()
    change = plan(account)
    before = list(type(change).objects.values())
    for model in admin.site._registry:
        if model._meta.label in OWN_OF_BILLING and group == "billing":
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        answer = browser.post(reverse(f"{name}_add"), {"name": "x"})
        assert answer.status_code in (403, 302), name
        record = model._default_manager.first()
        if record is not None:
            address = reverse(f"{name}_change", args=[record.pk])
            assert browser.post(address, {"name": "x"}).status_code in (403, 302), name
            address = reverse(f"{name}_delete", args=[record.pk])
            assert browser.post(address, {"post": "yes"}).status_code == 403, name
    assert list(type(change).objects.values()) == before


# What the group of billing does write.
OWN_OF_BILLING = ("accounts.Account", "billing.BankMapping", "billing.Invoice")

POSTS = [
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/reauthenticate/",
    "/accounts/sessions/",
    "/accounts/forgotten/",
    "/accounts/forgotten/code/",
    "/accounts/forgotten/proof/",
    "/accounts/forgotten/password/",
    "/accounts/lost-phone/",
    "/accounts/lost-phone/code/",
    "/accounts/lost-phone/stop/rec_00000000000000000000/x/",
    "/accounts/with/acme/",
    "/settings/phone/stop/",
    "/settings/logins/acme/connect/",
    "/settings/logins/cln_00000000000000000000/disconnect/",
    "/language/",
    "/settings/",
    "/settings/email/",
    "/settings/email/token/",
    "/inbox/read/",
    "/leave/ask/",
    "/leave/back/",
    "/staff/invitation/token/",
    "/report/",
    "/report/R-x/",
    "/reports/new/",
    "/admin/accounts/service/add/",
    "/admin/notices/servicechange/",
]


@pytest.mark.parametrize("address", POSTS)
def test_another_site_posts_nothing_in_our_name(address):
    user, _browser = staff(is_superuser=True)
    browser = sign_in(user, "password", "mfa", client=Client(enforce_csrf_checks=True))
    assert browser.post(address, {}).status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\t//evil.example",
    ],
)
def test_nobody_is_sent_elsewhere(client, target):
    answer = client.post("/language/", {"language": "en", "next": target})
    assert "evil" not in answer.headers["Location"]
    assert "java" not in answer.headers["Location"]
    make = make_person(phone_verified_at="2026-01-01T00:00:00Z")
    make.set_password("correct horse battery")
    make.save()
    answer = client.post(
        "/accounts/login/",
        {"login": make.phone, "password": "correct horse battery", "next": target},
    )
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    assert "java" not in answer.headers["Location"]


def test_a_reset_second_factor_ends_the_sessions(client):
    """Whoever stole the phone may hold a session, and would set up a factor of their own."""
    user, browser = staff("supervisor")
    assert browser.get("/admin/").status_code == 200
    _colleague, other = staff("supervisor")
    address = f"/admin/accounts/user/acts/reset_second_factor/?pks={user.pk}"
    seen = other.get(address).context["seen"]
    other.post(address, {"seen": seen, "reason": "Lost phone"})
    assert "_auth_user_id" not in browser.session
    assert "/accounts/login/" in browser.get("/admin/").headers["Location"]


def test_offboarding_ends_live_sessions_at_once():
    user, browser = staff("supervisor")
    make_organization(user)
    assert browser.get("/admin/").status_code == 200
    boss, _other = staff("supervisor")
    people.offboard(user=user, offboarded_by=boss, reason="left")
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/").status_code == 302


def test_a_deactivated_persons_session_is_worth_nothing():
    user, browser = staff("supervisor")
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/settings/").status_code == 302


def test_another_tenants_names_are_not_found_in_the_same_words(client):
    person, _own = make_customer()
    other = make_account(kind="organization")
    client.force_login(person)
    for page in ("", "agree/", "services/"):
        theirs = client.get(f"/account/{other.public_id}/{page}")
        nobody = client.get(f"/account/acc_{'0' * (len(other.public_id) - 4)}/{page}")
        assert (theirs.status_code, nobody.status_code) == (404, 404)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        "Bearer aps_\u00ff",
        "Bearer " + "a" * 7000,
        "bearer aps_1_1",
        "Token x",
    ],
)
def test_the_api_without_a_token_that_counts(client, header):
    account = make_account()
    answer = client.get(
        f"/api/v1/access?account={account.public_id}&service=x",
        headers={"Authorization": header.encode("latin-1").decode("latin-1")},
    )
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_key_of_a_customer_is_no_service_token(client):
    make_key(make_account())
    _client, secret = ServiceClient.issue(
        name="x", scopes=[], created_by=make_person(), expires_at=None
    )
    answer = client.get(
        "/api/v1/access?account=acc_x&service=x", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 403


def test_attempts_are_counted_by_visitor_behind_a_proxy(client, settings):
    """And what a visitor claims in the header of the proxy is not believed."""

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert get_adapter().get_client_ip(request) == "203.0.113.9"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert get_adapter().get_client_ip(request) == "127.0.0.1"
