"""How staff steer the providers of messages: their order, limits, switches and quiet hours;
and what the claiming of deliveries keeps about them.

What staff decide is edited with a history, or written once and taken back by another record.
`ProviderUse`, `ProviderPace` and `ProviderHealth` are kept by the jobs alone.
"""

from datetime import time
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.models import User
from common.models import AppendOnly, AppendOnlyQuerySet, Editable
from notices.models.templates import Channel

LONGEST_NAME = 40
SENT_BY_PROVIDERS = [(each.value, each.label) for each in (Channel.EMAIL, Channel.SMS)]


class ProviderOrder(Editable):
    """Which providers carry a channel to a country, the preferred one first.

    `country` is ISO 3166; empty for e-mail and for every country without a row of its own.
    Without any row the order of the settings holds.
    """

    channel = models.CharField(_("channel"), max_length=12, choices=SENT_BY_PROVIDERS)
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters, such as CN."))],
        help_text=_("Such as CN. Empty: every country without an order of its own."),
    )
    providers = ArrayField(models.CharField(max_length=LONGEST_NAME), verbose_name=_("providers"))
    history = HistoricalRecords(
        excluded_fields=["edition"], history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        verbose_name = _("order of providers")
        verbose_name_plural = _("orders of providers")
        ordering = ["channel", "country"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "country"],
                name="notices_providerorder_once",
                violation_error_message=_("There is an order for this channel and country."),
            ),
            models.CheckConstraint(
                name="notices_providerorder_country_of_sms",
                condition=Q(channel="sms") | Q(country=""),
                violation_error_message=_("E-mail knows no countries: leave the country empty."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.country or _now('everywhere')}"


def _limit(label: Any, text: Any = "") -> Any:
    return models.PositiveIntegerField(
        label,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=text,
    )


class ProviderLimit(Editable):
    """The most that goes to a provider. Counted when handed over, as providers count; empty:
    no limit. Days are those of Beijing."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, unique=True)
    per_second = _limit(_("a second"))
    per_minute = _limit(_("a minute"))
    per_day = _limit(_("a day"), _("From midnight in Beijing."))
    per_address = _limit(
        _("to one address"),
        _("Within 24 hours and of one text of the provider; Alibaba Cloud takes 50."),
    )
    history = HistoricalRecords(
        excluded_fields=["edition"], history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        verbose_name = _("limit of a provider")
        verbose_name_plural = _("limits of providers")
        ordering = ["provider"]

    def __str__(self) -> str:
        return self.provider


class QuietHours(Editable):
    """When nobody is disturbed by a channel, in the recipient's time zone. May span midnight.
    They never cost anybody a day of notice (`notices.quiet_hours`)."""

    channel = models.CharField(_("channel"), max_length=12, choices=SENT_BY_PROVIDERS, unique=True)
    begins = models.TimeField(pgettext_lazy("of quiet hours", "from"), default=time(21))
    ends = models.TimeField(_("until"), default=time(8))
    in_force = models.BooleanField(_("in force"), default=True)
    history = HistoricalRecords(
        excluded_fields=["edition"], history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        ordering = ["channel"]
        constraints = [
            models.CheckConstraint(
                name="notices_quiethours_end",
                condition=~Q(begins=F("ends")),
                violation_error_message=_("They have to end at another time than they begin."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.begins:%H:%M}–{self.ends:%H:%M}"


class KillSwitchQuerySet(AppendOnlyQuerySet):
    def on(self) -> "KillSwitchQuerySet":
        """Those nobody has taken back."""
        return self.filter(lifting=None)


class KillSwitch(AppendOnly):
    """Nothing goes out by a provider, a channel, or one by the other, from this moment on.
    What waits goes by the next provider, or stays until the switch is taken back."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, blank=True)
    channel = models.CharField(_("channel"), max_length=12, choices=SENT_BY_PROVIDERS, blank=True)
    switched_by = models.ForeignKey(
        User, verbose_name=_("switched off by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    objects = models.Manager.from_queryset(KillSwitchQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("kill switch")
        verbose_name_plural = _("kill switches")
        constraints = [
            models.CheckConstraint(
                name="notices_killswitch_of_something",
                condition=~Q(provider="") | ~Q(channel=""),
            ),
        ]

    def __str__(self) -> str:
        parts = (self.provider, self.get_channel_display() if self.channel else "")
        return " · ".join(part for part in parts if part)


class KillSwitchLifting(AppendOnly):
    """What was switched off may be used again."""

    switch = models.OneToOneField(
        KillSwitch,
        verbose_name=_("kill switch"),
        on_delete=models.PROTECT,
        related_name="lifting",
    )
    lifted_by = models.ForeignKey(
        User, verbose_name=_("switched on by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("kill switch taken back")
        verbose_name_plural = _("kill switches taken back")

    def __str__(self) -> str:
        return str(self.switch)


class ProviderUse(models.Model):
    """How many messages were handed to a provider within an hour. Daily caps go by it, and
    the share of what came back."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    hour = models.DateTimeField(_("hour"))
    # So that workers do not wait for each other.
    shard = models.PositiveSmallIntegerField()
    submitted = models.PositiveIntegerField(_("handed over"), default=0)

    class Meta:
        verbose_name = _("use of a provider")
        verbose_name_plural = _("uses of providers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "hour", "shard"], name="notices_provideruse_once_an_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} · {self.hour:%Y-%m-%d %H}"


class ProviderPace(models.Model):
    """How much of its rate a provider has left, and until when its next places are given to
    deliveries that wait (`notices.provider_limits`)."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, primary_key=True)
    of_second = models.FloatField()
    of_minute = models.FloatField()
    filled_at = models.DateTimeField()
    given_until = models.DateTimeField()

    class Meta:
        verbose_name = _("pace of a provider")
        verbose_name_plural = _("paces of providers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.provider


class ProviderHealth(models.Model):
    """How a provider fares: `tenths` of what it would carry goes to it, the rest to the next.
    Measured by whoever claims deliveries (`notices.provider_health`)."""

    FULL = 10

    class Cause(models.TextChoices):
        NONE = "", _("well")
        ERRORS = "errors", _("errors")
        SLOW_ANSWERS = "slow_answers", _("slow answers")
        SLOW_RECEIPTS = "slow_receipts", _("slow receipts")

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME, primary_key=True)
    tenths = models.PositiveSmallIntegerField(_("tenths of the traffic"), default=FULL)
    cause = models.CharField(
        _("cause"), max_length=16, choices=Cause.choices, blank=True, default=Cause.NONE
    )
    answered = models.PositiveIntegerField(_("answers looked at"), default=0)
    failed = models.PositiveIntegerField(_("errors among them"), default=0)
    slow = models.PositiveIntegerField(_("slow ones among them"), default=0)
    awaited = models.PositiveIntegerField(_("receipts waited for"), default=0)
    late = models.PositiveIntegerField(_("late ones among them"), default=0)
    measured_at = models.DateTimeField(_("measured"))
    moved_at = models.DateTimeField(_("share changed"), null=True, blank=True)

    class Meta:
        verbose_name = _("health of a provider")
        verbose_name_plural = _("health of providers")
        ordering = ["provider"]

    def __str__(self) -> str:
        return self.provider


class ProviderShift(AppendOnly):
    """Traffic moved away from a provider, or came back to it."""

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    before = models.PositiveSmallIntegerField(_("tenths before"))
    after = models.PositiveSmallIntegerField(_("tenths afterwards"))
    cause = models.CharField(
        _("cause"), max_length=16, choices=ProviderHealth.Cause.choices, blank=True
    )
    answered = models.PositiveIntegerField(_("answers looked at"))
    failed = models.PositiveIntegerField(_("errors among them"))
    slow = models.PositiveIntegerField(_("slow ones among them"))
    awaited = models.PositiveIntegerField(_("receipts waited for"))
    late = models.PositiveIntegerField(_("late ones among them"))

    class Meta:
        verbose_name = _("shift of traffic")
        verbose_name_plural = _("shifts of traffic")
        indexes = [models.Index(fields=["provider", "-id"], name="notices_shift_of")]

    def __str__(self) -> str:
        return f"{self.provider} · {self.before} → {self.after}"
