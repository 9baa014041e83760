"""What gateways have applied: their reports, and how far a restriction has come by them.

A gateway says up to which number of the feed it has applied everything, in whatever order and
however often. Of each the highest number counts. An entry is applied on a gateway when its
number is reached; it took from when the restriction or its lifting was written to when the
report was heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import AnothersGateway, FeedIsGone, NotGivenYet, TooManyOfThem
from accounts.models import (
    EnforcementFeed,
    Gateway,
    GatewayAcknowledgement,
    PlatformRestriction,
    Restriction,
    ServiceClient,
)
from accounts.models.gateways import LiveFeed
from common.clock import now

MOST_GATEWAYS = 1_000
# As long as entries of the feed.
KEPT = timedelta(days=30)
# Of a change for many accounts those written last, which have the highest numbers.
MOST_ENTRIES = 10_000

_REPORT = """
WITH reported AS (
    INSERT INTO accounts_gateway AS gateway
        (name, client_id, feed, sequence, applied_at, heard_at, first_heard_at)
    VALUES (%(name)s, %(client)s, %(feed)s, %(sequence)s, %(at)s, %(at)s, %(at)s)
    ON CONFLICT (name) WHERE removed_at IS NULL DO UPDATE SET
        heard_at = greatest(gateway.heard_at, excluded.heard_at),
        feed = excluded.feed,
        sequence = CASE WHEN gateway.feed = excluded.feed
            THEN greatest(gateway.sequence, excluded.sequence) ELSE excluded.sequence END,
        applied_at = CASE WHEN gateway.feed = excluded.feed
            AND gateway.sequence >= excluded.sequence
            THEN gateway.applied_at ELSE excluded.applied_at END
        WHERE gateway.client_id = excluded.client_id
    RETURNING id, feed, sequence
), acknowledged AS (
    INSERT INTO accounts_gatewayacknowledgement (gateway_id, feed, sequence, at)
    SELECT id, feed, sequence, %(at)s FROM reported
    ON CONFLICT (gateway_id, feed, sequence) DO NOTHING
)
SELECT sequence FROM reported
"""


def report(*, client: ServiceClient, gateway: str, feed: UUID, sequence: int, at: datetime) -> int:
    """Records that `gateway` has applied `feed` up to `sequence`; the highest such number.

    Raises `FeedIsGone` for another feed than the live one, `NotGivenYet` for a number that no
    entry has, `AnothersGateway` for a name that another service client reports,
    `TooManyOfThem`.
    """
    live = EnforcementFeed.objects.annotate(live_as=LiveFeed()).get()
    if feed != live.live_as:
        raise FeedIsGone(_("Take a snapshot, and go on from its number."))
    if sequence > live.last:
        raise NotGivenYet(_("The feed has not come so far: its last number is %s.") % live.last)
    present = Gateway.objects.present()
    if not present.filter(name=gateway).exists() and present.count() >= MOST_GATEWAYS:
        raise TooManyOfThem(_("There are too many gateways: remove those that are gone."))
    given: dict[str, Any] = {
        "name": gateway,
        "client": client.pk,
        "feed": feed,
        "sequence": sequence,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, given)
        row = cursor.fetchone()
    if row is None:
        raise AnothersGateway(
            _(
                "Another service client reports this gateway. Choose another name, or have staff "
                "remove that gateway first."
            )
        )
    return int(row[0])


def forget(*, at: datetime) -> int:
    """Deletes reports older than the feed's entries; how many."""
    old = GatewayAcknowledgement.objects.filter(at__lt=at - KEPT)
    return old.delete()[0]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """On how many of the gateways it is applied, and the longest that one took; None where no
    gateway took it from the feed, because it began with a snapshot that had it."""

    on: int
    of: int
    slowest: timedelta | None

    def in_words(self) -> str:
        """As in "applied on 3 of 4 gateways, slowest 2.1 s"."""
        words = ngettext(
            "applied on %(on)d of %(of)d gateway", "applied on %(on)d of %(of)d gateways", self.of
        ) % {"on": self.on, "of": self.of}
        if self.slowest is None:
            return words
        return _("%(applied)s, slowest %(took)s") % {
            "applied": words,
            "took": seconds_in_words(self.slowest),
        }


def seconds_in_words(length: timedelta) -> str:
    """As in "2.1 s" or "3 min"; what lasted hours is told in hours."""
    seconds = max(length.total_seconds(), 0)
    if seconds < 120:
        return _("%s s") % number_format(round(seconds, 1), 1)
    if seconds < 7200:
        return _("%s min") % number_format(round(seconds / 60))
    return _("%s h") % number_format(round(seconds / 3600), force_grouping=True)


# `written` are the entries by when they were written; those written at once came with one
# statement, so a change for thousands is a handful of moments. What is not numbered yet, or
# not as it is now, is applied nowhere. Of what was lifted the feed forgets after a while.
_APPLIED = """
WITH written AS (
    SELECT entry.at, max(state.sequence) AS sequence,
           bool_and(CASE WHEN entry.gone THEN coalesce(state.gone, true)
                    ELSE state.id IS NOT NULL END) AS numbered
    FROM unnest(%(ids)s::text[], %(gone)s::boolean[], %(moments)s::timestamptz[])
        AS entry (id, gone, at)
    LEFT JOIN accounts_enforcementstate state ON state.id = entry.id
    GROUP BY entry.at
)
SELECT gateway.id,
       bool_and(written.numbered AND gateway.feed = feed.id
                AND gateway.sequence >= coalesce(written.sequence, 0)) AS applied,
       max(first.at - written.at) FILTER (
           WHERE gateway.first_heard_at <= written.at AND written.at > %(since)s) AS took
FROM accounts_gateway gateway
CROSS JOIN (SELECT accounts_enforcement_feed() AS id) feed
CROSS JOIN written
LEFT JOIN LATERAL (
    SELECT acknowledged.at FROM accounts_gatewayacknowledgement acknowledged
    WHERE acknowledged.gateway_id = gateway.id AND acknowledged.feed = feed.id
      AND acknowledged.sequence >= written.sequence
    ORDER BY acknowledged.sequence LIMIT 1
) first ON written.numbered
WHERE gateway.removed_at IS NULL
GROUP BY gateway.id
"""


@dataclass(frozen=True)
class Written:
    """An entry of the feed by what stands behind it: whether it is to be gone, and since when."""

    id: str
    gone: bool
    at: datetime


def applied(written: Iterable[Written]) -> Applied | None:
    """How far these have come; None where there are none, or no gateway reports."""
    entries = list(written)
    if not entries:
        return None
    given: dict[str, Any] = {
        "ids": [entry.id for entry in entries],
        "gone": [entry.gone for entry in entries],
        "moments": [entry.at for entry in entries],
        # Reports of what is older may be forgotten.
        "since": now() - KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED, given)
        rows = cursor.fetchall()
    if not rows:
        return None
    times = [took for _gateway, is_applied, took in rows if is_applied and took is not None]
    return Applied(
        on=sum(is_applied for _gateway, is_applied, _took in rows),
        of=len(rows),
        slowest=max(times, default=None),
    )


def of_restrictions(restrictions: QuerySet[Restriction]) -> Applied | None:
    """How far these restrictions, or their liftings, have come; of many, those written last."""
    return applied(_written("restriction", restrictions.order_by("-permit_id")))


def of_everybody(restrictions: QuerySet[PlatformRestriction]) -> Applied | None:
    """The same of restrictions for everybody."""
    return applied(_written("platform", restrictions.order_by("-starts_at")))


def of_change(change: UUID) -> Applied | None:
    """The same of all that a change takes away, or gave back."""
    own = Restriction.objects.filter(permit__change=change)
    return of_restrictions(own) or of_everybody(PlatformRestriction.objects.filter(change=change))


def _written(kind: str, restrictions: QuerySet[Any]) -> Iterable[Written]:
    # What is over nobody has to know.
    known = restrictions.exclude(ends_at__lte=now(), lifting=None)
    found = known.values_list("pk", "recorded_at", "lifting__recorded_at")
    for pk, recorded_at, lifted_at in found[:MOST_ENTRIES]:
        lifted = lifted_at is not None
        yield Written(f"{kind}-{pk}", lifted, lifted_at if lifted else recorded_at)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long after an entry got its number it was applied: half of them within, all within."""

    half: timedelta
    slowest: timedelta


_PACE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took), max(took)
FROM (
    SELECT acknowledged.at - entry.numbered_at AS took
    FROM accounts_gatewayacknowledgement acknowledged
    JOIN accounts_enforcemententry entry ON entry.sequence = acknowledged.sequence
    WHERE acknowledged.gateway_id = %s AND acknowledged.feed = %s
      AND entry.numbered_at > %s
    ORDER BY acknowledged.sequence DESC LIMIT 100
) last
"""


def pace_of(gateway: Gateway) -> Pace | None:
    """By its last hundred reports; None where it has made none."""
    with connection.cursor() as cursor:
        cursor.execute(_PACE, [gateway.pk, gateway.feed, gateway.first_heard_at])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    return Pace(half=row[0], slowest=row[1])
