"""What of billing is sealed, and what is not and why, see docs/seals.md."""

from common.seals.registry import Children, SealedTable
from common.seals.registry import register as declare

# A charge is written by the statement that writes its journal, which the database sees to; so
# it needs no column and no index of its own, and posting does not wait for seals.
JOURNALS = SealedTable(
    name="billing.journal",
    children=(
        Children(
            name="entries",
            model="billing.entry",
            parent="journal_id",
            left_out={"journal_id": "the journal that it is written in"},
        ),
        Children(
            name="charge",
            model="billing.charge",
            parent="journal_id",
            left_out={"journal_id": "the journal that it is written in"},
        ),
    ),
)
# What tells who somebody is, or what they wrote, stands as a salted hash.
PERSONAL = {
    "bankreceipt": ("payer_name", "payer_account", "reference"),
    "paymentevent": ("headers", "body"),
    "postingrequest": ("payout",),
    "refundapplication": ("reason",),
    "refundconsent": ("signatory",),
    "refundpayout": ("reference",),
}
WHOLE = (
    "balancealert",
    "bankimport",
    "bankstatement",
    "floorchange",
    "floorchangeapproval",
    "floorchangerejection",
    "invoice",
    "match",
    "matchapproval",
    "matchrejection",
    "moneyreturn",
    "paymenteventoutcome",
    "periodclose",
    "periodcloseproposal",
    "postingapproval",
    "postingrejection",
    "quarantinedpayment",
    "reconciliationclosing",
    "reconciliationitem",
    "reconciliationrun",
    "refundapplicationanswer",
    "refundpolicy",
    "refundpolicyapproval",
    "settlement",
    "taxrate",
)
UNSEALED = {
    "billing.entry": "sealed with its journal, which is written by the same statement",
    "billing.charge": (
        "sealed with its journal, which is written by the same statement; a use that took nothing"
        " has no journal, and its exact amount shows in what is rounded later"
    ),
}


def register() -> None:
    apart = (SealedTable(name=f"billing.{name}", personal=its) for name, its in PERSONAL.items())
    whole = (SealedTable(name=f"billing.{name}") for name in WHOLE)
    declare((JOURNALS, *apart, *whole), UNSEALED)
