"""Spend by day from totals is what adding up every charge gives, and reads next to none."""

import json
import random
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import charging, tasks, usage, usage_totals
from billing.models import UsageTotal
from common.clock import now
from tests.billing.histories import History
from tests.billing.making import line, make_account, paid_in, spend
from tests.notices.making import make_customer

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ("billing_charge", "billing_journal", "billing_entry")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def roll_up():
    """Everything committed; other databases of the server may hold the watermark back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(transaction), '0')::text FROM billing_journal")
        (last,) = cursor.fetchone()
        for _turn in range(600):
            while usage_totals.roll_up(most=7):
                pass
            cursor.execute("SELECT upto > %s::xid8 FROM billing_usagerollup", [last])
            if cursor.fetchone()[0]:
                return
            threading.Event().wait(0.05)
    raise AssertionError("not rolled up")


def same(account, at=None):
    """Both ways of adding up sixty days."""
    today = usage.today(account, at=at or now())
    first = today - timedelta(days=60)

    def sums(cells):
        return sorted((c.day, c.model or 0, c.api_key or 0, c.sums) for c in cells if c.sums.taken)

    found = usage_totals.cells_of_days(account, first, today)
    expected = usage.cells(usage.of_days(account, first, today))
    assert usage.total(found) == usage.total(expected)
    key = repr
    assert sorted(sums(found), key=key) == sorted(sums(expected), key=key)
    return usage.added_up(found, "day")


def test_rolled_up_or_not_it_is_the_sum_of_all_charges(clock):
    history = History(make_account(), random.Random(11), clock)
    for part in range(6):
        history.run(12)
        same(history.account)
        if part % 2:
            roll_up()
            same(history.account)
    assert UsageTotal.objects.exists()


def test_usage_around_midnight_in_shanghai_and_late_usage(clock):
    clock.set(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI))
    account = make_account(time_zone="Asia/Shanghai")
    paid_in(account, 100)
    midnight = datetime(2026, 3, 2, tzinfo=SHANGHAI)
    spend(account, 1, used_at=midnight - timedelta(microseconds=1))
    spend(account, 2, used_at=midnight)
    roll_up()
    spend(account, 4, used_at=midnight - timedelta(days=3))  # reported late
    days = same(account)
    roll_up()
    assert days == same(account)
    taken = {day.isoformat(): sums.taken // 1_000_000 for day, sums in days.items()}
    assert taken == {"2026-02-27": 4, "2026-03-01": 1, "2026-03-02": 2}


def test_charges_that_took_nothing_are_counted(clock):
    account = make_account()
    paid_in(account, 1)
    spend(account, "0.0000001")
    spend(account, "0.5")
    roll_up()
    [sums] = same(account).values()
    assert sums.charges == 2


def test_an_account_that_moved_to_another_zone_is_added_up_anew():
    account = make_account(time_zone="Asia/Shanghai")
    paid_in(account, 100)
    for hours in range(30):
        spend(account, 1, used_at=now() - timedelta(hours=hours))
    roll_up()
    account.time_zone = "America/New_York"
    account.save()
    same(account)
    spend(account, 1)
    roll_up()
    same(account)


def test_a_transaction_held_open_across_the_roll_up_is_counted_once():
    account = make_account()
    paid_in(account, 100)
    written, go_on = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                spend(make := account, 3)
                written.set()
                assert go_on.wait(30)
                assert make
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    usage_totals.roll_up()
    go_on.set()
    thread.join()
    [sums] = same(account).values()
    assert sums.charges == 1
    roll_up()
    assert same(account) == {usage.today(account, at=now()): sums}


def rows_read(plan, table):
    """Rows of the table that a plan in fact went through, those filtered out included."""
    own = 0
    if plan.get("Relation Name") == table:
        filtered = plan.get("Rows Removed by Filter", 0)
        own = (plan["Actual Rows"] + filtered) * plan["Actual Loops"]
    return own + sum(rows_read(part, table) for part in plan.get("Plans", []))


def test_the_overview_does_not_scan_40000_charges(client, as_owner):
    person, account = make_customer()
    paid_in(account, 100_000)
    at = now()
    for batch in range(40):
        used_at = at - timedelta(hours=17 * batch)
        charging.charge([line(account, "0.01", used_at=used_at) for _n in range(1_000)])
    tasks.roll_up()
    roll_up()
    as_owner.execute("ANALYZE")  # as autovacuum does
    spend(account, 5)
    client.force_login(person)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("money", args=[account.public_id]))
    assert page.status_code == 200
    read = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        for query in captured.captured_queries:
            if not any(table in query["sql"] for table in TABLES):
                continue
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"])
            (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            read += sum(rows_read(plan[0]["Plan"], table) for table in TABLES)
    assert 0 < read <= 200
    assert (
        usage.total(
            usage_totals.cells_of_days(
                account,
                usage.today(account, at=at) - timedelta(days=29),
                usage.today(account, at=at),
            )
        ).charges
        == 40_001
    )
