"""What tokens were used for: counted in memory, written now and then, never lost or doubled."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError

from accounts import token_uses
from accounts.models import ClientToken, ServiceClient, TokenUse
from accounts.token_uses import Tally
from common import clock
from tests.accounts.making import make_person

LET_IN = TokenUse.Outcome.LET_IN


def make_token():
    client, _secret = ServiceClient.issue(name="gateway", scopes=[], created_by=make_person())
    return client.tokens.get()


@pytest.fixture
def token(db):
    return make_token()


def note(tally, token, *, at, operation="GET /api/v1/access", address="203.0.113.9", **more):
    tally.note(
        token=token.pk,
        operation=operation,
        address=address,
        at=at,
        **{"outcome": LET_IN, **more},
    )


def test_uses_of_an_hour_are_one_row_whoever_counts_them(token):
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    one, other = Tally(), Tally()
    for minute, tally in ((5, one), (1, one), (9, other)):
        note(tally, token, at=hour + timedelta(minutes=minute))
    note(other, token, at=hour + timedelta(minutes=61))
    assert (one.write(), other.write(), one.write()) == (1, 2, 0)

    first, second = TokenUse.objects.order_by("hour")
    assert (first.count, second.count) == (3, 1)
    assert first.first_at == hour + timedelta(minutes=1)
    assert first.last_at == hour + timedelta(minutes=9)
    assert second.hour == hour + timedelta(hours=1)
    assert ClientToken.objects.with_last_use().get().last_used_at == second.last_at


def test_what_differs_is_told_apart(token):
    at, tally = clock.now(), Tally()
    note(tally, token, at=at)
    note(tally, token, at=at, operation="POST /api/v1/uses")
    note(tally, token, at=at, address="2001:db8::1")
    note(tally, token, at=at, address=None)
    note(tally, token, at=at, outcome=TokenUse.Outcome.ADDRESS_REFUSED)
    assert tally.write() == 5
    assert set(TokenUse.objects.values_list("count", flat=True)) == {1}


def test_a_stranger_with_many_addresses_makes_no_endless_table(token, monkeypatch):
    monkeypatch.setattr(token_uses, "MOST_TOLD_APART", 10)
    at, tally = clock.now(), Tally()
    for number in range(100):
        note(tally, token, at=at, address=f"2001:db8::{number:x}")
    assert tally.write() == 11
    assert TokenUse.objects.get(address=None).count == 90


def test_what_could_not_be_written_is_written_later(token, monkeypatch):
    at, tally = clock.now(), Tally()
    note(tally, token, at=at)

    def fails(counts):
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(token_uses, "_write", fails)
        with pytest.raises(DatabaseError):
            tally.write()
    note(tally, token, at=at)
    tally.write()
    assert TokenUse.objects.get().count == 2


def test_only_refusals_are_no_use(token):
    tally = Tally()
    note(tally, token, at=clock.now(), outcome=TokenUse.Outcome.TOO_MANY)
    tally.write()
    assert ClientToken.objects.with_last_use().get().last_used_at is None


def test_old_counts_are_forgotten(token):
    at, tally = clock.now(), Tally()
    for days in (0, 199, 201):
        note(tally, token, at=at - timedelta(days=days))
    tally.write()
    assert token_uses.forget(at=at) == 1
    assert TokenUse.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_they_are_written_by_themselves_on_a_connection_of_their_own(settings, monkeypatch):
    settings.TOKEN_USES_WRITTEN_AFTER = 0.01
    written = threading.Event()
    write = token_uses._write

    def seen(counts):
        write(counts)
        written.set()

    monkeypatch.setattr(token_uses, "_write", seen)
    token, tally = make_token(), Tally()
    for turn in (1, 2):
        note(tally, token, at=clock.now())
        assert written.wait(timeout=10)
        written.clear()
        assert sum(TokenUse.objects.values_list("count", flat=True)) == turn
