"""What holds now, all of it: where a gateway begins, and begins again.

Written to a file of its own first, so that a reader who is slow holds no connection.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from accounts.enforcement.feed import in_utc, standing
from accounts.enforcement.signing import sign

# The file is never larger than what it is made of, and JSON of one shape packs well.
LEVEL = 1
CHUNK = 256 * 1024

# Neither character is in JSON, so lines come as they are.
_COPY = r"""
COPY (SELECT '{"sequence":' || sequence || ',' || body
      FROM accounts_enforcementstate WHERE NOT gone)
TO STDOUT (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
"""
_HEAD = """
SELECT accounts_enforcement_feed()::text, feed.last,
       (SELECT count(*) FROM accounts_enforcementstate WHERE NOT gone)
FROM accounts_enforcementfeed feed
"""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A file with the lines, packed by gzip, and what it is of."""

    etag: str
    packed: IO[bytes]

    def chunks(self, *, unpack: bool) -> Iterator[bytes]:
        """The file in parts, once; closed at the end or when the reader goes away."""
        with self.packed:
            source: Any = gzip.GzipFile(fileobj=self.packed) if unpack else self.packed
            while part := source.read(CHUNK):
                yield part


def etag() -> str:
    """The tag of a snapshot made now; the same while nothing changed."""
    found = standing()
    return _tag(found.feed, found.last)


def take() -> Snapshot:
    """All that is not gone, as of one moment."""
    made = standing()
    packed = TemporaryFile()  # noqa: SIM115 -- closed by who reads it, see `chunks`
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(_HEAD)
        feed, last, entries = cursor.fetchone()
        head = {
            "feed": feed,
            "through": last,
            "made_at": in_utc(made.made_at),
            "max_staleness": settings.ENFORCEMENT_MAX_STALENESS,
            "entries": entries,
        }
        _write(packed, head, cursor, made.stamped)
    packed.seek(0)
    return Snapshot(etag=_tag(feed, last), packed=packed)


def _write(packed: IO[bytes], head: dict[str, Any], cursor: Any, moment: datetime) -> None:
    # By their digest, so that a reader can check it while it reads: `t` is in the last line.
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as out:
        for part in _lines(head, cursor):
            digest.update(part)
            out.write(part)
        out.write(_json({"signature": sign(digest.hexdigest().encode(), moment=moment)}))


def _lines(head: dict[str, Any], cursor: Any) -> Iterator[bytes]:
    yield _json(head)
    with cursor.copy(_COPY) as copy:
        for row in copy:
            yield bytes(row)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _tag(feed: str, last: int) -> str:
    return f'"{feed}-{last}"'
