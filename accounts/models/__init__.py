"""Who is in it.

A `User` is a person who signs in. An `Account` is what is served and billed: a
personal one is held by its user, an organization has members. A `Membership` ties
the two with a role. An `ApiKey` belongs to an account, never to a person.

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

A `Service` has `InferenceModel`s; requests are served from a `Region`. A `ServiceUse` says
which services an account uses, and since when.

A `Closing` asks that an account be closed; after its time to think it over a
`ClosingCancellation` or a `Closure` ends it. A `ClosingHold` puts it off, and a
`KeptIdentity` is what the law has us keep of who a closed person was.

A `NameTerm` is what names are screened for (clause 1.2.5).
"""

from accounts.models.access import Condition, Lifting, Measure, Permit, Restriction
from accounts.models.accounts import Account, Membership
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
from accounts.models.api_keys import ApiKey
from accounts.models.catalogue import InferenceModel, Region, Service
from accounts.models.incidents import PlatformLifting, PlatformRestriction
from accounts.models.leaving import (
    Closing,
    ClosingCancellation,
    ClosingHold,
    ClosingHoldRelease,
    Closure,
    KeptIdentity,
)
from accounts.models.name_terms import NameTerm
from accounts.models.service_clients import ServiceClient
from accounts.models.staff import Offboarding, StaffInvitation
from accounts.models.users import User
from accounts.models.uses import ServiceUse

__all__ = [
    "Acceptance",
    "Account",
    "AgreementDocument",
    "AgreementText",
    "AgreementVersion",
    "ApiKey",
    "Clause",
    "ClauseText",
    "Closing",
    "ClosingCancellation",
    "ClosingHold",
    "ClosingHoldRelease",
    "Closure",
    "Condition",
    "ContinuedUse",
    "InferenceModel",
    "KeptIdentity",
    "Lifting",
    "Measure",
    "Membership",
    "NameTerm",
    "Objection",
    "ObjectionWithdrawal",
    "Offboarding",
    "Offering",
    "OfferingWithdrawal",
    "Permit",
    "PlatformLifting",
    "PlatformRestriction",
    "Publication",
    "Region",
    "Restriction",
    "Service",
    "ServiceClient",
    "ServiceUse",
    "Severance",
    "StaffInvitation",
    "User",
    "VersionInForce",
]
