"""Seals of evidence: blocks, commitments to personal fields, verifications.

Blocks are one chain: the database takes only the next one, which begins where the last
block of its table ends and names the hash of the one before.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

import common.clock
from common.sql import append_only

STAMP = """
CREATE FUNCTION common_stamp_transaction() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.recorded_at := public.common_now();
    NEW.transaction := pg_current_xact_id();
    RETURN NEW;
END
$$;
"""
STAMP_REVERSE = "DROP FUNCTION common_stamp_transaction();"

CHAIN = """
CREATE FUNCTION common_check_block() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    last common_sealblock;
    of_table common_sealblock;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('common_sealblock'));
    SELECT * INTO last FROM common_sealblock ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
       OR NEW.previous_hash <> coalesce(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'block % does not follow block %', NEW.number, last.number
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO of_table FROM common_sealblock WHERE "table" = NEW."table"
        ORDER BY number DESC LIMIT 1;
    IF (NEW.after_transaction, NEW.after_id)
       IS DISTINCT FROM (coalesce(of_table.upto_transaction, 0), coalesce(of_table.upto_id, 0))
       OR (NEW.upto_transaction, NEW.upto_id) <= (NEW.after_transaction, NEW.after_id)
       OR 8 * NEW.rows <> length(NEW.row_ids) OR 32 * NEW.rows <> length(NEW.leaves) THEN
        RAISE EXCEPTION 'block % does not begin where the last one of its table ends', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- Hashes are not worth an attempt at compression.
ALTER TABLE common_sealblock ALTER COLUMN leaves SET STORAGE EXTERNAL,
    ALTER COLUMN marks SET STORAGE EXTERNAL;
CREATE TRIGGER common_sealblock_follows BEFORE INSERT ON common_sealblock
    FOR EACH ROW EXECUTE FUNCTION common_check_block();
"""
CHAIN_REVERSE = """
DROP TRIGGER common_sealblock_follows ON common_sealblock;
DROP FUNCTION common_check_block();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0001_clock_and_liveness"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealVerification",
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
                ("since", models.BigIntegerField(verbose_name="from block")),
                ("upto", models.BigIntegerField(verbose_name="to block")),
                ("rows", models.BigIntegerField(verbose_name="rows")),
                (
                    "damaged",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        size=None,
                        verbose_name="damaged blocks",
                    ),
                ),
                ("findings", models.JSONField(verbose_name="findings")),
            ],
            options={
                "verbose_name": "verification of seals",
                "verbose_name_plural": "verifications of seals",
            },
        ),
        migrations.CreateModel(
            name="SealBlock",
            fields=[
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=common.clock.Now(), editable=False, verbose_name="recorded at"
                    ),
                ),
                (
                    "number",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("table", models.CharField(max_length=80, verbose_name="table")),
                ("form", models.JSONField(verbose_name="form of its rows")),
                ("after_transaction", models.BigIntegerField(verbose_name="after transaction")),
                ("after_id", models.BigIntegerField(verbose_name="after row")),
                ("upto_transaction", models.BigIntegerField(verbose_name="up to transaction")),
                ("upto_id", models.BigIntegerField(verbose_name="up to row")),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("row_ids", models.BinaryField(verbose_name="identifiers of the rows")),
                ("leaves", models.BinaryField(verbose_name="hashes of the rows")),
                ("marks", models.BinaryField(verbose_name="marks of the columns")),
                ("root", models.CharField(max_length=64, verbose_name="Merkle root")),
                (
                    "previous_hash",
                    models.CharField(max_length=64, verbose_name="hash of the block before"),
                ),
                ("hash", models.CharField(max_length=64, unique=True, verbose_name="hash")),
                ("key_id", models.CharField(max_length=40, verbose_name="key")),
                ("signature", models.CharField(max_length=128, verbose_name="signature")),
                ("sealed_at", models.DateTimeField(verbose_name="sealed at")),
            ],
            options={
                "verbose_name": "sealed block",
                "verbose_name_plural": "sealed blocks",
                "indexes": [
                    models.Index(fields=["table", "number"], name="common_sealblock_of_table")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number__gt", 0), ("rows__gt", 0)),
                        name="common_sealblock_has_rows",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SealCommitment",
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
                ("table", models.CharField(max_length=80, verbose_name="table")),
                ("row_id", models.BigIntegerField(verbose_name="row")),
                ("salt", models.UUIDField(null=True, verbose_name="salt")),
                (
                    "hashes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        size=None,
                        verbose_name="salted hashes",
                    ),
                ),
            ],
            options={
                "verbose_name": "commitment to personal fields",
                "verbose_name_plural": "commitments to personal fields",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("table", "row_id"), name="common_sealcommitment_once"
                    )
                ],
            },
        ),
        append_only("common_sealblock"),
        append_only("common_sealcommitment"),
        append_only("common_sealverification"),
        migrations.RunSQL(STAMP, STAMP_REVERSE),
        migrations.RunSQL(CHAIN, CHAIN_REVERSE),
    ]
