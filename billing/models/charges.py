"""Usage charges as the platform rated them."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, InferenceModel, Region, Service, ServiceClient
from billing.models.journals import Journal
from billing.models.wallets import Wallet
from common.models import AppendOnly


class Charge(AppendOnly):
    """One rated line: `exact` micro-yuan as rated, `posted` what the ledger took for it.

    `posted` is the rounded sum of all of the account's lines up to this one less that of
    those before; it is nothing, and the line has no journal, while less than a micro-yuan
    has come together.
    """

    key = models.CharField(_("idempotency key"), max_length=200)
    request_hash = models.CharField(_("hash of the line"), max_length=64)
    wallet = models.ForeignKey(
        Wallet,
        verbose_name=_("wallet"),
        on_delete=models.PROTECT,
        related_name="charges",
        db_index=False,
        db_constraint=False,
    )
    journal = models.OneToOneField(
        Journal,
        verbose_name=_("journal"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="charge",
        db_constraint=False,
    )
    exact = models.DecimalField(_("rated"), max_digits=30, decimal_places=12)
    posted = models.BigIntegerField(_("posted"))
    used_at = models.DateTimeField(_("used at"))
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("key"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    quantities = models.JSONField(_("quantities"), null=True, blank=True)
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        verbose_name = _("usage charge")
        verbose_name_plural = _("usage charges")
        constraints = [
            # By an index that finds the beginnings of keys too.
            models.UniqueConstraint(
                fields=["key"], opclasses=["varchar_pattern_ops"], name="billing_charge_key_once"
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "used_at"], name="billing_charge_of_wallet"),
            # Those that took nothing have no journal that totals could go by; they are few.
            models.Index(
                fields=["wallet", "used_at"],
                condition=Q(journal__isnull=True),
                name="billing_charge_of_nothing",
            ),
            # Charges lie in the order they were recorded in: those of a day, at no cost.
            BrinIndex(
                fields=["recorded_at"], name="billing_charge_by_recording", autosummarize=True
            ),
        ]

    def __str__(self) -> str:
        return self.key
