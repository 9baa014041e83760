"""Seals: signed, chained blocks of what evidence said when it was sealed.

A `SealBlock` fixes the rows of one table between two positions. A `SealCommitment` stands
in for the personal fields of a row. A `SealVerification` is what a check of the chain found.
"""

import struct
from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.models.append_only import AppendOnly


def packed(ids: Sequence[int]) -> bytes:
    """Ids as a block keeps them: an array would take as long to write as the rest of it."""
    return struct.pack(f">{len(ids)}q", *ids)


class SealBlock(AppendOnly):
    """The rows of `table` after one position up to another, as they were at `sealed_at`.

    A position is a transaction and a row's id; rows are in that order. `row_ids` (`ids`) and
    `leaves`, 8 and 32 bytes a row, say which rows and what SHA-256 each had; `marks` help to
    name the column of one that was changed, `root` is the Merkle root of the leaves. `hash`
    is that of the header (`common.seals.blocks`), which names the block before it.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    table = models.CharField(_("table"), max_length=80)
    form = models.JSONField(_("form of its rows"))
    after_transaction = models.BigIntegerField(_("after transaction"))
    after_id = models.BigIntegerField(_("after row"))
    upto_transaction = models.BigIntegerField(_("up to transaction"))
    upto_id = models.BigIntegerField(_("up to row"))
    rows = models.PositiveIntegerField(_("rows"))
    row_ids = models.BinaryField(_("identifiers of the rows"))
    leaves = models.BinaryField(_("hashes of the rows"))
    marks = models.BinaryField(_("marks of the columns"))
    root = models.CharField(_("Merkle root"), max_length=64)
    previous_hash = models.CharField(_("hash of the block before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    key_id = models.CharField(_("key"), max_length=40)
    signature = models.CharField(_("signature"), max_length=128)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("sealed block")
        verbose_name_plural = _("sealed blocks")
        constraints = [
            models.CheckConstraint(
                name="common_sealblock_has_rows", condition=Q(rows__gt=0, number__gt=0)
            ),
        ]
        indexes = [
            models.Index(fields=["table", "number"], name="common_sealblock_of_table"),
            models.Index(
                fields=["table", "upto_transaction", "upto_id"], name="common_sealblock_of_row"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.table}"

    @property
    def ids(self) -> tuple[int, ...]:
        """Of the rows, in their order."""
        kept = bytes(self.row_ids)
        return struct.unpack(f">{len(kept) // 8}q", kept[: len(kept) // 8 * 8])


class SealCommitment(AppendOnly):
    """What a block holds in place of personal fields of a row: salted hashes of them.

    `hashes` are in the order of the registration. Without the salt, and without the fields
    themselves, they tell nothing; a salt that was erased is empty.
    """

    table = models.CharField(_("table"), max_length=80)
    row_id = models.BigIntegerField(_("row"))
    salt = models.UUIDField(_("salt"), null=True)
    hashes = ArrayField(models.CharField(max_length=64), verbose_name=_("salted hashes"))

    class Meta:
        verbose_name = _("commitment to personal fields")
        verbose_name_plural = _("commitments to personal fields")
        constraints = [
            models.UniqueConstraint(fields=["table", "row_id"], name="common_sealcommitment_once")
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class SealVerification(AppendOnly):
    """What checking the blocks `since` … `upto` against their tables found.

    `damaged` are the numbers of blocks that something was found about, `findings` the first
    sentences.
    """

    since = models.BigIntegerField(_("from block"))
    upto = models.BigIntegerField(_("to block"))
    rows = models.BigIntegerField(_("rows"))
    damaged = ArrayField(models.BigIntegerField(), verbose_name=_("damaged blocks"))
    findings = models.JSONField(_("findings"))

    class Meta:
        verbose_name = _("verification of seals")
        verbose_name_plural = _("verifications of seals")

    def __str__(self) -> str:
        return f"{self.since}–{self.upto}"
