"""What became of messages is counted once, whatever commits late and whoever counts."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from common.seals import rows
from notices import delivering, tallies
from notices.health import health
from notices.models import Attempt, Delivery, DeliveryTally
from tests.notices.making import make_announced, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


def settled():
    """Until whatever was written before is over for everybody on the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        mine = cursor.fetchone()[0]
    assert wait_until(lambda: rows.watermark() > mine, seconds=60)


def counted(grain="hour"):
    found = {}
    for row in DeliveryTally.objects.filter(grain=grain):
        key = row.channel, row.what
        found[key] = found.get(key, 0) + row.number
    return found


def test_each_record_is_counted_once_by_minute_and_hour():
    people = [make_customer(contact_email=f"p{n}@example.com") for n in range(3)]
    make_announced(*(account for _person, account in people))
    settled()
    assert tallies.count_up(most=2) > 0
    expected = {(c, what): 3 for c in ("email", "sms") for what in ("attempt", "accepted")}
    assert counted("hour") == counted("minute") == expected
    assert tallies.count_up() == 0
    settled()
    assert tallies.count_up() == 0
    assert counted() == expected
    found = health(at=now())
    assert [one.awaited for one in found.queues] == [3, 3]
    assert (found.waiting, found.oldest, found.counted_at is None) == (0, None, False)
    assert sum(sum(tally.numbers.values()) for tally in found.minutes) == 12
    assert len(found.minutes) == 61
    assert len(found.hours) == 25


def test_what_commits_late_is_counted_and_nothing_twice_by_two_at_once(test_database):
    _person, account = make_customer()
    make_announced(account)
    attempt = Attempt.objects.get(delivery__channel="sms")
    before = attempt.outcome
    # Somebody writes early and commits late: the rest is counted meanwhile, and then this.
    with test_database.connect("postgres") as slow:
        slow.autocommit = False
        slow.execute("SET session_replication_role = replica")
        slow.execute("DELETE FROM notices_outcome WHERE id = %s", [before.pk])
        slow.execute(
            "INSERT INTO notices_outcome (attempt_id, verdict, provider_reference, answer,"
            " recorded_at) VALUES (%s, 'ambiguous', '', '{}', now())",
            [attempt.pk],
        )
        make_announced(make_customer(contact_email="more@example.com")[1], service=None)
        tallies.count_up()
        assert ("sms", "ambiguous") not in counted()
        slow.commit()
    settled()
    run_at_once(tallies.count_up, times=2)
    found = counted()
    assert found["sms", "ambiguous"] == 1
    assert found["email", "attempt"] == found["sms", "attempt"] == found["email", "accepted"] == 2


def run_at_once(what, *, times):
    def run():
        try:
            what()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(times)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def test_minutes_are_dropped_and_hours_stay(clock):
    _person, account = make_customer()
    make_announced(account)
    settled()
    tallies.count_up()
    clock.advance(days=3)
    tallies.count_up()
    assert counted("minute") == {}
    assert sum(counted("hour").values()) == 4


def test_what_waits_and_what_is_dead_is_known_without_counting(django_assert_max_num_queries):
    _person, account = make_customer()
    make_announced(account)
    Delivery.objects.filter(channel="sms").update(
        state="retrying", not_before=now() - timedelta(minutes=20)
    )
    attempt = Delivery.objects.get(channel="email").attempts.get()
    delivering.record_bounce(attempt=attempt, reason="Mailbox gone", answer={})
    with django_assert_max_num_queries(6):
        found = health(at=now())
    assert [one.retrying for one in found.queues] == [0, 1]
    assert found.dead["failed"] == 1
    assert found.oldest.delivery.channel == "sms"
    assert found.oldest.late >= timedelta(minutes=20)
