"""Of each kind of job one runs at a time, and no wake-up is lost by that."""

import pytest
from django.db import connection

from apiqik_backoffice.database_roles import APP
from apiqik_backoffice.embedded.processes import wait_until
from apiqik_backoffice.settings import base
from common import turns
from common.models import Wakeup
from common.wakeups import wake

KIND = "test.kind"


@pytest.fixture
def published(monkeypatch):
    names = []

    class Broker:
        def send_task(self, name, **options):
            names.append(name)

    monkeypatch.setattr("common.wakeups.current_app", Broker())
    return names


@pytest.fixture
def elsewhere(test_database, django_db_setup):
    """Another process: a function that takes the turn, and one that gives it back."""
    with test_database.connect(APP) as other:

        def take():
            query = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
            return other.execute(query, [Wakeup.TURNS, KIND]).fetchone()[0]

        def give_back():
            other.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [Wakeup.TURNS, KIND])

        take.connection, take.give_back = other, give_back
        yield take


@pytest.fixture
def job(monkeypatch):
    monkeypatch.setattr(turns, "lanes", {})
    runs = []
    decorated = turns.in_turn(KIND)(lambda: runs.append(1) or len(runs))
    decorated.runs = runs
    return decorated


@pytest.mark.django_db
def test_a_free_turn_is_taken_and_given_back(job, elsewhere):
    assert job() == 1
    assert elsewhere()


@pytest.mark.django_db
def test_a_job_leaves_while_another_process_has_the_turn(job, elsewhere):
    assert elsewhere()
    assert job() is None
    assert job.runs == []
    elsewhere.give_back()
    assert job() == 1


@pytest.mark.django_db(transaction=True)
def test_who_was_turned_away_is_made_up_for_by_the_one_who_had_the_turn(job, elsewhere, published):
    assert elsewhere()
    assert job() is None
    elsewhere.give_back()
    assert Wakeup.end_turn([KIND], lane=KIND) == [KIND]
    assert Wakeup.end_turn([KIND], lane=KIND) == []


@pytest.mark.django_db(transaction=True)
def test_work_that_arrives_during_a_turn_wakes_the_kind_again(published, monkeypatch):
    monkeypatch.setattr(turns, "lanes", {})

    @turns.in_turn(KIND)
    def job():
        wake(KIND)
        assert published == [KIND]

    job()
    # It comes when the turn is over, or is turned away and made up for: once is enough.
    assert published == [KIND]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_gives_its_turn_back(elsewhere, monkeypatch):
    monkeypatch.setattr(turns, "lanes", {})

    @turns.in_turn(KIND)
    def job():
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        job()
    assert elsewhere()


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_ends_the_turn_and_the_job_says_what_was_wrong(elsewhere, monkeypatch):
    monkeypatch.setattr(turns, "lanes", {})

    @turns.in_turn(KIND)
    def job():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
            elsewhere.connection.execute("SELECT pg_terminate_backend(%s)", [pid])
            cursor.execute("SELECT 1")

    with pytest.raises(Exception, match="terminat"):
        job()
    connection.close()
    assert wait_until(elsewhere, seconds=5)


@pytest.mark.django_db(transaction=True)
def test_kinds_of_one_lane_take_turns_and_wake_each_other(published, elsewhere, monkeypatch):
    monkeypatch.setattr(turns, "lanes", {})
    first = turns.in_turn("test.first", lane=KIND)(lambda: "done")
    second = turns.in_turn("test.second", lane=KIND)(lambda: "done")
    assert elsewhere()
    assert second() is None
    elsewhere.give_back()
    first()
    assert published[-1] == "test.second"
    assert second() == "done"


@pytest.mark.django_db(transaction=True)
def test_a_lane_of_many_kinds_sends_a_message_for_each_and_no_more(published, monkeypatch):
    """All of them are due at once, as after a night without a worker."""
    monkeypatch.setattr(turns, "lanes", {})
    kinds = [f"test.kind{number}" for number in range(20)]
    jobs = {kind: turns.in_turn(kind, lane=KIND)(lambda: "done") for kind in kinds}
    for kind in kinds:
        wake(kind)
    handled = 0
    while handled < len(published):
        assert jobs[published[handled]]() == "done"
        handled += 1
    assert published == kinds


def test_a_worker_has_a_process_for_every_lane_and_one_to_spare():
    from celery import current_app

    current_app.loader.import_default_modules()
    assert len(turns.lanes) >= 4
    assert len(turns.lanes) < base.CELERY_WORKER_CONCURRENCY
