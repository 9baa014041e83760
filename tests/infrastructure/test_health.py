"""/healthz and /readyz."""

import pytest
from celery import current_app
from django.db import connection

from apiqik_backoffice import health
from common.models import Heartbeat


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(health, "_migrations_applied", False)


def test_healthz_asks_no_database(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True}
    assert "no-store" in answer["Cache-Control"]


def test_probes_only_read(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
def test_ready_when_every_part_is(client, fresh):
    Heartbeat.stamp("worker")
    Heartbeat.stamp("beat")
    for _ in range(2):  # the second time the migrations are remembered
        answer = client.get("/readyz")
        assert answer.status_code == 200, answer.json()
    assert set(answer.json()["parts"]) == {
        "database",
        "migrations",
        "clock",
        "seals",
        "broker",
        "worker",
        "beat",
    }
    assert answer.json()["parts"]["worker"]["age_seconds"] < 5


@pytest.mark.django_db
def test_a_worker_never_seen_or_long_gone_is_not_ready(client):
    Heartbeat.stamp("beat")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE common_heartbeat SET beat_at = now() - interval '10 minutes'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["worker"] == {"ok": False, "age_seconds": None}
    assert answer.json()["parts"]["beat"]["ok"] is False
    assert 590 < answer.json()["parts"]["beat"]["age_seconds"] < 660


@pytest.mark.django_db
def test_unapplied_migrations_are_not_ready(client, fresh, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [1, 2])
    assert client.get("/readyz").json()["parts"]["migrations"] == {"ok": False, "unapplied": 2}


@pytest.mark.django_db
def test_a_broker_that_is_away_is_not_ready_and_its_address_not_shown(client, monkeypatch):
    monkeypatch.setattr(
        type(current_app._get_current_object()),
        "connection_for_write",
        lambda *_, **__: (_ for _ in ()).throw(OSError("redis://user:word@host refused")),
    )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"] == {"ok": False}
    assert "word" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_not_ready(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "nowhere")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert [name for name in parts if not parts[name]["ok"]] == [
        "database",
        "migrations",
        "clock",
        "seals",
        "worker",
        "beat",
    ]


def test_a_shifted_clock_is_not_ready(db, client, settings, clock):
    clock.advance(days=1)
    settings.DEMO = False
    assert not client.get("/readyz").json()["parts"]["clock"]["ok"]
    settings.DEMO = True
    assert client.get("/readyz").json()["parts"]["clock"]["ok"]


def test_pages_carry_a_strict_policy(client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert client.get("/healthz")["X-Frame-Options"] == "DENY"
    assert client.get("/healthz")["Referrer-Policy"] == "same-origin"
