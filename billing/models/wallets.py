"""What an account has: one row of balances, and the lots they consist of.

Both are sums of entries, kept by the trigger that sees every entry go in
(`billing/migrations/0002_guards.py`); nobody can write them, the app role included.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from common.clock import Now

# Of whom nobody chose anything else: CNY 10.
ALERT_BELOW = 10_000_000


class Wallet(models.Model):
    """An account's balances in micro-yuan; made with its first entry or threshold.

    `paid` is below zero for an account that owes, which its `floor` allows; `granted` and
    what is on hold are never. `rated` is the exact sum of its rated charges in micro-yuan,
    from which the next one is rounded. The account is told when what can be spent falls
    below `alert_below` (None: never), which is that of its latest `BalanceAlert`.
    """

    account = models.OneToOneField(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="wallet",
    )
    paid = models.BigIntegerField(_("paid balance"), default=0, db_default=0)
    granted = models.BigIntegerField(_("granted credit"), default=0, db_default=0)
    held_paid = models.BigIntegerField(_("paid, on hold"), default=0, db_default=0)
    held_granted = models.BigIntegerField(_("granted, on hold"), default=0, db_default=0)
    floor = models.BigIntegerField(_("floor"), default=0, db_default=0)
    rated = models.DecimalField(
        _("rated in all"), max_digits=36, decimal_places=12, default=0, db_default=0
    )

    alert_below = models.BigIntegerField(
        _("told below"), null=True, blank=True, default=ALERT_BELOW, db_default=ALERT_BELOW
    )

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.CheckConstraint(
                name="billing_wallet_not_below_its_floor",
                condition=Q(floor__lte=0, paid__gte=F("floor")),
            ),
            models.CheckConstraint(
                name="billing_wallet_nothing_negative",
                condition=Q(granted__gte=0, held_paid__gte=0, held_granted__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def balance(self) -> int:
        """What can be spent, in micro-yuan, credit about to expire included."""
        return self.paid + self.granted

    @property
    def held(self) -> int:
        return self.held_paid + self.held_granted


class LotQuerySet(models.QuerySet["CreditLot"]):
    def left(self) -> "LotQuerySet":
        """Those with something in them, expired or not."""
        return self.filter(spent=False)

    def in_order_of_use(self) -> "LotQuerySet":
        """As charges consume them: granted first, then by priority, soonest to expire, oldest."""
        return self.order_by(
            models.Case(
                models.When(nature=CreditLot.Nature.GRANTED, then=0),
                default=1,
                output_field=models.SmallIntegerField(),
            ),
            "priority",
            F("expires_at").asc(nulls_last=True),
            "id",
        )


class CreditLot(models.Model):
    """Money that came in at once. Charges consume granted ones first, then the oldest.

    One with a `corrected` charge is what that charge had taken beyond lots and a payment
    settled, given back by its correction: paid money, `opened_at` when the charge was
    recorded, as it was paid in after that at the earliest.
    """

    class Nature(models.TextChoices):
        PAID = "paid", _("paid")
        GRANTED = "granted", _("granted")

    wallet = models.ForeignKey(
        Wallet, verbose_name=_("wallet"), on_delete=models.PROTECT, related_name="lots"
    )
    nature = models.CharField(_("nature"), max_length=8, choices=Nature.choices)
    priority = models.SmallIntegerField(_("priority"), default=50, db_default=50)
    amount = models.BigIntegerField(_("amount"))
    remaining = models.BigIntegerField(_("remaining"), default=0, db_default=0)
    # What indexes go by: it changes once, where `remaining` changes with each charge, and a row
    # of which nothing indexed changes is updated in place.
    spent = models.GeneratedField(
        expression=Q(remaining=0),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    corrected = models.OneToOneField(
        "billing.Journal",
        verbose_name=_("given back of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="given_back",
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit lot")
        verbose_name_plural = _("credit lots")
        constraints = [
            models.CheckConstraint(
                name="billing_creditlot_never_more_than_came_in",
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="billing_creditlot_paid_never_expires",
                condition=Q(nature="granted") | Q(nature="paid", expires_at__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_creditlot_given_back_is_paid",
                condition=Q(corrected__isnull=True) | Q(nature="paid"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet"], condition=Q(spent=False), name="billing_creditlot_unspent"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(spent=False, expires_at__isnull=False),
                name="billing_creditlot_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} {self.pk}"
