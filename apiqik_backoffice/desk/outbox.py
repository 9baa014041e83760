"""What would have left the house: e-mail and SMS written to files in development.

Reads what Django's file backend and `common.messaging.text_files` write below
`OUTBOX_DIR`: both put many messages into one file. A message is called by its file and
where it begins there, `2026-11-22.jsonl:1280`. Everything is bounded, and no name leads
out of the two folders.
"""

import heapq
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from common.messaging import configured
from common.messaging.text_files import TextFiles

MOST_FILES = 200
MOST_BYTES = 256 * 1024
MOST_MESSAGES = 200
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
EMAIL, SMS = "email", "sms"
# What stands after each message of either kind.
ENDS = {EMAIL: b"-" * 79 + b"\n", SMS: b"\n"}


@dataclass(frozen=True)
class Mail:
    """One e-mail. `parts` are its texts as (content type, text)."""

    name: str
    sent_at: datetime | None
    subject: str
    to: str
    sender: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Text:
    """One SMS."""

    name: str
    sent_at: datetime | None
    to: str
    text: str
    template: str
    reference: str


def outbox_folder() -> Path | None:
    folder = getattr(settings, "OUTBOX_DIR", None)
    return Path(folder) if folder else None


def is_in_use() -> bool:
    """Whether e-mail or SMS goes to files here."""
    email: str = settings.EMAIL_BACKEND
    return email.endswith(".filebased.EmailBackend") or any(
        issubclass(configured.class_of(one), TextFiles) for one in configured.written().values()
    )


def mails() -> list[Mail]:
    """The newest e-mails, newest first."""
    return [mail for name, raw in _newest(EMAIL) if (mail := _mail(name, raw))]


def texts() -> list[Text]:
    """The newest text messages, newest first."""
    return [text for name, raw in _newest(SMS) if (text := _text(name, raw))]


def read_mail(name: str) -> Mail | None:
    """The e-mail of that name, None if there is none."""
    raw = _read(EMAIL, name)
    return _mail(name, raw) if raw else None


def read_text(name: str) -> Text | None:
    """The text message of that name, None if there is none."""
    raw = _read(SMS, name)
    return _text(name, raw) if raw else None


# -- files ---------------------------------------------------------------------------


def _open(kind: str, file_name: str) -> BinaryIO | None:
    """The file of that name in the folder of `kind`; never one that is elsewhere."""
    outbox = outbox_folder()
    if outbox is None or not SAFE_NAME.fullmatch(file_name):
        return None
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.fdopen(os.open(outbox / kind / file_name, flags), "rb")
    except OSError:
        return None


def _newest(kind: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the newest messages, the last of the newest file first."""
    left = MOST_MESSAGES
    for file_name in _newest_files(kind):
        for message in reversed(_messages(kind, file_name)):
            yield message
            left -= 1
            if not left:
                return


def _newest_files(kind: str) -> list[str]:
    outbox = outbox_folder()
    if outbox is None or not (outbox / kind).is_dir():
        return []
    with os.scandir(outbox / kind) as entries:
        files = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
            for entry in entries
            if entry.is_file(follow_symlinks=False) and SAFE_NAME.fullmatch(entry.name)
        ]
    return [name for _time, name in heapq.nlargest(MOST_FILES, files)]


def _messages(kind: str, file_name: str) -> list[tuple[str, bytes]]:
    """The messages in the last `MOST_BYTES` of a file, in their order."""
    file = _open(kind, file_name)
    if file is None:
        return []
    with file:
        start = max(0, os.fstat(file.fileno()).st_size - MOST_BYTES)
        file.seek(start)
        content = file.read(MOST_BYTES)
    found, offset, end = [], start, ENDS[kind]
    for place, piece in enumerate(content.split(end)):
        # After a cut the first piece is only the end of a message.
        if piece.strip() and not (start and place == 0):
            found.append((f"{file_name}:{offset}", piece))
        offset += len(piece) + len(end)
    return found


def _read(kind: str, name: str) -> bytes | None:
    file_name, _colon, offset = name.partition(":")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        return None
    file = _open(kind, file_name)
    if file is None:
        return None
    with file:
        file.seek(int(offset))
        return file.read(MOST_BYTES).split(ENDS[kind])[0]


# -- messages ------------------------------------------------------------------------


def _mail(name: str, raw: bytes) -> Mail | None:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # what this policy makes
    if not message.keys():
        return None
    return Mail(
        name=name,
        sent_at=_date(message),
        subject=_header(message, "subject"),
        to=_header(message, "to"),
        sender=_header(message, "from"),
        parts=tuple(_texts(message)),
    )


def _date(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(_header(message, "date"))
    except (ValueError, TypeError):
        return None


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # what the parser makes of a broken header
        return ""


def _texts(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        try:
            yield part.get_content_type(), str(part.get_content())
        except (LookupError, ValueError):  # an unknown or broken encoding
            yield part.get_content_type(), ""


def _text(name: str, raw: bytes) -> Text | None:
    """None for a line that is no message."""
    try:
        values: dict[str, Any] = json.loads(raw)
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
