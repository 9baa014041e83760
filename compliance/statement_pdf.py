"""A statement of reasons as a PDF, set from `letterhead/reasons.typ`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.typesetting import typeset

if TYPE_CHECKING:
    from compliance.statements import Words

LETTERHEAD = Path(__file__).parent / "letterhead"


def pdf_of(words: "Words", *, at: datetime) -> bytes:
    """The PDF, made at `at`: the same bytes for the same words and moment."""
    english = words.language.startswith("en")
    with override(words.language):
        contents = {
            "lang": "en" if english else "zh",
            "region": None if english else "CN",
            "title": words.title,
            "reference": words.reference,
            "page": _("Page"),
            "facts": words.facts,
            "parts": [
                {"heading": heading, "paragraphs": _lines(paragraphs)}
                for heading, paragraphs in words.parts
            ],
        }
    return typeset(LETTERHEAD / "reasons.typ", contents, at=at)


def _lines(paragraphs: tuple[str, ...]) -> list[str]:
    return [line for paragraph in paragraphs for line in paragraph.splitlines() if line.strip()]
