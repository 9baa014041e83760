"""Counts of what left the house and what providers said, for pages; they decide nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DeliveryTally(models.Model):
    """How often something happened in a minute or an hour, by channel and provider. Minutes are
    dropped after a while, hours are kept. `what` is `attempt`, a verdict, or `receipt:` and a
    receipt's state."""

    class Grain(models.TextChoices):
        MINUTE = "minute", _("minute")
        HOUR = "hour", _("hour")

    grain = models.CharField(_("grain"), max_length=6, choices=Grain.choices)
    period = models.DateTimeField(_("period"))
    channel = models.CharField(_("channel"), max_length=12)
    provider = models.CharField(_("provider"), max_length=40)
    what = models.CharField(_("what happened"), max_length=30)
    number = models.IntegerField(pgettext_lazy("how many", "number"))

    class Meta:
        verbose_name = _("tally of deliveries")
        verbose_name_plural = _("tallies of deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "period", "channel", "provider", "what"],
                name="notices_deliverytally_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m-%d %H:%M} {self.channel} {self.what}"


class TallyPosition(models.Model):
    """How far one table has been counted: everything up to this transaction and row, once."""

    table = models.CharField(_("table"), max_length=40, primary_key=True)
    transaction = models.BigIntegerField(_("transaction"), default=0)
    row = models.BigIntegerField(pgettext_lazy("of a table", "row"), default=0)
    counted_at = models.DateTimeField(_("counted at"), null=True)

    class Meta:
        verbose_name = _("position of tallies")
        verbose_name_plural = _("positions of tallies")

    def __str__(self) -> str:
        return self.table
