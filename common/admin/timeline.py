"""What happened to one record: its field history and the acts of staff, together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext as _

MOST_EVENTS = 100


@dataclass(frozen=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Event:
    at: datetime
    who: str
    what: str
    changes: list[Change] = field(default_factory=list)


def timeline(record: models.Model) -> list[Event]:
    """The newest `MOST_EVENTS` events of each kind, newest first."""
    events = [*_log_events(record), *_field_events(record)]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _log_events(record: models.Model) -> Iterator[Event]:
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(record), object_id=str(record.pk)
    ).select_related("user")
    for entry in entries.order_by("-action_time")[:MOST_EVENTS]:
        message = entry.get_change_message()
        yield Event(entry.action_time, str(entry.user), message or entry.get_action_flag_display())


def _field_events(record: models.Model) -> Iterator[Event]:
    manager = getattr(record, "history", None)
    if manager is None or not hasattr(manager, "as_of"):
        return
    rows = list(manager.select_related("history_user")[: MOST_EVENTS + 1])
    for place, row in enumerate(rows[:MOST_EVENTS]):
        older = rows[place + 1] if place + 1 < len(rows) else None
        changes = _differences(row, older) if older else []
        if older and not changes:
            continue  # only a field that history leaves out, such as a name
        yield Event(
            row.history_date,
            str(row.history_user or _("nobody signed in")),
            str(row.history_change_reason or row.get_history_type_display()),
            changes,
        )


def _differences(newer: Any, older: Any) -> list[Change]:
    model = newer.instance_type
    return [
        Change(
            field=str(model._meta.get_field(change.field).verbose_name),
            old=str(change.old) if change.old is not None else "",
            new=str(change.new) if change.new is not None else "",
        )
        for change in newer.diff_against(older).changes
    ]
