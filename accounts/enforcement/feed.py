"""Pages of the feed: what came after a number."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.enforcement import sequencer
from accounts.exceptions import FeedIsGone
from common import prepared

# A change is written before its number in the queue is looked at by others; clocks of two
# processes of the database may pass each other by less than this.
MARGIN = timedelta(seconds=1)


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


_STANDING = """
SELECT accounts_enforcement_feed()::text, feed.last, common_now(), clock_timestamp(),
       (SELECT written_at FROM accounts_enforcementchange ORDER BY id LIMIT 1)
FROM accounts_enforcementfeed feed
"""
_LINES = """
SELECT count(*), convert_to(string_agg(line, ',' ORDER BY sequence), 'UTF8')
FROM accounts_enforcemententry WHERE sequence > %s AND sequence <= %s
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
    lines = b""
    if through > since:
        ((count, some),) = prepared.rows(_LINES, (since, through), binary=True)
        if count < through - since:
            raise _gone()
        lines = bytes(some)
    head = {
        "feed": found.feed,
        "since": since,
        "through": through,
        "last": found.last,
        "made_at": in_utc(found.made_at),
        "max_staleness": settings.ENFORCEMENT_MAX_STALENESS,
    }
    body = json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"entries":[' + lines + b"]}"
    return Page(body=body, through=through, stamped=found.stamped)


def in_utc(moment: datetime) -> str:
    """As the API writes moments."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _gone() -> FeedIsGone:
    return FeedIsGone(_("Take a snapshot, and go on from its number."))


def _look() -> tuple[Standing, bool]:
    ((feed, last, now, clock, oldest),) = prepared.rows(_STANDING)
    complete = clock if oldest is None else min(clock, oldest - MARGIN)
    found = Standing(feed=feed, last=last, made_at=now - (clock - complete), stamped=complete)
    return found, oldest is not None
