"""What accounts are told about their money: thresholds, occasions, messages.

A `BalanceAlert` sets the threshold. When what can be spent falls below it, the database
writes an `Occasion`; granted credit about to expire is one, too, and so are the answers to a
refund application. Of each occasion everybody
concerned gets one `MoneyMessage`, and a `MoneyDelivery` per address it is also sent to.
"""

import uuid
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from accounts.models.users import Language
from billing.models.applications import RefundApplication
from billing.models.wallets import CreditLot
from common.clock import Now
from common.models import Sealed
from common.models.append_only import AppendOnlyQuerySet
from common.public_ids import new_public_id


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


class MoneyMessageQuerySet(AppendOnlyQuerySet):
    def of(self, user: User) -> "MoneyMessageQuerySet":
        """This person's, newest first."""
        return self.filter(recipient=user).order_by("-recorded_at", "-pk")

    def unread(self) -> "MoneyMessageQuerySet":
        return self.filter(reading=None)


class MoneyMessage(Sealed):
    """One person told of one occasion; also the message in their inbox."""

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "mmg"),
    )
    occasion = models.ForeignKey(
        Occasion, verbose_name=_("occasion"), on_delete=models.PROTECT, related_name="messages"
    )
    recipient = models.ForeignKey(
        User,
        verbose_name=_("recipient"),
        on_delete=models.PROTECT,
        related_name="money_messages",
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    sms = models.CharField(_("text of the SMS"), max_length=200)

    objects = models.Manager.from_queryset(MoneyMessageQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("message about money")
        verbose_name_plural = _("messages about money")
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "recipient"], name="billing_moneymessage_once_per_person"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-recorded_at"], name="billing_moneymessage_inbox")
        ]

    def __str__(self) -> str:
        return self.subject


class MoneyReading(Sealed):
    """Its recipient opened the message, for the first time."""

    message = models.OneToOneField(
        MoneyMessage,
        verbose_name=_("message"),
        on_delete=models.PROTECT,
        related_name="reading",
    )

    class Meta:
        verbose_name = _("reading of a message about money")
        verbose_name_plural = _("readings of messages about money")

    def __str__(self) -> str:
        return str(self.message)


class MoneyDelivery(models.Model):
    """A message on its way to one address, and what came of it.

    `reference` is what the provider is given with the latest try; the row says `sending`
    before it is called, so that what left the house is known whatever happens then.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        RETRYING = "retrying", _("being retried")
        ACCEPTED = "accepted", _("accepted")
        FAILED = "failed", _("failed for good")
        UNKNOWN = "unknown", _("unknown")

    OPEN = (State.PENDING, State.SENDING, State.RETRYING)

    message = models.ForeignKey(
        MoneyMessage,
        verbose_name=_("message"),
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    channel = models.CharField(
        _("channel"), max_length=12, choices=[("email", _("e-mail")), ("sms", _("SMS"))]
    )
    address = models.CharField(_("address"), max_length=254)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    reference = models.UUIDField(_("reference"), unique=True, default=uuid.uuid4, editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    answer = models.JSONField(_("answer"), default=dict, blank=True)

    class Meta:
        verbose_name = _("delivery about money")
        verbose_name_plural = _("deliveries about money")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel"], name="billing_moneydelivery_once_per_channel"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["pending", "sending", "retrying"]),
                name="billing_moneydelivery_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.address}"
