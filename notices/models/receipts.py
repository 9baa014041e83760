"""What providers say afterwards: kept as it came, read, and matched to what was sent."""

from datetime import UTC, datetime, timedelta

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from common.messaging.providers import ReceiptState
from common.models import Sealed
from notices.models.deliveries import Attempt, Delivery
from notices.models.letters import LetterDelivery

LONGEST_KEY = 200


class PostedReceipts(Sealed):
    """What a provider posted, byte for byte, once it was verified and before it was read.

    `recorded_at` is when it came in, by our clock. The same again is the same row.
    """

    class Source(models.TextChoices):
        CALLBACK = "callback", _("callback")
        QUERY = "query", _("answer to a query")
        MAILBOX = "mailbox", _("mailbox")

    provider = models.SlugField(_("provider"), max_length=40)
    source = models.CharField(_("came as"), max_length=10, choices=Source.choices)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    body = models.BinaryField(_("body"))
    sha256 = models.CharField(_("SHA-256 of the body"), max_length=64)

    class Meta:
        verbose_name = _("posted receipts")
        verbose_name_plural = _("posted receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "sha256"], name="notices_postedreceipts_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"

    @property
    def text(self) -> str:
        """The body for people to read."""
        return bytes(self.body).decode(errors="replace").replace("\0", "\ufffd")


class UnreadReceipts(models.Model):
    """Posted and verified, and not read yet: the row goes away when they are."""

    posted = models.OneToOneField(
        PostedReceipts,
        verbose_name=_("posted receipts"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="unread",
    )
    look_at = models.DateTimeField(_("looked at next"), db_index=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)

    class Meta:
        verbose_name = _("unread receipts")
        verbose_name_plural = _("unread receipts")

    def __str__(self) -> str:
        return str(self.posted_id)


class Receipt(Sealed):
    """What a provider says became of one message. `said_at` is the provider's clock."""

    posted = models.ForeignKey(
        PostedReceipts,
        verbose_name=_("posted receipts"),
        on_delete=models.PROTECT,
        related_name="receipts",
    )
    provider = models.SlugField(_("provider"), max_length=40)
    key = models.CharField(pgettext_lazy("of a receipt", "key"), max_length=LONGEST_KEY)
    state = models.CharField(
        _("state"), max_length=15, choices=[(one.value, one.value) for one in ReceiptState]
    )
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    said_at = models.DateTimeField(_("provider's time"), null=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("delivery receipt")
        verbose_name_plural = _("delivery receipts")
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="notices_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.state}"


class ReceiptMatch(Sealed):
    """What a receipt is about. One without a match is parked."""

    receipt = models.OneToOneField(
        Receipt,
        verbose_name=_("delivery receipt"),
        on_delete=models.PROTECT,
        related_name="match",
    )
    attempt = models.ForeignKey(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        null=True,
        related_name="matches",
    )
    letter = models.ForeignKey(
        LetterDelivery,
        verbose_name=_("delivery of a letter"),
        on_delete=models.PROTECT,
        null=True,
        related_name="matches",
    )

    class Meta:
        verbose_name = _("match of a receipt")
        verbose_name_plural = _("matches of receipts")
        constraints = [
            models.CheckConstraint(
                name="notices_receiptmatch_of_one",
                condition=Q(attempt__isnull=False, letter=None)
                | Q(attempt=None, letter__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} → {self.attempt_id or self.letter_id}"


class ParkedReceipt(models.Model):
    """A receipt of something we do not know, or do not know yet. It is looked at again now
    and then; the row goes away with the match, or when it has waited long enough."""

    receipt = models.OneToOneField(
        Receipt,
        verbose_name=_("delivery receipt"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="parked",
    )
    since = models.DateTimeField(_("since"))
    look_at = models.DateTimeField(_("looked at next"), db_index=True)

    class Meta:
        verbose_name = _("parked receipt")
        verbose_name_plural = _("parked receipts")

    def __str__(self) -> str:
        return str(self.receipt_id)


class Resolution(Sealed):
    """What was found out, or decided, about an attempt that nobody had answered for.

    The provider had taken it; it never had, so that it may be sent again; or it was sent
    again though that is not known, with the same reference. The last is done by itself once
    for a delivery, and otherwise by a person for a reason.
    """

    class Kind(models.TextChoices):
        TAKEN = "taken", _("the provider had taken it")
        NOT_TAKEN = "not_taken", _("the provider never took it")
        RESENT = "resent", _("sent again while in doubt")

    delivery = models.ForeignKey(
        Delivery,
        verbose_name=_("delivery"),
        on_delete=models.PROTECT,
        related_name="resolutions",
    )
    attempt = models.ForeignKey(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        related_name="resolutions",
        db_index=False,
    )
    kind = models.CharField(_("what became known"), max_length=10, choices=Kind.choices)
    answer = models.JSONField(_("answer"), default=dict, blank=True)
    decided_by = models.ForeignKey(
        User,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("resolution of a doubt")
        verbose_name_plural = _("resolutions of doubts")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "kind"], name="notices_resolution_once_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=Q(kind="resent", decided_by=None),
                name="notices_resolution_resent_once",
            ),
            models.CheckConstraint(
                name="notices_resolution_has_a_reason",
                condition=Q(decided_by=None) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Sweep(models.Model):
    """A sweeper looked, in one period. The row is what makes a second timetable idle."""

    kind = models.CharField(_("kind"), max_length=20)
    period = models.DateTimeField(_("period"))
    found = models.PositiveIntegerField(_("found"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        constraints = [
            models.UniqueConstraint(fields=["kind", "period"], name="notices_sweep_once_a_period"),
        ]
        indexes = [models.Index(fields=["period"], name="notices_sweep_when")]

    def __str__(self) -> str:
        return f"{self.kind} {self.period:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def begin(cls, kind: str, *, every: timedelta, at: datetime) -> "Sweep | None":
        """The sweep of the period that `at` is in; None if somebody has begun it."""
        seconds = every.total_seconds()
        period = datetime.fromtimestamp(at.timestamp() // seconds * seconds, tz=UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO notices_sweep (kind, period) VALUES (%s, %s)"
                " ON CONFLICT (kind, period) DO NOTHING RETURNING id",
                [kind, period],
            )
            row = cursor.fetchone()
        return cls(pk=row[0], kind=kind, period=period) if row else None

    def end(self, *, found: int, at: datetime) -> None:
        """Writes down what it came to."""
        self.found, self.done_at = found, at
        self.save(update_fields=["found", "done_at"])
