"""The shift of the clock in demo and test databases."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClockOffset(models.Model):
    """At most one row, added to the database's time by `common_now()`.

    The app role can read it only. Production never has a row: with one, `/readyz` says
    that the clock is not ready.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    shift = models.DurationField(_("shift"))

    class Meta:
        verbose_name = _("clock offset")
        verbose_name_plural = _("clock offsets")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="common_clockoffset_single"),
        ]

    def __str__(self) -> str:
        return str(self.shift)
