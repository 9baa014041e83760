"""Addresses that nothing is sent to any more, and alarms of too many of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.phone_numbers import mask_email, mask_phone
from common.models import AppendOnly, AppendOnlyQuerySet, Sealed
from notices.models.deliveries import Attempt, Delivery
from notices.models.providers import LONGEST_NAME
from notices.models.templates import Channel


class SuppressionQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "SuppressionQuerySet":
        """Those nobody has lifted."""
        return self.filter(lifting=None)


class Suppression(Sealed):
    """Nothing is sent to an address of a channel any more: a message there came back for
    good, its reader complained, or staff know better. What should have gone there counts as
    failed, so that best efforts go on by the person's other addresses (clause 1.3)."""

    class Source(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("came back for good")
        COMPLAINT = "complaint", _("complaint of the reader")
        STAFF = "staff", _("staff")

    channel = models.CharField(
        _("channel"),
        max_length=12,
        choices=[(one.value, one.label) for one in Delivery.CHANNELS],
    )
    address = models.CharField(_("address"), max_length=254)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    reason = models.TextField(_("reason"))
    # What it follows from; none of the two when staff know it from elsewhere.
    attempt = models.ForeignKey(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, blank=True)
    suppressed_by = models.ForeignKey(
        User,
        verbose_name=_("suppressed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = models.Manager.from_queryset(SuppressionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        indexes = [
            models.Index(fields=["address"], name="notices_suppression_of"),
            models.Index(fields=["recorded_at"], name="notices_suppression_when"),
        ]
        constraints = [
            models.CheckConstraint(
                name="notices_suppression_has_a_source",
                condition=Q(source="staff", suppressed_by__isnull=False)
                | Q(source__in=["hard_bounce", "complaint"], attempt__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.masked}"

    @property
    def masked(self) -> str:
        """Enough of the address for its owner to know it again."""
        if self.channel == Channel.SMS:
            return mask_phone(self.address)
        return mask_email(self.address)


class SuppressionLifting(Sealed):
    """The address may be used again."""

    suppression = models.OneToOneField(
        Suppression,
        verbose_name=_("suppressed address"),
        on_delete=models.PROTECT,
        related_name="lifting",
    )
    lifted_by = models.ForeignKey(
        User, verbose_name=_("lifted by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("lifted suppression")
        verbose_name_plural = _("lifted suppressions")

    def __str__(self) -> str:
        return str(self.suppression)


class RoutingAlarm(AppendOnly):
    """Staff were told that much comes back, or that messages wait past their lead."""

    class Level(models.TextChoices):
        WARNING = "warning", _("warning: much comes back")
        CRITICAL = "critical", _("critical: very much comes back")
        HELD = "held", _("messages wait past their lead")

    level = models.CharField(
        pgettext_lazy("of an alarm", "level"), max_length=10, choices=Level.choices
    )
    # The provider, or the identifier of the change.
    subject = models.CharField(pgettext_lazy("of an alarm", "about"), max_length=LONGEST_NAME)
    sent = models.PositiveIntegerField(_("handed over"), default=0)
    concerned = models.PositiveIntegerField(_("messages concerned"))
    told = models.PositiveIntegerField(_("members of staff told"))

    class Meta:
        verbose_name = _("alarm about sending")
        verbose_name_plural = _("alarms about sending")
        indexes = [models.Index(fields=["subject", "-id"], name="notices_routingalarm_of")]

    def __str__(self) -> str:
        return f"{self.subject} · {self.get_level_display()}"
