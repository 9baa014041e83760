"""PDFs set by typst from a letterhead that gets text only, never markup: tagged, and the same
bytes for the same contents and moment. The font comes with a Python package, so both
languages look the same on every machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


def typeset(
    letterhead: Path,
    contents: Mapping[str, Any],
    *,
    at: datetime,
    attached: str = "",
) -> bytes:
    """The PDF, dated `at`. `letterhead` reads `contents` from `sys.inputs`, and what is to be
    `attached`, which makes it a PDF/A-3."""
    pdf = typst.compile(
        letterhead,
        root=letterhead.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"contents": json.dumps(contents), "attached": attached},
        pdf_standards=["a-3a", "ua-1"] if attached else ["ua-1"],
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(pdf, bytes)  # one document
    return pdf
