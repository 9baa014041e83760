"""Who is in it.

A `User` is a person who signs in. An `Account` is what is served and billed: a
personal one is held by its user, an organization has members. A `Membership` ties
the two with a role. An `ApiKey` belongs to an account, never to a person; an `ApiKeyUse`
says when it was last used.

A `AuthorityDeclaration` says by what authority somebody acts for an organization (clause 1.2.2); an
`Invitation` lets a person join it. Ownership and keys go elsewhere by a `Transfer`, whose
`TransferStep`s hold the platform's consent (1.2.6, 2.2.2). `Activity` is what happened in an
account, as its owners read it.

An `AgreementDocument` has numbered `AgreementVersion`s, each with an `AgreementText`
per language, split into `Clause`s; an `Acceptance` says who accepted which text.

A version is announced to customers by an `Offering` and binds an account by its
`VersionInForce`; an `Objection` stands against it until its `ObjectionWithdrawal`, and a
`ContinuedUse` shows that the account went on regardless (clause 14.3).

A `Permit` allows one change to take effect on one account and not before a moment.
A `Restriction` hangs on a permit and takes access away until a `Lifting` gives it
back; a `PlatformRestriction` does so for everybody until its `PlatformLifting`. A
`Condition` takes access away too, but needs no notice. What is left is computed by
`accounts.access`.

An `EnforcementChange` is one that gateways have to hear of; the `EnforcementFeed` gives it a
number as an `EnforcementEntry`, and keeps the newest of each thing as an `EnforcementState`.
A `Gateway` says by `GatewayAcknowledgement`s how far it has applied them; staff are told of one
that is silent or behind by a `GatewayAlarm`.

A `Service` has `InferenceModel`s; requests are served from a `Region`. A `ServiceUse` says
which services an account uses, and since when.

A `ResetAttempt` leads to a new password by codes and a second proof; the `PasswordReset` is
its evidence. A `PhoneRecovery` asks staff for help with a lost phone: a `RecoveryCheck` looks
into it, a `RecoveryProposal` and a `RecoveryDecision` of two people allow it, and unless a
`RecoveryStop` comes first a `PhoneChange` carries it out (clauses 1.2.4, 1.2.6).
A `ConnectedLogin` is one at another service that a person signs in by as well; its
`ConnectionConsent` and `ConnectionConsentEnd` stay (clause 1.2.3).

A `ServiceClient` is a system of the platform that calls the API with its `ClientToken`s; a
`TokenUse` counts what was asked with one, a `RequestBudget` what may still be asked.

A `MessageCount` says how many text messages went to a number, a country and so on.

A `SignUp` is an account being opened. Who opens one makes a `CapacityDeclaration` and a
`UseDeclaration`; for a minor a guardian is asked by a `GuardianRequest` and gives a
`GuardianConsent`, until its `GuardianConsentWithdrawal`.
A `Closing` asks that an account be closed; after its time to think it over a
`ClosingCancellation` or a `Closure` ends it. A `ClosingHold` puts it off, and a
`KeptIdentity` is what the law has us keep of who a closed person was.

A `NameTerm` is what names are screened for (clause 1.2.5).
"""

from accounts.models.access import Condition, Lifting, Measure, Permit, Restriction
from accounts.models.accounts import Account, Membership
from accounts.models.activity import Activity
from accounts.models.agreements import (
    Acceptance,
    AgreementDocument,
    AgreementText,
    AgreementVersion,
    Clause,
    ClauseText,
    Publication,
    Severance,
)
from accounts.models.amendments import (
    ContinuedUse,
    Objection,
    ObjectionWithdrawal,
    Offering,
    OfferingWithdrawal,
    VersionInForce,
)
from accounts.models.api_keys import ApiKey, ApiKeyUse
from accounts.models.catalogue import InferenceModel, Region, Service
from accounts.models.connected_logins import (
    ConnectedLogin,
    ConnectionConsent,
    ConnectionConsentEnd,
)
from accounts.models.declarations import Capacity, CapacityDeclaration, UseDeclaration
from accounts.models.enforcement import (
    EnforcementChange,
    EnforcementEntry,
    EnforcementFeed,
    EnforcementState,
)
from accounts.models.gateways import Gateway, GatewayAcknowledgement, GatewayAlarm
from accounts.models.guardians import (
    GuardianConsent,
    GuardianConsentWithdrawal,
    GuardianRequest,
)
from accounts.models.incidents import PlatformLifting, PlatformRestriction
from accounts.models.label_exemptions import (
    LabelApplication,
    LabelApplicationEnd,
    LabelApplicationState,
    LabelExemption,
    LabelExemptionEnd,
    LabelProposal,
    LabelReminder,
    LabelUndertaking,
)
from accounts.models.leaving import (
    Closing,
    ClosingCancellation,
    ClosingHold,
    ClosingHoldRelease,
    Closure,
    KeptIdentity,
)
from accounts.models.message_counts import MessageCount
from accounts.models.name_terms import NameTerm
from accounts.models.one_time_codes import OneTimeCode
from accounts.models.organizations import AuthorityDeclaration, Invitation
from accounts.models.recoveries import (
    PhoneChange,
    PhoneRecovery,
    RecoveryCheck,
    RecoveryDecision,
    RecoveryDraft,
    RecoveryProposal,
    RecoveryStop,
)
from accounts.models.resets import PasswordReset, ResetAttempt, SecondProof
from accounts.models.service_clients import (
    ClientToken,
    RequestBudget,
    ServiceClient,
    TokenUse,
)
from accounts.models.sign_ups import SignUp
from accounts.models.staff import Offboarding, StaffInvitation
from accounts.models.transfers import Transfer, TransferStep
from accounts.models.users import User
from accounts.models.uses import ServiceUse

__all__ = [
    "Acceptance",
    "Account",
    "Activity",
    "AgreementDocument",
    "AgreementText",
    "AgreementVersion",
    "ApiKey",
    "ApiKeyUse",
    "AuthorityDeclaration",
    "Capacity",
    "CapacityDeclaration",
    "Clause",
    "ClauseText",
    "ClientToken",
    "Closing",
    "ClosingCancellation",
    "ClosingHold",
    "ClosingHoldRelease",
    "Closure",
    "Condition",
    "ConnectedLogin",
    "ConnectionConsent",
    "ConnectionConsentEnd",
    "ContinuedUse",
    "EnforcementChange",
    "EnforcementEntry",
    "EnforcementFeed",
    "EnforcementState",
    "Gateway",
    "GatewayAcknowledgement",
    "GatewayAlarm",
    "GuardianConsent",
    "GuardianConsentWithdrawal",
    "GuardianRequest",
    "InferenceModel",
    "Invitation",
    "KeptIdentity",
    "LabelApplication",
    "LabelApplicationEnd",
    "LabelApplicationState",
    "LabelExemption",
    "LabelExemptionEnd",
    "LabelProposal",
    "LabelReminder",
    "LabelUndertaking",
    "Lifting",
    "Measure",
    "Membership",
    "MessageCount",
    "NameTerm",
    "Objection",
    "ObjectionWithdrawal",
    "Offboarding",
    "Offering",
    "OfferingWithdrawal",
    "OneTimeCode",
    "PasswordReset",
    "Permit",
    "PhoneChange",
    "PhoneRecovery",
    "PlatformLifting",
    "PlatformRestriction",
    "Publication",
    "RecoveryCheck",
    "RecoveryDecision",
    "RecoveryDraft",
    "RecoveryProposal",
    "RecoveryStop",
    "Region",
    "RequestBudget",
    "ResetAttempt",
    "Restriction",
    "SecondProof",
    "Service",
    "ServiceClient",
    "ServiceUse",
    "Severance",
    "SignUp",
    "StaffInvitation",
    "TokenUse",
    "Transfer",
    "TransferStep",
    "UseDeclaration",
    "User",
    "VersionInForce",
]
