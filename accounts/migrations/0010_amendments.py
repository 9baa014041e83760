"""Amendments of an agreement (14.3): offered, in force for each account, objected to, used on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only

EVIDENCE = [
    "accounts_offering",
    "accounts_offeringwithdrawal",
    "accounts_versioninforce",
    "accounts_objection",
    "accounts_objectionwithdrawal",
    "accounts_continueduse",
]

# A version binds the account its permit is for (the foreign key), not before that permit
# allows and never backdated; under a change that customers could read it from before; and
# nobody who objects.
IN_FORCE = """
ALTER TABLE accounts_versioninforce ADD CONSTRAINT accounts_versioninforce_of_that_permit
    FOREIGN KEY (permit_id, account_id) REFERENCES accounts_permit (id, account_id);
CREATE FUNCTION accounts_check_versions_in_force() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM begun
        JOIN accounts_permit permit ON permit.id = begun.permit_id
        WHERE begun.since < permit.not_before
           OR begun.since < permit.recorded_at
           OR NOT EXISTS (
               SELECT 1 FROM accounts_offering offering
               WHERE offering.change = permit.change AND offering.version_id = begun.version_id
                 AND NOT EXISTS (
                     SELECT 1 FROM accounts_offeringwithdrawal off
                     WHERE off.offering_id = offering.id))
    ) THEN
        RAISE EXCEPTION 'a version begins before its permit allows, or was never offered'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM begun
        JOIN accounts_objection objection
            ON objection.account_id = begun.account_id AND objection.version_id = begun.version_id
        WHERE NOT EXISTS (
            SELECT 1 FROM accounts_objectionwithdrawal back
            WHERE back.objection_id = objection.id)
    ) THEN
        RAISE EXCEPTION 'a version does not bind an account that objects to it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER accounts_versioninforce_waits_for_its_permit AFTER INSERT ON accounts_versioninforce
    REFERENCING NEW TABLE AS begun
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_versions_in_force();
"""
IN_FORCE_REVERSE = """
DROP TRIGGER accounts_versioninforce_waits_for_its_permit ON accounts_versioninforce;
DROP FUNCTION accounts_check_versions_in_force();
ALTER TABLE accounts_versioninforce DROP CONSTRAINT accounts_versioninforce_of_that_permit;
"""

OBJECTIONS = """
CREATE FUNCTION accounts_check_objection() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM accounts_membership membership
                   WHERE membership.account_id = NEW.account_id
                     AND membership.user_id = NEW.user_id AND membership.role = 'owner')
       OR NOT EXISTS (SELECT 1 FROM accounts_offering offering
                      WHERE offering.version_id = NEW.version_id) THEN
        RAISE EXCEPTION 'an owner objects, to a version that was offered'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_objection_is_an_owners BEFORE INSERT ON accounts_objection
    FOR EACH ROW EXECUTE FUNCTION accounts_check_objection();
CREATE FUNCTION accounts_check_objection_withdrawal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_objection objection
        JOIN accounts_agreementversion refused ON refused.id = objection.version_id
        JOIN accounts_acceptance acceptance ON acceptance.id = NEW.acceptance_id
        JOIN accounts_agreementtext text ON text.id = acceptance.text_id
        JOIN accounts_agreementversion accepted ON accepted.id = text.version_id
        WHERE objection.id = NEW.objection_id
          AND acceptance.account_id = objection.account_id
          AND accepted.document_id = refused.document_id
          AND accepted.number >= refused.number) THEN
        RAISE EXCEPTION 'an objection ends when its account accepts that version or a newer one'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_objection_ends_by_acceptance BEFORE INSERT ON accounts_objectionwithdrawal
    FOR EACH ROW EXECUTE FUNCTION accounts_check_objection_withdrawal();
"""
OBJECTIONS_REVERSE = """
DROP TRIGGER accounts_objection_ends_by_acceptance ON accounts_objectionwithdrawal;
DROP FUNCTION accounts_check_objection_withdrawal();
DROP TRIGGER accounts_objection_is_an_owners ON accounts_objection;
DROP FUNCTION accounts_check_objection();
"""

CONTINUED_USE = """
CREATE FUNCTION accounts_check_continued_use() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM found WHERE found.used_at > common_now() OR NOT EXISTS (
            SELECT 1 FROM accounts_versioninforce begun
            WHERE begun.account_id = found.account_id AND begun.version_id = found.version_id
              AND begun.since <= found.used_at)) THEN
        RAISE EXCEPTION 'continued use is use of a service while the version was in force'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER accounts_continueduse_is_under_a_version AFTER INSERT ON accounts_continueduse
    REFERENCING NEW TABLE AS found
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_check_continued_use();
"""
CONTINUED_USE_REVERSE = """
DROP TRIGGER accounts_continueduse_is_under_a_version ON accounts_continueduse;
DROP FUNCTION accounts_check_continued_use();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_restrictions_checked"),
    ]

    operations = [
        migrations.AlterField(
            model_name="acceptance",
            name="method",
            field=models.CharField(
                choices=[
                    ("page", "on the acceptance page"),
                    ("ahead", "ahead of its date"),
                    ("import", "brought in with the account"),
                ],
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.CreateModel(
            name="Objection",
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
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="reason")),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="IP address")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="accounts.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "objection",
                "verbose_name_plural": "objections",
            },
        ),
        migrations.CreateModel(
            name="ObjectionWithdrawal",
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
                    "acceptance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ended_objections",
                        to="accounts.acceptance",
                        verbose_name="acceptance",
                    ),
                ),
                (
                    "objection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="accounts.objection",
                        verbose_name="objection",
                    ),
                ),
            ],
            options={
                "verbose_name": "objection taken back",
                "verbose_name_plural": "objections taken back",
            },
        ),
        migrations.CreateModel(
            name="Offering",
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
                ("change", models.UUIDField(verbose_name="change")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offerings",
                        to="accounts.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "offering",
                "verbose_name_plural": "offerings",
            },
        ),
        migrations.CreateModel(
            name="OfferingWithdrawal",
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
                    "offering",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="accounts.offering",
                        verbose_name="offering",
                    ),
                ),
            ],
            options={
                "verbose_name": "offering called off",
                "verbose_name_plural": "offerings called off",
            },
        ),
        migrations.CreateModel(
            name="VersionInForce",
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
                ("since", models.DateTimeField(verbose_name="since")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions_in_force",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "permit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.permit",
                        verbose_name="permit",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="in_force_for",
                        to="accounts.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "version in force",
                "verbose_name_plural": "versions in force",
            },
        ),
        migrations.CreateModel(
            name="ContinuedUse",
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
                ("used_at", models.DateTimeField(verbose_name="used at")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continued_uses",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continued_uses",
                        to="accounts.agreementversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "continued use",
                "verbose_name_plural": "continued uses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "version"), name="accounts_continueduse_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(fields=["account", "version"], name="accounts_objection_of"),
        ),
        migrations.AddConstraint(
            model_name="offering",
            constraint=models.UniqueConstraint(
                fields=("change",), name="accounts_offering_once_per_change"
            ),
        ),
        migrations.AddConstraint(
            model_name="versioninforce",
            constraint=models.UniqueConstraint(
                fields=("account", "version"), name="accounts_versioninforce_once"
            ),
        ),
        *[append_only(table) for table in EVIDENCE],
        migrations.RunSQL(IN_FORCE, IN_FORCE_REVERSE),
        migrations.RunSQL(OBJECTIONS, OBJECTIONS_REVERSE),
        migrations.RunSQL(CONTINUED_USE, CONTINUED_USE_REVERSE),
    ]
