"""Who is in it.

A `ServiceChange` is something the platform will do to some accounts; each of those is
a `ConcernedAccount`, and `ConcernedKey`s narrow it to keys. When its audience is a rule,
`Selection`s say how far it has been looked at. A `Proposal` pins its contents, an
`Approval` by somebody else agrees to exactly them, a `Rejection` sends it back, a
`Withdrawal` calls it off, a `Postponement` puts it off, an `Exemption` leaves an account
out and a `LiftingOrder` takes its effect back. `LeadPolicy` says how many days ahead
people must be told.

An `Expansion` turns accounts into people for one phase and round, in `ExpansionBatch`es
until its `ExpansionCompletion`. Each person gets one `Notice`, which is also the message
in their inbox, about all of their accounts (`NoticeAccount`), and one `Delivery` per
address. An `Attempt` is written before a provider is called, its `Outcome` after; a
`Bounce` takes an acceptance back, a `Failure` says that an address cannot be reached. An
`Announcement` is public, an `AnnouncementPage` what its page said. Texts come from `Template`s
and are kept as rendered in `RenderedBody`.

A `ProviderOrder`, `ProviderLimit`, `KillSwitch` and `QuietHours` say which provider carries
a delivery and when; a `Suppression` keeps an address from being used, until its
`SuppressionLifting`. `ProviderUse`, `ProviderPace` and `ProviderHealth` are what the claiming
of deliveries counts, a `ProviderShift` says that traffic moved. A `ProviderTemplate` is one of
our texts as a provider approved it. A `RoutingAlarm` says that staff were told.

`DeliveryCount`, `DeliveryTally`, `GateTally` and `GateAtRisk` are figures for pages and decide
nothing, a `TallyPosition` says how far they were counted; an `Alarm` says that staff were told
of the last.
A `Letter` tells one person of something that is no change; its `LetterReading` and
`LetterDelivery`s belong to it. A `KeptUnread` marks a message that was read unread again.
A `CertificateIssue` says who was given a certificate of which notice.
A `TestSend` is a text that staff sent to themselves, its `TestOutcome` what came of it;
neither tells anybody anything.
"""

from notices.models.acts import (
    Approval,
    Exemption,
    LiftingOrder,
    PostponedAccount,
    Postponement,
    Proposal,
    Rejection,
    Withdrawal,
)
from notices.models.certificates import CertificateIssue
from notices.models.changes import ConcernedAccount, ConcernedKey, Selection, ServiceChange
from notices.models.deliveries import (
    Attempt,
    Bounce,
    Delivery,
    DeliveryCount,
    Failure,
    Outcome,
)
from notices.models.expansions import Expansion, ExpansionBatch, ExpansionCompletion
from notices.models.letters import Letter, LetterDelivery, LetterReading
from notices.models.messages import (
    Announcement,
    AnnouncementPage,
    Notice,
    NoticeAccount,
    Reading,
    RenderedBody,
)
from notices.models.policies import LeadPolicy
from notices.models.provider_templates import ProviderTemplate
from notices.models.providers import (
    KillSwitch,
    KillSwitchLifting,
    ProviderHealth,
    ProviderLimit,
    ProviderOrder,
    ProviderPace,
    ProviderShift,
    ProviderUse,
    QuietHours,
)
from notices.models.receipts import (
    ParkedReceipt,
    PostedReceipts,
    Receipt,
    ReceiptMatch,
    Resolution,
    Sweep,
    UnreadReceipts,
)
from notices.models.standings import Alarm, GateAtRisk, GateTally
from notices.models.suppressions import RoutingAlarm, Suppression, SuppressionLifting
from notices.models.tallies import DeliveryTally, TallyPosition
from notices.models.templates import Channel, Phase, Template
from notices.models.test_sends import TestOutcome, TestSend
from notices.models.unread_marks import KeptUnread

__all__ = [
    "Alarm",
    "Announcement",
    "AnnouncementPage",
    "Approval",
    "Attempt",
    "Bounce",
    "CertificateIssue",
    "Channel",
    "ConcernedAccount",
    "ConcernedKey",
    "Delivery",
    "DeliveryCount",
    "DeliveryTally",
    "Exemption",
    "Expansion",
    "ExpansionBatch",
    "ExpansionCompletion",
    "Failure",
    "GateAtRisk",
    "GateTally",
    "KeptUnread",
    "KillSwitch",
    "KillSwitchLifting",
    "LeadPolicy",
    "Letter",
    "LetterDelivery",
    "LetterReading",
    "LiftingOrder",
    "Notice",
    "NoticeAccount",
    "Outcome",
    "ParkedReceipt",
    "Phase",
    "PostedReceipts",
    "PostponedAccount",
    "Postponement",
    "Proposal",
    "ProviderHealth",
    "ProviderLimit",
    "ProviderOrder",
    "ProviderPace",
    "ProviderShift",
    "ProviderTemplate",
    "ProviderUse",
    "QuietHours",
    "Reading",
    "Receipt",
    "ReceiptMatch",
    "Rejection",
    "RenderedBody",
    "Resolution",
    "RoutingAlarm",
    "Selection",
    "ServiceChange",
    "Suppression",
    "SuppressionLifting",
    "Sweep",
    "TallyPosition",
    "Template",
    "TestOutcome",
    "TestSend",
    "UnreadReceipts",
    "Withdrawal",
]
