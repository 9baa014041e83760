"""Shared records and the abstract ones that the apps above build on."""

from common.models.append_only import AppendOnly, AppendOnlyQuerySet
from common.models.approvals import ApprovalRecord, ProposalRecord
from common.models.calendar import CalendarDay, CalendarEdition, CalendarYear
from common.models.clock_offset import ClockOffset
from common.models.editable import Editable
from common.models.heartbeats import Heartbeat
from common.models.sealed import Sealed
from common.models.seals import SealBlock, SealCommitment, SealVerification
from common.models.transaction_ids import CurrentTransaction, TransactionIdField
from common.models.wakeups import Wakeup

__all__ = [
    "AppendOnly",
    "AppendOnlyQuerySet",
    "ApprovalRecord",
    "CalendarDay",
    "CalendarEdition",
    "CalendarYear",
    "ClockOffset",
    "CurrentTransaction",
    "Editable",
    "Heartbeat",
    "ProposalRecord",
    "SealBlock",
    "SealCommitment",
    "SealVerification",
    "Sealed",
    "TransactionIdField",
    "Wakeup",
]
