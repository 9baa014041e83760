"""Whoever sends files to a case cannot use up the room of the others; who answers and looks may.

Bounds of `compliance.evidence`, for each source. A grant is answered by somebody who may give
such, and a file is seen by somebody who may read evidence, in the database as well.
"""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
{declared}
BEGIN
{body}
    RETURN NEW;
END
$$;
"""

COUNTED = "    files integer;\n    taken bigint;"
BOUNDED = """
    PERFORM 1 FROM compliance_case WHERE id = NEW.case_id FOR UPDATE;
    SELECT count(*), coalesce(sum(size), 0) INTO files, taken
        FROM compliance_evidence WHERE case_id = NEW.case_id AND source = NEW.source;
    SELECT bounds.files, bounds.megabytes INTO most_files, most_megabytes FROM (VALUES
        ('reporter', 60, 240), ('customer', 40, 200), ('staff', 40, 200), ('platform', 20, 100)
    ) AS bounds (source, files, megabytes) WHERE bounds.source = NEW.source;
    IF most_files IS NULL OR files >= most_files
       OR taken + NEW.size > most_megabytes * 1048576::bigint THEN
        RAISE EXCEPTION 'a case holds no more files from there: %', NEW.source
            USING ERRCODE = 'check_violation';
    END IF;"""
BOUNDED_BEFORE = """
    PERFORM 1 FROM compliance_case WHERE id = NEW.case_id FOR UPDATE;
    SELECT count(*), coalesce(sum(size), 0) INTO files, taken
        FROM compliance_evidence WHERE case_id = NEW.case_id;
    IF files >= 20 OR taken + NEW.size > 104857600 THEN
        RAISE EXCEPTION 'a case holds 20 files and 100 MB at most'
            USING ERRCODE = 'check_violation';
    END IF;"""
WITH_LEAVE = """
    IF NEW.interaction_grant_id IS NOT NULL
       AND NOT compliance_leave_holds(NEW.interaction_grant_id, NEW.case_id) THEN
        RAISE EXCEPTION 'the customer has given no leave for this case that is in force'
            USING ERRCODE = 'check_violation';
    END IF;"""

ASKED = "    asked compliance_evidencegrantrequest;"
MAY_ANSWER = """
    IF NOT compliance_may(NEW.answered_by_id, 'grant_evidence') THEN
        RAISE EXCEPTION 'this person may not allow others to see evidence'
            USING ERRCODE = 'check_violation';
    END IF;"""
ANSWERED = """
    SELECT * INTO asked FROM compliance_evidencegrantrequest WHERE id = NEW.request_id;
    IF asked.requested_by_id = NEW.answered_by_id THEN
        RAISE EXCEPTION 'nobody allows themselves to see a file'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.ends_at > common_now() + make_interval(hours => asked.hours) THEN
        RAISE EXCEPTION 'a grant lasts for the hours asked for, at most'
            USING ERRCODE = 'check_violation';
    END IF;"""

SEEN = "    seen compliance_evidence;"
MAY_LOOK = """
    IF NOT compliance_may(NEW.viewer_id, 'read_evidence') OR (
        EXISTS (SELECT FROM compliance_case matter JOIN compliance_evidence file
                ON file.case_id = matter.id WHERE file.id = NEW.evidence_id AND matter.confidential)
        AND NOT compliance_may(NEW.viewer_id, 'see_confidential_case')) THEN
        RAISE EXCEPTION 'this person may not see that evidence' USING ERRCODE = 'check_violation';
    END IF;"""
LOOKED = """
    SELECT * INTO seen FROM compliance_evidence WHERE id = NEW.evidence_id;
    IF (seen.sensitivity IN ('identity', 'minor') OR NEW.grant_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM compliance_evidencegrant given
        JOIN compliance_evidencegrantrequest asked ON asked.id = given.request_id
        WHERE given.id = NEW.grant_id AND given.allowed AND given.ends_at > common_now()
          AND asked.evidence_id = NEW.evidence_id AND asked.requested_by_id = NEW.viewer_id
    ) THEN
        RAISE EXCEPTION 'a sensitive file is seen by a live grant of that person'
            USING ERRCODE = 'check_violation';
    END IF;
    IF seen.interaction_grant_id IS NOT NULL
       AND NOT compliance_leave_holds(seen.interaction_grant_id, seen.case_id) THEN
        RAISE EXCEPTION 'the leave of the customer to look at this has ended'
            USING ERRCODE = 'check_violation';
    END IF;"""


def function(name: str, declared: str, *body: str) -> str:
    return FUNCTION.format(name=name, declared=declared, body="".join(body).strip("\n"))


FILES = "compliance_guard_evidence"
ANSWERS = "compliance_guard_evidence_grant"
LOOKS = "compliance_guard_view"
MORE_COUNTED = f"{COUNTED}\n    most_files integer;\n    most_megabytes integer;"


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0050_files_of_answers"),
    ]

    operations = [
        migrations.RunSQL(
            function(FILES, MORE_COUNTED, BOUNDED, WITH_LEAVE),
            function(FILES, COUNTED, BOUNDED_BEFORE, WITH_LEAVE),
        ),
        migrations.RunSQL(
            function(ANSWERS, ASKED, MAY_ANSWER, ANSWERED), function(ANSWERS, ASKED, ANSWERED)
        ),
        migrations.RunSQL(function(LOOKS, SEEN, MAY_LOOK, LOOKED), function(LOOKS, SEEN, LOOKED)),
    ]
