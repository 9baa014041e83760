"""Sending: what left the house, and what came of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from common.messaging import Verdict
from common.models import Sealed
from notices.models.expansions import Expansion
from notices.models.messages import Notice, RenderedBody
from notices.models.templates import Channel, Template
from notices.querysets import DeliveryQuerySet


class Delivery(models.Model):
    """A notice on its way to one address. Its state is a projection of attempts and
    outcomes, kept here so that work can be claimed and counted cheaply."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        ACCEPTED = "accepted", _("accepted")
        RETRYING = "retrying", _("being retried")
        FAILED = "failed", _("failed for good")
        UNKNOWN = "unknown", _("unknown")
        CANCELLED = "cancelled", _("cancelled")
        # What receipts say, later.
        DELIVERED = "delivered", _("delivered")
        UNREACHED = "unreached", _("not reached")
        COMPLAINED = "complained", _("complained of")
        EXPIRED = "expired", _("expired without word")

    class Held(models.TextChoices):
        """What keeps a delivery that is due from being sent."""

        SWITCHED_OFF = "switched_off", _("switched off by staff")
        RATE = "rate", _("rate of the provider")
        DAILY_CAP = "daily_cap", _("daily cap of the provider")
        ADDRESS_CAP = "address_cap", _("cap for one address")
        QUIET_HOURS = "quiet_hours", _("quiet hours")
        NO_TEMPLATE = "no_template", _("no approved text at the provider")

    OPEN = (State.PENDING, State.SENDING, State.RETRYING)
    # A provider took it, whatever came of it then.
    TAKEN = (State.ACCEPTED, State.DELIVERED, State.UNREACHED, State.COMPLAINED)
    # Somebody should look.
    UNDELIVERED = (State.FAILED, State.UNKNOWN, State.UNREACHED, State.EXPIRED)
    CHANNELS = (Channel.EMAIL, Channel.SMS)

    notice = models.ForeignKey(
        Notice,
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    # The notice's own, repeated so that a change's deliveries are found and counted.
    expansion = models.ForeignKey(
        Expansion,
        verbose_name=_("expansion"),
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    channel = models.CharField(
        _("channel"), max_length=12, choices=[(c.value, c.label) for c in CHANNELS]
    )
    address = models.CharField(_("address"), max_length=254)
    template = models.ForeignKey(
        Template,
        verbose_name=_("template"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    body = models.ForeignKey(
        RenderedBody,
        verbose_name=_("text"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"))
    # Whose claim it is: a worker that wakes up late holds an old number and is refused.
    fence = models.PositiveIntegerField(_("claim"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    # Why it was not sent when it was due (`notices.routing`); says something while it waits.
    held_by = models.CharField(
        _("held by"), max_length=16, choices=Held.choices, blank=True, default="", db_default=""
    )
    # When its provider is asked what became of it, or a doubt is looked into; None: not.
    ask_at = models.DateTimeField(_("asked about next"), null=True, blank=True)
    asks = models.PositiveSmallIntegerField(_("times asked about"), default=0, db_default=0)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel", "address"],
                name="notices_delivery_once_per_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["pending", "retrying"]),
                name="notices_delivery_due",
            ),
            models.Index(
                fields=["expansion"],
                condition=Q(state__in=["pending", "sending", "retrying"]),
                name="notices_delivery_open",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state="sending"),
                name="notices_delivery_leased",
            ),
            models.Index(fields=["address"], name="notices_delivery_to"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["failed", "unknown", "unreached", "expired"]),
                name="notices_delivery_to_look_into",
            ),
            models.Index(
                fields=["ask_at"],
                condition=Q(ask_at__isnull=False),
                name="notices_delivery_to_ask_about",
            ),
            models.Index(
                fields=["expansion"],
                condition=Q(state__in=["pending", "retrying"]) & ~Q(held_by=""),
                name="notices_delivery_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.address}"


class Attempt(Sealed):
    """Written and committed before a provider is called. Its UUID goes along as the
    provider's reference, so whatever happens next can be traced to this row. The database
    gives it a `number`, by which it is sealed; attempts from before have 0."""

    id = models.UUIDField(_("reference"), primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(
        Delivery,
        verbose_name=_("delivery"),
        on_delete=models.PROTECT,
        related_name="attempts",
        db_index=False,
    )
    provider = models.CharField(_("provider"), max_length=40)
    fence = models.PositiveIntegerField(_("claim"))
    # For one that takes no free text: its own text, and what fills it.
    provider_template = models.CharField(
        _("text of the provider"), max_length=100, blank=True, default="", db_default=""
    )
    params = models.JSONField(_("parameters"), default=dict, db_default={}, blank=True)
    number = models.BigIntegerField(
        pgettext_lazy("of a row", "number"), db_default=0, editable=False
    )
    # The one whose message this is again, when that is not known to have been taken.
    repeats = models.ForeignKey(
        "self",
        verbose_name=_("repeats"),
        on_delete=models.PROTECT,
        null=True,
        related_name="repeated_by",
        db_index=False,
    )

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "fence"], name="notices_attempt_once_per_claim"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def reference(self) -> uuid.UUID:
        """What the provider knows it by: of a repeat, what it repeats."""
        return self.repeats_id or self.pk


class Outcome(Sealed):
    """What the provider answered to an attempt, as it came."""

    attempt = models.OneToOneField(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        related_name="outcome",
    )
    verdict = models.CharField(
        _("verdict"), max_length=20, choices=[(v.value, v.value) for v in Verdict]
    )
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    answer = models.JSONField(_("answer"), default=dict)

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        indexes = [
            models.Index(fields=["recorded_at"], name="notices_outcome_when"),
            models.Index(
                fields=["provider_reference"],
                condition=~Q(provider_reference=""),
                name="notices_outcome_theirs",
            ),
        ]

    def __str__(self) -> str:
        return self.verdict


class Bounce(Sealed):
    """A message that had been accepted came back: the address did not get it after all."""

    attempt = models.OneToOneField(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        related_name="bounce",
    )
    reason = models.TextField(_("reason"))
    answer = models.JSONField(_("answer"), default=dict)
    reported_by = models.ForeignKey(
        User,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("bounce")
        verbose_name_plural = _("bounces")

    def __str__(self) -> str:
        return self.reason[:60]


class Failure(Sealed):
    """A delivery failed for good, which the database checks against its attempts, or against
    the suppression of its address.

    Best efforts are exhausted for an account once every address has one (clause 1.3).
    """

    class Cause(models.TextChoices):
        REFUSED = "refused", _("refused for good")
        EXHAUSTED = "exhausted", _("refused at every try")
        BOUNCED = "bounced", _("came back")
        SUPPRESSED = "suppressed", _("address suppressed")

    delivery = models.OneToOneField(
        Delivery,
        verbose_name=_("delivery"),
        on_delete=models.PROTECT,
        related_name="failure",
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)

    class Meta:
        verbose_name = _("failure")
        verbose_name_plural = _("failures")

    def __str__(self) -> str:
        return f"{self.delivery} · {self.get_cause_display()}"


class DeliveryCount(models.Model):
    """How many deliveries of an expansion are in a state, kept by triggers so that nobody
    has to count them. Spread over shards, so that workers do not wait for each other."""

    expansion = models.ForeignKey(
        Expansion,
        verbose_name=_("expansion"),
        on_delete=models.PROTECT,
        related_name="counts",
        db_index=False,
    )
    channel = models.CharField(_("channel"), max_length=12)
    state = models.CharField(_("state"), max_length=10)
    shard = models.PositiveSmallIntegerField(_("shard"))
    number = models.IntegerField(pgettext_lazy("how many", "number"))

    class Meta:
        verbose_name = _("count of deliveries")
        verbose_name_plural = _("counts of deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["expansion", "channel", "state", "shard"],
                name="notices_deliverycount_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expansion} · {self.channel} · {self.state}"
