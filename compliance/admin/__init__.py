"""Cases and what hangs on them in the admin."""

from compliance.admin.cases import CaseAdmin

__all__ = ["CaseAdmin"]
