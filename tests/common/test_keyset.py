"""Pages by keyset: every row once, in order, whichever way one walks."""

import pytest
from django.utils.text import slugify

from accounts.models import Account, User
from common.admin.keyset import Order, Page, Place
from tests.accounts.making import make_person

pytestmark = pytest.mark.django_db

SIZE = 3
REFERENCES = [None, "k", None, "c", "x", None, "a", None, "z", "b"]


def page_at(rows, place="", *, counted_to=100):
    return Page(
        rows,
        order=Order.of(rows),
        place=Place.named(place, rows.model),
        size=SIZE,
        counted_to=counted_to,
    )


def walk(rows, *, place="", towards="next"):
    """The pages' rows from a place on, following that link to its end."""
    pages = []
    at: str | None = place
    while at is not None:
        page = page_at(rows, at)
        pages.append([row.pk for row in page.rows])
        at = getattr(page, towards)
        assert len(pages) < 20
    return pages


@pytest.fixture
def accounts():
    """Ten organizations, some with the same name, some without a reference."""
    made = [
        Account(kind="organization", name=name, external_ref=ref)
        for name, ref in zip("ababcaabbc", REFERENCES, strict=True)
    ]
    Account.objects.bulk_create(made)
    return Account.objects.all()


ORDERS = [
    ["pk"],
    ["-pk"],
    ["name", "-pk"],
    ["-name", "-pk", "-pk"],
    ["external_ref", "-pk"],
    ["-external_ref", "-pk"],
    ["public_id"],
]


@pytest.mark.parametrize("order", ORDERS, ids=slugify)
def test_all_rows_once_in_the_databases_order_both_ways(accounts, order):
    rows = accounts.order_by(*order)
    sign = "-" if order[0].startswith("-") else ""
    expected = list(accounts.order_by(order[0], f"{sign}pk").values_list("pk", flat=True))

    onward = walk(rows)
    back = walk(rows, place="end", towards="previous")

    assert [pk for page in onward for pk in page] == expected
    assert [len(page) for page in onward] == [3, 3, 3, 1]
    # The last page is a whole one; so is the first that one comes back to.
    assert back[0] == expected[-3:]
    assert back[-1] == expected[:3]
    assert set(expected) == {pk for page in back for pk in page}


@pytest.mark.parametrize("order", ORDERS, ids=slugify)
def test_next_then_previous_is_where_one_was(accounts, order):
    rows = accounts.order_by(*order)
    first = page_at(rows)
    second = page_at(rows, first.next)
    third = page_at(rows, second.next)

    again = page_at(rows, third.previous)

    assert again.rows == second.rows
    assert (again.next, again.previous) == (second.next, second.previous)
    assert page_at(rows, again.previous).rows == first.rows


def test_rows_added_meanwhile_move_nothing(accounts):
    rows = accounts.order_by("-pk")
    first = page_at(rows)
    second = page_at(rows, first.next)
    assert second.position == (4, 6)
    Account.objects.create(kind="organization", name="new")

    assert page_at(rows, first.next).rows == second.rows
    # The number is worked out anew: it says where the row stands now.
    assert page_at(rows, first.next).position == (5, 7)
    assert page_at(rows, second.previous).rows == first.rows


def test_positions_and_totals_are_counted_no_further_than_said(accounts):
    rows = accounts.order_by("pk")
    second = page_at(rows, page_at(rows).next, counted_to=5)
    third = page_at(rows, second.next, counted_to=5)
    end = page_at(rows, "end", counted_to=5)

    assert (second.position, second.total) == ((4, 6), None)
    assert third.position is None
    assert (end.position, end.total, end.is_last) == (None, None, True)
    assert page_at(rows, "end").position == (8, 10)
    assert page_at(rows, "end").total == 10


@pytest.mark.parametrize(
    "place", ["2", "after-", "after-x", "before-99999999999999999999", "end-1"]
)
def test_an_address_nobody_gave_is_the_first_page(accounts, place):
    assert page_at(accounts.order_by("pk"), place).position == (1, 3)


def test_a_row_that_is_not_there_leads_to_the_first_page(accounts):
    assert page_at(accounts.order_by("name", "-pk"), "after-987654321").position == (1, 3)


def test_a_list_of_one_page_is_not_counted(accounts, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = page_at(accounts.filter(name="c").order_by("pk"))
        assert (page.is_only, page.total, page.position) == (True, 2, (1, 2))


def test_an_empty_list_has_one_page_without_rows(accounts):
    page = page_at(accounts.filter(name="nobody").order_by("pk"), "end")
    assert (page.rows, page.is_only, page.total) == ([], True, 0)


@pytest.mark.parametrize(
    "order",
    [["kind", "-pk"], ["holder", "-pk"], ["name", "kind", "-pk"], ["memberships__role"], ["?"], []],
    ids=slugify,
)
def test_other_orders_are_not_paged_by_keyset(order):
    assert Order.of(Account.objects.order_by(*order)) is None


def test_what_is_sorted_by_is_indexed():
    assert Order.of(User.objects.order_by("-date_joined", "-pk")) is not None
    make_person()
    assert page_at(User.objects.order_by("-date_joined", "-pk")).total == 1
