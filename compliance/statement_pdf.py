"""A statement of reasons as a PDF: tagged, set by typst from `letterhead/reasons.typ`, which
gets text only, never markup. The font comes with a Python package."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pylopdf_fonts_zh_cn
import typst
from django.utils.translation import gettext as _
from django.utils.translation import override

if TYPE_CHECKING:
    from compliance.statements import Words

LETTERHEAD = Path(__file__).parent / "letterhead"
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


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
    pdf = typst.compile(
        LETTERHEAD / "reasons.typ",
        root=LETTERHEAD,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"contents": json.dumps(contents)},
        pdf_standards="ua-1",
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(pdf, bytes)  # one document
    return pdf


def _lines(paragraphs: tuple[str, ...]) -> list[str]:
    return [line for paragraph in paragraphs for line in paragraph.splitlines() if line.strip()]
