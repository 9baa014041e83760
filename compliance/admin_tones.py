"""Which colour goes with which state and severity of a case, wherever staff read them."""

from compliance.models import Case, Severity

State = Case.State

STATE_TONES = {
    State.NEW: "warn",
    State.TRIAGED: "warn",
    State.INVESTIGATING: "info",
    State.WAITING: "quiet",
    State.PROPOSED: "warn",
    State.DECIDED: "good",
    State.CLOSED: "quiet",
}
SEVERITY_TONES = {
    Severity.LOW: "quiet",
    Severity.MEDIUM: "info",
    Severity.HIGH: "warn",
    Severity.CRITICAL: "bad",
}
