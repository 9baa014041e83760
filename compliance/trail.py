"""The trail of a case: one sealed event for everything that happens to it."""

from accounts.models import User
from compliance.models import Case, CaseEvent
from compliance.models.cases import details

What = CaseEvent.What


def record(case: Case, what: str, *, actor: User | None = None, **named: object) -> CaseEvent:
    """Writes one event, in the caller's transaction. `named` are identifiers and choices,
    never what people wrote; None is left out."""
    return CaseEvent.record(case=case, what=what, actor=actor, data=details(**named))
