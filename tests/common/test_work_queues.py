"""Counts of the side bar: together, capped, in one statement."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from common import work_queues
from common.clock import now
from common.work_queues import Section, WorkQueue, count_text, count_together, counts_of
from notices.models import Delivery
from tests.accounts.making import make_person

pytestmark = pytest.mark.django_db


def test_querysets_are_counted_in_one_statement(django_assert_num_queries):
    for _turn in range(3):
        make_person(name="Ada")
    with django_assert_num_queries(1):
        counts = count_together(
            [User.objects.all(), None, 7, User.objects.none(), User.objects.filter(name="Ada")]
        )
    assert counts[1:] == [None, 7, 0, 3]


def test_nothing_to_count_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert count_together([None, 2]) == [None, 2]


def test_counting_ends_at_the_cap(monkeypatch):
    monkeypatch.setattr(work_queues, "COUNTED_TO", 2)
    for _turn in range(5):
        make_person()
    assert count_together([User.objects.order_by("name")]) == [3]


@pytest.mark.parametrize(("count", "text"), [(None, ""), (0, "0"), (999, "999"), (1000, "999+")])
def test_how_a_count_is_written(count, text):
    assert count_text(count) == text


# -- for one person ----------------------------------------------------------------


def queue(name, count):
    return WorkQueue(
        name=name, section=Section.SYSTEM, label=name, url=lambda: f"/{name}/", count=count
    )


def test_a_kept_statement_counts_what_is_there_now(django_assert_num_queries):
    ada, asked = make_person(name="Ada"), []

    def count(user, at):
        asked.append(user)
        return User.objects.filter(name=user.name, date_joined__lte=at)

    queues = [queue("namesakes", count), queue("place", lambda user, at: None)]
    assert counts_of(queues, ada) == [1, None]
    make_person(name="Ada")
    with django_assert_num_queries(1):
        assert counts_of(queues, ada) == [2, None]
    assert asked == [ada]


def test_each_person_has_a_statement_of_their_own():
    ada, bob = make_person(name="Ada"), make_person(name="Bob")
    make_person(name="Bob")
    queues = [queue("namesakes", lambda user, at: User.objects.filter(name=user.name))]
    assert [counts_of(queues, ada), counts_of(queues, bob)] == [[1], [2]]


def test_permissions_taken_away_are_noticed():
    ada = make_person(name="Ada", is_staff=True)
    queues = [queue("people", lambda user, at: User.objects.filter(pk=user.pk * user.is_superuser))]
    assert counts_of(queues, ada) == [0]
    ada.is_superuser = True
    assert counts_of(queues, ada) == [1]


def test_a_number_is_worked_out_each_time():
    numbers = iter([3, 5])
    queues = [queue("numbers", lambda user, at: next(numbers))]
    ada = make_person()
    assert [counts_of(queues, ada), counts_of(queues, ada)] == [[3], [5]]


def test_time_goes_on_in_a_kept_statement(clock):
    ada = make_person()
    soon = now() + timedelta(days=1)
    User.objects.filter(pk=ada.pk).update(date_joined=soon)
    queues = [queue("joined", lambda user, at: User.objects.filter(date_joined__lte=at))]
    before = counts_of(queues, ada)[0]
    clock.advance(days=2)
    assert counts_of(queues, ada) == [before + 1]


def test_a_kept_statement_uses_indexes_of_some_rows_only():
    """Planned once for whatever may come, it could not, were the state one of its values."""
    troubled = Delivery.objects.undelivered()
    counting = work_queues._counting([troubled])
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = 'force_generic_plan'"
        )
        cursor.execute(f"PREPARE kept AS {counting.sql}")
        cursor.execute("EXPLAIN EXECUTE kept")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE kept")
    assert "notices_delivery_to_look_into" in plan
