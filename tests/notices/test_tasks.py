"""Jobs are woken, coalesce, and finish the work when the broker loses every message."""

from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from common.clock import now
from common.models import Wakeup
from common.wakeups import wake
from notices import announced, tasks
from notices.models import Delivery, ServiceChange
from tests.notices.making import approve, make_customer, make_supervisor, plan, propose


@pytest.fixture
def published(monkeypatch):
    """The messages that reach the broker; set `.fail` to take it away."""

    class Broker(list):
        fail = False

        def send_task(self, name, **options):
            if self.fail:
                raise OperationalError("nobody there")
            self.append(name)

    broker = Broker()
    monkeypatch.setattr("common.wakeups.current_app", broker)
    return broker


def ready_change():
    _person, account = make_customer()
    change = plan(account)
    propose(change)
    return change


@pytest.mark.django_db
def test_approval_wakes_the_announcer_after_commit(published, django_capture_on_commit_callbacks):
    change = ready_change()
    with django_capture_on_commit_callbacks(execute=True):
        approve(change)
        assert published == []
    assert published == ["notices.announce"]


@pytest.mark.django_db
def test_at_once_wakes_the_effect(published, django_capture_on_commit_callbacks):
    _person, account = make_customer()
    change = plan(account, at_once=True, grounds="x", in_days=0)
    propose(change)
    with django_capture_on_commit_callbacks(execute=True):
        approve(change)
    assert published == ["notices.take_effect"]


@pytest.mark.django_db
def test_wake_ups_of_a_kind_coalesce(published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wake("notices.sweep")
        wake("notices.sweep")
        wake("notices.announce")
    assert published == ["notices.sweep", "notices.announce"]
    Wakeup.answer("notices.sweep")
    with django_capture_on_commit_callbacks(execute=True):
        wake("notices.sweep")
    assert published[-1] == "notices.sweep"


@pytest.mark.django_db
def test_a_lost_wake_up_is_forgotten(published, django_capture_on_commit_callbacks):
    Wakeup.claim("notices.sweep")
    Wakeup.objects.update(published_at=now() - timedelta(seconds=Wakeup.LOST_AFTER_SECONDS + 60))
    with django_capture_on_commit_callbacks(execute=True):
        wake("notices.sweep")
    assert published == ["notices.sweep"]


@pytest.mark.django_db
def test_without_a_broker_the_sweeper_finishes(
    published, django_capture_on_commit_callbacks, clock
):
    published.fail = True
    change = ready_change()
    with django_capture_on_commit_callbacks(execute=True):
        approve(change)
    change.refresh_from_db()
    assert change.state == "approved"
    published.fail = False
    with django_capture_on_commit_callbacks(execute=True):
        Wakeup.objects.update(published_at=None)
        tasks.sweep()
    assert set(published) == {"notices.announce", "notices.reckon"}
    published.clear()
    assert tasks.announce() == 2
    with django_capture_on_commit_callbacks(execute=True):
        clock.advance(minutes=2)
        Wakeup.objects.update(published_at=None)
        tasks.sweep()
    assert {"notices.send_email", "notices.send_sms"} <= set(published)
    tasks.send_email()
    tasks.send_sms()
    assert Delivery.objects.filter(state="accepted").count() == 2
    change.refresh_from_db()
    assert change.state == "announced"
    clock.advance(days=10)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep()
    assert "notices.take_effect" in published
    assert tasks.take_effect() == 1
    change.refresh_from_db()
    assert change.state == "complete"


@pytest.mark.django_db
def test_announcing_wakes_the_senders(published, django_capture_on_commit_callbacks):
    approve(ready_change())
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.announce() == 2  # begun, and everybody written to
    assert published == ["notices.send_email", "notices.send_sms"]
    assert tasks.announce() == 0


@pytest.mark.django_db
def test_a_change_withdrawn_meanwhile_is_left_alone(clock):
    change = ready_change()
    approve(change)
    stale = ServiceChange.objects.get(pk=change.pk)
    announced.withdraw(change=change, withdrawn_by=make_supervisor(), reason="No", at=now())
    from notices import progress

    assert not progress.step(stale, at=now())
    assert progress.take_effect(stale, at=now()) == 0
    assert not progress.conclude_announcing(stale)


def test_every_job_in_the_beat_table_exists():
    from apiqik_backoffice.celery import BEAT_SCHEDULE, app

    app.loader.import_default_modules()
    assert set(BEAT_SCHEDULE) <= set(app.tasks)
    assert "notices.sweep" in BEAT_SCHEDULE
