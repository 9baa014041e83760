"""Cases and what hangs on them in the admin."""

from compliance.admin.cases import CaseAdmin
from compliance.admin.policies import PolicyAdmin

__all__ = ["CaseAdmin", "PolicyAdmin"]
