"""What came into our bank accounts, as the bank's own files say."""

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.journals import Journal
from common.models import AppendOnlyQuerySet, Editable, Sealed
from common.public_ids import new_public_id


def statement_public_id() -> str:
    return new_public_id("bst")


class BankMapping(Editable):
    """How the files of one of our bank accounts are to be read.

    Columns are named as in the line of headings, which comes after `lines_before`. Amounts
    are in one column, where money out has a minus, or in a pair of columns.
    """

    class Delimiter(models.TextChoices):
        COMMA = ",", _("comma")
        SEMICOLON = ";", _("semicolon")
        TAB = "\t", _("tab")
        BAR = "|", _("vertical bar")

    class DecimalStyle(models.TextChoices):
        POINT = "point", "1,280.50"
        COMMA = "comma", "1.280,50"

    name = models.CharField(_("name"), max_length=60, unique=True)
    bank_account = models.CharField(_("bank account of ours"), max_length=40)
    delimiter = models.CharField(
        _("delimiter"), max_length=1, choices=Delimiter.choices, default=Delimiter.COMMA
    )
    lines_before = models.PositiveSmallIntegerField(_("lines before the headings"), default=0)
    date_column = models.CharField(_("column: date"), max_length=60)
    date_format = models.CharField(
        _("how days are written"),
        max_length=30,
        default="%Y-%m-%d",
        help_text=_("As in %Y-%m-%d, %Y%m%d or %d/%m/%Y; a time may follow."),
    )
    amount_column = models.CharField(_("column: amount"), max_length=60, blank=True)
    credit_column = models.CharField(_("column: money in"), max_length=60, blank=True)
    debit_column = models.CharField(_("column: money out"), max_length=60, blank=True)
    decimal_style = models.CharField(
        _("how amounts are written"),
        max_length=5,
        choices=DecimalStyle.choices,
        default=DecimalStyle.POINT,
    )
    payer_name_column = models.CharField(_("column: payer's name"), max_length=60, blank=True)
    payer_account_column = models.CharField(_("column: payer's account"), max_length=60, blank=True)
    reference_column = models.CharField(_("column: reference"), max_length=60, blank=True)
    serial_column = models.CharField(
        _("column: the bank's serial number"),
        max_length=60,
        blank=True,
        help_text=_("Tells payments apart. Without it whole lines are compared."),
    )

    class Meta:
        verbose_name = _("bank mapping")
        verbose_name_plural = _("bank mappings")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="billing_bankmapping_has_amounts",
                condition=(
                    (~Q(amount_column="") & Q(credit_column="", debit_column=""))
                    | (Q(amount_column="") & ~Q(credit_column=""))
                ),
                violation_error_message=_(
                    "Name either the column of amounts, or those of money in and out."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not {"%d", "%m"} <= {self.date_format[n : n + 2] for n in range(len(self.date_format))}:
            raise ValidationError({"date_format": _("Name day and month: %d and %m.")})


class BankStatement(Sealed):
    """A file of the bank as somebody uploaded it, kept encrypted. Nothing is booked yet."""

    public_id = models.CharField(
        _("identifier"), max_length=24, unique=True, default=statement_public_id
    )
    mapping = models.ForeignKey(
        BankMapping, verbose_name=_("mapping"), on_delete=models.PROTECT, related_name="statements"
    )
    file_name = models.CharField(_("name of the file"), max_length=120)
    document = models.CharField(_("document"), max_length=200)
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    lines = models.PositiveIntegerField(_("lines"))
    uploaded_by = models.ForeignKey(
        User, verbose_name=_("uploaded by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")

    def __str__(self) -> str:
        return self.file_name


class BankImport(Sealed):
    """The lines of a file were booked. `refused` says of each line that was not, why."""

    statement = models.OneToOneField(
        BankStatement,
        verbose_name=_("bank statement"),
        on_delete=models.PROTECT,
        related_name="booked",
    )
    imported_by = models.ForeignKey(
        User, verbose_name=_("imported by"), on_delete=models.PROTECT, related_name="+"
    )
    receipts = models.PositiveIntegerField(_("lines booked"))
    duplicates = models.PositiveIntegerField(_("lines known already"))
    outgoing = models.PositiveIntegerField(_("lines of money out"))
    refused = models.JSONField(_("lines refused"), default=list, blank=True)

    class Meta:
        verbose_name = _("bank import")
        verbose_name_plural = _("bank imports")

    def __str__(self) -> str:
        return str(self.statement)


class BankReceiptQuerySet(AppendOnlyQuerySet):
    def unsettled(self) -> "BankReceiptQuerySet":
        """Neither credited to an account nor returned."""
        return self.filter(unsettled__isnull=False)

    def to_match(self) -> "BankReceiptQuerySet":
        """Unsettled, and nothing waits for an approval."""
        return self.filter(unsettled__match__isnull=True, unsettled__request__isnull=True).exclude(
            unsettled__isnull=True
        )


class BankReceipt(Sealed):
    """One line of money in, `amount` in micro-yuan, booked as money not matched yet.

    `fingerprint` tells it from every other line of that bank account: the bank's serial
    number or, where there is none, a hash of the line.
    """

    statement = models.ForeignKey(
        BankStatement,
        verbose_name=_("bank statement"),
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    line = models.PositiveIntegerField(_("line"))
    bank_account = models.CharField(_("bank account of ours"), max_length=40)
    fingerprint = models.CharField(_("fingerprint"), max_length=120)
    received_on = models.DateField(_("received on"))
    amount = models.BigIntegerField(_("amount"))
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    payer_account = models.CharField(_("payer's account"), max_length=60, blank=True)
    reference = models.CharField(_("reference"), max_length=300, blank=True)
    journal = models.OneToOneField(
        Journal, verbose_name=_("journal"), on_delete=models.PROTECT, related_name="receipt"
    )

    objects = models.Manager.from_queryset(BankReceiptQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("bank receipt")
        verbose_name_plural = _("bank receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["bank_account", "fingerprint"], name="billing_bankreceipt_once"
            ),
            models.CheckConstraint(name="billing_bankreceipt_money_in", condition=Q(amount__gt=0)),
        ]
        indexes = [
            models.Index(fields=["payer_name", "id"], name="billing_bankreceipt_of_payer"),
            GinIndex(
                name="billing_bankreceipt_search",
                fields=["payer_name", "reference"],
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on:%Y-%m-%d} {self.payer_name or self.fingerprint}"
