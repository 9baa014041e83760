"""The bytes of an e-mail: what is the same for everybody is built once, then filled.

Once per sender and language there are the headers, once per subject its encoding; per person
come address, Message-ID and the two parts. Nothing of Python's `email` is walked per person,
which takes longer than the mail server does.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate, parseaddr
from functools import lru_cache
from time import monotonic

from django.conf import settings
from django.core.mail.message import sanitize_address

from common.languages import html_language
from common.messaging.providers import Message

BOUNDARY = "=_apiqik_parts"  # no line of base64 or of our letters begins so
LINES = re.compile(rb".{1,76}")
BYTES_A_LINE = 57  # of base64 that make a line
HEAD_ENDS = "</head>\n"
REFUSED = re.compile(r'[ <>,;:"()\[\]\\]')
LONGEST_LINE = 900  # of 998 in RFC 5322

_HEADERS = {
    kind: f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: '.encode()
    for kind in ("plain", "html")
}


def message_id(reference: str) -> str:
    """`attempt@domain`, the same for each try of one attempt."""
    return f"{reference}@{_domain(settings.DEFAULT_FROM_EMAIL)}"


def mail_bytes(message: Message, *, headers: Mapping[str, str]) -> bytes:
    """The whole message with CRLF at the ends of lines. `headers` are put on top; `To` is the
    message's address, which was looked at before (`mail_address`)."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    lines.append(f"To: {mail_address(message.address)}\r\n")
    lines.append(f"Message-ID: <{message_id(message.reference)}>\r\n")
    sender, second = settings.DEFAULT_FROM_EMAIL, int(monotonic())
    lines.append(_same_for_all(message.subject, sender, message.language, second))
    top = "".join(lines).encode("ascii")
    if not message.html:
        return top + _part("plain", message.body)
    return b"".join(
        (
            top,
            f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n'.encode(),
            f"\r\n--{BOUNDARY}\r\n".encode(),
            _part("plain", message.body),
            f"\r\n--{BOUNDARY}\r\n".encode(),
            _part("html", message.html),
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        )
    )


@lru_cache(maxsize=10_000)
def mail_address(address: str) -> str:
    """As it goes to the server, the domain in ASCII. Raises `ValueError` for none at all."""
    local, at, domain = address.rpartition("@")
    domain = domain if domain.isascii() else domain.encode("idna").decode()
    plain = f"{local}@{domain}"
    if not (at and local and domain and plain.isascii() and plain.isprintable()):
        raise ValueError("This is no address that a mail server takes.")
    if REFUSED.search(plain) or len(plain) > 254:
        raise ValueError("This is no address that a mail server takes.")
    return plain


@lru_cache(maxsize=8)
def sender_address(sender: str) -> str:
    """The address alone of `Name <address>`."""
    return parseaddr(sender)[1]


@lru_cache(maxsize=8)
def _domain(sender: str) -> str:
    return sender_address(sender).partition("@")[2] or "localhost"


@lru_cache(maxsize=64)
def _same_for_all(subject: str, sender: str, language: str, _second: int) -> str:
    return (
        # One line, as it is kept; a break would be a header of its own.
        f"Subject: {_subject(' '.join(subject.split()))}\r\n"
        # The network's clock, as mail servers have it; once a second. No record is made of it.
        f"Date: {formatdate()}\r\n"
        f"From: {sanitize_address(sender, 'utf-8')}\r\n"
        "Auto-Submitted: auto-generated\r\n"  # RFC 3834: no holiday replies to it
        f"Content-Language: {html_language(language)}\r\n"
        "MIME-Version: 1.0\r\n"
    )


@lru_cache(maxsize=1024)
def _subject(subject: str) -> str:
    charset = "us-ascii" if subject.isascii() else "utf-8"
    return Header(subject, charset, header_name="Subject").encode(linesep="\r\n")


def end_of_head(html: str) -> int:
    """How many characters the head of an HTML page has, which many messages share; 0 for a
    page without one."""
    found = html.find(HEAD_ENDS)
    return found + len(HEAD_ENDS) if found >= 0 else 0


def _part(kind: str, text: str) -> bytes:
    """Headers and body. Plain ASCII as it is, anything else as base64, which leaves neither
    long lines nor dots at their beginning."""
    end = end_of_head(text) if kind == "html" else 0
    head, rest = _packed(text[:end]), _with_crlf(text[end:])
    if head.is_plain and _is_plain(rest):
        return b"".join((_HEADERS[kind], b"7bit\r\n\r\n", head.raw, rest))
    lines = LINES.findall(base64.b64encode(head.left_over + rest))
    lines.append(b"")
    return b"".join((_HEADERS[kind], b"base64\r\n\r\n", head.lines, b"\r\n".join(lines)))


@dataclass(frozen=True)
class _Packed:
    """The beginning of a body both ways: as it is, and as whole `lines` of base64 with what is
    `left_over` for the next one."""

    raw: bytes
    is_plain: bool
    lines: bytes
    left_over: bytes


@lru_cache(maxsize=64)
def _packed(beginning: str) -> _Packed:
    """`beginning` is empty or ends with a line."""
    raw = _with_crlf(beginning)
    full = len(raw) - len(raw) % BYTES_A_LINE
    lines = [
        base64.b64encode(raw[first : first + BYTES_A_LINE]) + b"\r\n"
        for first in range(0, full, BYTES_A_LINE)
    ]
    return _Packed(raw, _is_plain(raw), b"".join(lines), raw[full:])


def _with_crlf(text: str) -> bytes:
    raw = text.encode()
    return (raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw).replace(b"\n", b"\r\n")


def _is_plain(body: bytes) -> bool:
    return body.isascii() and b"\x00" not in body and _is_short(body)


def _is_short(body: bytes) -> bool:
    """Whether a mail server would leave its lines alone."""
    return max(map(len, body.split(b"\r\n"))) <= LONGEST_LINE and not _has_lone_return(body)


def _has_lone_return(body: bytes) -> bool:
    return body.count(b"\r") != body.count(b"\r\n")
