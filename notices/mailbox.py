"""One list of all that a person was told, notices and letters, searched and paged by moment.

A page begins after a `Place`, so the ten-thousandth message is as near as the first. Both
tables are read by their index of recipient and moment; words are looked for in this person's
own messages and in nobody else's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from accounts.models import User
from common.changes import kinds_of_change
from common.changes import label_of as change_label
from notices.letter_kinds import clause_of, label_of, letter_kinds
from notices.models import KeptUnread, Letter, Notice

# Words looked for beyond these would cost more than they tell.
MOST_WORDS = 5
CHANGE, LETTER = "change", "letter"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(\d{1,17})-([01])-(\d{1,18})")


@dataclass(frozen=True, order=True)
class Place:
    """Where a message stands: moment in microseconds, notice (0) or letter (1), its number."""

    micros: int
    table: int
    pk: int

    def __str__(self) -> str:
        return f"{self.micros}-{self.table}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that `str` wrote; None for anything else."""
        found = _PLACE.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to look for; empty: everything. `kind` is one of `kinds_to_choose`; `since` and
    `until` are moments, `until` not among them."""

    words: str = ""
    clause: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unread_only: bool = False


@dataclass(frozen=True)
class Message:
    """One line of the list."""

    record: Notice | Letter
    place: Place
    subject: str
    excerpt: str
    kind: str | Promise
    clause: str
    unread: bool

    @property
    def is_letter(self) -> bool:
        return self.place.table == 1


@dataclass(frozen=True)
class Shown:
    """One page, newest first, and the place the next one begins after, if there is one."""

    messages: Sequence[Message]
    following: Place | None


def page_of(user: User, *, asked: Asked, after: Place | None, size: int) -> Shown:
    """Up to `size` messages of `user` that fit, older than `after`."""
    both = merge(
        _notices(user, asked, after, size + 1),
        _letters(user, asked, after, size + 1),
        key=lambda message: message.place,
        reverse=True,
    )
    found = list(islice(both, size + 1))
    following = found[size - 1].place if len(found) > size else None
    return Shown(found[:size], following)


def kinds_to_choose() -> list[tuple[str, str | Promise]]:
    """Names and labels of all kinds of messages there are."""
    changes = [(f"{CHANGE}:{one.name}", one.label) for one in kinds_of_change]
    written = [(f"{LETTER}:{one.name}", one.label) for one in letter_kinds]
    return [*changes, *written]


def _notices(user: User, asked: Asked, after: Place | None, most: int) -> Iterator[Message]:
    table, _colon, name = asked.kind.partition(":")
    if table == LETTER:
        return
    rows = _common(Notice.objects.of(user), asked, after, 0)
    for word in asked.words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(body__subject__icontains=word) | Q(body__body__icontains=word))
    if name:
        rows = rows.filter(expansion__change__kind=name)
    if asked.clause:
        number = "expansion__change__clause__number"
        parts = Q(**{f"{number}__startswith": f"{asked.clause}."})
        parts |= Q(**{f"{number}__startswith": f"{asked.clause}("})
        rows = rows.filter(Q(**{number: asked.clause}) | parts)
    related = ("body", "reading", "kept_unread", "expansion__change__clause")
    for one in rows.select_related(*related)[:most]:
        change = one.expansion.change
        yield Message(
            record=one,
            place=_place(one, 0),
            subject=one.body.subject,
            excerpt=one.body.body,
            kind=change_label(change.kind),
            clause=change.clause.number,
            unread=_is_unread(one),
        )


def _letters(user: User, asked: Asked, after: Place | None, most: int) -> Iterator[Message]:
    table, _colon, name = asked.kind.partition(":")
    if table == CHANGE:
        return
    rows = _common(Letter.objects.of(user), asked, after, 1)
    for word in asked.words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(subject__icontains=word) | Q(body__icontains=word))
    if name:
        rows = rows.filter(kind=name)
    if asked.clause:
        starts = (f"{asked.clause}.", f"{asked.clause}(")
        fitting = [
            one.name
            for one in letter_kinds
            if one.clause == asked.clause or one.clause.startswith(starts)
        ]
        rows = rows.filter(kind__in=fitting)
    for one in rows.select_related("reading", "kept_unread")[:most]:
        yield Message(
            record=one,
            place=_place(one, 1),
            subject=one.subject,
            excerpt=one.sms or one.body,
            kind=label_of(one),
            clause=clause_of(one),
            unread=_is_unread(one),
        )


def _common(rows: QuerySet[Any], asked: Asked, after: Place | None, table: int) -> QuerySet[Any]:
    rows = rows.order_by("-recorded_at", "-pk")
    if asked.since:
        rows = rows.filter(recorded_at__gte=asked.since)
    if asked.until:
        rows = rows.filter(recorded_at__lt=asked.until)
    if asked.unread_only:
        rows = rows.filter(Q(reading=None) | Q(kept_unread__isnull=False))
    if after is None:
        return rows
    moment = _moment(after.micros)
    if moment is None:
        return rows.none()
    rows = rows.filter(recorded_at__lte=moment)
    if table > after.table:  # of the same moment they came before
        return rows.filter(recorded_at__lt=moment)
    if table < after.table:
        return rows
    return rows.filter(Q(recorded_at__lt=moment) | Q(pk__lt=after.pk))


def _place(record: Notice | Letter, table: int) -> Place:
    since = record.recorded_at - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return Place(micros, table, record.pk)


def _moment(micros: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None


def _is_unread(record: Notice | Letter) -> bool:
    return not hasattr(record, "reading") or hasattr(record, "kept_unread")


# --- read and unread ---------------------------------------------------------------------


def kept_unread(user: User) -> QuerySet[KeptUnread]:
    """What this person marked unread again."""
    return KeptUnread.objects.filter(recipient=user)


def keep_unread(*, record: Notice | Letter, reader: User) -> bool:
    """Marks a message unread that its recipient had read; False for one they had not, and
    for anybody else."""
    if reader.pk != record.recipient_id or _is_unread(record):
        return False
    which = {"notice": record} if isinstance(record, Notice) else {"letter": record}
    KeptUnread.objects.bulk_create([KeptUnread(recipient=reader, **which)], ignore_conflicts=True)
    return True


def forget_unread(*, record: Notice | Letter) -> None:
    """Its recipient opened it again, or marked it read."""
    which = {"notice": record} if isinstance(record, Notice) else {"letter": record}
    KeptUnread.objects.filter(**which).delete()
