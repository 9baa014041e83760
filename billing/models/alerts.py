"""What accounts are told of about their money: thresholds and occasions.

A `BalanceAlert` sets the threshold. When what can be spent falls below it, the database
writes an `Occasion`; granted credit about to expire is one, too, and so are the answers to a
refund application. Of each occasion everybody concerned gets one letter (`billing.telling`).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.applications import RefundApplication
from billing.models.wallets import CreditLot
from common.clock import Now
from common.models import Sealed


class BalanceAlert(Sealed):
    """Somebody chose below what balance their account is told; the latest one holds.

    `threshold` in micro-yuan, None: not at all. The database copies it to the wallet.
    """

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="balance_alerts",
        db_index=False,
    )
    threshold = models.BigIntegerField(_("threshold"), null=True, blank=True)
    set_by = models.ForeignKey(
        User,
        verbose_name=_("set by"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("balance alert")
        verbose_name_plural = _("balance alerts")
        constraints = [
            models.CheckConstraint(
                name="billing_balancealert_more_than_nothing", condition=Q(threshold__gt=0)
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="billing_balancealert_latest")]

    def __str__(self) -> str:
        return f"{self.account} · {self.threshold}"


class Occasion(models.Model):
    """Something about its money that an account is told of, once.

    For a low balance, `amount` is what could be spent just after it fell below `threshold`;
    for credit about to expire, what was left of `lot`; for an answer to a refund `application`,
    what is refunded, or was applied for. All in micro-yuan. The database writes those of low
    balances and of answers.
    """

    class Kind(models.TextChoices):
        LOW_BALANCE = "low_balance", _("low balance")
        CREDIT_EXPIRING = "credit_expiring", _("credit about to expire")
        REFUND_APPROVED = "refund_approved", _("refund approved")
        REFUND_DECLINED = "refund_declined", _("refund declined")
        REFUND_PAID = "refund_paid", _("refund paid out")

    OF_APPLICATIONS = (Kind.REFUND_APPROVED, Kind.REFUND_DECLINED, Kind.REFUND_PAID)

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="money_occasions",
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    amount = models.BigIntegerField(_("amount"))
    threshold = models.BigIntegerField(_("threshold"), null=True, blank=True)
    lot = models.OneToOneField(
        CreditLot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="occasion",
    )
    application = models.ForeignKey(
        RefundApplication,
        verbose_name=_("refund application"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="occasions",
    )
    noticed_at = models.DateTimeField(_("noticed at"), db_default=Now(), editable=False)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        constraints = [
            models.CheckConstraint(
                name="billing_occasion_says_what_it_is",
                condition=Q(
                    kind="low_balance",
                    threshold__isnull=False,
                    lot__isnull=True,
                    application__isnull=True,
                )
                | Q(
                    kind="credit_expiring",
                    threshold__isnull=True,
                    lot__isnull=False,
                    application__isnull=True,
                )
                | Q(
                    kind__in=["refund_approved", "refund_declined", "refund_paid"],
                    threshold__isnull=True,
                    lot__isnull=True,
                    application__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["application", "kind"], name="billing_occasion_of_application_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(told_at__isnull=True), name="billing_occasion_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_kind_display()}"

    @property
    def key(self) -> str:
        """What letters of its kind say they are about; of its kind it is the only one."""
        return self.application.public_id if self.application else f"occasion:{self.pk}"
