"""Usage page by page, summed up, one charge, and the file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from billing.charging import charge
from billing.models import Charge
from billing.pages import usage as pages
from billing.templatetags.customer_money import exact_text
from common.clock import local_day, now
from tests.accounts.making import make_account, make_key, make_model, make_service
from tests.billing.making import line, paid_in, spend
from tests.notices.making import make_organization


@pytest.fixture
def account(person):
    account = make_organization(person, name="Harbour Ltd")
    paid_in(account, 1000)
    return account


@pytest.fixture
def get(client, person):
    client.force_login(person)

    def get(name, account, *rest, **query):
        response = client.get(reverse(name, args=[account.public_id, *rest]), query)
        assert response.status_code == 200
        return " ".join(response.getvalue().decode().replace("\u00a0", " ").split())

    return get


def rows_of(client, account, **query):
    file = client.get(reverse("money_usage_file", args=[account.public_id]), query)
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = file.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_each_charge_says_what_was_rated_exactly_and_what_was_taken(get, account):
    spend(account, "0.0000014")
    found = get("money_usage", account)
    assert '<span class="money">¥ 0.000001</span>' in found
    assert "¥ 0.0000014" in found


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("0", "0.00"),
        ("1", "0.000001"),
        ("0.000000000001", "0.000000000000000001"),
        ("1234567890123.5", "1,234,567.8901235"),
        ("10000", "0.01"),
        ("100000000", "100.00"),
    ],
)
def test_rated_amounts_lose_no_digit(exact, shown):
    assert exact_text(Decimal(exact)) == shown


def test_pages_go_through_all_charges_once_even_of_one_moment(client, get, account, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 4)
    moment = now()
    charge([line(account, 1, used_at=moment) for _turn in range(7)])
    charge([line(account, 1, used_at=moment - timedelta(seconds=n)) for n in range(3)])
    address, seen = reverse("money_usage", args=[account.public_id]), []
    first, last = (moment + timedelta(days=days) for days in (-2, 2))
    query = {"since": f"{first:%Y-%m-%d}", "until": f"{last:%Y-%m-%d}"}
    while True:
        context = client.get(address, query).context
        seen += [one.pk for one in context["charges"]]
        if not context["older"]:
            break
        query["after"] = context["older"]
    assert sorted(seen, reverse=True) == list(
        Charge.objects.order_by("-pk").values_list("pk", flat=True)
    )
    moments = dict(Charge.objects.values_list("pk", "used_at"))
    assert [moments[pk] for pk in seen] == sorted(moments.values(), reverse=True)


@pytest.mark.parametrize(
    "after", ["x", "-", "1-", "9" * 40 + "-1", "1-" + "9" * 40, "²-1", "1700000000000000-1\x00"]
)
def test_a_place_that_is_none_is_the_first_page(get, account, after):
    spend(account, 1)
    assert "¥ 1.00" in get("money_usage", account, after=after)


def test_filters_by_key_model_and_period(client, get, account):
    model, key = make_model(make_service()), make_key(account)
    spend(account, 1, model=model.pk)
    spend(account, 2, api_key=key.pk)
    spend(account, 3, used_at=now() - timedelta(days=60))
    assert {row["Taken (CNY)"] for row in rows_of(client, account)} == {"1.000000", "2.000000"}
    (row,) = rows_of(client, account, model=model.slug)
    assert (row["Model"], row["Taken (CNY)"]) == (model.name, "1.000000")
    (row,) = rows_of(client, account, key=key.public_id)
    assert row["Key"] == str(key)
    then = localdate(now() - timedelta(days=61)).isoformat()
    assert len(rows_of(client, account, since=then)) == 3
    assert "2.00" in get("money_usage", account, key=key.public_id)
    assert "1.00" not in get("money_usage", account, key=key.public_id)


def test_another_accounts_key_is_no_choice(get, account):
    other = make_account()
    key = make_key(other)
    found = get("money_usage", account, key=key.public_id)
    assert key.name not in found or key.prefix not in found
    assert "Download CSV" not in found


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-13-01"},
        {"since": "2026-02-02", "until": "2026-01-01"},
        {"since": "2001-01-01"},
        {"since": "0001-01-01", "until": "0001-01-02"},
        {"since": "9999-12-30", "until": "9999-12-31"},
        {"model": "nothing"},
        {"since": "\x00"},
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_in_words(client, get, account, query):
    found = get("money_usage", account, **query)
    assert "errorlist" in found or 'role="alert"' in found
    address = reverse("money_usage_file", args=[account.public_id])
    assert client.get(address, query).status_code == 302


def test_sums_by_day_model_and_key(client, get, account):
    model, key = make_model(make_service()), make_key(account)
    spend(account, 1, model=model.pk, api_key=key.pk)
    spend(account, 2, model=model.pk)
    spend(account, 4)
    for by, expected in (("day", [7]), ("model", [4, 3]), ("api_key", [6, 1])):
        address = reverse("money_usage", args=[account.public_id])
        context = client.get(address, {"by": by}).context
        assert [of.taken // 10**6 for _one, of in context["sums"]] == expected
        assert (context["total"].charges, context["total"].taken) == (3, 7 * 10**6)


def test_days_begin_where_the_account_is(client, get, person):
    west = make_organization(person, name="West", time_zone="America/Los_Angeles")
    paid_in(west, 10)
    # Three in the morning in Shanghai is noon the day before in Los Angeles.
    used_at = now().replace(hour=19) - timedelta(days=2)
    spend(west, 1, used_at=used_at)
    address = reverse("money_usage", args=[west.public_id])
    since = localdate(now() - timedelta(days=5)).isoformat()
    (row,) = client.get(address, {"by": "day", "since": since}).context["sums"]
    assert row[0] == local_day(used_at, "America/Los_Angeles")


def test_no_cell_of_the_file_is_a_formula(client, get, account):
    key = make_key(account)
    type(key).objects.filter(pk=key.pk).update(name="x")
    spend(account, 1, key="=HYPERLINK(1)", api_key=key.pk)
    spend(account, 1, key="@x")
    get("money_usage", account)
    assert {row["Reference"] for row in rows_of(client, account)} == {"'=HYPERLINK(1)", "'@x"}


def test_the_file_is_read_in_pieces(client, get, account, monkeypatch):
    from billing import usage

    monkeypatch.setattr(usage, "MOST_IN_A_READ", 3)
    charge([line(account, 1) for _turn in range(8)])
    get("money_usage", account)
    assert len({row["Reference"] for row in rows_of(client, account)}) == 8


def test_a_charge_says_where_it_was_taken_from_and_that_it_stands(get, account):
    model = make_model(make_service())
    spend(account, "1.5", model=model.pk, quantities={"tokens_in": 1200})
    found = get("money_charge", account, Charge.objects.get().pk)
    assert "tokens_in" in found
    assert "1200" in found
    assert found.count("¥ 1.50") == 3
    assert "No. Once used, usage has to be paid for" in found
    assert Charge.objects.get().key in found


def test_a_charge_too_small_to_take_anything_has_its_page(get, account):
    spend(account, "0.0000001")
    assert "¥ 0.0000001" in get("money_charge", account, Charge.objects.get().pk)


def test_times_of_the_list_are_those_where_the_account_is(client, get, person):
    west = make_organization(person, name="West", time_zone="America/Los_Angeles")
    paid_in(west, 10)
    used_at = now() - timedelta(hours=1)
    spend(west, 1, used_at=used_at)
    since = localdate(used_at - timedelta(days=2)).isoformat()
    local = used_at.astimezone(ZoneInfo("America/Los_Angeles"))
    assert f"{local:%H:%M:%S} ·" in get("money_usage", west, since=since)
