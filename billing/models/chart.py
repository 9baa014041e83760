"""The chart of accounts, and which kind of journal may move what in which direction."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.languages import pick


class Kind(models.TextChoices):
    """Of journals: why money moved."""

    RECEIPT = "receipt", _("money received")
    RETURN = "return", _("money returned")
    TOP_UP = "top_up", _("top-up")
    GRANT = "grant", _("granted credit")
    CHARGE = "charge", _("usage charge")
    CORRECTION = "correction", _("correction")
    HOLD = "hold", _("hold")
    RELEASE = "release", _("release of a hold")
    EXPIRY = "expiry", _("expiry of granted credit")
    WRITE_OFF = "write_off", _("write-off")
    REFUND = "refund", _("refund")


# By one person's decision, so only with another's approval.
OF_TWO_PEOPLE = (Kind.CORRECTION, Kind.GRANT, Kind.REFUND, Kind.RETURN, Kind.WRITE_OFF)


class Ledger(models.IntegerChoices):
    """Accounts of the ledger by code. Wallets hang on those of `OF_CUSTOMERS`."""

    BANK = 1010, _("bank")
    PROVIDERS = 1020, _("payment providers")
    UNMATCHED = 2005, _("money received, not matched yet")
    PAID = 2010, _("customers' paid balances")
    GRANTED = 2020, _("customers' granted credit")
    HELD_PAID = 2030, _("customers' paid balances on hold")
    HELD_GRANTED = 2031, _("customers' granted credit on hold")
    TAX = 2210, _("output VAT")
    REVENUE = 4010, _("usage revenue")
    PROMOTED = 4020, _("usage covered by granted credit")
    EXPIRED = 4030, _("granted credit expired")
    PROMOTION = 5010, _("credit granted")
    BAD_DEBT = 5020, _("debts written off")


OF_CUSTOMERS = (Ledger.PAID, Ledger.GRANTED, Ledger.HELD_PAID, Ledger.HELD_GRANTED)
MONEY = (Ledger.BANK, Ledger.PROVIDERS, Ledger.UNMATCHED)


class LedgerAccount(models.Model):
    """One account of the chart. Its code is its key; the migrations write them all."""

    class Type(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")

    code = models.PositiveSmallIntegerField(_("code"), primary_key=True)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    name_zh_hans = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {pick(None, zh_hans=self.name_zh_hans, en=self.name_en)}"


class LegRule(models.Model):
    """A journal of `kind` may have entries on `account` with that sign; others it may not.

    A correction is the exception: it mirrors what it reverses and nothing else.
    """

    class Sign(models.IntegerChoices):
        DEBIT = -1, _("debit")
        CREDIT = 1, _("credit")

    kind = models.CharField(_("kind of journal"), max_length=12, choices=Kind.choices)
    account = models.ForeignKey(
        LedgerAccount,
        verbose_name=_("ledger account"),
        on_delete=models.PROTECT,
        related_name="rules",
    )
    sign = models.SmallIntegerField(_("side"), choices=Sign.choices)

    class Meta:
        verbose_name = _("rule of entries")
        verbose_name_plural = _("rules of entries")
        constraints = [
            models.UniqueConstraint(fields=["kind", "account", "sign"], name="billing_legrule_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.account} {self.get_sign_display()}"
