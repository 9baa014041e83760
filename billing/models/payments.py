"""Online payments: what was ordered, what providers said, what does not add up."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.journals import Journal
from common.clock import Now
from common.models import AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id

LEAST_FEN = 100
MOST_FEN = 5_000_000


def order_public_id() -> str:
    return new_public_id("pay")


class PaymentOrderQuerySet(models.QuerySet["PaymentOrder"]):
    def open(self) -> "PaymentOrderQuerySet":
        """Neither paid nor given up."""
        return self.filter(state__in=[PaymentOrder.State.OPENED, PaymentOrder.State.PENDING])


class PaymentOrder(models.Model):
    """An account wants to top up by `fen`. `public_id` is what providers know it by.

    `state` follows what providers say and only ever rises in rank: opened, pending, failed
    or expired, paid, refunded. The database refuses a fall, and any change of what was ordered.
    """

    class State(models.TextChoices):
        OPENED = "opened", _("opened")
        PENDING = "pending", _("waiting for the payment")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        PAID = "paid", _("paid")
        REFUNDED = "refunded", _("refunded at the provider")

    RANKS = {
        State.OPENED: 0,
        State.PENDING: 1,
        State.FAILED: 2,
        State.EXPIRED: 2,
        State.PAID: 3,
        State.REFUNDED: 4,
    }

    public_id = models.CharField(
        _("order number"), max_length=24, unique=True, default=order_public_id, editable=False
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="payment_orders"
    )
    fen = models.PositiveIntegerField(_("amount in fen"))
    provider = models.SlugField(_("provider"), max_length=30)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.OPENED, db_default="opened"
    )
    opened_by = models.ForeignKey(
        User, verbose_name=_("opened by"), on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    pay_url = models.CharField(_("address to pay at"), max_length=500, blank=True)
    pay_code = models.CharField(_("text of the QR code"), max_length=500, blank=True)
    provider_reference = models.CharField(_("provider's number"), max_length=80, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    journal = models.OneToOneField(
        Journal,
        verbose_name=_("journal"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_order",
    )
    queries = models.PositiveSmallIntegerField(_("times asked about"), default=0, db_default=0)
    next_query_at = models.DateTimeField(_("asked about next"), null=True, blank=True)

    objects = PaymentOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")
        constraints = [
            models.CheckConstraint(
                name="billing_paymentorder_within_limits",
                condition=Q(fen__gte=LEAST_FEN, fen__lte=MOST_FEN),
            ),
            models.CheckConstraint(
                name="billing_paymentorder_paid_is_credited",
                condition=(
                    Q(state__in=["paid", "refunded"], journal__isnull=False, paid_at__isnull=False)
                    | (~Q(state__in=["paid", "refunded"]) & Q(journal__isnull=True))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="billing_order_of_account"),
            models.Index(fields=["state", "id"], name="billing_order_by_state"),
            models.Index(
                fields=["provider_reference"],
                condition=~Q(provider_reference=""),
                name="billing_order_by_reference",
            ),
            models.Index(
                fields=["next_query_at"],
                condition=Q(next_query_at__isnull=False),
                name="billing_order_to_ask_about",
            ),
            models.Index(
                fields=["provider", "paid_at"],
                condition=Q(paid_at__isnull=False),
                name="billing_order_by_payment",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def micro(self) -> int:
        return self.fen * 10_000

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.OPENED, self.State.PENDING)

    def outranked_by(self, state: str) -> bool:
        """Whether the order would move to `state`, were it to hear of it now."""
        return self.RANKS[self.State(state)] > self.RANKS[self.State(self.state)]


class PaymentEvent(Sealed):
    """What arrived from a provider, byte for byte, before anybody looked whether it is true."""

    class Source(models.TextChoices):
        CALLBACK = "callback", _("callback")
        QUERY = "query", _("answer to a query")

    provider = models.SlugField(_("provider"), max_length=30)
    source = models.CharField(_("came as"), max_length=10, choices=Source.choices)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    body = models.BinaryField(_("body"))
    sha256 = models.CharField(_("SHA-256 of the body"), max_length=64)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        indexes = [models.Index(fields=["sha256"], name="billing_event_by_hash")]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"

    @property
    def text(self) -> str:
        """The body for people to read."""
        return bytes(self.body).decode(errors="replace").replace("\0", "\ufffd")


class PaymentEventOutcome(Sealed):
    """What an event came to. `provider_event` is the provider's own; each is applied once."""

    class Verdict(models.TextChoices):
        APPLIED = "applied", _("applied")
        IGNORED = "ignored", _("nothing new")
        DUPLICATE = "duplicate", _("known already")
        QUARANTINED = "quarantined", _("quarantined")
        REFUSED = "refused", _("refused")

    event = models.OneToOneField(
        PaymentEvent, verbose_name=_("event"), on_delete=models.PROTECT, related_name="outcome"
    )
    provider = models.SlugField(_("provider"), max_length=30)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices)
    provider_event = models.CharField(_("provider's event"), max_length=80, blank=True)
    order = models.ForeignKey(
        PaymentOrder,
        verbose_name=_("payment order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="outcomes",
    )
    says = models.CharField(_("it says"), max_length=10, blank=True)
    why = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("outcome of a payment event")
        verbose_name_plural = _("outcomes of payment events")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_event"],
                condition=Q(verdict__in=["applied", "ignored", "quarantined"]),
                name="billing_event_taken_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.get_verdict_display()}"


class QuarantinedQuerySet(AppendOnlyQuerySet):
    def unsettled(self) -> "QuarantinedQuerySet":
        """Neither credited nor sent back."""
        return self.filter(unsettled__isnull=False)


class QuarantinedPayment(Sealed):
    """Money a provider took that cannot be credited as it is. Staff decide, two of them.

    `amount` is in micro-yuan; None for another currency, of which nothing is booked.
    """

    class Reason(models.TextChoices):
        AMOUNT = "amount", _("another amount than ordered")
        CURRENCY = "currency", _("another currency")
        UNKNOWN_ORDER = "unknown_order", _("no such order")
        PAID_TWICE = "paid_twice", _("an order paid for twice")

    provider = models.SlugField(_("provider"), max_length=30)
    provider_reference = models.CharField(_("provider's number"), max_length=80)
    event = models.ForeignKey(
        PaymentEvent, verbose_name=_("event"), on_delete=models.PROTECT, related_name="quarantined"
    )
    order = models.ForeignKey(
        PaymentOrder,
        verbose_name=_("payment order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quarantined",
    )
    reason = models.CharField(_("reason"), max_length=14, choices=Reason.choices)
    said_order = models.CharField(_("order number it names"), max_length=80, blank=True)
    said_minor = models.BigIntegerField(_("amount it names, in hundredths"))
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"), null=True, blank=True)
    journal = models.OneToOneField(
        Journal,
        verbose_name=_("journal"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quarantined",
    )

    objects = models.Manager.from_queryset(QuarantinedQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("quarantined payment")
        verbose_name_plural = _("quarantined payments")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_reference"], name="billing_quarantined_once"
            ),
            models.CheckConstraint(
                name="billing_quarantined_yuan_are_booked",
                condition=(
                    Q(currency="CNY", amount__gt=0, journal__isnull=False)
                    | (~Q(currency="CNY") & Q(amount__isnull=True, journal__isnull=True))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_reference}"


class ReconciliationRun(Sealed):
    """A provider's statement of one day was compared with our orders."""

    provider = models.SlugField(_("provider"), max_length=30)
    day = models.DateField(_("day"))
    lines = models.PositiveIntegerField(_("lines of the provider"))
    total_fen = models.BigIntegerField(_("sum in fen"))
    differences = models.PositiveIntegerField(_("new differences"))

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        indexes = [models.Index(fields=["provider", "day"], name="billing_reconciled_days")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day:%Y-%m-%d}"


class ReconciliationItemQuerySet(AppendOnlyQuerySet):
    def open(self) -> "ReconciliationItemQuerySet":
        return self.filter(closing__isnull=True)


class ReconciliationItem(Sealed):
    """A difference between a provider's statement and our books, for staff to look into."""

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing here")
        MISSING_THERE = "missing_there", _("missing at the provider")
        DIFFERS = "differs", _("amounts differ")
        REFUNDED_THERE = "refunded_there", _("refunded at the provider")

    run = models.ForeignKey(
        ReconciliationRun,
        verbose_name=_("reconciliation"),
        on_delete=models.PROTECT,
        related_name="items",
    )
    provider = models.SlugField(_("provider"), max_length=30)
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    order_number = models.CharField(_("order number"), max_length=80)
    provider_reference = models.CharField(_("provider's number"), max_length=80, blank=True)
    order = models.ForeignKey(
        PaymentOrder,
        verbose_name=_("payment order"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
    )
    fen_here = models.BigIntegerField(_("fen here"), null=True, blank=True)
    fen_there = models.BigIntegerField(_("fen at the provider"), null=True, blank=True)

    objects = models.Manager.from_queryset(ReconciliationItemQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("difference with a provider")
        verbose_name_plural = _("differences with providers")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "day", "kind", "order_number", "provider_reference"],
                name="billing_difference_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order_number}"


class ReconciliationClosing(Sealed):
    """Somebody found out what a difference was and wrote it down."""

    item = models.OneToOneField(
        ReconciliationItem,
        verbose_name=_("difference"),
        on_delete=models.PROTECT,
        related_name="closing",
    )
    closed_by = models.ForeignKey(
        User, verbose_name=_("closed by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("explanation of a difference")
        verbose_name_plural = _("explanations of differences")

    def __str__(self) -> str:
        return f"{self.item} ✓"
