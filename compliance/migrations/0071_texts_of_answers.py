"""What customers answer gets a table of its own, where it is encrypted and changes its key."""

import django.db.models.deletion
from django.db import migrations, models

from common.sql import never_deleted

GUARD = """
ALTER TABLE compliance_inquiryanswertext ADD CONSTRAINT compliance_inquiryanswertext_names_its_key
    CHECK (key_id <> '' AND substring(ciphertext FROM 1 FOR octet_length(key_id) + 1)
           = convert_to(key_id || E'\\n', 'UTF8'));
CREATE FUNCTION compliance_guard_answer_text() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (NEW.id, NEW.answer_id, NEW.sha256) IS DISTINCT FROM (OLD.id, OLD.answer_id, OLD.sha256)
    THEN
        RAISE EXCEPTION 'of the text of an answer the key changes, and nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_inquiryanswertext_is_guarded
    BEFORE UPDATE ON compliance_inquiryanswertext
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_answer_text();
"""
GUARD_REVERSE = """
DROP TRIGGER compliance_inquiryanswertext_is_guarded ON compliance_inquiryanswertext;
DROP FUNCTION compliance_guard_answer_text();
ALTER TABLE compliance_inquiryanswertext
    DROP CONSTRAINT compliance_inquiryanswertext_names_its_key;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0070_ends_of_evidence_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="InquiryAnswerText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("key_id", models.CharField(db_index=True, max_length=40, verbose_name="key")),
                ("ciphertext", models.BinaryField(verbose_name="content")),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="compliance.inquiryanswer",
                        verbose_name="answer",
                    ),
                ),
            ],
            options={
                "verbose_name": "text of an answer",
                "verbose_name_plural": "texts of answers",
            },
        ),
        never_deleted("compliance_inquiryanswertext"),
        migrations.RunSQL(GUARD, GUARD_REVERSE),
    ]
