"""Tables of bank transfers and online payments. New ones, so safe beside a live product."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import billing.models.bank
import billing.models.payments
import common.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_indexes_of_lists"),
        ("billing", "0013_indexes_of_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "edition",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="edition"),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                (
                    "bank_account",
                    models.CharField(max_length=40, verbose_name="bank account of ours"),
                ),
                (
                    "delimiter",
                    models.CharField(
                        choices=[
                            (",", "comma"),
                            (";", "semicolon"),
                            ("\t", "tab"),
                            ("|", "vertical bar"),
                        ],
                        default=",",
                        max_length=1,
                        verbose_name="delimiter",
                    ),
                ),
                (
                    "lines_before",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="lines before the headings"
                    ),
                ),
                ("date_column", models.CharField(max_length=60, verbose_name="column: date")),
                (
                    "date_format",
                    models.CharField(
                        default="%Y-%m-%d",
                        help_text="As in %Y-%m-%d, %Y%m%d or %d/%m/%Y; a time may follow.",
                        max_length=30,
                        verbose_name="how days are written",
                    ),
                ),
                (
                    "amount_column",
                    models.CharField(blank=True, max_length=60, verbose_name="column: amount"),
                ),
                (
                    "credit_column",
                    models.CharField(blank=True, max_length=60, verbose_name="column: money in"),
                ),
                (
                    "debit_column",
                    models.CharField(blank=True, max_length=60, verbose_name="column: money out"),
                ),
                (
                    "decimal_style",
                    models.CharField(
                        choices=[("point", "1,280.50"), ("comma", "1.280,50")],
                        default="point",
                        max_length=5,
                        verbose_name="how amounts are written",
                    ),
                ),
                (
                    "payer_name_column",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="column: payer's name"
                    ),
                ),
                (
                    "payer_account_column",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="column: payer's account"
                    ),
                ),
                (
                    "reference_column",
                    models.CharField(blank=True, max_length=60, verbose_name="column: reference"),
                ),
                (
                    "serial_column",
                    models.CharField(
                        blank=True,
                        help_text="Tells payments apart. Without it whole lines are compared.",
                        max_length=60,
                        verbose_name="column: the bank's serial number",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank mapping",
                "verbose_name_plural": "bank mappings",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("amount_column", ""), _negated=True),
                                ("credit_column", ""),
                                ("debit_column", ""),
                            ),
                            models.Q(
                                ("amount_column", ""),
                                models.Q(("credit_column", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="billing_bankmapping_has_amounts",
                        violation_error_message="Name either the column of amounts, or those of money in and out.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=billing.models.bank.statement_public_id,
                        max_length=24,
                        unique=True,
                        verbose_name="identifier",
                    ),
                ),
                ("file_name", models.CharField(max_length=120, verbose_name="name of the file")),
                ("document", models.CharField(max_length=200, verbose_name="document")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the file")),
                ("lines", models.PositiveIntegerField(verbose_name="lines")),
                (
                    "mapping",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="billing.bankmapping",
                        verbose_name="mapping",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank statement",
                "verbose_name_plural": "bank statements",
            },
        ),
        migrations.CreateModel(
            name="BankReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                (
                    "bank_account",
                    models.CharField(max_length=40, verbose_name="bank account of ours"),
                ),
                ("fingerprint", models.CharField(max_length=120, verbose_name="fingerprint")),
                ("received_on", models.DateField(verbose_name="received on")),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                ("payer_name", models.CharField(blank=True, max_length=200, verbose_name="payer")),
                (
                    "payer_account",
                    models.CharField(blank=True, max_length=60, verbose_name="payer's account"),
                ),
                (
                    "reference",
                    models.CharField(blank=True, max_length=300, verbose_name="reference"),
                ),
                (
                    "journal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt",
                        to="billing.journal",
                        verbose_name="journal",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="billing.bankstatement",
                        verbose_name="bank statement",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank receipt",
                "verbose_name_plural": "bank receipts",
            },
        ),
        migrations.CreateModel(
            name="BankImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("receipts", models.PositiveIntegerField(verbose_name="lines booked")),
                ("duplicates", models.PositiveIntegerField(verbose_name="lines known already")),
                ("outgoing", models.PositiveIntegerField(verbose_name="lines of money out")),
                (
                    "refused",
                    models.JSONField(blank=True, default=list, verbose_name="lines refused"),
                ),
                (
                    "imported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="imported by",
                    ),
                ),
                (
                    "statement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booked",
                        to="billing.bankstatement",
                        verbose_name="bank statement",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank import",
                "verbose_name_plural": "bank imports",
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is proposed"),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_matches",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="billing.bankreceipt",
                        verbose_name="bank receipt",
                    ),
                ),
            ],
            options={
                "verbose_name": "match",
                "verbose_name_plural": "matches",
            },
        ),
        migrations.CreateModel(
            name="MatchApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "digest",
                    models.CharField(max_length=64, verbose_name="SHA-256 of what is approved"),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="billing.match",
                        verbose_name="match",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval of a match",
                "verbose_name_plural": "approvals of matches",
            },
        ),
        migrations.CreateModel(
            name="MatchRejection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "match",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rejection",
                        to="billing.match",
                        verbose_name="match",
                    ),
                ),
                (
                    "rejected_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="rejected by",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejection of a match",
                "verbose_name_plural": "rejections of matches",
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                (
                    "source",
                    models.CharField(
                        choices=[("callback", "callback"), ("query", "answer to a query")],
                        max_length=10,
                        verbose_name="came as",
                    ),
                ),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("body", models.BinaryField(verbose_name="body")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the body")),
            ],
            options={
                "verbose_name": "payment event",
                "verbose_name_plural": "payment events",
                "indexes": [models.Index(fields=["sha256"], name="billing_event_by_hash")],
            },
        ),
        migrations.CreateModel(
            name="PaymentOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=billing.models.payments.order_public_id,
                        editable=False,
                        max_length=24,
                        unique=True,
                        verbose_name="order number",
                    ),
                ),
                ("fen", models.PositiveIntegerField(verbose_name="amount in fen")),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("pending", "waiting for the payment"),
                            ("failed", "failed"),
                            ("expired", "expired"),
                            ("paid", "paid"),
                            ("refunded", "refunded at the provider"),
                        ],
                        db_default="opened",
                        default="opened",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="opened at"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "pay_url",
                    models.CharField(blank=True, max_length=500, verbose_name="address to pay at"),
                ),
                (
                    "pay_code",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="text of the QR code"
                    ),
                ),
                (
                    "provider_reference",
                    models.CharField(blank=True, max_length=80, verbose_name="provider's number"),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                (
                    "queries",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="times asked about"
                    ),
                ),
                (
                    "next_query_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="asked about next"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_orders",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "journal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_order",
                        to="billing.journal",
                        verbose_name="journal",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment order",
                "verbose_name_plural": "payment orders",
            },
        ),
        migrations.CreateModel(
            name="PaymentEventOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("applied", "applied"),
                            ("ignored", "nothing new"),
                            ("duplicate", "known already"),
                            ("quarantined", "quarantined"),
                            ("refused", "refused"),
                        ],
                        max_length=12,
                        verbose_name="verdict",
                    ),
                ),
                (
                    "provider_event",
                    models.CharField(blank=True, max_length=80, verbose_name="provider's event"),
                ),
                ("says", models.CharField(blank=True, max_length=10, verbose_name="it says")),
                ("why", models.CharField(blank=True, max_length=200, verbose_name="why")),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome",
                        to="billing.paymentevent",
                        verbose_name="event",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="billing.paymentorder",
                        verbose_name="payment order",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome of a payment event",
                "verbose_name_plural": "outcomes of payment events",
            },
        ),
        migrations.CreateModel(
            name="QuarantinedPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                (
                    "provider_reference",
                    models.CharField(max_length=80, verbose_name="provider's number"),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("amount", "another amount than ordered"),
                            ("currency", "another currency"),
                            ("unknown_order", "no such order"),
                            ("paid_twice", "an order paid for twice"),
                        ],
                        max_length=14,
                        verbose_name="reason",
                    ),
                ),
                (
                    "said_order",
                    models.CharField(
                        blank=True, max_length=80, verbose_name="order number it names"
                    ),
                ),
                (
                    "said_minor",
                    models.BigIntegerField(verbose_name="amount it names, in hundredths"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("amount", models.BigIntegerField(blank=True, null=True, verbose_name="amount")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarantined",
                        to="billing.paymentevent",
                        verbose_name="event",
                    ),
                ),
                (
                    "journal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarantined",
                        to="billing.journal",
                        verbose_name="journal",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarantined",
                        to="billing.paymentorder",
                        verbose_name="payment order",
                    ),
                ),
            ],
            options={
                "verbose_name": "quarantined payment",
                "verbose_name_plural": "quarantined payments",
            },
        ),
        migrations.CreateModel(
            name="MoneyReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="billing.bankreceipt",
                        verbose_name="bank receipt",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_return",
                        to="billing.postingrequest",
                        verbose_name="request",
                    ),
                ),
                (
                    "quarantined",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="billing.quarantinedpayment",
                        verbose_name="quarantined payment",
                    ),
                ),
            ],
            options={
                "verbose_name": "return of money",
                "verbose_name_plural": "returns of money",
            },
        ),
        migrations.AddField(
            model_name="match",
            name="quarantined",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="billing.quarantinedpayment",
                verbose_name="quarantined payment",
            ),
        ),
        migrations.CreateModel(
            name="ReconciliationItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing_here", "missing here"),
                            ("missing_there", "missing at the provider"),
                            ("differs", "amounts differ"),
                            ("refunded_there", "refunded at the provider"),
                        ],
                        max_length=14,
                        verbose_name="kind",
                    ),
                ),
                ("order_number", models.CharField(max_length=80, verbose_name="order number")),
                (
                    "provider_reference",
                    models.CharField(blank=True, max_length=80, verbose_name="provider's number"),
                ),
                (
                    "fen_here",
                    models.BigIntegerField(blank=True, null=True, verbose_name="fen here"),
                ),
                (
                    "fen_there",
                    models.BigIntegerField(
                        blank=True, null=True, verbose_name="fen at the provider"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="differences",
                        to="billing.paymentorder",
                        verbose_name="payment order",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference with a provider",
                "verbose_name_plural": "differences with providers",
            },
        ),
        migrations.CreateModel(
            name="ReconciliationClosing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing",
                        to="billing.reconciliationitem",
                        verbose_name="difference",
                    ),
                ),
            ],
            options={
                "verbose_name": "explanation of a difference",
                "verbose_name_plural": "explanations of differences",
            },
        ),
        migrations.CreateModel(
            name="ReconciliationRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                ("provider", models.SlugField(max_length=30, verbose_name="provider")),
                ("day", models.DateField(verbose_name="day")),
                ("lines", models.PositiveIntegerField(verbose_name="lines of the provider")),
                ("total_fen", models.BigIntegerField(verbose_name="sum in fen")),
                ("differences", models.PositiveIntegerField(verbose_name="new differences")),
            ],
            options={
                "verbose_name": "reconciliation",
                "verbose_name_plural": "reconciliations",
                "indexes": [
                    models.Index(fields=["provider", "day"], name="billing_reconciled_days")
                ],
            },
        ),
        migrations.AddField(
            model_name="reconciliationitem",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="billing.reconciliationrun",
                verbose_name="reconciliation",
            ),
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="billing.match",
                        verbose_name="match",
                    ),
                ),
                (
                    "quarantined",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="billing.quarantinedpayment",
                        verbose_name="quarantined payment",
                    ),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="billing.bankreceipt",
                        verbose_name="bank receipt",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="billing.postingrequest",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "settlement",
                "verbose_name_plural": "settlements",
            },
        ),
        migrations.CreateModel(
            name="Unsettled",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unsettled",
                        to="billing.match",
                        verbose_name="match",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
                (
                    "quarantined",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unsettled",
                        to="billing.quarantinedpayment",
                        verbose_name="quarantined payment",
                    ),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unsettled",
                        to="billing.bankreceipt",
                        verbose_name="bank receipt",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unsettled",
                        to="billing.postingrequest",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "money without a settlement",
                "verbose_name_plural": "money without a settlement",
            },
        ),
        migrations.AddIndex(
            model_name="bankreceipt",
            index=models.Index(fields=["payer_name", "id"], name="billing_bankreceipt_of_payer"),
        ),
        migrations.AddIndex(
            model_name="bankreceipt",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["payer_name", "reference"],
                name="billing_bankreceipt_search",
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="bankreceipt",
            constraint=models.UniqueConstraint(
                fields=("bank_account", "fingerprint"), name="billing_bankreceipt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankreceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="billing_bankreceipt_money_in"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(fields=["account", "id"], name="billing_order_of_account"),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(fields=["state", "id"], name="billing_order_by_state"),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["provider_reference"],
                name="billing_order_by_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(
                condition=models.Q(("next_query_at__isnull", False)),
                fields=["next_query_at"],
                name="billing_order_to_ask_about",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(
                condition=models.Q(("paid_at__isnull", False)),
                fields=["provider", "paid_at"],
                name="billing_order_by_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("fen__gte", 100), ("fen__lte", 5000000)),
                name="billing_paymentorder_within_limits",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("journal__isnull", False),
                        ("paid_at__isnull", False),
                        ("state__in", ["paid", "refunded"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["paid", "refunded"]), _negated=True),
                        ("journal__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="billing_paymentorder_paid_is_credited",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymenteventoutcome",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verdict__in", ["applied", "ignored", "quarantined"])),
                fields=("provider", "provider_event"),
                name="billing_event_taken_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantinedpayment",
            constraint=models.UniqueConstraint(
                fields=("provider", "provider_reference"), name="billing_quarantined_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantinedpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("currency", "CNY"), ("journal__isnull", False)),
                    models.Q(
                        models.Q(("currency", "CNY"), _negated=True),
                        ("amount__isnull", True),
                        ("journal__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="billing_quarantined_yuan_are_booked",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quarantined__isnull", True), ("receipt__isnull", False)),
                    models.Q(("quarantined__isnull", False), ("receipt__isnull", True)),
                    _connector="OR",
                ),
                name="billing_moneyreturn_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quarantined__isnull", True), ("receipt__isnull", False)),
                    models.Q(("quarantined__isnull", False), ("receipt__isnull", True)),
                    _connector="OR",
                ),
                name="billing_match_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("receipt__isnull", True), ("account__isnull", False), _connector="OR"
                ),
                name="billing_match_receipts_have_accounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconciliationitem",
            constraint=models.UniqueConstraint(
                fields=("provider", "day", "kind", "order_number", "provider_reference"),
                name="billing_difference_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quarantined__isnull", True), ("receipt__isnull", False)),
                    models.Q(("quarantined__isnull", False), ("receipt__isnull", True)),
                    _connector="OR",
                ),
                name="billing_settlement_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("match__isnull", False), ("request__isnull", True)),
                    models.Q(("match__isnull", True), ("request__isnull", False)),
                    _connector="OR",
                ),
                name="billing_settlement_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="unsettled",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quarantined__isnull", True), ("receipt__isnull", False)),
                    models.Q(("quarantined__isnull", False), ("receipt__isnull", True)),
                    _connector="OR",
                ),
                name="billing_unsettled_of_one",
            ),
        ),
    ]
