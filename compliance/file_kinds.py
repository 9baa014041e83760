"""What an uploaded file is, told by its bytes and never by its name; few kinds are taken.

Pictures and PDF have to end where their format says: whatever is appended would make of
them a second file of another kind. A page (HTML, SVG, XML) is refused, as it could act in
the browser of whoever opens it.
"""

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.exceptions import NotPossible


@dataclass(frozen=True)
class Kind:
    """A kind of file we take. `is_picture`: drawn anew before it is kept."""

    media_type: str
    extension: str
    is_picture: bool = False


PDF = Kind("application/pdf", "pdf")
PNG = Kind("image/png", "png", is_picture=True)
JPEG = Kind("image/jpeg", "jpg", is_picture=True)
WEBP = Kind("image/webp", "webp", is_picture=True)
JSON = Kind("application/json", "json")
CSV = Kind("text/csv", "csv")
EMAIL = Kind("message/rfc822", "eml")
TEXT = Kind("text/plain", "txt")
KINDS = {kind.media_type: kind for kind in (PDF, PNG, JPEG, WEBP, JSON, CSV, EMAIL, TEXT)}

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PDF_HEADER = re.compile(rb"%PDF-[12]\.\d[\r\n ]")
PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
# What may follow one %%EOF: another part of the same file, which was saved again.
PDF_GOES_ON = re.compile(rb"\s*(\d+ \d+ obj\b|xref\b|startxref\b|%|\Z)")
PAGES = re.compile(rb"<(!doctype\s+html|html|head|body|svg|script|iframe)\b", re.I)
# Browsers guess from about as much of a file; so does whoever sends one to them.
SNIFFED = 2048
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
MAIL_HEADER = re.compile(r"(From|Date|Subject|To|Message-ID|Received|Return-Path):", re.I)


def kind_of(content: bytes) -> Kind:
    """The kind of file that `content` is, whole and nothing besides. Raises `NotPossible`."""
    if not content:
        raise NotPossible(_("The file is empty."))
    if zipfile.is_zipfile(io.BytesIO(content)):
        raise NotPossible(
            _("An archive, or a file with one inside, is not taken. Send what is in it.")
        )
    if content.startswith(b"%PDF-"):
        _expect_pdf(content)
        return PDF
    for kind, signature, ends in (
        (PNG, PNG_SIGNATURE, _png_end),
        (JPEG, b"\xff\xd8\xff", _jpeg_end),
        (WEBP, b"RIFF", _webp_end),
    ):
        if content.startswith(signature):
            _expect_end(content, ends(content))
            return kind
    return _kind_of_text(content)


def text_of(content: bytes) -> str | None:
    """What a text file says; None if it is none. UTF-8, UTF-16 with its mark, or GB18030."""
    encodings = ("utf-8-sig", "gb18030")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)  # type: ignore[assignment]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if CONTROL.search(text) else text
    return None


def _kind_of_text(content: bytes) -> Kind:
    text = text_of(content)
    if text is None:
        raise NotPossible(
            _("This kind of file is not taken: send PDF, PNG, JPEG, WebP, text, CSV, JSON or EML.")
        )
    beginning = text[:SNIFFED].lstrip("\ufeff \t\r\n\f")
    is_email = _is_email(text)
    if beginning.startswith("<") or (not is_email and PAGES.search(beginning.encode())):
        raise NotPossible(
            _(
                "A page or drawing that a browser would run (HTML, SVG, XML) is not taken. "
                "Send a picture of it, or print it as PDF."
            )
        )
    if is_email:
        return EMAIL
    if beginning.startswith(("{", "[")) and _is_json(text):
        return JSON
    return CSV if _is_table(text) else TEXT


def _is_email(text: str) -> bool:
    """Whether it begins with at least two headers of a message."""
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0][:20_000]
    lines = head.splitlines()
    fields = [line for line in lines if line and not line[0].isspace()]
    well_formed = all(re.match(r"[!-9;-~]+:", line) for line in fields)
    return well_formed and sum(bool(MAIL_HEADER.match(line)) for line in fields) >= 2


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(text: str) -> bool:
    """Whether its first rows have the same number of cells, more than one."""
    lines = [line for line in text[:50_000].splitlines()[:20] if line.strip()]
    for delimiter in (",", ";", "\t"):
        try:
            widths = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        except csv.Error:
            continue
        if len(lines) > 1 and len(widths) == 1 and widths.pop() > 1:
            return True
    return False


# -- ends ------------------------------------------------------------------------------


def _expect_pdf(content: bytes) -> None:
    ends = [found.end() for found in re.finditer(rb"%%EOF", content)]
    if not (PDF_HEADER.match(content) and ends and PDF_END.search(content[-2048:])):
        raise NotPossible(_("The PDF is damaged, or something else is appended to it."))
    if not all(PDF_GOES_ON.match(content, end) for end in ends) or PAGES.search(content):
        raise NotPossible(_("The PDF carries a page or script of another kind. Print it anew."))


def _expect_end(content: bytes, end: int | None) -> None:
    if end is None:
        raise NotPossible(_("The picture is damaged or not whole."))
    if content[end:].strip(b"\0\r\n\t "):
        raise NotPossible(
            _("Something is appended to the picture. Take a screenshot of it and send that.")
        )


def _png_end(content: bytes) -> int | None:
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(content):
        length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at if at <= len(content) else None
    return None


def _webp_end(content: bytes) -> int | None:
    size = int.from_bytes(content[4:8], "little")
    end = 8 + size + size % 2
    return end if content[8:12] == b"WEBP" and 8 + size <= len(content) else None


def _jpeg_end(content: bytes) -> int | None:
    """Where the last of the JPEGs ends that follow each other: phones put a small one, or
    one of greater depth, behind the picture."""
    end = _one_jpeg_end(content, 0)
    while end is not None and content.startswith(b"\xff\xd8\xff", end):
        end = _one_jpeg_end(content, end)
    return end


def _one_jpeg_end(content: bytes, at: int) -> int | None:
    at += 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:  # padding
            at += 1
            continue
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:
            at = _end_of_scan(content, at)
    return at + 2 if content[at : at + 2] == b"\xff\xd9" else None


# A marker that is neither a stuffed byte nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _end_of_scan(content: bytes, at: int) -> int:
    found = _MARKER.search(content, at)
    return found.start() if found else len(content)
