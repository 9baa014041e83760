"""Order, limits, switches and quiet hours of providers, suppressed addresses, texts at providers."""

import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import common.clock


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0102_guards_of_receipts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalProviderLimit",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "provider",
                    models.CharField(db_index=True, max_length=40, verbose_name="provider"),
                ),
                (
                    "per_second",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a second",
                    ),
                ),
                (
                    "per_minute",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a minute",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="From midnight in Beijing.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a day",
                    ),
                ),
                (
                    "per_address",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Within 24 hours and of one text of the provider; Alibaba Cloud takes 50.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="to one address",
                    ),
                ),
                ("history_change_reason", models.TextField(null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical limit of a provider",
                "verbose_name_plural": "historical limits of providers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalProviderOrder",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="Such as CN. Empty: every country without an order of its own.",
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2}$", "Two capital letters, such as CN."
                            )
                        ],
                        verbose_name="country",
                    ),
                ),
                (
                    "providers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="providers",
                    ),
                ),
                ("history_change_reason", models.TextField(null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical order of providers",
                "verbose_name_plural": "historical orders of providers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalProviderTemplate",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("code", models.CharField(max_length=100, verbose_name="provider’s code")),
                ("params", models.JSONField(blank=True, default=dict, verbose_name="parameters")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "not approved yet"),
                            ("approved", "approved by the provider"),
                            ("rejected", "refused by the provider"),
                        ],
                        default="pending",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "said",
                    models.TextField(
                        blank=True, editable=False, verbose_name="what the provider said"
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="asked"
                    ),
                ),
                ("history_change_reason", models.TextField(null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical text at a provider",
                "verbose_name_plural": "historical texts at providers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalQuietHours",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        db_index=True,
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("begins", models.TimeField(default=datetime.time(21, 0), verbose_name="from")),
                ("ends", models.TimeField(default=datetime.time(8, 0), verbose_name="until")),
                ("in_force", models.BooleanField(default=True, verbose_name="in force")),
                ("history_change_reason", models.TextField(null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical quiet hours",
                "verbose_name_plural": "historical quiet hours",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="KillSwitch",
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
                ("provider", models.CharField(blank=True, max_length=40, verbose_name="provider")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
            ],
            options={
                "verbose_name": "kill switch",
                "verbose_name_plural": "kill switches",
            },
        ),
        migrations.CreateModel(
            name="KillSwitchLifting",
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
            ],
            options={
                "verbose_name": "kill switch taken back",
                "verbose_name_plural": "kill switches taken back",
            },
        ),
        migrations.CreateModel(
            name="ProviderHealth",
            fields=[
                (
                    "provider",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="provider"
                    ),
                ),
                (
                    "tenths",
                    models.PositiveSmallIntegerField(
                        default=10, verbose_name="tenths of the traffic"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "well"),
                            ("errors", "errors"),
                            ("slow_answers", "slow answers"),
                            ("slow_receipts", "slow receipts"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="cause",
                    ),
                ),
                (
                    "answered",
                    models.PositiveIntegerField(default=0, verbose_name="answers looked at"),
                ),
                (
                    "failed",
                    models.PositiveIntegerField(default=0, verbose_name="errors among them"),
                ),
                (
                    "slow",
                    models.PositiveIntegerField(default=0, verbose_name="slow ones among them"),
                ),
                (
                    "awaited",
                    models.PositiveIntegerField(default=0, verbose_name="receipts waited for"),
                ),
                (
                    "late",
                    models.PositiveIntegerField(default=0, verbose_name="late ones among them"),
                ),
                ("measured_at", models.DateTimeField(verbose_name="measured")),
                (
                    "moved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="share changed"),
                ),
            ],
            options={
                "verbose_name": "health of a provider",
                "verbose_name_plural": "health of providers",
                "ordering": ["provider"],
            },
        ),
        migrations.CreateModel(
            name="ProviderLimit",
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
                ("provider", models.CharField(max_length=40, unique=True, verbose_name="provider")),
                (
                    "per_second",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a second",
                    ),
                ),
                (
                    "per_minute",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a minute",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="From midnight in Beijing.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="a day",
                    ),
                ),
                (
                    "per_address",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Within 24 hours and of one text of the provider; Alibaba Cloud takes 50.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="to one address",
                    ),
                ),
            ],
            options={
                "verbose_name": "limit of a provider",
                "verbose_name_plural": "limits of providers",
                "ordering": ["provider"],
            },
        ),
        migrations.CreateModel(
            name="ProviderOrder",
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
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="Such as CN. Empty: every country without an order of its own.",
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2}$", "Two capital letters, such as CN."
                            )
                        ],
                        verbose_name="country",
                    ),
                ),
                (
                    "providers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="providers",
                    ),
                ),
            ],
            options={
                "verbose_name": "order of providers",
                "verbose_name_plural": "orders of providers",
                "ordering": ["channel", "country"],
            },
        ),
        migrations.CreateModel(
            name="ProviderPace",
            fields=[
                (
                    "provider",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="provider"
                    ),
                ),
                ("of_second", models.FloatField()),
                ("of_minute", models.FloatField()),
                ("filled_at", models.DateTimeField()),
                ("given_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "pace of a provider",
                "verbose_name_plural": "paces of providers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ProviderShift",
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
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("before", models.PositiveSmallIntegerField(verbose_name="tenths before")),
                ("after", models.PositiveSmallIntegerField(verbose_name="tenths afterwards")),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "well"),
                            ("errors", "errors"),
                            ("slow_answers", "slow answers"),
                            ("slow_receipts", "slow receipts"),
                        ],
                        max_length=16,
                        verbose_name="cause",
                    ),
                ),
                ("answered", models.PositiveIntegerField(verbose_name="answers looked at")),
                ("failed", models.PositiveIntegerField(verbose_name="errors among them")),
                ("slow", models.PositiveIntegerField(verbose_name="slow ones among them")),
                ("awaited", models.PositiveIntegerField(verbose_name="receipts waited for")),
                ("late", models.PositiveIntegerField(verbose_name="late ones among them")),
            ],
            options={
                "verbose_name": "shift of traffic",
                "verbose_name_plural": "shifts of traffic",
            },
        ),
        migrations.CreateModel(
            name="ProviderTemplate",
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
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("code", models.CharField(max_length=100, verbose_name="provider’s code")),
                ("params", models.JSONField(blank=True, default=dict, verbose_name="parameters")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "not approved yet"),
                            ("approved", "approved by the provider"),
                            ("rejected", "refused by the provider"),
                        ],
                        default="pending",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "said",
                    models.TextField(
                        blank=True, editable=False, verbose_name="what the provider said"
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="asked"
                    ),
                ),
            ],
            options={
                "verbose_name": "text at a provider",
                "verbose_name_plural": "texts at providers",
                "ordering": ["provider", "template"],
            },
        ),
        migrations.CreateModel(
            name="ProviderUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("shard", models.PositiveSmallIntegerField()),
                ("submitted", models.PositiveIntegerField(default=0, verbose_name="handed over")),
            ],
            options={
                "verbose_name": "use of a provider",
                "verbose_name_plural": "uses of providers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="QuietHours",
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
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        unique=True,
                        verbose_name="channel",
                    ),
                ),
                ("begins", models.TimeField(default=datetime.time(21, 0), verbose_name="from")),
                ("ends", models.TimeField(default=datetime.time(8, 0), verbose_name="until")),
                ("in_force", models.BooleanField(default=True, verbose_name="in force")),
            ],
            options={
                "verbose_name": "quiet hours",
                "verbose_name_plural": "quiet hours",
                "ordering": ["channel"],
            },
        ),
        migrations.CreateModel(
            name="RoutingAlarm",
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
                    "level",
                    models.CharField(
                        choices=[
                            ("warning", "warning: much comes back"),
                            ("critical", "critical: very much comes back"),
                            ("held", "messages wait past their lead"),
                        ],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("subject", models.CharField(max_length=40, verbose_name="about")),
                ("sent", models.PositiveIntegerField(default=0, verbose_name="handed over")),
                ("concerned", models.PositiveIntegerField(verbose_name="messages concerned")),
                ("told", models.PositiveIntegerField(verbose_name="members of staff told")),
            ],
            options={
                "verbose_name": "alarm about sending",
                "verbose_name_plural": "alarms about sending",
            },
        ),
        migrations.CreateModel(
            name="Suppression",
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
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("sms", "SMS")],
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                ("address", models.CharField(max_length=254, verbose_name="address")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("hard_bounce", "came back for good"),
                            ("complaint", "complaint of the reader"),
                            ("staff", "staff"),
                        ],
                        max_length=12,
                        verbose_name="source",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("provider", models.CharField(blank=True, max_length=40, verbose_name="provider")),
            ],
            options={
                "verbose_name": "suppressed address",
                "verbose_name_plural": "suppressed addresses",
            },
        ),
        migrations.CreateModel(
            name="SuppressionLifting",
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
            ],
            options={
                "verbose_name": "lifted suppression",
                "verbose_name_plural": "lifted suppressions",
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="params",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, verbose_name="parameters"
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="provider_template",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=100,
                verbose_name="text of the provider",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="held_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("switched_off", "switched off by staff"),
                    ("rate", "rate of the provider"),
                    ("daily_cap", "daily cap of the provider"),
                    ("address_cap", "cap for one address"),
                    ("quiet_hours", "quiet hours"),
                    ("no_template", "no approved text at the provider"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="held by",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="generic_sms",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="For providers that have not approved the texts of this kind. The inbox has the full text all the same.",
                verbose_name="SMS only says: log in to read",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="generic_sms",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="For providers that have not approved the texts of this kind. The inbox has the full text all the same.",
                verbose_name="SMS only says: log in to read",
            ),
        ),
        migrations.AlterField(
            model_name="failure",
            name="cause",
            field=models.CharField(
                choices=[
                    ("refused", "refused for good"),
                    ("exhausted", "refused at every try"),
                    ("bounced", "came back"),
                    ("suppressed", "address suppressed"),
                ],
                max_length=10,
                verbose_name="cause",
            ),
        ),
        migrations.AddField(
            model_name="historicalproviderlimit",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalproviderorder",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalprovidertemplate",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalprovidertemplate",
            name="template",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="notices.template",
                verbose_name="text",
            ),
        ),
        migrations.AddField(
            model_name="historicalquiethours",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="killswitch",
            name="switched_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="switched off by",
            ),
        ),
        migrations.AddField(
            model_name="killswitchlifting",
            name="lifted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="switched on by",
            ),
        ),
        migrations.AddField(
            model_name="killswitchlifting",
            name="switch",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lifting",
                to="notices.killswitch",
                verbose_name="kill switch",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerorder",
            constraint=models.UniqueConstraint(
                fields=("channel", "country"),
                name="notices_providerorder_once",
                violation_error_message="There is an order for this channel and country.",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel", "sms"), ("country", ""), _connector="OR"),
                name="notices_providerorder_country_of_sms",
                violation_error_message="E-mail knows no countries: leave the country empty.",
            ),
        ),
        migrations.AddIndex(
            model_name="providershift",
            index=models.Index(fields=["provider", "-id"], name="notices_shift_of"),
        ),
        migrations.AddField(
            model_name="providertemplate",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="at_providers",
                to="notices.template",
                verbose_name="text",
            ),
        ),
        migrations.AddConstraint(
            model_name="provideruse",
            constraint=models.UniqueConstraint(
                fields=("provider", "hour", "shard"), name="notices_provideruse_once_an_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="quiethours",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins", models.F("ends")), _negated=True),
                name="notices_quiethours_end",
                violation_error_message="They have to end at another time than they begin.",
            ),
        ),
        migrations.AddIndex(
            model_name="routingalarm",
            index=models.Index(fields=["subject", "-id"], name="notices_routingalarm_of"),
        ),
        migrations.AddField(
            model_name="suppression",
            name="attempt",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.attempt",
                verbose_name="attempt",
            ),
        ),
        migrations.AddField(
            model_name="suppression",
            name="suppressed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="suppressed by",
            ),
        ),
        migrations.AddField(
            model_name="suppressionlifting",
            name="lifted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="lifted by",
            ),
        ),
        migrations.AddField(
            model_name="suppressionlifting",
            name="suppression",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lifting",
                to="notices.suppression",
                verbose_name="suppressed address",
            ),
        ),
        migrations.AddConstraint(
            model_name="killswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("provider", ""), _negated=True),
                    models.Q(("channel", ""), _negated=True),
                    _connector="OR",
                ),
                name="notices_killswitch_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="providertemplate",
            constraint=models.UniqueConstraint(
                fields=("provider", "template"),
                name="notices_providertemplate_once",
                violation_error_message="This text has an entry at this provider already.",
            ),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["address"], name="notices_suppression_of"),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["recorded_at"], name="notices_suppression_when"),
        ),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", "staff"), ("suppressed_by__isnull", False)),
                    models.Q(
                        ("attempt__isnull", False), ("source__in", ["hard_bounce", "complaint"])
                    ),
                    _connector="OR",
                ),
                name="notices_suppression_has_a_source",
            ),
        ),
    ]
