import pytest

from accounts.models import User
from common.admin.paginators import LimitedPaginator
from tests.accounts.making import make_person


@pytest.mark.django_db
def test_counting_ends_at_the_limit(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(LimitedPaginator, "COUNTED_TO", 3)
    for _turn in range(5):
        make_person()
    with django_assert_num_queries(1):
        paginator = LimitedPaginator(User.objects.order_by("pk"), 2)
        assert (paginator.count, paginator.num_pages) == (3, 2)
        assert paginator.has_more_than_counted


def test_a_list_is_simply_counted():
    paginator = LimitedPaginator([1, 2, 3], 2)
    assert paginator.count == 3
    assert not paginator.has_more_than_counted
