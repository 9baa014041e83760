"""Deliveries that are due, as light records, locked for whoever sends them.

Hundreds at a time: a model instance for each, with its text, costs more than composing the
letter does.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from common import prepared
from common.arrays import array
from notices.models import Delivery, Template

# What is called off is not sent any more, even before it has been cancelled. By the moment
# alone, as the index has it: with more, all that is due at the same moment would be sorted for
# each batch.
_DUE = """
SELECT delivery.id, delivery.channel, delivery.address, delivery.template_id, delivery.tries,
    delivery.fence, delivery.not_before, delivery.held_by, body.subject, body.body
FROM notices_delivery delivery
JOIN notices_renderedbody body ON body.sha256 = delivery.body_id
JOIN notices_expansion expansion ON expansion.id = delivery.expansion_id
JOIN notices_servicechange change ON change.id = expansion.change_id
WHERE delivery.state IN ('pending', 'retrying') AND delivery.not_before <= %s
    AND delivery.channel = %s
    AND (change.state <> 'withdrawn' OR expansion.phase = 'withdrawn')
ORDER BY delivery.not_before LIMIT {most:d}
FOR UPDATE OF delivery SKIP LOCKED
"""
_OF_TEMPLATES = ("id", "kind", "phase", "channel", "language", "version", "body")
_TEMPLATES = """
SELECT id, kind, phase, channel, language, version, body
FROM notices_template WHERE id = ANY(%s::bigint[])
"""


@dataclass(slots=True)
class Text:
    """The rendered text of a delivery."""

    subject: str
    body: str


@dataclass(slots=True)
class Due:
    """What is needed of a `Delivery` to send it, by the same names."""

    body: Text
    template: Template
    pk: int
    channel: str
    address: str
    template_id: int
    tries: int
    fence: int
    not_before: datetime
    held_by: str


# Whatever asks which way a message goes takes either.
Routable = Delivery | Due


def lock(channel: str, *, at: datetime, most: int) -> list[Due]:
    """Up to `most` deliveries of a channel that are due at `at` and that nobody else holds,
    locked until the transaction ends."""
    rows = prepared.rows(_DUE.format(most=most), (at, channel))
    templates = _templates({row[3] for row in rows})
    return [Due(Text(row[8], row[9]), templates[row[3]], *row[:8]) for row in rows]


def _templates(keys: set[int]) -> dict[int, Template]:
    """A batch has a few, which are read once and not for each delivery."""
    rows = prepared.rows(_TEMPLATES, (array(sorted(keys)),)) if keys else []
    found = [Template.from_db(connection.alias, _OF_TEMPLATES, row) for row in rows]
    return {one.pk: one for one in found}
