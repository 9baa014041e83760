"""Pages of the feed: what came after a number."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.enforcement import sequencer
from accounts.exceptions import FeedIsGone
from common import prepared


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far the feed has come. Complete as of `made_at`: whatever was committed by then has
    a number up to `last`. `stamped` is the same moment by a clock that no demo shifts."""

    feed: str
    last: int
    made_at: datetime
    stamped: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """The body of an answer, up to which number it goes, and its moment for the signature."""

    body: bytes
    through: int
    stamped: datetime


# More than so many that wait are not looked through for the oldest. A change is written a little
# before it is seen, by clocks of which one may pass the other by less than a second.
_LOOKED_AT = 1_000
_STANDING = f"""
SELECT accounts_enforcement_feed()::text, feed.last, common_now(), clock_timestamp(),
       waiting.some, coalesce(greatest(feed.complete_at, waiting.oldest), 'epoch')
FROM accounts_enforcementfeed feed CROSS JOIN (
    SELECT count(*) AS some,
           CASE WHEN count(*) < {_LOOKED_AT} THEN min(written_at) - interval '1 s' END AS oldest
    FROM accounts_unnumbered_changes({_LOOKED_AT})
) waiting
"""
# In pieces, which take a third of the time of one long text. Put in order by the reader: the
# database would sort them on disk.
_LINES = """
SELECT after, piece.entries, piece.lines
FROM generate_series(%(since)s::bigint, %(through)s::bigint - 1, 100) AS start (after)
CROSS JOIN LATERAL (
    SELECT count(*) AS entries,
           convert_to(string_agg(line, ',' ORDER BY sequence), 'UTF8') AS lines
    FROM accounts_enforcemententry
    WHERE sequence > after AND sequence <= least(after + 100, %(through)s::bigint)
) piece
"""


def standing() -> Standing:
    """How far the feed has come, having numbered what was still to be numbered."""
    found, waiting = _look()
    if waiting:
        sequencer.number_all()
        found, waiting = _look()
    return found


def page(*, since: int, limit: int) -> Page:
    """Up to `limit` entries after the number `since`.

    Raises `FeedIsGone` where the feed has forgotten them, or never came so far.
    """
    found = standing()
    through = min(since + limit, found.last)
    if since > found.last:
        raise _gone()
    pieces = _lines(since, through) or [b""]
    head = {
        "feed": found.feed,
        "since": since,
        "through": through,
        "last": found.last,
        "made_at": in_utc(found.made_at),
        "max_staleness": settings.ENFORCEMENT_MAX_STALENESS,
    }
    pieces[0] = json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"entries":[' + pieces[0]
    pieces[-1] += b"]}"
    # Put together once: a page may be millions of bytes.
    body = b",".join(pieces)
    return Page(body=body, through=through, stamped=found.stamped)


def _lines(since: int, through: int) -> list[bytes]:
    """The entries with numbers after the one and up to the other, in pieces without a comma."""
    found = prepared.rows(_LINES, {"since": since, "through": through}, binary=True)
    if sum(entries for _after, entries, _lines in found) < through - since:
        raise _gone()
    return [bytes(lines) for _after, _entries, lines in sorted(found)]


def in_utc(moment: datetime) -> str:
    """As the API writes moments."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _gone() -> FeedIsGone:
    return FeedIsGone(_("Take a snapshot, and go on from its number."))


def _look() -> tuple[Standing, bool]:
    ((feed, last, now, clock, waiting, complete),) = prepared.rows(_STANDING)
    if not waiting:
        complete = clock
    found = Standing(feed=feed, last=last, made_at=now - (clock - complete), stamped=complete)
    return found, waiting > 0
