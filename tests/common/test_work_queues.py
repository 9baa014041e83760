"""Counts of the side bar: together, capped, in one statement."""

import pytest

from accounts.models import User
from common import work_queues
from common.work_queues import count_text, count_together
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
