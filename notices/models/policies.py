"""How far ahead people are told of a kind of change, and what counts as telling them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.changes import label_of
from common.models import Sealed


def announcement_and_inbox() -> list[str]:
    """What is always posted, and proves nothing by itself (see `LeadPolicy`)."""
    return ["announcement", "inbox"]


class LeadPolicy(Sealed):
    """How far ahead people must be told of a kind of change; the newest version counts.

    `lead_days` are whole days between the day of notice and the day of effect, in the
    account's time zone. Notice takes each of `required_channels`, and one of
    `counted_channels`: e-mail and SMS, which a provider accepts. Where every address
    failed for good, announcement and inbox stand in.
    """

    kind = models.CharField(_("kind of change"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    lead_days = models.PositiveSmallIntegerField(_("days ahead"))
    counted_channels = models.JSONField(_("channels that count"))
    required_channels = models.JSONField(_("channels required"), default=announcement_and_inbox)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(
        User,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("lead policy")
        verbose_name_plural = _("lead policies")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"], name="notices_leadpolicy_versioned_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{label_of(self.kind)} · {self.lead_days} · v{self.version}"
