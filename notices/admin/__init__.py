"""Service changes, their accounts, notices, deliveries, texts and lead times in the admin."""

from notices.admin.certificates import CertificateIssueAdmin
from notices.admin.changes import ServiceChangeAdmin
from notices.admin.concerned import ConcernedAccountAdmin, GateAtRiskAdmin
from notices.admin.deliveries import DeliveryAdmin
from notices.admin.evidence import AnnouncementAdmin, NoticeAdmin
from notices.admin.kill_switches import KillSwitchAdmin
from notices.admin.lead_policies import LeadPolicyAdmin
from notices.admin.letters import LetterAdmin
from notices.admin.provider_templates import ProviderTemplateAdmin
from notices.admin.providers import (
    ProviderHealthAdmin,
    ProviderLimitAdmin,
    ProviderOrderAdmin,
    ProviderShiftAdmin,
    QuietHoursAdmin,
)
from notices.admin.suppressions import RoutingAlarmAdmin, SuppressionAdmin
from notices.admin.templates import TemplateAdmin

__all__ = [
    "AnnouncementAdmin",
    "CertificateIssueAdmin",
    "ConcernedAccountAdmin",
    "DeliveryAdmin",
    "GateAtRiskAdmin",
    "KillSwitchAdmin",
    "LeadPolicyAdmin",
    "LetterAdmin",
    "NoticeAdmin",
    "ProviderHealthAdmin",
    "ProviderLimitAdmin",
    "ProviderOrderAdmin",
    "ProviderShiftAdmin",
    "ProviderTemplateAdmin",
    "QuietHoursAdmin",
    "RoutingAlarmAdmin",
    "ServiceChangeAdmin",
    "SuppressionAdmin",
    "TemplateAdmin",
]
