"""Service changes, their accounts, notices, deliveries, texts and lead times in the admin."""

from notices.admin.changes import ServiceChangeAdmin
from notices.admin.concerned import ConcernedAccountAdmin, GateAtRiskAdmin
from notices.admin.evidence import AnnouncementAdmin, DeliveryAdmin, NoticeAdmin
from notices.admin.lead_policies import LeadPolicyAdmin
from notices.admin.letters import LetterAdmin
from notices.admin.templates import TemplateAdmin

__all__ = [
    "AnnouncementAdmin",
    "ConcernedAccountAdmin",
    "DeliveryAdmin",
    "GateAtRiskAdmin",
    "LeadPolicyAdmin",
    "LetterAdmin",
    "NoticeAdmin",
    "ServiceChangeAdmin",
    "TemplateAdmin",
]
