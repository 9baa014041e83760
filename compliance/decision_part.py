"""Decisions and appeals on the page of a case."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from compliance import felt
from compliance.case_parts import CasePart, Rows, case_parts
from compliance.models import Action, AppealDecision, Case

SQL = """
    SELECT decided.id, decided.public_id, decided.action, decided.at_once,
        decided.recorded_at AS proposed_at, proposer.name AS proposed_by,
        approver.name AS approved_by, approval.recorded_at AS approved_at,
        rejection.stale, rejection.reason AS sent_back_for,
        reversal.recorded_at AS undone_at, reversal.appeal_id IS NULL AS superseded,
        change.state, change.ends_at, permit.recorded_at AS begun_at,
        greatest(change.effective_at, change.postponed_until) AS planned_for,
        common_now() AS read_at,
        appeal.id AS appeal, appeal.answer_by, answer.result
    FROM compliance_decision decided
    JOIN accounts_user proposer ON proposer.id = decided.proposed_by_id
    LEFT JOIN compliance_decisionapproval approval ON approval.decision_id = decided.id
    LEFT JOIN accounts_user approver ON approver.id = approval.approved_by_id
    LEFT JOIN compliance_decisionrejection rejection ON rejection.decision_id = decided.id
    LEFT JOIN compliance_decisionreversal reversal ON reversal.decision_id = decided.id
    LEFT JOIN compliance_decisioneffect effect ON effect.decision_id = decided.id
    LEFT JOIN notices_servicechange change ON change.id = effect.change_id
    LEFT JOIN accounts_permit permit
        ON permit.change = change.uuid AND permit.account_id = decided.account_id
    LEFT JOIN compliance_appeal appeal ON appeal.decision_id = decided.id
    LEFT JOIN compliance_appealdecision answer ON answer.appeal_id = appeal.id
    WHERE decided.case_id = %(case)s ORDER BY decided.id DESC LIMIT %(few)s"""

MOMENTS = (
    "proposed_at",
    "approved_at",
    "undone_at",
    "answer_by",
    "begun_at",
    "planned_for",
    "ends_at",
    "read_at",
)


def register() -> None:
    """Called once, when the apps are ready."""
    case_parts.register(
        CasePart(
            name="decisions",
            label=gettext_lazy("Decisions"),
            template="admin/compliance/decision/part.html",
            sql=SQL,
            context=context,
            wide=True,
        )
    )


def context(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """What the template needs of the rows."""
    return {"decisions": [_in_words(dict(row)) for row in rows]}


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    for name in MOMENTS:
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name])
    standing, tone = _("to approve"), "warn"
    if row["undone_at"]:
        standing, tone = (_("superseded") if row["superseded"] else _("undone")), "quiet"
    elif row["approved_at"]:
        standing, tone = _("approved"), "good"
    elif row["sent_back_for"] is not None:
        standing, tone = (_("out of date") if row["stale"] else _("sent back")), "quiet"
    return {
        **row,
        "standing": standing,
        "tone": tone,
        "felt": felt.in_words(_felt(row), at=row["read_at"]),
        "action": Action(row["action"]).label,
        "url": reverse("admin:compliance_decision_change", args=[row["id"]]),
        "appeal_url": row["appeal"]
        and reverse("admin:compliance_appeal_change", args=[row["appeal"]]),
        "result": row["result"] and AppealDecision.Result(row["result"]).label,
    }


def _felt(row: dict[str, Any]) -> felt.Felt | None:
    if row["state"] is None:
        return None
    named = ("state", "planned_for", "begun_at", "ends_at")
    return felt.Felt(**{name: row[name] for name in named})
