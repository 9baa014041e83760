"""Sealing in tests. Other databases of the server count as well: where a transaction of
another test process is open, rows of this one have to wait."""

from django.db import connection

from apiqik_backoffice.embedded.processes import wait_until
from common.seals import rows, sealing


def seal(**given):
    """Seals everything that was written before; how many rows that was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        now = cursor.fetchone()[0]
    assert wait_until(lambda: rows.watermark() > now, seconds=60)
    return sealing.seal(**given)
