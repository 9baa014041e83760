"""Doubtful and cancelled names on the page of a case."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import NameTerm, User
from compliance import names
from compliance.case_parts import CasePart, Rows, case_parts
from compliance.models import Case

SQL = """
    SELECT doubted.name, doubted.hits, coalesce(account.public_id, person.public_id) AS whose,
        doubted.person_id IS NOT NULL AS of_person, doubted.recorded_at::text AS chosen_at,
        chooser.name AS chosen_by, NULL AS became, NULL AS given_back
    FROM compliance_namedoubt doubted
    LEFT JOIN accounts_account account ON account.id = doubted.account_id
    LEFT JOIN accounts_user person ON person.id = doubted.person_id
    JOIN accounts_user chooser ON chooser.id = doubted.chosen_by_id
    WHERE doubted.case_id = %(case)s
    UNION ALL
    SELECT cancelled.name, '[]'::jsonb, account.public_id, cancelled.person_id IS NOT NULL,
        cancelled.recorded_at::text, NULL, cancelled.became, back.recorded_at::text
    FROM compliance_namecancellation cancelled
    JOIN accounts_account account ON account.id = cancelled.account_id
    JOIN compliance_decision decided ON decided.id = cancelled.decision_id
    LEFT JOIN compliance_namerestoration back ON back.cancellation_id = cancelled.id
    WHERE decided.case_id = %(case)s ORDER BY chosen_at DESC LIMIT %(few)s"""


def register() -> None:
    """Called once, when the apps are ready."""
    case_parts.register(
        CasePart(
            name="names",
            label=_("Names"),
            template="admin/compliance/case/names.html",
            sql=SQL,
            context=context,
            wide=True,
        )
    )


def context(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """Each name with why it is doubtful, or what took its place; nothing where none is."""
    if not rows:
        return None
    hit = {one["term"] for row in rows for one in row["hits"] if one["term"]}
    terms = NameTerm.objects.in_bulk(hit) if hit else {}
    return {"names": [_in_words(row, terms) for row in rows]}


def _in_words(row: dict[str, Any], terms: dict[int, NameTerm]) -> dict[str, Any]:
    return {
        **row,
        "name": names.decrypted(row["name"], whose=row["whose"]),
        "whose": names.WHOSE[names.OF_HOLDER if row["of_person"] else names.OF_ACCOUNT],
        "why": names.why(row["hits"], terms),
        "at": datetime.fromisoformat(row["chosen_at"]),
        "given_back": row["given_back"] and datetime.fromisoformat(row["given_back"]),
    }
