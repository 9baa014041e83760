"""Entries of the clocks of cases; what is left of each is worked out in `compliance.clocks`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.models import Sealed
from compliance.models.cases import Case


class ClockEntry(Sealed):
    """A clock of a case was started, paused, resumed or stopped.

    Clocks count working days in Shanghai (`common.working_days`); `days` is what was
    allowed when it started.
    """

    class Clock(models.TextChoices):
        FIRST_LOOK = "first_look", _("first look")
        DECISION = "decision", _("decision")
        APPEAL = "appeal", _("decision on the appeal")

    class Act(models.TextChoices):
        START = "start", _("started")
        PAUSE = "pause", _("paused")
        RESUME = "resume", _("resumed")
        STOP = "stop", _("stopped")

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="clock_entries"
    )
    clock = models.CharField(_("clock"), max_length=12, choices=Clock.choices)
    act = models.CharField(_("act"), max_length=8, choices=Act.choices)
    at = models.DateTimeField(_("at"))
    days = models.PositiveSmallIntegerField(_("working days"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("entry of a clock")
        verbose_name_plural = _("entries of clocks")
        ordering = ["pk"]
        indexes = [models.Index(fields=["case", "clock", "id"], name="compliance_clockentry_of")]
        constraints = [
            models.CheckConstraint(
                name="compliance_clockentry_days_iff_started",
                condition=Q(act="start", days__isnull=False) | (~Q(act="start") & Q(days=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_clock_display()} · {self.get_act_display()}"
