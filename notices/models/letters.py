"""Letters to single persons, about something else than a change of services.

A `Letter` is a message in somebody's inbox, or goes to an e-mail address alone: that of a
reporter without an account. A `LetterDelivery` is its way to one address. What kinds of
letters there are, the apps say (`notices.letter_kinds`).
"""

import uuid
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, User
from accounts.models.users import Language
from common.models import Sealed
from common.models.append_only import AppendOnlyQuerySet
from common.public_ids import new_public_id
from notices.models.templates import Channel


class LetterQuerySet(AppendOnlyQuerySet):
    def of(self, user: User) -> "LetterQuerySet":
        """This person's, newest first."""
        return self.filter(recipient=user).order_by("-recorded_at", "-pk")

    def unread(self) -> "LetterQuerySet":
        return self.filter(reading=None)


class Letter(Sealed):
    """One person told of one thing. Of a kind and `key`, each gets one letter.

    Without a `recipient` it went to an address alone: `masked` shows enough of it for its
    owner to know it again, `address_mark` is a keyed hash that tells it from others.
    """

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "ltr"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("what it is about"), max_length=120)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="letters",
        db_index=False,
    )
    recipient = models.ForeignKey(
        User,
        verbose_name=_("recipient"),
        on_delete=models.PROTECT,
        null=True,
        related_name="letters",
        db_index=False,
    )
    masked = models.CharField(_("address, masked"), max_length=254, blank=True)
    address_mark = models.CharField(max_length=64, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    # Empty: it is not sent by SMS.
    sms = models.CharField(_("text of the SMS"), max_length=200, blank=True)

    objects = models.Manager.from_queryset(LetterQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = pgettext_lazy("a message to one person", "letter")
        verbose_name_plural = pgettext_lazy("messages to one person", "letters")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "recipient"],
                condition=Q(recipient__isnull=False),
                name="notices_letter_once_per_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "key", "address_mark"],
                condition=Q(recipient=None),
                name="notices_letter_once_per_address",
            ),
            models.CheckConstraint(
                name="notices_letter_to_a_person_or_an_address",
                condition=Q(recipient__isnull=False, address_mark="", masked="")
                | (Q(recipient=None) & ~Q(address_mark="") & ~Q(masked="")),
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-recorded_at"], name="notices_letter_inbox"),
            models.Index(fields=["account", "-id"], name="notices_letter_of_account"),
            models.Index(fields=["key"], name="notices_letter_about"),
        ]

    def __str__(self) -> str:
        return self.subject


class LetterReading(Sealed):
    """Its recipient opened the letter, for the first time."""

    letter = models.OneToOneField(
        Letter, verbose_name=_("letter"), on_delete=models.PROTECT, related_name="reading"
    )

    class Meta:
        verbose_name = _("reading of a letter")
        verbose_name_plural = _("readings of letters")

    def __str__(self) -> str:
        return str(self.letter)


class LetterDelivery(models.Model):
    """A letter on its way to one address, and what came of it.

    `address` is encrypted (`notices.letters` reads it). `reference` is what the provider
    is given with the latest try; the row says `sending` before it is called, so that what
    left the house is known whatever happens then.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        RETRYING = "retrying", _("being retried")
        ACCEPTED = "accepted", _("accepted")
        FAILED = "failed", _("failed for good")
        UNKNOWN = "unknown", _("unknown")
        # What receipts say, later.
        DELIVERED = "delivered", _("delivered")
        UNREACHED = "unreached", _("not reached")
        COMPLAINED = "complained", _("complained of")
        EXPIRED = "expired", _("expired without word")

    # A provider took it, whatever came of it then.
    TAKEN = (State.ACCEPTED, State.DELIVERED, State.UNREACHED, State.COMPLAINED)

    letter = models.ForeignKey(
        Letter,
        verbose_name=_("letter"),
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    channel = models.CharField(
        _("channel"),
        max_length=12,
        choices=[(one.value, one.label) for one in (Channel.EMAIL, Channel.SMS)],
    )
    address = models.TextField(_("address"))
    masked = models.CharField(_("address, masked"), max_length=254)
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
    provider = models.CharField(_("provider"), max_length=40, blank=True, db_default="")
    ask_at = models.DateTimeField(_("asked about next"), null=True, blank=True)
    asks = models.PositiveSmallIntegerField(_("times asked about"), default=0, db_default=0)

    class Meta:
        verbose_name = _("delivery of a letter")
        verbose_name_plural = _("deliveries of letters")
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "channel"], name="notices_letterdelivery_once_per_channel"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["pending", "sending", "retrying"]),
                name="notices_letterdelivery_open",
            ),
            models.Index(
                fields=["provider_reference"],
                condition=~Q(provider_reference=""),
                name="notices_letterdelivery_theirs",
            ),
            models.Index(
                fields=["ask_at"],
                condition=Q(ask_at__isnull=False),
                name="notices_letter_to_ask_about",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.masked}"
