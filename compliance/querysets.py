"""Questions about cases and reports."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from common.models import AppendOnlyQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class CaseQuerySet(models.QuerySet[Any]):
    def open(self) -> "CaseQuerySet":
        return self.filter(closed_at=None)

    def seen_by(self, user: "User") -> "CaseQuerySet":
        """Those this member of staff may look at: confidential ones need leave for such."""
        if user.has_perm("compliance.see_confidential_case"):
            return self
        return self.filter(confidential=False)

    def of_assignee(self, user: "User") -> "CaseQuerySet":
        return self.open().filter(assignee=user)

    def unclaimed(self) -> "CaseQuerySet":
        return self.open().filter(assignee=None)

    def overdue(self, at: Any) -> "CaseQuerySet":
        """Open, and their clock has run out by `at`, a moment or the database's own."""
        return self.open().filter(due_at__lte=at)

    def most_urgent_first(self) -> "CaseQuerySet":
        return self.order_by("-severity", models.F("due_at").asc(nulls_last=True), "pk")

    def opened_between(self, since: datetime, until: datetime) -> "CaseQuerySet":
        return self.filter(opened_at__gte=since, opened_at__lt=until)


class ReportQuerySet(AppendOnlyQuerySet):
    def seen_by(self, user: "User") -> "ReportQuerySet":
        """Those this member of staff may look at: of confidential cases with leave only."""
        if user.has_perm("compliance.see_confidential_case"):
            return self
        return self.filter(case__confidential=False)

    def made_by(self, user: "User") -> "ReportQuerySet":
        """What this person reported, whichever account they did it for."""
        return self.filter(reporter=user)

    def against(self, account: Any) -> "ReportQuerySet":
        """What was reported about this account. Its own people never learn by whom."""
        return self.filter(about=account)

    def untold(self) -> "ReportQuerySet":
        return self.filter(untold__isnull=False)

    def told(self) -> "ReportQuerySet":
        return self.filter(untold__isnull=True)

    def to_be_told(self) -> "ReportQuerySet":
        """Their case is decided or closed, and nobody has told the reporter."""
        return self.filter(untold__due=True)
