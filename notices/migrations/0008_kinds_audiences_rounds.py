"""Every kind of change, audiences by rule, rounds and batches, what failed for good."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
import notices.models.policies


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_models_and_regions"),
        ("notices", "0007_texts_of_all_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
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
                ("accounts", models.PositiveIntegerField(verbose_name="accounts")),
                ("told", models.PositiveIntegerField(verbose_name="members of staff told")),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
            },
        ),
        migrations.CreateModel(
            name="Bounce",
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
                ("answer", models.JSONField(default=dict, verbose_name="answer")),
            ],
            options={
                "verbose_name": "bounce",
                "verbose_name_plural": "bounces",
            },
        ),
        migrations.CreateModel(
            name="ConcernedKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "API key concerned",
                "verbose_name_plural": "API keys concerned",
            },
        ),
        migrations.CreateModel(
            name="DeliveryCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=12, verbose_name="channel")),
                ("state", models.CharField(max_length=10, verbose_name="state")),
                ("shard", models.PositiveSmallIntegerField(verbose_name="shard")),
                ("number", models.IntegerField(verbose_name="number")),
            ],
            options={
                "verbose_name": "count of deliveries",
                "verbose_name_plural": "counts of deliveries",
            },
        ),
        migrations.CreateModel(
            name="Exemption",
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
                    "cause",
                    models.CharField(
                        choices=[
                            ("audience", "no longer in the audience"),
                            ("staff", "left out by staff"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
            ],
            options={
                "verbose_name": "exemption",
                "verbose_name_plural": "exemptions",
            },
        ),
        migrations.CreateModel(
            name="ExpansionBatch",
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
                ("number", models.PositiveIntegerField(verbose_name="batch")),
                ("upto_person", models.PositiveBigIntegerField(verbose_name="up to person")),
                ("accounts", models.PositiveIntegerField(verbose_name="accounts named")),
                ("people", models.PositiveIntegerField(verbose_name="people")),
            ],
            options={
                "verbose_name": "batch of an expansion",
                "verbose_name_plural": "batches of expansions",
            },
        ),
        migrations.CreateModel(
            name="ExpansionCompletion",
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
                ("people", models.PositiveIntegerField(verbose_name="people")),
            ],
            options={
                "verbose_name": "completion of an expansion",
                "verbose_name_plural": "completions of expansions",
            },
        ),
        migrations.CreateModel(
            name="Failure",
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
                    "cause",
                    models.CharField(
                        choices=[
                            ("refused", "refused for good"),
                            ("exhausted", "refused at every try"),
                            ("bounced", "came back"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
            ],
            options={
                "verbose_name": "failure",
                "verbose_name_plural": "failures",
            },
        ),
        migrations.CreateModel(
            name="GateAtRisk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("nobody", "nobody to tell"),
                            ("undelivered", "no message accepted yet"),
                            ("unknown", "a message is in doubt"),
                            ("late", "told too late for the planned moment"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("opens_at", models.DateTimeField(null=True, verbose_name="opens")),
                ("since", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "gate at risk",
                "verbose_name_plural": "gates at risk",
                "permissions": [("act_on_gateatrisk", "Can act on gates at risk")],
            },
        ),
        migrations.CreateModel(
            name="GateTally",
            fields=[
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="tally",
                        serialize=False,
                        to="notices.servicechange",
                        verbose_name="change",
                    ),
                ),
                ("accounts", models.PositiveIntegerField(default=0, verbose_name="accounts")),
                ("told", models.PositiveIntegerField(default=0, verbose_name="told")),
                ("late", models.PositiveIntegerField(default=0, verbose_name="later than planned")),
                ("passed", models.PositiveIntegerField(default=0, verbose_name="in effect")),
                ("exempted", models.PositiveIntegerField(default=0, verbose_name="left out")),
                ("first_opens_at", models.DateTimeField(null=True, verbose_name="first opens")),
                ("last_opens_at", models.DateTimeField(null=True, verbose_name="last opens")),
                ("reckoned_at", models.DateTimeField(verbose_name="as of")),
                ("took", models.DurationField(default=datetime.timedelta, verbose_name="took")),
            ],
            options={
                "verbose_name": "gate tally",
                "verbose_name_plural": "gate tallies",
            },
        ),
        migrations.CreateModel(
            name="PostponedAccount",
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
            ],
            options={
                "verbose_name": "account postponed",
                "verbose_name_plural": "accounts postponed",
            },
        ),
        migrations.CreateModel(
            name="Postponement",
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
                ("was", models.DateTimeField(verbose_name="planned before")),
                ("until", models.DateTimeField(verbose_name="planned for")),
                ("everybody", models.BooleanField(verbose_name="for everybody")),
                ("reason", models.TextField(verbose_name="reason")),
            ],
            options={
                "verbose_name": "postponement",
                "verbose_name_plural": "postponements",
            },
        ),
        migrations.CreateModel(
            name="Selection",
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
                ("round", models.PositiveSmallIntegerField(verbose_name="round")),
                ("upto_account", models.PositiveBigIntegerField(verbose_name="up to account")),
                ("accounts", models.PositiveIntegerField(verbose_name="accounts")),
                ("last", models.BooleanField(verbose_name="last")),
            ],
            options={
                "verbose_name": "selection",
                "verbose_name_plural": "selections",
            },
        ),
        migrations.AlterModelOptions(
            name="servicechange",
            options={
                "permissions": [
                    ("propose_servicechange", "Can propose service changes"),
                    ("approve_servicechange", "Can approve service changes"),
                    ("withdraw_servicechange", "Can withdraw service changes"),
                    ("lift_servicechange", "Can lift service changes"),
                    ("postpone_servicechange", "Can postpone service changes"),
                ],
                "verbose_name": "service change",
                "verbose_name_plural": "service changes",
            },
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="notices_delivery_once_per_channel",
        ),
        migrations.AddField(
            model_name="concernedaccount",
            name="round",
            field=models.PositiveSmallIntegerField(default=1, db_default=1, verbose_name="round"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="expansion",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="notices.expansion",
                verbose_name="expansion",
            ),
        ),
        migrations.AddField(
            model_name="expansion",
            name="after_id",
            field=models.PositiveBigIntegerField(default=0, verbose_name="after number"),
        ),
        migrations.AddField(
            model_name="expansion",
            name="upto_id",
            field=models.PositiveBigIntegerField(default=0, verbose_name="up to number"),
        ),
        migrations.AddField(
            model_name="expansion",
            name="whom",
            field=models.CharField(
                choices=[
                    ("joined", "accounts that joined in this round"),
                    ("unseen", "owners and administrators not told before"),
                    ("begun", "accounts that feel it now"),
                    ("lifted", "accounts that got their access back"),
                    ("told", "everybody who was told before"),
                    ("postponed", "everybody told of the postponed accounts"),
                    ("exempted", "everybody told of the accounts left out"),
                    ("dropped", "everybody told whom the correction does not concern"),
                ],
                default="joined",
                max_length=10,
                verbose_name="whom",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="agreement_version",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="What comes into force.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.agreementversion",
                verbose_name="agreement version",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="audience",
            field=models.CharField(
                choices=[
                    ("chosen", "chosen accounts"),
                    ("rule", "every account that a rule fits"),
                    ("everyone", "every account"),
                ],
                default="chosen",
                max_length=8,
                verbose_name="audience",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="notices.servicechange",
                verbose_name="corrects",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="limits",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The most allowed, by metric.",
                verbose_name="limits",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="model",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Empty: all models.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.inferencemodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="region",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Where requests are served. Empty: all regions.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.region",
                verbose_name="region",
            ),
        ),
        migrations.AddField(
            model_name="historicalservicechange",
            name="rule",
            field=models.JSONField(blank=True, default=dict, verbose_name="rule"),
        ),
        migrations.AddField(
            model_name="leadpolicy",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="leadpolicy",
            name="reason",
            field=models.TextField(blank=True, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="leadpolicy",
            name="required_channels",
            field=models.JSONField(
                default=notices.models.policies.announcement_and_inbox,
                verbose_name="channels required",
            ),
        ),
        migrations.AddField(
            model_name="noticeaccount",
            name="change",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="noticeaccount",
            name="phase",
            field=models.CharField(
                choices=[
                    ("announced", "ahead of time"),
                    ("postponed", "when it is postponed"),
                    ("in_effect", "when it takes effect"),
                    ("lifted", "when it is lifted"),
                    ("withdrawn", "when it is called off"),
                ],
                editable=False,
                max_length=12,
                null=True,
                verbose_name="phase",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="agreement_version",
            field=models.ForeignKey(
                blank=True,
                help_text="What comes into force.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.agreementversion",
                verbose_name="agreement version",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="audience",
            field=models.CharField(
                choices=[
                    ("chosen", "chosen accounts"),
                    ("rule", "every account that a rule fits"),
                    ("everyone", "every account"),
                ],
                default="chosen",
                max_length=8,
                verbose_name="audience",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="concerned_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="accounts"),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="notices.servicechange",
                verbose_name="corrects",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="joined_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="audience last looked at"
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="limits",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The most allowed, by metric.",
                verbose_name="limits",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="look_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="gates looked at again"
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="model",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: all models.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.inferencemodel",
                verbose_name="model",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="postponed_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="postponed to"),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="region",
            field=models.ForeignKey(
                blank=True,
                help_text="Where requests are served. Empty: all regions.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.region",
                verbose_name="region",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="rule",
            field=models.JSONField(blank=True, default=dict, verbose_name="rule"),
        ),
        migrations.AddField(
            model_name="withdrawal",
            name="superseded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.servicechange",
                verbose_name="corrected by",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "sending", "retrying"])),
                fields=["expansion"],
                name="notices_delivery_open",
            ),
        ),
        migrations.AddIndex(
            model_name="noticeaccount",
            index=models.Index(fields=["change", "account"], name="notices_told_of"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("notice", "channel", "address"), name="notices_delivery_once_per_address"
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alarms",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="bounce",
            name="attempt",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bounce",
                to="notices.attempt",
                verbose_name="attempt",
            ),
        ),
        migrations.AddField(
            model_name="bounce",
            name="reported_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="reported by",
            ),
        ),
        migrations.AddField(
            model_name="concernedkey",
            name="api_key",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.apikey",
                verbose_name="API key",
            ),
        ),
        migrations.AddField(
            model_name="concernedkey",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="concerned_keys",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="servicechange",
            name="api_keys",
            field=models.ManyToManyField(
                through="notices.ConcernedKey", to="accounts.apikey", verbose_name="API keys"
            ),
        ),
        migrations.AddConstraint(
            model_name="servicechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience", "rule"), ("rule", {}), _connector="XOR"),
                name="notices_servicechange_rule_iff_by_rule",
            ),
        ),
        migrations.AddField(
            model_name="deliverycount",
            name="expansion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counts",
                to="notices.expansion",
                verbose_name="expansion",
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exemptions",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="exemption",
            name="exempted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="left out by",
            ),
        ),
        migrations.AddField(
            model_name="expansionbatch",
            name="expansion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batches",
                to="notices.expansion",
                verbose_name="expansion",
            ),
        ),
        migrations.AddField(
            model_name="expansioncompletion",
            name="expansion",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="completion",
                to="notices.expansion",
                verbose_name="expansion",
            ),
        ),
        migrations.AddField(
            model_name="failure",
            name="delivery",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="failure",
                to="notices.delivery",
                verbose_name="delivery",
            ),
        ),
        migrations.AddField(
            model_name="gateatrisk",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="gateatrisk",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="at_risk",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="postponedaccount",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="postponement",
            name="accounts",
            field=models.ManyToManyField(
                through="notices.PostponedAccount", to="accounts.account", verbose_name="accounts"
            ),
        ),
        migrations.AddField(
            model_name="postponement",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postponements",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddField(
            model_name="postponement",
            name="postponed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="postponed by",
            ),
        ),
        migrations.AddField(
            model_name="postponedaccount",
            name="postponement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postponed",
                to="notices.postponement",
                verbose_name="postponement",
            ),
        ),
        migrations.AddField(
            model_name="expansion",
            name="postponement",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.postponement",
                verbose_name="postponement",
            ),
        ),
        migrations.AddField(
            model_name="selection",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="selections",
                to="notices.servicechange",
                verbose_name="change",
            ),
        ),
        migrations.AddConstraint(
            model_name="concernedkey",
            constraint=models.UniqueConstraint(
                fields=("change", "api_key"), name="notices_concernedkey_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="deliverycount",
            constraint=models.UniqueConstraint(
                fields=("expansion", "channel", "state", "shard"), name="notices_deliverycount_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.UniqueConstraint(
                fields=("change", "account"), name="notices_exemption_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cause", "audience"), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="notices_exemption_by_staff_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="expansionbatch",
            constraint=models.UniqueConstraint(
                fields=("expansion", "number"), name="notices_expansionbatch_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="gateatrisk",
            constraint=models.UniqueConstraint(
                fields=("change", "account"), name="notices_gateatrisk_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="postponedaccount",
            constraint=models.UniqueConstraint(
                fields=("account", "postponement"), name="notices_postponedaccount_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.UniqueConstraint(
                fields=("change", "round", "upto_account"), name="notices_selection_once"
            ),
        ),
    ]
