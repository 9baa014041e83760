"""The timetable and its signs of life; a broker that is away."""

import os
import time

import pytest
from celery import Celery, current_app
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from apiqik_backoffice import celery as product
from apiqik_backoffice.beat import HeartbeatScheduler
from common.models import Heartbeat


@pytest.fixture
def app():
    """An application without a broker: nobody listens there."""
    found = Celery("test", broker="redis://127.0.0.1:9/0", set_as_current=False)
    found.conf.broker_transport_options = {"max_retries": 0, "socket_connect_timeout": 1}
    found.conf.task_publish_retry = False
    found.conf.beat_schedule = {"a": {"task": "a", "schedule": 30.0}}
    yield found
    found.close()


@pytest.mark.django_db
def test_beat_says_that_it_lives_and_not_too_often(app, monkeypatch):
    stamps = []
    monkeypatch.setattr(Heartbeat, "stamp", stamps.append)
    scheduler = HeartbeatScheduler(app)
    monkeypatch.setattr(scheduler, "apply_async", lambda *_, **__: None)
    delays = [scheduler.tick(), scheduler.tick()]
    assert stamps == ["beat"]
    assert max(delays) <= 10


@pytest.mark.django_db
def test_beat_ends_once_its_supervisor_is_gone(app, monkeypatch):
    stamps = []
    monkeypatch.setattr(Heartbeat, "stamp", stamps.append)
    scheduler = HeartbeatScheduler(app)
    monkeypatch.setattr(scheduler, "apply_async", lambda *args, **kwargs: None)
    monkeypatch.setenv("SUPERVISED_BY", str(os.getppid()))
    scheduler.tick()
    monkeypatch.setenv("SUPERVISED_BY", "1" if os.getppid() != 1 else "2")
    with pytest.raises(SystemExit):
        scheduler.tick()
    assert stamps == ["beat"]


@pytest.mark.django_db
def test_each_task_is_due_right_after_a_start(app, monkeypatch):
    sent = []
    scheduler = HeartbeatScheduler(app)
    monkeypatch.setattr(scheduler, "apply_async", lambda entry, **_: sent.append(entry.task))
    scheduler.tick()
    assert sent == ["a"]


@pytest.mark.django_db
def test_beat_goes_on_without_database_and_broker(app, monkeypatch, caplog):
    def refuse(_):
        raise DatabaseError("away")

    monkeypatch.setattr(Heartbeat, "stamp", refuse)
    scheduler = HeartbeatScheduler(app)
    scheduler.tick()
    told = [record.getMessage() for record in caplog.records]
    assert [word for word in ("beat_not_stamped", "wakeup_not_sent") if word in str(told)] == [
        "beat_not_stamped",
        "wakeup_not_sent",
    ]


@pytest.mark.django_db
def test_a_worker_says_that_it_lives():
    product.stamp_worker()
    age = Heartbeat.age("worker")
    assert age is not None
    assert age.total_seconds() < 5


def test_a_wake_up_lives_no_longer_than_its_period():
    for entry in product.beat_schedule().values():
        assert entry["options"]["expires"] >= entry["schedule"]


def test_the_timetable_can_leave_tasks_out_but_only_its_own():
    assert "notices.sweep" in product.beat_schedule()
    assert "notices.sweep" not in product.beat_schedule(without=["notices.sweep"])
    with pytest.raises(ImproperlyConfigured, match=r"notices\.swep"):
        product.beat_schedule(without=["notices.swep"])


def test_the_settings_that_keep_messages_safe():
    conf = current_app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert conf.task_ignore_result is True
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit


def test_publishing_without_a_broker_fails_at_once(app):
    began = time.monotonic()
    with pytest.raises(OperationalError):
        app.send_task("a", retry=False)
    assert time.monotonic() - began < 2
