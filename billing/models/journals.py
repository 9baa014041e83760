"""Journals and their entries: double entry, append-only."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.chart import Kind, Ledger, LedgerAccount
from billing.models.requests import PostingRequest
from billing.models.wallets import CreditLot, Wallet
from common.models import AppendOnly, TransactionIdField


class Journal(AppendOnly):
    """One event of money, on two clocks: `effective_at` when it counts, `recorded_at` when
    it was written.

    `key` says what it was written for and is unique for ever; the same key with another
    `request_hash` is refused. It has exactly `legs` entries, which add up to zero and were
    written by the same statement: two at least. One of `OF_TWO_PEOPLE` has a `request`, a
    correction or release `reverses` another, and nothing else does. Its account has a wallet,
    and wallets never vanish. All of it is asked by the trigger that sees what a statement
    wrote, not row by row (docs/decisions/0011).
    """

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    effective_at = models.DateTimeField(_("effective at"))
    key = models.CharField(_("idempotency key"), max_length=200)
    request_hash = models.CharField(_("hash of the request"), max_length=64)
    legs = models.SmallIntegerField(_("entries"))
    reverses = models.OneToOneField(
        "self",
        verbose_name=_("reverses"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        db_constraint=False,
    )
    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("approved request"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="journal",
        db_constraint=False,
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="journals",
        db_index=False,
        db_constraint=False,
    )
    actor = models.ForeignKey(
        User,
        verbose_name=_("done by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    memo = models.CharField(_("memo"), max_length=200, blank=True, default="", db_default="")
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        permissions = [("export_journal", _("Can download journals, entries and charges"))]
        constraints = [
            # By an index that finds the beginnings of keys too.
            models.UniqueConstraint(
                fields=["key"], opclasses=["varchar_pattern_ops"], name="billing_journal_key_once"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="billing_journal_of_account"),
            models.Index(fields=["effective_at", "id"], name="billing_journal_by_effect"),
            models.Index(fields=["transaction", "id"], name="billing_journal_to_seal"),
            # Among millions of charges the others are few.
            models.Index(
                fields=["kind", "id"],
                condition=~Q(kind="charge"),
                name="billing_journal_by_kind",
            ),
            models.Index(
                fields=["effective_at"],
                condition=Q(kind__in=[Kind.RECEIPT, Kind.TOP_UP]),
                name="billing_journal_money_in",
            ),
            # Nearly all journals are usage; a customer looks for the few others.
            models.Index(
                fields=["account", "id"],
                condition=~Q(kind="charge"),
                name="billing_journal_not_usage",
            ),
            # Statements: an account's journals of a period.
            models.Index(
                fields=["account", "effective_at", "id"],
                condition=Q(account__isnull=False),
                name="billing_journal_statement",
            ),
            # What was recorded on a day: in the order of the table, so next to nothing.
            BrinIndex(fields=["recorded_at"], name="billing_journal_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Entry(models.Model):
    """One leg of a journal. `amount` in micro-yuan: credits positive, debits negative, so
    that a customer's entries add up to what the customer has.

    On a customers' account it names the wallet, and the lot it fills or consumes; without a
    lot it makes or settles a debt. That what it names exists is checked with its journal, for
    all entries of a statement at once (docs/decisions/0011).
    """

    journal = models.ForeignKey(
        Journal,
        verbose_name=_("journal"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_constraint=False,
    )
    account = models.ForeignKey(
        LedgerAccount,
        verbose_name=_("ledger account"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    wallet = models.ForeignKey(
        Wallet,
        verbose_name=_("wallet"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    lot = models.ForeignKey(
        CreditLot,
        verbose_name=_("lot"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(
                fields=["wallet", "id"],
                condition=Q(wallet__isnull=False),
                name="billing_entry_of_wallet",
            ),
            # What came in, went out or was decided on, looked for by its amount; charges and
            # holds are never written to it.
            models.Index(
                fields=["amount"],
                condition=Q(
                    account__in=[
                        Ledger.BANK,
                        Ledger.PROVIDERS,
                        Ledger.UNMATCHED,
                        Ledger.PROMOTION,
                        Ledger.BAD_DEBT,
                    ]
                ),
                name="billing_entry_by_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
