"""How far the due dates of cases are kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DueDates(models.Model):
    """With which edition of the working-day calendar `Case.due_at` was last worked out for
    every open case. One row, see `compliance.due_dates`."""

    calendar = models.BigIntegerField(_("edition of the calendar"))

    class Meta:
        verbose_name = _("keeping of due dates")
        verbose_name_plural = _("keeping of due dates")
        constraints = [
            models.CheckConstraint(name="compliance_duedates_only_one", condition=Q(pk=1)),
        ]

    def __str__(self) -> str:
        return str(self.calendar)
