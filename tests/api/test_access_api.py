"""The gateway's question over HTTP."""

import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError

from accounts.api import views
from accounts.models import ServiceClient
from common import clock
from tests.accounts.exempting import exempt, revoke
from tests.accounts.making import (
    make_account,
    make_key,
    make_model,
    make_person,
    make_region,
    make_service,
    restrict,
)

ADDRESS = "/api/v1/access"


@pytest.fixture
def account(db):
    return make_account()


@pytest.fixture
def service(account):
    return make_service("image-generation")


@pytest.fixture
def gateway(account):
    """A service client that may ask about access, and its token."""
    return ServiceClient.issue(
        name="gateway",
        scopes=[ServiceClient.Scope.ACCESS_READ],
        created_by=make_person(),
    )


@pytest.fixture
def ask(client, gateway):
    _service_client, token = gateway

    def ask(token=token, **question):
        return client.get(
            ADDRESS, question, headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        )

    return ask


def test_a_key_that_nothing_speaks_against_is_allowed(ask, account, service):
    response = ask(key_digest=make_key(account).digest, service=service.slug)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert body.pop("decided_at").endswith("Z")
    assert body == {
        "decision": "allow",
        "code": "allowed",
        "account": account.public_id,
        "service": "image-generation",
        "model": None,
        "region": None,
        "measure": None,
        "limits": None,
        "document": None,
        "version": None,
        "clause": None,
        "reason": None,
        "since": None,
        "until": None,
        "reference": None,
        "labels": {"implicit": True, "explicit": "required"},
        "max_staleness": 30,
    }


def test_a_restricted_account_is_denied_with_all_there_is_to_know(
    ungated, ask, account, service, clock
):
    from common.clock import now

    restriction = restrict(account, until=now() + timedelta(days=3))
    clock.advance(seconds=1)

    body = ask(account=account.public_id, service=service.slug).json()

    assert (body["decision"], body["code"]) == ("deny", "restricted")
    assert (body["document"], body["version"], body["clause"]) == ("terms", 1, "1.3")
    assert body["reason"] == {"zh-Hans": "欠费", "en": "Fees are overdue"}
    assert body["reference"] == str(restriction.pk)
    assert body["until"] == restriction.ends_at.isoformat().replace("+00:00", "Z")
    assert body["since"] <= body["decided_at"]


def test_a_limited_account_is_told_its_limits(ungated, ask, account, service, clock):
    restrict(account, measure="limit", limits={"requests_per_minute": 60})
    clock.advance(seconds=1)

    body = ask(account=account.public_id, service=service.slug).json()

    assert (body["decision"], body["code"], body["measure"]) == ("limit", "limited", "limit")
    assert body["limits"] == {"requests_per_minute": 60}
    assert (body["clause"], body["reason"]["en"]) == ("1.3", "Fees are overdue")


def test_a_model_and_a_region_narrow_the_question(ungated, ask, account, service, clock):
    model, region = make_model(service), make_region()
    restrict(account, model=model, region=region)
    clock.advance(seconds=1)
    question = {"account": account.public_id, "service": service.slug, "model": model.slug}

    assert ask(**question).json()["decision"] == "allow"
    body = ask(**question, region=region.slug).json()

    assert (body["decision"], body["measure"]) == ("deny", "suspend")
    assert (body["model"], body["region"]) == (model.slug, region.slug)


@pytest.mark.parametrize(
    ("named", "code"),
    [({"model": "time-machine"}, "model_unknown"), ({"region": "the-moon"}, "region_unknown")],
)
def test_an_unknown_model_or_region_is_denied(ask, account, service, named, code):
    body = ask(account=account.public_id, service=service.slug, **named).json()

    assert (body["decision"], body["code"]) == ("deny", code)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"key_digest": "0" * 64, "service": "image-generation"}, "key_unknown"),
        ({"account": "acc_0", "service": "image-generation"}, "account_unknown"),
    ],
)
def test_what_is_unknown_is_denied(ask, service, question, code):
    response = ask(**question)

    assert response.status_code == 200
    assert (response.json()["decision"], response.json()["code"]) == ("deny", code)


def test_an_organization_is_asked_about_as_one(ungated, ask, account, service, clock):
    company = make_account(kind="organization")
    question = {"organization": company.public_id, "service": service.slug}
    assert ask(**question).json()["decision"] == "allow"

    restrict(company)
    clock.advance(seconds=1)
    body = ask(**question).json()

    assert (body["decision"], body["code"]) == ("deny", "restricted")
    assert body["account"] == company.public_id
    assert body["reason"]["zh-Hans"] == "欠费"


def test_a_persons_own_account_is_no_organization(ask, account, service):
    body = ask(organization=account.public_id, service=service.slug).json()

    assert (body["decision"], body["code"]) == ("deny", "organization_unknown")
    assert (body["account"], body["reason"]["zh-Hans"]) == (None, "此组织不存在。")


def test_what_is_denied_is_labelled_all_the_same(ungated, ask, account, service, clock, settings):
    settings.ENFORCEMENT_MAX_STALENESS = 7
    restrict(account, measure="output_block")
    clock.advance(seconds=1)

    body = ask(account=account.public_id, service=service.slug).json()

    assert (body["decision"], body["code"]) == ("deny", "output_blocked")
    assert body["labels"] == {"implicit": True, "explicit": "required"}
    assert body["max_staleness"] == 7


def test_an_account_that_is_exempt_needs_no_explicit_label_and_always_the_implicit_one(
    ask, account, service
):
    [granted] = exempt(account, service)
    asked = {"account": account.public_id, "service": service.slug}
    assert ask(**asked).json()["labels"] == {"implicit": True, "explicit": "exempt"}

    revoke(granted)
    assert ask(**asked).json()["labels"] == {"implicit": True, "explicit": "required"}


def test_an_unknown_service_is_denied(ask, account):
    body = ask(account=account.public_id, service="time-travel").json()

    assert (body["decision"], body["code"]) == ("deny", "service_unknown")


def assert_is_problem(response, status, code):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/api/v1/docs/#{code}"
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        ({}, "service"),
        ({"service": "image-generation"}, ""),
        ({"service": "s", "account": "acc_1", "key_digest": "0" * 64}, ""),
        ({"service": "s", "account": "acc_1", "organization": "acc_1"}, ""),
        ({"service": "s", "organization": "91350100M000100Y43"}, "organization"),
        ({"service": "s", "account": "acc_\x00"}, "account"),
        ({"service": "s", "account": "acc_\udcff".encode("utf-8", "surrogateescape")}, "account"),
        ({"service": "s", "account": "acc_" + "1" * 5000}, "account"),
        ({"service": "s", "account": "acc_1", "model": "a b"}, "model"),
        ({"service": "s", "account": "acc_1", "model": "m" * 61}, "model"),
        ({"service": "s", "account": "acc_1", "region": ""}, "region"),
        ({"service": "s", "account": "acc_1", "region": ["x", "y"]}, "region"),
        ({"service": "a b", "account": "acc_1"}, "service"),
        ({"service": "s" * 41, "account": "acc_1"}, "service"),
        ({"service": ["s", "t"], "account": "acc_1"}, "service"),
        ({"service": "s", "key": "apq_12345678_…"}, "key"),
        ({"service": "s", "key_digest": "F" * 64}, "key_digest"),
        ({"service": "s", "key_digest": "0" * 64 + "\n1"}, "key_digest"),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused_by_parameter(ask, question, parameter):
    body = assert_is_problem(ask(**question), 400, "invalid")

    assert parameter in [error["parameter"] for error in body["errors"]]
    assert all(error["detail"] for error in body["errors"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic Z2F0ZTp3YXk=",
        "Bearer",
        "Bearer aps_short",
        "Bearer aps_\u00ff" + "x" * 60,
        "Bearer " + "a" * 10_000,
    ],
)
def test_without_a_valid_token_nothing_is_answered(client, service, header):
    headers = {"Authorization": header} if header else {}

    response = client.get(ADDRESS, {"service": "image-generation"}, headers=headers)

    assert_is_problem(response, 401, "unauthenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_well_formed_token_nobody_has_is_refused(ask, service):
    from accounts import credentials

    token = credentials.mint(credentials.SERVICE_TOKEN).secret

    assert_is_problem(ask(token=token, service="image-generation"), 401, "unauthenticated")


def test_a_revoked_token_is_refused(ask, gateway, account, service):
    gateway[0].revoke(at=clock.now())

    response = ask(account=account.public_id, service=service.slug)

    assert_is_problem(response, 401, "unauthenticated")


def test_an_expired_token_is_refused(ask, account, service):
    _client, token = ServiceClient.issue(
        name="old",
        scopes=["access:read"],
        created_by=make_person(),
        expires_at=clock.now() - timedelta(seconds=1),
    )

    response = ask(token=token, account=account.public_id, service=service.slug)

    assert_is_problem(response, 401, "unauthenticated")


def test_a_token_without_the_scope_is_refused(ask, account, service):
    _client, token = ServiceClient.issue(name="other", scopes=[], created_by=make_person())

    response = ask(token=token, account=account.public_id, service=service.slug)

    assert_is_problem(response, 403, "forbidden")


def test_a_signed_in_member_of_staff_is_no_service(client, account, service):
    client.force_login(make_person(is_staff=True, is_superuser=True))

    response = client.get(ADDRESS, {"account": account.public_id, "service": service.slug})

    assert_is_problem(response, 401, "unauthenticated")


def test_a_browser_session_beside_the_token_does_no_harm(client, ask, account, service):
    client.force_login(make_person())

    assert ask(account=account.public_id, service=service.slug).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_not_known(client, gateway, method):
    response = getattr(client, method)(ADDRESS, headers={"Authorization": f"Bearer {gateway[1]}"})

    assert_is_problem(response, 405, "method_not_allowed")


@pytest.mark.parametrize("address", ["/api/", "/api/v1/", "/api/v1/acces", "/api/v2/access"])
def test_other_addresses_are_answered_with_a_problem_too(client, db, address):
    assert_is_problem(client.get(address), 404, "not_found")


def test_the_answer_is_json_whatever_the_caller_accepts(client, gateway, account, service):
    response = client.get(
        ADDRESS,
        {"account": account.public_id, "service": service.slug},
        headers={"Authorization": f"Bearer {gateway[1]}", "Accept": "text/html"},
    )

    assert response["Content-Type"] == "application/json"


def test_without_its_database_the_api_says_so(ask, account, service, monkeypatch):
    def fails(**_question):
        raise OperationalError("connection refused by 10.0.0.1")

    monkeypatch.setattr(views, "decide_for_account", fails)

    response = ask(account=account.public_id, service=service.slug)

    assert_is_problem(response, 503, "unavailable")
    assert response["Retry-After"] == "2"
    assert "10.0.0.1" not in response.content.decode()


def test_a_mistake_of_ours_is_a_problem_that_gives_nothing_away(
    ask, account, service, monkeypatch, client
):
    def fails(**_question):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(views, "decide_for_account", fails)
    client.raise_request_exception = False

    response = ask(account=account.public_id, service=service.slug)

    assert_is_problem(response, 500, "failed")
    assert "secret" not in response.content.decode()


def test_a_question_takes_few_queries(ask, account, service, django_assert_max_num_queries):
    key = make_key(account)

    # The clock twice, the token, the decision.
    with django_assert_max_num_queries(4):
        assert ask(key_digest=key.digest, service=service.slug).status_code == 200


def test_references_are_those_of_restrictions(ungated, ask, account, service, clock):
    restrict(account)
    clock.advance(seconds=1)

    body = ask(account=account.public_id, service=service.slug).json()

    assert uuid.UUID(body["reference"])
