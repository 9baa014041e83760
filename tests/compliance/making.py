"""Short ways to make what tests of compliance are about; each area below its name."""

from itertools import count

from compliance import cases
from compliance.models import Case, CaseKind

_subjects = count(1)


# -- working days and policies -----------------------------------------------------------------


def make_case(*, at, kind=CaseKind.VIOLATION, severity=2, **fields) -> Case:
    """An open case about a subject of its own, its clocks started at `at`."""
    fields.setdefault("subject", f"subject {next(_subjects)}" if "account" not in fields else "")
    return cases.open_or_join(kind=kind, title="A case", severity=severity, at=at, **fields)[0]
