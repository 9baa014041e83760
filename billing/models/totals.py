"""Sums of entries that are final, so that a trial balance need not add up every entry.

Neither is evidence: both can be made again from the entries at any time, and are after the
database moved to another server. Nobody writes them but the function `billing_roll_up`
(`billing/migrations/0010_totals.py`).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, InferenceModel
from billing.models.chart import LedgerAccount
from billing.models.wallets import Wallet
from common.models import TransactionIdField


class AccountTotal(models.Model):
    """What a ledger account's entries of two days add up to, in micro-yuan: the day they
    were effective on and the day they were recorded on, both in Asia/Shanghai."""

    account = models.ForeignKey(
        LedgerAccount,
        verbose_name=_("ledger account"),
        on_delete=models.PROTECT,
        related_name="totals",
        db_index=False,  # the unique key begins with it
    )
    effective_day = models.DateField(_("effective on"))
    recorded_day = models.DateField(_("recorded on"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("total of a ledger account")
        verbose_name_plural = _("totals of ledger accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "effective_day", "recorded_day"],
                name="billing_accounttotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.effective_day} {self.amount}"


class RollUp(models.Model):
    """The one row that says how far the totals reach: they hold every journal whose
    transaction is below `upto`, and no other.

    Numbers of transactions are a server's own: `server` is its identifier. Totals made on
    another are not read, and made anew.
    """

    upto = TransactionIdField(_("rolled up below transaction"))
    server = models.BigIntegerField(_("server"))

    class Meta:
        verbose_name = _("roll-up of totals")
        verbose_name_plural = _("roll-ups of totals")

    def __str__(self) -> str:
        return str(self.upto)


class UsageTotal(models.Model):
    """An account's usage of a day, by model and key, less what was corrected: how many charges,
    and what they took in micro-yuan. The day is that of `zone`, the account's time zone when it
    was rolled up. Filled by `billing_roll_up_usage` and nobody else."""

    wallet = models.ForeignKey(
        Wallet,
        verbose_name=_("wallet"),
        on_delete=models.PROTECT,
        related_name="usage_totals",
        db_index=False,  # the unique key begins with it
    )
    zone = models.CharField(_("time zone"), max_length=64)
    day = models.DateField(_("used on"))
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("key"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    charges = models.BigIntegerField(_("charges"))
    taken = models.BigIntegerField(_("taken"))

    class Meta:
        verbose_name = _("total of usage")
        verbose_name_plural = _("totals of usage")
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "day", "zone", "model", "api_key"],
                name="billing_usagetotal_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.day} {self.taken}"


class UsageRollUp(models.Model):
    """How far the totals of usage reach, as `RollUp` says it of those of ledger accounts."""

    upto = TransactionIdField(_("rolled up below transaction"))
    server = models.BigIntegerField(_("server"))

    class Meta:
        verbose_name = _("roll-up of usage")
        verbose_name_plural = _("roll-ups of usage")

    def __str__(self) -> str:
        return str(self.upto)
