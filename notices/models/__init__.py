"""Who is in it.

A `ServiceChange` is something the platform will do to some accounts; each of those is
a `ConcernedAccount`. A `Proposal` pins its contents, an `Approval` by somebody else
agrees to exactly them, a `Rejection` sends it back, a `Withdrawal` calls it off and a
`LiftingOrder` takes its effect back. `LeadPolicy` says how many days ahead people must
be told.

An `Expansion` turns the accounts into people for one phase. Each person gets one
`Notice`, which is also the message in their inbox, about all of their accounts
(`NoticeAccount`), and one `Delivery` per address. An `Attempt` is written before a
provider is called, its `Outcome` after. An `Announcement` is public. Texts come from
`Template`s and are kept as rendered in `RenderedBody`. A `TestSend` is one that staff sent
to themselves, its `TestOutcome` what came of it; neither tells anybody anything.
"""

from notices.models.changes import (
    Approval,
    ConcernedAccount,
    LeadPolicy,
    LiftingOrder,
    Proposal,
    Rejection,
    ServiceChange,
    Withdrawal,
)
from notices.models.deliveries import Attempt, Delivery, Outcome
from notices.models.messages import (
    Announcement,
    Expansion,
    Notice,
    NoticeAccount,
    Reading,
    RenderedBody,
)
from notices.models.templates import Channel, Phase, Template
from notices.models.test_sends import TestOutcome, TestSend

__all__ = [
    "Announcement",
    "Approval",
    "Attempt",
    "Channel",
    "ConcernedAccount",
    "Delivery",
    "Expansion",
    "LeadPolicy",
    "LiftingOrder",
    "Notice",
    "NoticeAccount",
    "Outcome",
    "Phase",
    "Proposal",
    "Reading",
    "Rejection",
    "RenderedBody",
    "ServiceChange",
    "Template",
    "TestOutcome",
    "TestSend",
    "Withdrawal",
]
