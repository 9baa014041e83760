"""Cases, reports and what hangs on them in the admin."""

from compliance.admin.cases import CaseAdmin
from compliance.admin.reports import ReportAdmin

__all__ = ["CaseAdmin", "ReportAdmin"]
