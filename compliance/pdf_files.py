"""Whether a PDF may be kept: nothing in it acts, carries other files, or unpacks without end.

A PDF is kept as it came, since drawing it anew would change what it proves; so what would
be a danger to whoever opens it is refused. A program of its own looks into it
(`compliance/pdf_inspection.py`): one that is made to crash its reader harms nobody.
"""

import subprocess
import sys
from pathlib import Path

import structlog
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.exceptions import NotPossible

log = structlog.get_logger(__name__)

INSPECTION = Path(__file__).with_name("pdf_inspection.py")
MOST_SECONDS = 30  # by the clock; of processor time it takes less by itself

REFUSALS: dict[str, str | Promise] = {
    "locked": _("The PDF is locked with a password. Send it without one."),
    "active": _("The PDF holds scripts or acts of its own. Print it as a new PDF and send that."),
    "carries": _("The PDF carries other files. Send each of them by itself."),
    "packed": _("The PDF is packed in a way we cannot bound. Print it as a new PDF."),
    "large": _("The PDF unpacks to more than we can look at. Send fewer pages."),
    "damaged": _("The PDF is damaged. Print it as a new PDF and send that."),
}


def refuse_unsafe(content: bytes) -> None:
    """Raises `NotPossible` for a PDF that may not be kept."""
    try:
        looked = subprocess.run(
            [sys.executable, "-I", str(INSPECTION)],
            input=content,
            capture_output=True,
            timeout=MOST_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotPossible(REFUSALS["large"]) from None
    verdict = looked.stdout.decode(errors="replace")
    if looked.returncode != 0 or verdict not in {"ok", *REFUSALS}:
        # It ran out of what it was given, or fell over the file.
        log.warning("pdf_inspection_ended", code=looked.returncode)
        raise NotPossible(REFUSALS["large"])
    if verdict != "ok":
        raise NotPossible(REFUSALS[verdict])
