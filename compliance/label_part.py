"""Label exemptions of the case's account on the page of a case, each with the way to revoke it
(clause 3.6.2)."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.label_exemptions import MAY_REVOKE
from accounts.models import User
from common.languages import pick
from compliance.case_parts import CasePart, Rows, case_parts
from compliance.models import Case

SQL = """
    SELECT exemption.id, exemption.public_id, exemption.last_day::text AS last_day,
        service.name_zh_hans, service.name_en
    FROM accounts_labelexemption exemption
    LEFT JOIN accounts_service service ON service.id = exemption.service_id
    WHERE exemption.account_id = %(account)s AND exemption.ends_at > common_now()
      AND NOT EXISTS (
          SELECT FROM accounts_labelexemptionend ended WHERE ended.exemption_id = exemption.id)
    ORDER BY exemption.id DESC LIMIT %(few)s"""


def register() -> None:
    """Called once, when the apps are ready."""
    case_parts.register(
        CasePart(
            name="label_exemptions",
            label=_("Label exemptions"),
            template="admin/compliance/case/labels.html",
            sql=SQL,
            context=context,
        )
    )


def context(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """What stands for the account; nothing where nothing does, or the reader may not see it."""
    if not rows or not user.has_perm("accounts.view_labelexemption"):
        return None
    may_revoke = user.has_perm(MAY_REVOKE)
    return {"exemptions": [_in_words(row, case, may_revoke=may_revoke) for row in rows]}


def _in_words(row: dict[str, Any], case: Case, *, may_revoke: bool) -> dict[str, Any]:
    named = {"zh_hans": row["name_zh_hans"] or "", "en": row["name_en"] or ""}
    query = urlencode({"pks": row["id"], "case": case.public_id})
    return {
        **row,
        "service": pick(None, **named),
        "url": reverse("admin:accounts_labelexemption_change", args=[row["id"]]),
        "revoke": f"{reverse('admin:accounts_labelexemption_revoke')}?{query}"
        if may_revoke
        else "",
    }
