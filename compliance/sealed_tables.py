"""What of compliance is sealed, and what is not and why, see docs/seals.md."""

from common.seals.registry import Children, SealedTable
from common.seals.registry import register as declare

ANSWERS = SealedTable(
    name="compliance.inquiryanswer",
    children=(
        Children(name="files", model="compliance.inquiryanswer_files", parent="inquiryanswer_id"),
        Children(
            name="text",
            model="compliance.inquiryanswertext",
            parent="answer_id",
            left_out={
                "key_id": "the key may be replaced",
                "ciphertext": "changes with the key; the SHA-256 of what was encrypted stays",
            },
        ),
    ),
)
REPORTS = SealedTable(
    name="compliance.report",
    personal=("statement", "contact_name", "contact_email"),
    children=(Children(name="files", model="compliance.report_files", parent="report_id"),),
)
# What people wrote, who they are and from where; and what would fill a block of its own.
PERSONAL = {
    "appeal": ("text",),
    "casenote": ("text",),
    "deletioncertificate": ("signatory",),
    "evidence": ("name", "note"),
    "evidenceview": ("ip_address",),
    "interactiongrant": ("ip_address",),
    "statement": ("pdf",),
}
WHOLE = (
    "appealdecision",
    "caseevent",
    "caselink",
    "clockentry",
    "contentorder",
    "contentorderreceipt",
    "decision",
    "decisionapproval",
    "decisioneffect",
    "decisionrejection",
    "decisionreversal",
    "evidencegrant",
    "evidencegrantend",
    "evidencegrantrequest",
    "inquiry",
    "interactiongrantend",
    "namecancellation",
    "namedoubt",
    "namerestoration",
    "platformsignal",
    "policybinding",
    "policyversion",
    "reportoutcome",
    "strike",
)
UNSEALED = {
    "compliance.contentorderalarm": "says that staff were told of a late order; proves nothing",
    "compliance.inquiryanswer_files": "sealed with the answer, written together with them",
    "compliance.inquiryanswertext": "sealed with the answer, written together with it",
    "compliance.report_files": "sealed with the report, written together with them",
}


def register() -> None:
    apart = (SealedTable(name=f"compliance.{name}", personal=its) for name, its in PERSONAL.items())
    whole = (SealedTable(name=f"compliance.{name}") for name in WHOLE)
    declare((ANSWERS, REPORTS, *apart, *whole), UNSEALED)
