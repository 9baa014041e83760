"""Policies, reports, cases, evidence, decisions, statements, appeals, orders."""

from compliance.models.appeals import Appeal, AppealDecision
from compliance.models.cases import (
    Case,
    CaseEvent,
    CaseKind,
    CaseLink,
    CaseNote,
    CaseTask,
    Queue,
)
from compliance.models.clocks import ClockEntry
from compliance.models.decisions import (
    Decision,
    DecisionApproval,
    DecisionEffect,
    DecisionRejection,
    DecisionReversal,
    Statement,
    Strike,
)
from compliance.models.due_dates import DueDates
from compliance.models.evidence import (
    Evidence,
    EvidenceContent,
    EvidenceGrant,
    EvidenceGrantEnd,
    EvidenceGrantRequest,
    EvidenceView,
    InteractionGrant,
    InteractionGrantEnd,
    Sensitivity,
)
from compliance.models.inquiries import Inquiry, InquiryAnswer, InquiryAnswerText
from compliance.models.names import NameCancellation, NameDoubt, NameRestoration
from compliance.models.orders import (
    ContentOrder,
    ContentOrderAlarm,
    ContentOrderReceipt,
    DeletionCertificate,
)
from compliance.models.platform_signals import PlatformSignal
from compliance.models.policies import Action, Policy, PolicyBinding, PolicyVersion, Severity
from compliance.models.reports import Report, ReportOutcome, UntoldReport

__all__ = [
    "Action",
    "Appeal",
    "AppealDecision",
    "Case",
    "CaseEvent",
    "CaseKind",
    "CaseLink",
    "CaseNote",
    "CaseTask",
    "ClockEntry",
    "ContentOrder",
    "ContentOrderAlarm",
    "ContentOrderReceipt",
    "Decision",
    "DecisionApproval",
    "DecisionEffect",
    "DecisionRejection",
    "DecisionReversal",
    "DeletionCertificate",
    "DueDates",
    "Evidence",
    "EvidenceContent",
    "EvidenceGrant",
    "EvidenceGrantEnd",
    "EvidenceGrantRequest",
    "EvidenceView",
    "Inquiry",
    "InquiryAnswer",
    "InquiryAnswerText",
    "InteractionGrant",
    "InteractionGrantEnd",
    "NameCancellation",
    "NameDoubt",
    "NameRestoration",
    "PlatformSignal",
    "Policy",
    "PolicyBinding",
    "PolicyVersion",
    "Queue",
    "Report",
    "ReportOutcome",
    "Sensitivity",
    "Severity",
    "Statement",
    "Strike",
    "UntoldReport",
]
