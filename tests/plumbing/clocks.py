"""Shifting the database's clock in tests."""

from datetime import UTC, datetime, timedelta

from apiqik_backoffice.database_roles import OWNER
from tests.plumbing.databases import TestDatabase


class Clock:
    """The clock of the test database, shifted by a committed row that only the owner may write.

    Visible at once to every connection, to one within a transaction too. It goes
    on ticking: `set` decides what time it is at the moment of the call.
    """

    def __init__(self, database: TestDatabase) -> None:
        self._database = database

    def set(self, moment: datetime) -> None:
        """Make it `moment` (aware) now."""
        if moment.tzinfo is None:
            raise ValueError("A moment needs its time zone.")
        self._write("%s - statement_timestamp()", moment)

    def advance(self, **shift: float) -> None:
        """Move on by timedelta's arguments: advance(days=30, seconds=-1)."""
        self._write(
            "%s + coalesce((SELECT shift FROM common_clockoffset WHERE id = 1), interval '0')",
            timedelta(**shift),
        )

    def now(self) -> datetime:
        """Return the time by this clock, in UTC."""
        with self._database.connect(OWNER) as connection:
            row = connection.execute("SELECT common_now() AT TIME ZONE 'UTC'").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment.replace(tzinfo=UTC)

    def reset(self) -> None:
        """Go back to real time."""
        with self._database.connect(OWNER) as connection:
            connection.execute("DELETE FROM common_clockoffset")

    def _write(self, expression: str, value: datetime | timedelta) -> None:
        with self._database.connect(OWNER) as connection:
            connection.execute(
                f"INSERT INTO common_clockoffset (id, shift) VALUES (1, {expression})"
                " ON CONFLICT (id) DO UPDATE SET shift = excluded.shift",
                [value],
            )
