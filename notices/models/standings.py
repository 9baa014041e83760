"""How the gates of a change stand, as last reckoned: figures for pages, never for decisions."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from common.models import AppendOnly
from notices.models.changes import ServiceChange


class GateTally(models.Model):
    """The gates of a change, counted. `told` have a moment, `late` one after the planned
    one, `passed` a permit; `exempted` will never have one."""

    change = models.OneToOneField(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="tally",
    )
    accounts = models.PositiveIntegerField(_("accounts"), default=0)
    told = models.PositiveIntegerField(_("told"), default=0)
    late = models.PositiveIntegerField(_("later than planned"), default=0)
    passed = models.PositiveIntegerField(_("in effect"), default=0)
    exempted = models.PositiveIntegerField(_("left out"), default=0)
    first_opens_at = models.DateTimeField(_("first opens"), null=True)
    last_opens_at = models.DateTimeField(_("last opens"), null=True)
    reckoned_at = models.DateTimeField(_("as of"))
    took = models.DurationField(_("took"), default=timedelta)

    class Meta:
        verbose_name = _("gate tally")
        verbose_name_plural = _("gate tallies")

    def __str__(self) -> str:
        return str(self.change)

    @property
    def untold(self) -> int:
        return self.accounts - self.exempted - self.told

    @property
    def told_share(self) -> float:
        return self.told / self.accounts if self.accounts else 0


class GateAtRisk(models.Model):
    """An account that will not feel the change when planned, as things stand. By default
    it is put off to the moment its own gate opens; nobody else waits for it."""

    class Cause(models.TextChoices):
        NOBODY = "nobody", _("nobody to tell")
        UNDELIVERED = "undelivered", _("no message accepted yet")
        UNKNOWN = "unknown", _("a message is in doubt")
        LATE = "late", _("told too late for the planned moment")

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="at_risk",
        db_index=False,
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    cause = models.CharField(_("cause"), max_length=12, choices=Cause.choices)
    opens_at = models.DateTimeField(_("opens"), null=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("gate at risk")
        verbose_name_plural = _("gates at risk")
        permissions = [("act_on_gateatrisk", _("Can act on gates at risk"))]
        constraints = [
            models.UniqueConstraint(fields=["change", "account"], name="notices_gateatrisk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.change} · {self.account}"


class Alarm(AppendOnly):
    """Staff were told that gates of a change are at risk."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="alarms",
    )
    accounts = models.PositiveIntegerField(_("accounts"))
    told = models.PositiveIntegerField(_("members of staff told"))

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")

    def __str__(self) -> str:
        return f"{self.change} · {self.accounts}"

    @property
    def what_happened(self) -> str:
        return gettext("%(accounts)d accounts at risk; %(told)d members of staff told") % {
            "accounts": self.accounts,
            "told": self.told,
        }
