"""Questions about cases."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

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
