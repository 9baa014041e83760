"""Codes sent to a phone or an e-mail address, to find out whether somebody holds it."""

from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.codes import MOST_TRIES
from accounts.models.users import Language
from common.clock import Now
from common.public_ids import new_public_id


class OneTimeCode(models.Model):
    """A code on its way to one address. Only its hash is kept, and the address no longer
    than until it is sent. Without an address nothing is sent and no code is right: so an
    unknown number is asked for a code as a known one is. Deleted after a day."""

    class Purpose(models.TextChoices):
        RESET_PHONE = "reset_phone"
        RESET_EMAIL = "reset_email"
        NEW_PHONE = "new_phone"

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(new_public_id, "otc")
    )
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    # Encrypted with the row's own identifier as associated data.
    address = models.TextField(blank=True)
    language = models.CharField(max_length=10, choices=Language.choices)
    digest = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(tries__lte=MOST_TRIES), name="accounts_onetimecode_tries"
            ),
            models.CheckConstraint(
                condition=~Q(address="") | Q(sent_at=None) | ~Q(digest=""),
                name="accounts_onetimecode_sent_has_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="accounts_onetimecode_asked"),
            models.Index(
                fields=["id"], condition=~Q(address=""), name="accounts_onetimecode_to_send"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
