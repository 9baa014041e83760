"""Reports say who filed them, where a thing can be seen and what the platform found."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_reports_scope"),
        ("compliance", "0011_first_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UntoldReport",
            fields=[
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="untold",
                        serialize=False,
                        to="compliance.report",
                        verbose_name="report",
                    ),
                ),
            ],
            options={
                "verbose_name": "report without an answer",
                "verbose_name_plural": "reports without an answer",
            },
        ),
        migrations.AlterModelOptions(
            name="report",
            options={
                "permissions": [
                    ("read_report_contact", "Can read who reported"),
                    ("tell_reporter", "Can tell reporters what came of it"),
                ],
                "verbose_name": "report",
                "verbose_name_plural": "reports",
            },
        ),
        migrations.AddField(
            model_name="report",
            name="filed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="filed by",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="location",
            field=models.TextField(
                blank=True, max_length=2000, verbose_name="where it can be seen"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="medium",
            field=models.CharField(
                blank=True,
                choices=[
                    ("phone", "phone call"),
                    ("letter", "paper letter"),
                    ("email", "e-mail"),
                    ("in_person", "in person"),
                ],
                max_length=10,
                verbose_name="reached us by",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="signals",
            field=models.JSONField(default=list, verbose_name="what the platform found"),
        ),
        migrations.AlterField(
            model_name="caselink",
            name="linked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="linked by",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["channel", "-id"], name="compliance_report_by_channel"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["kind", "-id"], name="compliance_report_by_kind"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "staff"), ("filed_by__isnull", False)),
                    models.Q(
                        models.Q(("channel", "staff"), _negated=True),
                        ("filed_by", None),
                        ("medium", ""),
                    ),
                    _connector="OR",
                ),
                name="compliance_report_by_staff_says_who",
            ),
        ),
    ]
