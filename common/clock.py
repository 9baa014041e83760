"""The one clock.

Every stamp of business and evidence is the database's time, read through the SQL
function `common_now()`, so that a web server, a worker and a person at a psql
prompt agree to the microsecond and no host's drifting clock enters the record.
Demo and test databases may shift it; see `common.models.ClockOffset`.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func


class Now(Func):
    """`common_now()` as an expression: use it as `db_default` and in queries."""

    function = "common_now"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """The moment, as an aware datetime in UTC, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT common_now()")
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    moment: datetime = row[0]
    return moment


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in the IANA time zone `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()
