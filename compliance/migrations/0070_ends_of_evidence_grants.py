"""A supervisor takes a grant to see evidence back; from then on nobody looks by it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.clock
from common.sql import append_only

# A grant and its end, or a look under it, do not pass each other: the end waits for looks
# that were begun, later looks wait for the end and see it.
GRANT_LOCK = 4906070

ENDS = f"""
CREATE FUNCTION compliance_grant_holds(wanted bigint, of_evidence bigint, for_viewer bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({GRANT_LOCK}, hashint8(wanted));
    RETURN EXISTS (
        SELECT FROM compliance_evidencegrant given
        JOIN compliance_evidencegrantrequest asked ON asked.id = given.request_id
        WHERE given.id = wanted AND given.allowed AND given.ends_at > common_now()
          AND asked.evidence_id = of_evidence AND asked.requested_by_id = for_viewer
          AND NOT EXISTS (SELECT FROM compliance_evidencegrantend WHERE grant_id = given.id));
END
$$;
CREATE FUNCTION compliance_guard_evidence_grant_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({GRANT_LOCK}, hashint8(NEW.grant_id));
    IF NOT compliance_may(NEW.ended_by_id, 'grant_evidence') THEN
        RAISE EXCEPTION 'this person may not take back a grant to see evidence'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM compliance_evidencegrant WHERE id = NEW.grant_id AND allowed) THEN
        RAISE EXCEPTION 'what was refused cannot be taken back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER compliance_evidencegrantend_is_guarded BEFORE INSERT ON compliance_evidencegrantend
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_evidence_grant_end();
"""
ENDS_REVERSE = """
DROP TRIGGER compliance_evidencegrantend_is_guarded ON compliance_evidencegrantend;
DROP FUNCTION compliance_guard_evidence_grant_end();
DROP FUNCTION compliance_grant_holds(bigint, bigint, bigint);
"""

GUARD = """
CREATE OR REPLACE FUNCTION compliance_guard_view() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    seen compliance_evidence;
BEGIN
    IF NOT compliance_may(NEW.viewer_id, 'read_evidence') OR (
        EXISTS (SELECT FROM compliance_case matter JOIN compliance_evidence file
                ON file.case_id = matter.id WHERE file.id = NEW.evidence_id AND matter.confidential)
        AND NOT compliance_may(NEW.viewer_id, 'see_confidential_case')) THEN
        RAISE EXCEPTION 'this person may not see that evidence' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO seen FROM compliance_evidence WHERE id = NEW.evidence_id;
    IF (seen.sensitivity IN ('identity', 'minor') OR NEW.grant_id IS NOT NULL)
       AND NOT {granted} THEN
        RAISE EXCEPTION 'a sensitive file is seen by a live grant of that person'
            USING ERRCODE = 'check_violation';
    END IF;
    IF seen.interaction_grant_id IS NOT NULL
       AND NOT compliance_leave_holds(seen.interaction_grant_id, seen.case_id) THEN
        RAISE EXCEPTION 'the leave of the customer to look at this has ended'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
GRANTED = "compliance_grant_holds(NEW.grant_id, NEW.evidence_id, NEW.viewer_id)"
GRANTED_BEFORE = """EXISTS (
        SELECT 1 FROM compliance_evidencegrant given
        JOIN compliance_evidencegrantrequest asked ON asked.id = given.request_id
        WHERE given.id = NEW.grant_id AND given.allowed AND given.ends_at > common_now()
          AND asked.evidence_id = NEW.evidence_id AND asked.requested_by_id = NEW.viewer_id)"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0060_more_is_sealed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceGrantEnd",
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
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                (
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken back by",
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="compliance.evidencegrant",
                        verbose_name="grant",
                    ),
                ),
            ],
            options={
                "verbose_name": "end of a grant to see evidence",
                "verbose_name_plural": "ends of grants to see evidence",
            },
        ),
        append_only("compliance_evidencegrantend"),
        migrations.RunSQL(ENDS, ENDS_REVERSE),
        migrations.RunSQL(GUARD.format(granted=GRANTED), GUARD.format(granted=GRANTED_BEFORE)),
    ]
