"""What of accounts is sealed, and what is not and why, see docs/seals.md."""

from common.seals.registry import Children, SealedTable
from common.seals.registry import register as declare

ACCEPTANCES = SealedTable(name="accounts.acceptance", personal=("ip_address", "user_agent"))
GUARDIAN_CONSENTS = SealedTable(
    name="accounts.guardianconsent",
    personal=("guardian_name", "guardian_phone", "ip_address", "user_agent"),
)
USES = SealedTable(name="accounts.usedeclaration", personal=("details",))
PERMITS = SealedTable(
    name="accounts.permit",
    children=(Children(name="restrictions", model="accounts.restriction", parent="permit_id"),),
)
# The log names people and what they called things.
ACTIVITY = SealedTable(name="accounts.activity", personal=("facts",))
DECLARATIONS = SealedTable(
    name="accounts.authoritydeclaration",
    personal=("registered_name", "position", "statement", "ip_address", "user_agent"),
)
TRANSFERS = SealedTable(name="accounts.transfer", personal=("reason",))
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
RESETS = SealedTable(name="accounts.passwordreset", personal=("ip_address",))
RECOVERIES = SealedTable(
    name="accounts.phonerecovery", personal=("old_phone", "new_phone", "reason", "ip_address")
)
RECOVERY_CHECKS = SealedTable(name="accounts.recoverycheck", personal=("seen",))
RECOVERY_STOPS = SealedTable(name="accounts.recoverystop", personal=("ip_address",))
CONNECTIONS = SealedTable(name="accounts.connectionconsent", personal=("ip_address",))
LABEL_APPLICATIONS = SealedTable(
    name="accounts.labelapplication",
    personal=("purpose", "ip_address"),
    children=(
        Children(name="undertakings", model="accounts.labelundertaking", parent="application_id"),
    ),
)
WHOLE = (
    "agreementtext",
    "agreementversion",
    "capacitydeclaration",
    "clause",
    "clausetext",
    "connectionconsentend",
    "closingcancellation",
    "closinghold",
    "closingholdrelease",
    "closure",
    "continueduse",
    "guardianconsentwithdrawal",
    "labelapplicationend",
    "labelexemption",
    "labelexemptionend",
    "labelproposal",
    "lifting",
    "objectionwithdrawal",
    "offboarding",
    "offering",
    "offeringwithdrawal",
    "phonechange",
    "publication",
    "recoverydecision",
    "recoveryproposal",
    "severance",
    "transferstep",
    "versioninforce",
)
UNSEALED = {
    "accounts.gatewayalarm": "says that staff were told of a gateway's trouble; proves nothing",
    "accounts.labelreminder": "says that people were told; the letters are sealed",
    "accounts.labelundertaking": "sealed with its application, which is written together with it",
    "accounts.restriction": "sealed with its permit, which is written together with it",
    "accounts.platformrestriction": (
        "sealed with its lifting; before, the approved change says what it does, and the digest of"
        " that is in proposal and approval, which are sealed"
    ),
}


def register() -> None:
    whole = (SealedTable(name=f"accounts.{name}") for name in WHOLE)
    apart = (
        ACCEPTANCES,
        ACTIVITY,
        CLOSINGS,
        DECLARATIONS,
        GUARDIAN_CONSENTS,
        LABEL_APPLICATIONS,
        OBJECTIONS,
        PERMITS,
        PLATFORM_LIFTINGS,
        TRANSFERS,
        USES,
    )
    returning = (RESETS, RECOVERIES, RECOVERY_CHECKS, RECOVERY_STOPS, CONNECTIONS)
    declare((*apart, *returning, *whole), UNSEALED)
