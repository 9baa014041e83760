"""Cases, reports and what hangs on them in the admin."""

from compliance.admin.appeals import AppealAdmin
from compliance.admin.cases import CaseAdmin
from compliance.admin.decisions import DecisionAdmin
from compliance.admin.evidence import EvidenceFileAdmin
from compliance.admin.evidence_requests import EvidenceGrantRequestAdmin, InteractionGrantAdmin
from compliance.admin.orders import ContentOrderAdmin, DeletionCertificateAdmin
from compliance.admin.policies import PolicyAdmin
from compliance.admin.reports import ReportAdmin
from compliance.admin.signals import PlatformSignalAdmin

__all__ = [
    "AppealAdmin",
    "CaseAdmin",
    "ContentOrderAdmin",
    "DecisionAdmin",
    "DeletionCertificateAdmin",
    "EvidenceFileAdmin",
    "EvidenceGrantRequestAdmin",
    "InteractionGrantAdmin",
    "PlatformSignalAdmin",
    "PolicyAdmin",
    "ReportAdmin",
]
