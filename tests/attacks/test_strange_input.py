"""Addresses that no page of ours links to: answered with a page or 4xx, never with 500."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Service
from tests.accounts.making import make_key
from tests.desk.signing_in import staff
from tests.notices.making import make_announced, make_customer, plan

pytestmark = pytest.mark.django_db

STRANGE = ["\x00", str(2**63), "9" * 400, "\u202e\u200b"]
PARAMETERS = ["q", "p", "pks", "page", "accounts"]
KEYS = ["%00", str(2**63), "x", "_00", "%F0%9F%A6%84", "%ED%A0%80", "1" * 3000]
REFUSALS = (200, 204, 301, 302, 400, 401, 403, 404, 405, 410)


@pytest.fixture
def boss(db):
    """A browser of somebody who may see everything, with something to see."""
    _person, account = make_customer()
    make_key(account)
    make_announced(account)
    plan(account, service=Service.objects.first())
    return staff(is_superuser=True)[1]


def lists():
    return [
        (model_admin, reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        for model, model_admin in admin.site._registry.items()
    ]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_strange_parameters(boss, parameter):
    places = ["admin:index", "admin:search", "admin:outbox", "account_login", "announcements"]
    change = "/admin/notices/servicechange/acts/approve/"
    for address in [*map(reverse, places), change, "/inbox/", "/admin/notices/servicechange/add/"]:
        for value in STRANGE:
            answer = boss.get(address, {parameter: value})
            assert answer.status_code in REFUSALS, (address, value)


def test_strange_filters(boss):
    for model_admin, address in lists():
        for field in model_admin.opts.concrete_fields[:4]:
            for value in (STRANGE[0], STRANGE[1], "0001-01-01"):
                answer = boss.get(address, {field.name: value})
                assert answer.status_code in REFUSALS, (address, field.name, value)


def test_strange_keys(boss):
    for _model_admin, address in lists():
        for key in KEYS:
            answer = boss.get(f"{address}{key}/change/")
            assert answer.status_code in REFUSALS, (address, key)


@pytest.mark.parametrize(
    "address",
    [
        "/admin/r/1/%00/",
        "/admin/r/99999999999999999999/1/",
        "/agreements/terms/99999999999999999999/",
        "/admin/outbox/email/..%2f..%2fetc%2fpasswd/",
        "/admin/outbox/sms/%00/",
        "/account/acc_%00/",
        "/settings/email/%00/",
        "/staff/invitation/%00/",
        "/guardian/%00/",
        "/accounts/sessions/99999999999999999999/end/",
        "/static/%00",
        "/static/../manage.py",
        "/api/v1/access?account=%00&service=x",
        "/report/%00/",
        "/report/track/?receipt=%00",
        "/reports/?page=%00",
        "/reports/new/?account=%00",
        "/api/v1/reports/%00",
    ],
)
def test_strange_addresses(boss, address):
    assert boss.get(address).status_code in REFUSALS
