"""From where and how often a service may ask, and that every question names who asked."""

from datetime import timedelta

import pytest

from accounts import service_clients, token_uses
from accounts.models import ServiceClient, TokenUse
from accounts.request_budgets import budgets
from accounts.token_uses import Tally
from common import clock
from tests.accounts.making import make_account, make_person, make_service

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/access"


@pytest.fixture(autouse=True)
def tally(monkeypatch):
    """Counts of this test alone, and no share left over from another one's client."""
    fresh = Tally()
    monkeypatch.setattr(token_uses, "note", fresh.note)
    monkeypatch.setattr(budgets, "_shares", {})
    return fresh


@pytest.fixture
def ask(client):
    account, service = make_account(), make_service()

    def ask(secret, path=ADDRESS, **meta):
        question = {"account": account.public_id, "service": service.slug}
        return client.get(
            path,
            question,
            headers={"Authorization": f"Bearer {secret}", **meta.pop("headers", {})},
            **meta,
        )

    return ask


def issue(**bounds):
    return ServiceClient.issue(
        name="gateway", scopes=["access:read"], created_by=make_person(), **bounds
    )


def counted(tally):
    tally.write()
    rows = TokenUse.objects.order_by("pk").values_list("operation", "address", "outcome", "count")
    return list(rows)


def test_every_use_names_its_token_address_and_question(ask, tally, client):
    _gateway, secret = issue()
    ask(secret)
    ask(secret)
    ask(secret, REMOTE_ADDR="2001:db8::7")
    client.post("/api/v1/uses", headers={"Authorization": f"Bearer {secret}"})

    assert sorted(counted(tally)) == [
        ("GET /api/v1/access", "127.0.0.1", "let_in", 2),
        ("GET /api/v1/access", "2001:db8::7", "let_in", 1),
        ("POST /api/v1/uses", "127.0.0.1", "scope_missing", 1),
    ]


def test_only_allowed_addresses_get_in(ask, tally):
    _gateway, secret = issue(allowed_addresses=["203.0.113.0/24", "2001:db8::/48"])

    answers = {
        address: ask(secret, REMOTE_ADDR=address, headers={"Accept-Language": "en"})
        for address in (
            "203.0.113.9",
            "::ffff:203.0.113.9",
            "2001:db8:0:1::1",
            "203.0.114.9",
            "2001:db8:1::1",
            "",
        )
    }

    assert [one.status_code for one in answers.values()] == [200, 200, 200, 403, 403, 403]
    problem = answers["203.0.114.9"].json()
    assert problem["code"] == "forbidden"
    assert "203.0.114.9" in problem["detail"]
    refused = [row[1] for row in counted(tally) if row[2] == "address_refused"]
    assert refused == ["203.0.114.9", "2001:db8:1::1", None]


@pytest.mark.parametrize(
    ("forwarded", "proxies", "status"),
    [
        # What a caller writes itself counts for nothing; what the trusted proxy adds does.
        ("203.0.113.9", 0, 403),
        ("203.0.113.9", 1, 200),
        ("203.0.113.9, 198.51.100.1", 1, 403),
        ("198.51.100.1, 203.0.113.9", 1, 200),
        ("203.0.113.9, 198.51.100.1", 2, 200),
        # Past a proxy that should be there, so nobody knows from where.
        ("203.0.113.9", 2, 403),
        ("rubbish", 1, 403),
    ],
)
def test_the_address_is_what_trusted_proxies_say(ask, settings, forwarded, proxies, status):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    _gateway, secret = issue(allowed_addresses=["203.0.113.0/24"])
    answer = ask(secret, REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert answer.status_code == status


def test_an_address_nobody_knows_does_no_harm_where_any_may_ask(ask, settings, tally):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    _gateway, secret = issue()
    answer = ask(secret, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
    assert counted(tally) == [("GET /api/v1/access", None, "let_in", 1)]


def test_who_asks_too_often_is_told_when_to_come_back(ask, tally):
    _gateway, secret = issue(requests_per_minute=2)
    answers = [ask(secret, headers={"Accept-Language": "en"}) for _turn in range(8)]

    # A minute may begin in between.
    assert sum(one.status_code == 200 for one in answers) in (2, 4)
    refused = [one for one in answers if one.status_code == 429]
    problem = refused[0].json()
    assert problem["code"] == "too_many_requests"
    assert "At most 2 requests a minute" in problem["detail"]
    assert refused[0]["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    outcomes = {row[2]: row[3] for row in counted(tally)}
    assert outcomes == {"let_in": 8 - len(refused), "too_many": len(refused)}


def test_a_rotated_client_shows_either_token_and_both_are_told_apart(ask, tally):
    gateway, old = issue()
    _token, new = service_clients.rotate(
        client=gateway,
        by=gateway.created_by,
        overlap=timedelta(days=1),
        expires_at=None,
        at=clock.now(),
    )
    assert [ask(one).status_code for one in (old, new)] == [200, 200]
    assert len(counted(tally)) == 2
    assert TokenUse.objects.values("token").distinct().count() == 2


def test_revoked_at_once_and_still_counted(ask, tally):
    gateway, secret = issue()
    assert ask(secret).status_code == 200
    gateway.revoke(at=clock.now())

    answer = ask(secret)

    assert answer.status_code == 401
    assert [row[2] for row in counted(tally)] == ["let_in", "token_ended"]


def test_a_refusal_of_an_ended_token_does_not_differ_from_that_of_no_token(ask):
    from accounts import credentials

    gateway, secret = issue(allowed_addresses=["203.0.113.9/32"])
    gateway.revoke(at=clock.now())
    nobodys = credentials.mint(credentials.SERVICE_TOKEN).secret
    assert ask(secret).content == ask(nobodys).content
