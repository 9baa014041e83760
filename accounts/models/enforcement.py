"""What gateways decide by themselves, as a feed: see `accounts.enforcement` for the rules."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models.transaction_ids import TransactionIdField


class EnforcementFeed(models.Model):
    """The feed itself, one row: what it is made of and the last number it has given.

    Readers know it by `accounts_enforcement_feed()`, which is another one once the database is
    restored. Give `id` another value after putting back files of the server in place.
    """

    id = models.UUIDField(_("feed"), primary_key=True, default=uuid.uuid4, editable=False)
    last = models.BigIntegerField(_("last number"), default=0, db_default=0)
    # Where the sequencer goes on, see `accounts_unnumbered_changes()`. It counts by the numbers
    # of the server's transactions, so it holds for this feed and not for one restored from it.
    looked_as = models.UUIDField(_("looked through as"), null=True)
    upto = models.BigIntegerField(_("looked through up to transaction"), default=0, db_default=0)
    upto_id = models.BigIntegerField(_("and of that up to change"), default=0, db_default=0)
    under_way = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("older transactions not over then"),
        default=list,
        db_default=models.Value([]),
    )
    # By the database's own clock, which no demo shifts.
    complete_at = models.DateTimeField(_("nothing was left over at"), null=True)

    class Meta:
        verbose_name = _("enforcement feed")
        verbose_name_plural = _("enforcement feeds")

    def __str__(self) -> str:
        return str(self.id)


class EnforcementChange(models.Model):
    """Something changed that gateways go by, and has no number yet.

    Written by triggers in the transaction of the change, so it is seen when that commits and
    not before; taken away in the transaction that gives the number.
    """

    kind = models.CharField(_("kind"), max_length=12)
    subject = models.CharField(_("what changed"), max_length=40)
    # By the database's own clock, which no demo shifts: it says how old the feed is.
    written_at = models.DateTimeField(_("written at"), editable=False)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("change without a number")
        verbose_name_plural = _("changes without a number")
        indexes = [
            models.Index(fields=["transaction", "id"], name="accounts_enforcement_in_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.subject}"


class EnforcementEntry(models.Model):
    """An entry of the feed: `line` is the JSON object gateways get, as it stays.

    Written by the sequencer alone, never changed, dropped after thirty days.
    """

    sequence = models.BigIntegerField(_("number"), primary_key=True)
    line = models.TextField(_("entry as JSON"))
    numbered_at = models.DateTimeField(_("numbered at"))

    class Meta:
        verbose_name = _("entry of the feed")
        verbose_name_plural = _("entries of the feed")

    def __str__(self) -> str:
        return str(self.sequence)


class EnforcementState(models.Model):
    """What holds of one thing by its newest entry: one row each, the snapshot's contents.

    `body` is the entry's line without its number; empty when the thing is gone.
    """

    id = models.CharField(_("identifier"), max_length=60, primary_key=True)
    sequence = models.BigIntegerField(_("number"))
    gone = models.BooleanField(_("gone"), default=False, db_default=False)
    body = models.TextField(_("entry as JSON"))
    until = models.DateTimeField(_("until"), null=True)
    numbered_at = models.DateTimeField(_("numbered at"))

    class Meta:
        verbose_name = _("state by the feed")
        verbose_name_plural = _("states by the feed")
        indexes = [
            models.Index(
                fields=["numbered_at"],
                condition=models.Q(gone=True),
                name="accounts_enforcement_buried",
            ),
            models.Index(
                fields=["until"],
                condition=models.Q(gone=False, until__isnull=False),
                name="accounts_enforcement_ending",
            ),
        ]

    def __str__(self) -> str:
        return self.id
