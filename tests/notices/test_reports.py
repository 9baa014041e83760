"""Numbers for staff: told, late, in effect, by channel, by day."""

from datetime import timedelta

import pytest

from common.clock import local_day, now
from notices import progress
from notices.home import words
from notices.models import Delivery, Reading
from notices.reports import channel_progress, deliveries_by_day
from notices.standings import reckon
from tests.notices.making import make_announced, make_customer, make_organization, plan

pytestmark = pytest.mark.django_db


def test_the_tally_counts_what_the_gates_say(clock):
    _li, own = make_customer()
    orphan = make_organization(name="Nobody's")
    change = make_announced(own, orphan)
    counted = reckon(change, at=now())
    assert (counted.accounts, counted.told, counted.untold) == (2, 1, 1)
    assert (counted.late, counted.passed) == (0, 0)
    assert counted.told_share == 0.5
    assert counted.first_opens_at == change.effective_at
    clock.advance(days=6)
    progress.take_effect_all(at=now())
    assert reckon(change, at=now()).passed == 1


def test_an_empty_change_has_told_nobody():
    assert reckon(plan(), at=now()).told_share == 0


def test_progress_by_channel():
    _li, own = make_customer()
    change = make_announced(own)
    Reading.record(notice=notice_of(change))
    rows = {row.channel: row for row in channel_progress(change, "announced")}
    assert [row.label for row in rows.values()]
    assert rows["inbox"].total == rows["inbox"].accepted == 1
    assert rows["email"].accepted_share == 1
    Delivery.objects.filter(channel="sms").update(state="failed")
    Delivery.objects.filter(channel="email").update(state="cancelled")
    rows = {row.channel: row for row in channel_progress(change, "announced")}
    assert rows["sms"].failed_share == 1
    assert rows["sms"].unsettled_share == 0
    assert rows["email"].accepted_share == 0
    assert channel_progress(change, "lifted")[1].accepted_share == 0


def notice_of(change):
    return change.expansions.get().notices.get()


def test_deliveries_by_day(clock):
    _li, own = make_customer()
    make_announced(own)
    moment = now()
    days = deliveries_by_day(days=14, at=moment, zone="Asia/Shanghai")
    assert len(days) == 14
    assert days[local_day(moment, "Asia/Shanghai")] == {"email:accepted": 1, "sms:accepted": 1}
    later = deliveries_by_day(days=3, at=moment + timedelta(days=5), zone="Asia/Shanghai")
    assert [dict(counted) for counted in later.values()] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (timedelta(minutes=5), "5"),
        (timedelta(hours=2, minutes=10), "2"),
        (timedelta(days=3), "3"),
    ],
)
def test_waits_are_said_in_words(wait, expected):
    assert words(wait).startswith(expected)
