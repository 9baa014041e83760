"""What the page of a case shows of evidence: files, leaves of customers, orders, certificates."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from compliance import orders
from compliance.case_parts import CasePart, Rows, case_parts
from compliance.file_kinds import KINDS
from compliance.models import Case, ContentOrder, Evidence, Sensitivity
from compliance.models.evidence import named_for_lists

EVIDENCE = """
    SELECT file.id, file.uuid, file.name, file.media_type, file.size, file.sensitivity,
        file.source, file.note, file.recorded_at, person.name AS added_by,
        (SELECT count(*) FROM compliance_evidenceview look
         WHERE look.evidence_id = file.id) AS looks
    FROM compliance_evidence file LEFT JOIN accounts_user person ON person.id = file.added_by_id
    WHERE file.case_id = %(case)s ORDER BY file.id DESC LIMIT %(few)s"""
LEAVES = """
    SELECT leave.id, leave.public_id, leave.scope, leave.ends_at, account.name AS account,
        done.recorded_at AS done_at, leave.ends_at > common_now() AS current
    FROM compliance_interactiongrant leave
    JOIN accounts_account account ON account.id = leave.account_id
    LEFT JOIN compliance_interactiongrantend done ON done.grant_id = leave.id
    WHERE leave.case_id = %(case)s ORDER BY leave.id DESC LIMIT %(few)s"""
ORDERS = """
    SELECT sent.id, sent.public_id, sent.what, sent.target, sent.due_at::text AS due, said.outcome,
        sent.due_at <= common_now() AS is_due
    FROM compliance_contentorder sent
    LEFT JOIN LATERAL (SELECT outcome FROM compliance_contentorderreceipt
                       WHERE order_id = sent.id ORDER BY id DESC LIMIT 1) said ON true
    WHERE sent.case_id = %(case)s ORDER BY sent.id DESC LIMIT %(few)s"""
CERTIFICATES = """
    SELECT paper.id, paper.what, paper.signatory, paper.signed_on, paper.recorded_at
    FROM compliance_deletioncertificate paper
    WHERE paper.case_id = %(case)s ORDER BY paper.id DESC LIMIT %(few)s"""


def evidence_of(case: Case, user: User, rows: Rows) -> dict[str, Any]:
    """Its files, and where to add more."""
    sees = user.has_perm("compliance.view_evidence")
    files = [
        {
            **row,
            "shown": named_for_lists(
                name=row["name"], sensitivity=row["sensitivity"], uuid=row["uuid"]
            ),
            "kind": KINDS[row["media_type"]].extension.upper(),
            "source": Evidence.Source(row["source"]).label,
            "sensitive": row["sensitivity"] != Sensitivity.ORDINARY,
            "sensitivity": Sensitivity(row["sensitivity"]).label,
            "url": _page("evidence", row["id"]) if sees else "",
        }
        for row in rows
    ]
    adds = user.has_perm("compliance.work_on_case")
    upload = reverse("admin:compliance_evidence_upload", args=[case.pk]) if adds else ""
    return {"files": files, "upload": upload}


def leaves_of(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """The leaves of customers; nothing where there never was one."""
    sees = user.has_perm("compliance.view_interactiongrant")
    leaves = [
        {**row, "holds": row["current"] and not row["done_at"],
         "url": _page("interactiongrant", row["id"])}
        for row in rows
    ]  # fmt: skip
    return {"leaves": leaves} if leaves and sees else None


def orders_of(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """Orders to the platform; nothing where there are none."""
    from compliance.admin.orders import standing_of  # its module needs the apps to be ready

    sees = user.has_perm("compliance.view_contentorder")
    sent = [
        {
            **row,
            "what": ContentOrder.What(row["what"]).label,
            "due": datetime.fromisoformat(row["due"]),
            "standing": standing_of(row["outcome"] or orders.WAITING),
            "late": row["is_due"] and row["outcome"] != orders.Outcome.DONE,
            "url": _page("contentorder", row["id"]),
        }
        for row in rows
    ]
    return {"orders": sent} if sent and sees else None


def certificates_of(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """Certificates of deletion; nothing where there are none."""
    sees = user.has_perm("compliance.view_deletioncertificate")
    papers = [
        {
            **row,
            "signed_on": date.fromisoformat(row["signed_on"]),
            "url": _page("deletioncertificate", row["id"]),
        }
        for row in rows
    ]
    return {"certificates": papers} if papers and sees else None


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:compliance_{model}_change", args=[pk])


def register() -> None:
    """Called once, when the apps are ready."""
    folder = "admin/compliance/case"
    for name, label, sql, context in (
        ("evidence", _("Evidence"), EVIDENCE, evidence_of),
        ("leaves", _("Leave of the customer to look at content"), LEAVES, leaves_of),
        ("orders", _("Orders to the platform"), ORDERS, orders_of),
        ("certificates", _("Certificates of deletion"), CERTIFICATES, certificates_of),
    ):
        case_parts.register(
            CasePart(
                name=name,
                label=label,
                template=f"{folder}/{name}.html",
                sql=sql,
                context=context,
                wide=name == "evidence",
            )
        )
