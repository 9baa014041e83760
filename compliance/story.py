"""The story of a case for one page, by one statement however much there is to tell.

Each part is the newest few rows of one table, read by an index. Moments come back as
`datetime`; names of people are written out.
"""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from compliance.case_parts import case_parts
from compliance.models import Case

FEW = 50

_PARTS = {
    "events": """
        SELECT event.id, event.what, event.data, event.recorded_at, person.name AS actor
        FROM compliance_caseevent event LEFT JOIN accounts_user person ON person.id = event.actor_id
        WHERE event.case_id = %(case)s ORDER BY event.id DESC LIMIT %(few)s""",
    "notes": """
        SELECT note.id, note.text, note.recorded_at, person.name AS author
        FROM compliance_casenote note JOIN accounts_user person ON person.id = note.author_id
        WHERE note.case_id = %(case)s ORDER BY note.id DESC LIMIT %(few)s""",
    "tasks": """
        SELECT task.id, task.title, task.due_on, task.done_at, person.name AS assignee
        FROM compliance_casetask task LEFT JOIN accounts_user person ON person.id = task.assignee_id
        WHERE task.case_id = %(case)s
        ORDER BY task.done_at NULLS FIRST, task.due_on NULLS LAST, task.id LIMIT %(few)s""",
    "links": """
        SELECT other.id, other.title, other.kind, other.state, other.public_id, link.reason
        FROM compliance_caselink link
        JOIN compliance_case other
            ON other.id = CASE link.earlier_id WHEN %(case)s THEN link.later_id
                          ELSE link.earlier_id END
        WHERE (link.earlier_id = %(case)s OR link.later_id = %(case)s)
          AND (%(confidential)s OR NOT other.confidential)
        ORDER BY link.id DESC LIMIT %(few)s""",
    "reports": """
        SELECT report.id, report.receipt, report.channel, report.recorded_at, outcome.verdict,
            outcome.recorded_at AS told_at
        FROM compliance_report report
        LEFT JOIN LATERAL (
            SELECT verdict, recorded_at FROM compliance_reportoutcome
            WHERE report_id = report.id ORDER BY id DESC LIMIT 1) outcome ON true
        WHERE report.case_id = %(case)s ORDER BY report.id DESC LIMIT %(few)s""",
    "inquiries": """
        SELECT inquiry.public_id, inquiry.question_zh_hans, inquiry.question_en,
            inquiry.answer_by, inquiry.recorded_at, account.name AS account,
            answer.recorded_at AS answered_at, words.sha256 AS answer_sha256,
            encode(words.ciphertext, 'base64') AS answer_kept
        FROM compliance_inquiry inquiry
        JOIN accounts_account account ON account.id = inquiry.account_id
        LEFT JOIN compliance_inquiryanswer answer ON answer.inquiry_id = inquiry.id
        LEFT JOIN compliance_inquiryanswertext words ON words.answer_id = answer.id
        WHERE inquiry.case_id = %(case)s ORDER BY inquiry.id DESC LIMIT %(few)s""",
    "other_cases": """
        SELECT other.id, other.title, other.kind, other.state, other.opened_at
        FROM compliance_case other
        WHERE other.account_id = %(account)s AND other.id <> %(case)s
          AND (%(confidential)s OR NOT other.confidential)
        ORDER BY other.id DESC LIMIT 10""",
    "restrictions": """
        SELECT restriction.id, restriction.measure, restriction.starts_at, restriction.ends_at,
            clause.number AS clause
        FROM accounts_restriction restriction
        JOIN accounts_clause clause ON clause.id = restriction.clause_id
        WHERE restriction.account_id = %(account)s
          AND (restriction.ends_at IS NULL OR restriction.ends_at > common_now())
          AND NOT EXISTS (SELECT FROM accounts_lifting lifting
                          WHERE lifting.restriction_id = restriction.id)
        ORDER BY restriction.starts_at DESC LIMIT 10""",
    "strikes": """
        SELECT strike.id, strike.points, strike.expires_at
        FROM compliance_strike strike
        WHERE strike.account_id = %(account)s AND strike.expires_at > common_now()
          AND NOT EXISTS (SELECT FROM compliance_decisionreversal undone
                          WHERE undone.decision_id = strike.decision_id)
        ORDER BY strike.id DESC LIMIT 10""",
    "money": """
        SELECT wallet.paid, wallet.granted, wallet.held_paid + wallet.held_granted AS held,
            wallet.floor
        FROM billing_wallet wallet WHERE wallet.account_id = %(account)s""",
    "notices": """
        SELECT change.id, change.public_id, change.kind, change.state, change.title_zh_hans,
            change.title_en, change.effective_at
        FROM notices_concernedaccount concerned
        JOIN notices_servicechange change ON change.id = concerned.change_id
        WHERE concerned.account_id = %(account)s AND change.state <> 'draft'
        ORDER BY concerned.id DESC LIMIT 10""",
}
_MOMENTS = (
    "recorded_at",
    "done_at",
    "told_at",
    "answer_by",
    "answered_at",
    "at",
    "opened_at",
    "starts_at",
    "ends_at",
    "expires_at",
    "effective_at",
)

Story = dict[str, list[dict[str, Any]]]


def story_of(case: Case, *, confidential: bool) -> Story:
    """Every part by its name, newest first, those of `case_parts` among them.
    `confidential`: whether the reader may see other cases that are."""
    statements = _PARTS | {part.name: part.sql for part in case_parts}
    columns = [
        f"(SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM ({sql}) part)"
        for sql in statements.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(columns),
            {
                "case": case.pk,
                "account": case.account_id,
                "few": FEW,
                "confidential": confidential,
            },
        )
        row = cursor.fetchone()
    assert row is not None  # a SELECT without FROM always gives one row
    return {
        name: [_told(line) for line in json.loads(part)]
        for name, part in zip(statements, row, strict=True)
    }


def _told(line: dict[str, Any]) -> dict[str, Any]:
    for name in _MOMENTS:
        if isinstance(line.get(name), str):
            line[name] = datetime.fromisoformat(line[name])
    return line
