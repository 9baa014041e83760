"""Cases and what hangs on them in the admin."""

from compliance.admin.cases import CaseAdmin
from compliance.admin.evidence import EvidenceFileAdmin
from compliance.admin.evidence_requests import EvidenceGrantRequestAdmin, InteractionGrantAdmin
from compliance.admin.orders import ContentOrderAdmin, DeletionCertificateAdmin

__all__ = [
    "CaseAdmin",
    "ContentOrderAdmin",
    "DeletionCertificateAdmin",
    "EvidenceFileAdmin",
    "EvidenceGrantRequestAdmin",
    "InteractionGrantAdmin",
]
