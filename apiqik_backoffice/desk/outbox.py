"""What would have left the house: e-mail and SMS written to files in development.

Reads what Django's file backend and the file transport of SMS write below
`OUTBOX_DIR`. Everything is bounded, and no name leads out of the two folders.
"""

import heapq
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings

MOST_FILES = 200
MOST_BYTES = 256 * 1024
MOST_TEXTS = 200
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
# What Django's file backend writes after each message.
MAIL_END = b"-" * 79


@dataclass(frozen=True)
class Mail:
    """One e-mail. `name` is its file's, `parts` its texts as (content type, text)."""

    name: str
    sent_at: datetime
    subject: str
    to: str
    sender: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Text:
    """One SMS. `name` is `file:offset` of its line."""

    name: str
    sent_at: datetime | None
    to: str
    text: str
    template: str
    reference: str


def outbox_folder() -> Path | None:
    folder = getattr(settings, "OUTBOX_DIR", None)
    return Path(folder) if folder else None


def mails() -> list[Mail]:
    """The newest e-mails, newest first."""
    return [mail for name in _newest("email") if (mail := read_mail(name))]


def read_mail(name: str) -> Mail | None:
    """The e-mail in that file, None if there is none."""
    raw = _read("email", name)
    if raw is None:
        return None
    content, modified = raw
    message = message_from_bytes(content.split(b"\n" + MAIL_END)[0], policy=policy.default)
    assert isinstance(message, EmailMessage)  # what this policy makes
    return Mail(
        name=name,
        sent_at=modified,
        subject=_header(message, "subject"),
        to=_header(message, "to"),
        sender=_header(message, "from"),
        parts=tuple(_texts(message)),
    )


def texts() -> list[Text]:
    """The newest text messages, newest first."""
    found: list[Text] = []
    for name in _newest("sms"):
        found.extend(reversed(_lines(name)))
        if len(found) >= MOST_TEXTS:
            break
    return found[:MOST_TEXTS]


def read_text(name: str) -> Text | None:
    """The message called `file:offset`, None if there is none."""
    return next((text for text in _lines(name.partition(":")[0]) if text.name == name), None)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # what the parser makes of a broken header
        return ""


def _texts(message: EmailMessage) -> list[tuple[str, str]]:
    parts = []
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        try:
            parts.append((part.get_content_type(), str(part.get_content())))
        except (LookupError, ValueError):  # an unknown or broken encoding
            parts.append((part.get_content_type(), ""))
    return parts


def _folder(kind: str) -> Path | None:
    outbox = outbox_folder()
    return outbox / kind if outbox else None


def _newest(kind: str) -> list[str]:
    """Names of the newest files, by the time they were written."""
    folder = _folder(kind)
    if folder is None or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        files = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
            for entry in entries
            if entry.is_file(follow_symlinks=False) and SAFE_NAME.fullmatch(entry.name)
        ]
    return [name for _time, name in heapq.nlargest(MOST_FILES, files)]


def _read(kind: str, name: str) -> tuple[bytes, datetime] | None:
    """The last `MOST_BYTES` of a file in that folder, never of one elsewhere."""
    folder = _folder(kind)
    if folder is None or not SAFE_NAME.fullmatch(name):
        return None
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        modified = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        return file.read(MOST_BYTES), modified


def _lines(name: str) -> list[Text]:
    """The messages in one file of SMS, oldest first; broken lines are left out."""
    folder = _folder("sms")
    if folder is None or not SAFE_NAME.fullmatch(name):
        return []
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        start = max(0, os.fstat(descriptor).st_size - MOST_BYTES)
        file.seek(start)
        content = file.read(MOST_BYTES)
    found, offset = [], start
    for place, line in enumerate(content.split(b"\n")):
        # After a cut the first line is only the end of one.
        text = None if start and place == 0 else _text(line, f"{name}:{offset}")
        offset += len(line) + 1
        if text:
            found.append(text)
    return found


def _text(line: bytes, name: str) -> Text | None:
    try:
        values: dict[str, Any] = json.loads(line)
        return Text(
            name=name,
            sent_at=datetime.fromisoformat(values["sent_at"]) if values.get("sent_at") else None,
            to=str(values["to"]),
            text=str(values["text"]),
            template=str(values.get("template", "")),
            reference=str(values.get("reference", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
