"""Everything that comes in about messages that were sent: kept first, then read, then counted.

What a provider posted is verified, and committed as it came before anybody reads it; the
same again is nothing new. Each receipt in it is a row of its own, once by the provider's key.
`notices.matching` finds what it is about and `notices.whereabouts` what follows from it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, transaction

from common.clock import now
from common.exceptions import BackOfficeError, NotRegistered
from common.messaging import configured
from common.messaging.providers import Answer, NotGenuine, Posted, Provider
from common.messaging.providers import Receipt as Said
from notices import matching
from notices.models import PostedReceipts, Receipt, UnreadReceipts
from notices.models.receipts import LONGEST_KEY

log = structlog.get_logger(__name__)

Source = PostedReceipts.Source
LONGEST_REFERENCE = 200
LONGEST_HEADER = 2000
# What cannot be read now may be read after a correction of ours.
READ_AGAIN_AFTER = timedelta(minutes=10)
MOST_TRIES = 100


@dataclass(frozen=True)
class Taken:
    """What came of something posted: whether it was new, and how many receipts of it were."""

    posted: PostedReceipts
    is_new: bool
    receipts: int


def take_in(provider: str, posted: Posted, *, at: datetime, source: str = Source.CALLBACK) -> Taken:
    """Keeps what a provider posted, and does what it says. Everything is committed when this
    returns, what cannot be read too; that is looked at again (`read_unread`).

    Raises `NotRegistered` for an unknown provider, and `NotGenuine` for what was posted by
    somebody else, of which nothing is kept. What was fetched from a mailbox of ours anybody
    may have sent; it names the message by a reference that nobody can guess.
    """
    adapter = configured.get(provider)
    if source == Source.CALLBACK:
        adapter.verify(posted)
    return _take(provider, posted, at=at, source=source)


def kept_elsewhere() -> list[str]:
    """Providers whose receipts are fetched, such as bounces from a mailbox."""
    return [
        name
        for name, written in configured.written().items()
        if configured.class_of(written).collect is not Provider.collect
    ]


def collect_all() -> int:
    """Fetches what lies ready at those; how many receipts were posted there."""
    found = 0
    for name in kept_elsewhere():
        try:
            found += configured.get(name).collect(partial(_take_fetched, name))
        except (OSError, DatabaseError, BackOfficeError) as error:
            log.warning("receipts_not_fetched", provider=name, error=type(error).__name__)
    return found


def _take_fetched(provider: str, posted: Posted) -> None:
    take_in(provider, posted, at=now(), source=Source.MAILBOX)


def take_answer(provider: str, answer: Answer, *, at: datetime) -> Taken:
    """The same for what a provider answered when it was asked, with a receipt in it."""
    body = json.dumps(answer.raw, sort_keys=True, default=str).encode()
    row, is_new = _keep(provider, Posted(body=body), Source.QUERY, at=at)
    said = [answer.receipt] if answer.receipt else []
    with transaction.atomic():
        UnreadReceipts.objects.filter(posted=row).delete()
        return Taken(row, is_new, _write(row, said, at=at))


def _take(provider: str, posted: Posted, *, at: datetime, source: str) -> Taken:
    row, is_new = _keep(provider, posted, source, at=at)
    return Taken(row, is_new, read(row, at=at))


@transaction.atomic
def _keep(
    provider: str, posted: Posted, source: str, *, at: datetime
) -> tuple[PostedReceipts, bool]:
    """The row of what was posted, and whether it is new. With a new one goes a row that says
    it has still to be read."""
    row, is_new = PostedReceipts.objects.get_or_create(
        provider=provider,
        sha256=hashlib.sha256(posted.body).hexdigest(),
        defaults={
            "source": source,
            "headers": {
                name: _text(value)[:LONGEST_HEADER] for name, value in posted.headers.items()
            },
            "body": posted.body,
        },
    )
    if is_new:
        UnreadReceipts.objects.create(posted=row, look_at=at)
    return row, is_new


def read(posted: PostedReceipts, *, at: datetime) -> int:
    """Reads what was kept, unless that has been done; the number of new receipts in it."""
    with transaction.atomic():
        unread = UnreadReceipts.objects.select_for_update().filter(posted=posted).first()
        if unread is None:
            return 0
        try:
            adapter = configured.get(posted.provider)
            said = adapter.parse_receipts(Posted(body=bytes(posted.body), headers=posted.headers))
        except (NotGenuine, NotRegistered) as error:
            return _put_off(unread, error, at=at)
        except (
            Exception
        ) as error:  # an adapter's mistake: what was posted is kept for its correction
            log.exception("receipts_break_their_adapter", provider=posted.provider)
            return _put_off(unread, error, at=at)
        unread.delete()
        return _write(posted, said, at=at)


def _put_off(unread: UnreadReceipts, error: Exception, *, at: datetime) -> int:
    log.error(
        "receipts_not_read",
        provider=unread.posted.provider,
        kept=unread.posted_id,
        error=type(error).__name__,
    )
    unread.tries = min(unread.tries + 1, MOST_TRIES)
    unread.look_at = at + READ_AGAIN_AFTER * unread.tries
    unread.save(update_fields=["tries", "look_at"])
    return 0


def read_unread(*, at: datetime, most: int = 100) -> int:
    """Reads what was kept and not read: by a process that ended, or an adapter that could
    not. The number of new receipts."""
    due = UnreadReceipts.objects.filter(look_at__lte=at).order_by("look_at")
    return sum(read(one.posted, at=at) for one in due.select_related("posted")[:most])


def _write(posted: PostedReceipts, said: Sequence[Said], *, at: datetime) -> int:
    """Rows of those receipts that are new, matched. In the caller's transaction."""
    wanted = {_key(one): one for one in said}
    Receipt.objects.bulk_create(
        [
            Receipt(
                posted=posted,
                provider=posted.provider,
                key=key,
                state=one.state,
                reference=_text(one.reference)[:LONGEST_REFERENCE],
                provider_reference=_text(one.provider_reference)[:LONGEST_REFERENCE],
                said_at=one.at,
                detail=cleaned(one.detail),
            )
            # In one order, so that two batches with the same receipts wait and do not clash.
            for key, one in sorted(wanted.items())
        ],
        ignore_conflicts=True,
    )
    new = list(Receipt.objects.filter(posted=posted, match=None, parked=None).order_by("pk"))
    matching.match(new, at=at)
    return len(new)


def _key(said: Said) -> str:
    key = _text(said.key)
    if not key:
        key = f"{said.reference} {said.provider_reference} {said.state} {said.at}"
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _text(value: str) -> str:
    """What PostgreSQL can keep of a text: no NUL, no half characters."""
    return value.replace("\0", "").encode(errors="replace").decode()


def cleaned(value: Any) -> Any:
    """A detail or answer as JSON that PostgreSQL can keep."""
    if isinstance(value, Mapping):
        return {_text(str(name)): cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else _text(str(value))
