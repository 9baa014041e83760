"""Tokens of other systems: rotated with an overlap, bounded, ended for good."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import credentials, service_clients
from accounts.exceptions import NotPossibleNow
from accounts.models import ClientToken, ServiceClient
from common import clock
from common.networks import parsed
from tests.accounts.making import make_person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def gateway():
    return ServiceClient.issue(name="gateway", scopes=["access:read"], created_by=make_person())


def rotate(client, *, overlap=DAY, expires_at=None):
    return service_clients.rotate(
        client=client,
        by=client.created_by,
        overlap=overlap,
        expires_at=expires_at,
        at=clock.now(),
    )


def shown(secret):
    return ServiceClient.showing(digest=credentials.digest(secret))


def test_both_tokens_work_until_the_overlap_is_over(gateway, clock):
    client, old = gateway
    _token, new = rotate(client, overlap=timedelta(hours=1))
    assert [shown(one) for one in (old, new)] == [client, client]

    clock.advance(hours=1, seconds=1)

    assert [shown(one) for one in (old, new)] == [None, client]


def test_without_an_overlap_the_old_token_ends_at_once(gateway):
    client, old = gateway
    _token, new = rotate(client, overlap=timedelta(0))
    assert [shown(one) for one in (old, new)] == [None, client]


def test_an_overlap_makes_no_token_last_longer():
    soon = clock.now() + timedelta(minutes=5)
    client, _secret = ServiceClient.issue(
        name="gateway", scopes=[], created_by=make_person(), expires_at=soon
    )
    rotate(client)
    assert client.tokens.earliest("pk").expires_at == soon


def test_a_third_token_has_to_wait_or_to_end_the_others(gateway):
    client, _secret = gateway
    rotate(client)
    with pytest.raises(NotPossibleNow, match="Two tokens"):
        rotate(client)
    rotate(client, overlap=timedelta(0))
    assert client.tokens.live(clock.now()).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlap": timedelta(days=31)},
        {"overlap": timedelta(seconds=-1)},
        {"expires_at": clock.now},
    ],
)
def test_rotations_that_make_no_sense_are_refused(gateway, wrong):
    client, _secret = gateway
    with pytest.raises(NotPossibleNow):
        rotate(client, **{name: one() if callable(one) else one for name, one in wrong.items()})
    assert client.tokens.count() == 1


def test_a_revoked_client_has_no_token_that_works_and_gets_none(gateway):
    client, old = gateway
    _token, new = rotate(client)
    client.revoke(at=clock.now())

    assert [shown(one) for one in (old, new)] == [None, None]
    assert not ServiceClient.objects.live(clock.now()).exists()
    with pytest.raises(NotPossibleNow, match="revoked"):
        rotate(client)
    with pytest.raises(NotPossibleNow, match="revoked"):
        service_clients.set_bounds(
            client=client, scopes=[], allowed_addresses=[], requests_per_minute=1
        )


def test_one_token_ends_alone(gateway):
    client, old = gateway
    _token, new = rotate(client)
    service_clients.end_token(token=client.tokens.earliest("pk"), at=clock.now())
    assert [shown(one) for one in (old, new)] == [None, client]
    with pytest.raises(NotPossibleNow):
        service_clients.end_token(token=client.tokens.earliest("pk"), at=clock.now())


def test_bounds_count_from_the_next_question_on(gateway):
    client, secret = gateway
    service_clients.set_bounds(
        client=client,
        scopes=["uses:write"],
        allowed_addresses=["203.0.113.0/24"],
        requests_per_minute=5,
    )
    now = shown(secret)
    assert (now.scopes, now.requests_per_minute) == (["uses:write"], 5)
    assert now.may_call_from(parsed("203.0.113.9"))
    assert not now.may_call_from(parsed("203.0.114.9"))
    assert not now.may_call_from(None)
    with pytest.raises(NotPossibleNow, match="Nothing"):
        service_clients.set_bounds(
            client=client,
            scopes=["uses:write"],
            allowed_addresses=["203.0.113.0/24"],
            requests_per_minute=5,
        )


def test_who_expires_soon_is_who_has_nothing_that_lasts(gateway):
    client, _secret = gateway
    at = clock.now()
    soon = ServiceClient.objects.live(at).without_a_token_after(at + 2 * DAY)
    assert not soon.exists()
    service_clients.rotate(
        client=client,
        by=client.created_by,
        overlap=timedelta(hours=1),
        expires_at=at + DAY,
        at=at,
    )
    assert soon.get() == client
    assert client.ends_at(at) == at + DAY


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_clienttoken SET expires_at = NULL",
        "UPDATE accounts_clienttoken SET expires_at = expires_at + interval '1 second'",
        "UPDATE accounts_clienttoken SET revoked_at = NULL",
        "UPDATE accounts_clienttoken SET revoked_at = now()",
        "UPDATE accounts_clienttoken SET digest = repeat('0', 64)",
        "UPDATE accounts_clienttoken SET created_at = now()",
        "DELETE FROM accounts_clienttoken",
        "UPDATE accounts_serviceclient SET revoked_at = NULL",
        "UPDATE accounts_serviceclient SET public_id = 'svc_other'",
        "UPDATE accounts_serviceclient SET requests_per_minute = 0",
    ],
)
def test_the_database_lets_tokens_only_end(statement):
    at = clock.now()
    client, _secret = ServiceClient.issue(
        name="gateway", scopes=[], created_by=make_person(), expires_at=at + DAY
    )
    ClientToken.objects.update(revoked_at=at)
    client.revoke(at=at)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
