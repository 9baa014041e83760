"""Gateways of the platform, as far as they say what of the enforcement feed they have applied."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.enforcement import EnforcementEntry, EnforcementFeed
from accounts.models.service_clients import ServiceClient
from accounts.models.users import User
from common.clock import Now
from common.models import AppendOnly

LONGEST_NAME = 60


def most_stale() -> timedelta:
    """How long what a gateway knows may be out of date: it says so to nobody before."""
    return timedelta(seconds=settings.ENFORCEMENT_MAX_STALENESS)


class LiveFeed(Func):
    """The feed as readers know it now: another one once the database is restored."""

    function = "accounts_enforcement_feed"
    arity = 0
    output_field = models.UUIDField()


class GatewayQuerySet(models.QuerySet["Gateway"]):
    def present(self) -> "GatewayQuerySet":
        """Those that count: not removed."""
        return self.filter(removed_at=None)

    def with_standing(self, at: datetime) -> "GatewayQuerySet":
        """Each with `behind`, how many entries it lacks, None where its feed is no more;
        `is_silent` and `is_behind` as of `at`."""
        last = Subquery(EnforcementFeed.objects.values("last"))
        # The next one it would have to apply; one that was pruned is older than any staleness.
        fresh = EnforcementEntry.objects.filter(
            sequence=OuterRef("sequence") + 1, numbered_at__gte=at - most_stale()
        )
        behind = Case(When(feed=LiveFeed(), then=last - F("sequence")))
        return self.annotate(behind=behind).annotate(
            is_silent=Q(heard_at__lt=at - 2 * most_stale()),
            is_behind=Q(behind=None, applied_at__lt=at - most_stale())
            | (Q(behind__gt=0) & ~Exists(fresh)),
        )

    def in_trouble(self, at: datetime) -> "GatewayQuerySet":
        """Those that count and are silent, or lack an entry for longer than they may."""
        return self.present().with_standing(at).filter(Q(is_silent=True) | Q(is_behind=True))


class Gateway(models.Model):
    """A gateway that reports. It appears with its first report.

    Its name belongs to the service client that reported it first, until staff remove it. Times
    are the back office's: when it heard of it.
    """

    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        related_name="gateways",
    )
    feed = models.UUIDField(_("feed"))
    sequence = models.BigIntegerField(_("applied up to number"))
    applied_at = models.DateTimeField(_("applied at"))
    heard_at = models.DateTimeField(_("last heard of"))
    first_heard_at = models.DateTimeField(_("first heard of"), db_default=Now(), editable=False)
    removed_at = models.DateTimeField(_("removed at"), null=True, editable=False)
    removed_by = models.ForeignKey(
        User,
        verbose_name=_("removed by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
    )

    objects = GatewayQuerySet.as_manager()

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        permissions = [("remove_gateway", _("Can remove gateways"))]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(removed_at=None), name="accounts_gateway_name"
            ),
            models.CheckConstraint(
                name="accounts_gateway_removed_by_somebody",
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def remove(self, *, at: datetime, removed_by: User) -> bool:
        """It counts no more. False where it was removed before. One that reports again is new."""
        found = Gateway.objects.present().filter(pk=self.pk)
        return bool(found.update(removed_at=at, removed_by=removed_by))


class GatewayAcknowledgement(models.Model):
    """That a gateway had applied all up to a number, and when that was heard. Kept for as long
    as the entries of the feed are."""

    gateway = models.ForeignKey(
        Gateway,
        verbose_name=_("gateway"),
        on_delete=models.CASCADE,
        related_name="acknowledgements",
        db_index=False,  # the index below begins with it
    )
    feed = models.UUIDField(_("feed"))
    sequence = models.BigIntegerField(_("applied up to number"))
    at = models.DateTimeField(_("heard at"))

    class Meta:
        verbose_name = _("what a gateway applied")
        verbose_name_plural = _("what gateways applied")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "feed", "sequence"], name="accounts_gatewayacknowledgement_of"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="accounts_gatewayack_prune")]

    def __str__(self) -> str:
        return f"{self.gateway_id} · {self.sequence}"


class GatewayAlarm(AppendOnly):
    """Staff were told that a gateway is silent or behind."""

    class Kind(models.TextChoices):
        SILENT = "silent", pgettext_lazy("of a gateway", "silent")
        BEHIND = "behind", pgettext_lazy("of a gateway", "behind")

    gateway = models.ForeignKey(
        Gateway, verbose_name=_("gateway"), on_delete=models.PROTECT, related_name="alarms"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    told = models.PositiveIntegerField(_("members of staff told"))

    class Meta:
        verbose_name = _("alarm about a gateway")
        verbose_name_plural = _("alarms about gateways")

    def __str__(self) -> str:
        return f"{self.gateway} · {self.get_kind_display()}"
