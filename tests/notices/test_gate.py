"""When the gate opens: whole local days, in the account's own time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from common.clock import now
from notices import gate
from tests.notices.making import make_announced, make_customer, make_organization

pytestmark = pytest.mark.django_db


def told_at(clock, moment, zone):
    """An organization in `zone` told at `moment`; when its gate opens, planned or not."""
    clock.set(moment)
    person, _own = make_customer()
    organization = make_organization(person, time_zone=zone)
    change = make_announced(organization, effective_at=now() + timedelta(days=5))
    planned = change.effective_at
    opens_at = gate.earliest_effect(change, organization)
    lead = gate.opens_if_told(told_at=moment, lead_days=3, zone=zone)
    assert opens_at == max(planned, lead)
    return lead.astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "opens_at"),
    [
        # One second before midnight in Shanghai is still the day before.
        ("2027-03-10T15:59:59", "Asia/Shanghai", "2027-03-13T16:00:00"),
        ("2027-03-10T16:00:01", "Asia/Shanghai", "2027-03-14T16:00:00"),
        # Berlin changes to summer time on 28 March 2027: that day has 23 hours.
        ("2027-03-26T12:00:00", "Europe/Berlin", "2027-03-29T22:00:00"),
        ("2027-03-20T12:00:00", "Europe/Berlin", "2027-03-23T23:00:00"),
        # And back on 31 October.
        ("2027-10-29T12:00:00", "Europe/Berlin", "2027-11-01T23:00:00"),
        ("2027-03-10T00:00:00", "UTC", "2027-03-14T00:00:00"),
        ("2027-03-10T09:30:00", "Pacific/Auckland", "2027-03-13T11:00:00"),
    ],
)
def test_whole_local_days_pass(clock, moment, zone, opens_at):
    moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert told_at(clock, moment, zone) == datetime.fromisoformat(opens_at).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/Santiago"])
def test_python_and_the_database_agree_over_a_year(zone):
    """`opens_if_told` forecasts what the database decides, every day of DST or not."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT told, ((told AT TIME ZONE %(zone)s)::date + 4)::timestamp AT TIME ZONE %(zone)s"
            " FROM generate_series('2027-01-01 00:30+00'::timestamptz,"
            "   '2027-12-31 00:30+00', interval '7 hours') told",
            {"zone": zone},
        )
        rows = cursor.fetchall()
    assert len(rows) > 1000
    for told, opens_at in rows:
        assert gate.opens_if_told(told_at=told, lead_days=3, zone=zone) == opens_at


def test_the_account_moves_after_being_told(clock):
    """The days are counted where the account is when it asks."""
    clock.set(datetime(2027, 3, 26, 12, tzinfo=UTC))
    person, _own = make_customer()
    organization = make_organization(person, time_zone="Asia/Shanghai")
    change = make_announced(organization, effective_at=datetime(2027, 3, 30, tzinfo=UTC))
    assert gate.earliest_effect(change, organization) == datetime(2027, 3, 30, tzinfo=UTC)
    organization.time_zone = "America/Los_Angeles"
    organization.save()
    assert gate.earliest_effect(change, organization) == datetime(2027, 3, 30, 7, tzinfo=UTC)


def test_an_account_the_change_is_not_for_has_no_moment():
    person, own = make_customer()
    change = make_announced(own)
    assert gate.earliest_effect(change, make_organization(person)) is None


def test_an_account_of_nobody_has_no_moment():
    _person, own = make_customer()
    orphan = make_organization(name="Nobody's")
    change = make_announced(own, orphan)
    assert gate.earliest_effect(change, own) == change.effective_at
    assert gate.earliest_effect(change, orphan) is None
    assert not gate.is_through(change)


def test_there_is_a_policy_for_suspensions():
    policy = gate.current_policy("suspension")
    assert policy.lead_days == 3
    assert gate.current_policy("unheard of") is None
