"""Signals: what the platform's own systems measured about an account (2.2.4, 2.2.6, 2.2.7)."""

from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ApiKey, Region, Service, ServiceClient
from common.models import Sealed
from common.public_ids import new_public_id
from compliance.models.cases import Case


class PlatformSignal(Sealed):
    """Figures and references about one account; each belongs to a case from the first moment.

    `measured` are metrics with their values, `evidence` references, digests and counts. What
    customers sent to the service or got from it is never among them (3.6.1). `client_key`
    makes it count once.
    """

    class Kind(models.TextChoices):
        """What it is about; its clause stands beside it."""

        LOAD = "load", _("unreasonable load")  # 2.2.4
        CIRCUMVENTION = "circumvention", _("circumvention of restrictions")  # 2.2.6
        ATTACK = "attack", _("attack on systems")  # 2.2.7

    CLAUSES = {Kind.LOAD: "2.2.4", Kind.CIRCUMVENTION: "2.2.6", Kind.ATTACK: "2.2.7"}

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "sig")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="signals"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="signals"
    )
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    observed_from = models.DateTimeField(_("observed from"))
    observed_until = models.DateTimeField(_("observed until"))
    measured = models.JSONField(_("what was measured"), default=list)
    evidence = models.JSONField(_("what the platform found"), default=list)
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    client_key = models.CharField(_("key of the client"), max_length=80)
    request_hash = models.CharField(_("SHA-256 of the request"), max_length=64)

    class Meta:
        verbose_name = _("signal of the platform")
        verbose_name_plural = _("signals of the platform")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "client_key"], name="compliance_platformsignal_once_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(observed_until__gte=models.F("observed_from")),
                name="compliance_platformsignal_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], name="compliance_signal_by_kind"),
            models.Index(fields=["recorded_at"], name="compliance_signal_by_time"),
        ]

    def __str__(self) -> str:
        return self.public_id
