"""What of accounts is sealed, and what is not and why, see docs/seals.md."""

from common.seals.registry import Children, SealedTable
from common.seals.registry import register as declare

ACCEPTANCES = SealedTable(name="accounts.acceptance", personal=("ip_address", "user_agent"))
PERMITS = SealedTable(
    name="accounts.permit",
    children=(Children(name="restrictions", model="accounts.restriction", parent="permit_id"),),
)
OBJECTIONS = SealedTable(name="accounts.objection", personal=("reason", "ip_address"))
CLOSINGS = SealedTable(name="accounts.closing", personal=("reason", "ip_address"))
PLATFORM_LIFTINGS = SealedTable(
    name="accounts.platformlifting",
    children=(
        Children(
            name="restriction",
            model="accounts.platformrestriction",
            parent="id",
            of="restriction_id",
        ),
    ),
)
WHOLE = (
    "agreementtext",
    "agreementversion",
    "clause",
    "clausetext",
    "closingcancellation",
    "closinghold",
    "closingholdrelease",
    "closure",
    "continueduse",
    "lifting",
    "objectionwithdrawal",
    "offboarding",
    "offering",
    "offeringwithdrawal",
    "publication",
    "severance",
    "versioninforce",
)
UNSEALED = {
    "accounts.restriction": "sealed with its permit, which is written together with it",
    "accounts.platformrestriction": (
        "sealed with its lifting; before, the approved change says what it does, and the digest of"
        " that is in proposal and approval, which are sealed"
    ),
}


def register() -> None:
    whole = (SealedTable(name=f"accounts.{name}") for name in WHOLE)
    declare((ACCEPTANCES, PERMITS, OBJECTIONS, CLOSINGS, PLATFORM_LIFTINGS, *whole), UNSEALED)
