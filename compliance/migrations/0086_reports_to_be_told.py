"""Of reports without an answer, those whose case is decided or closed are marked: somebody has
to tell the reporter now. Found by their mark, they cost the same however many others wait.
"""

from django.db import migrations, models

KEEP = """
CREATE OR REPLACE FUNCTION compliance_keep_untold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'compliance_report' THEN
        {insert}
    ELSE
        DELETE FROM compliance_untoldreport WHERE report_id = NEW.report_id;
    END IF;
    RETURN NULL;
END
$$;
"""
BEFORE = KEEP.format(insert="INSERT INTO compliance_untoldreport (report_id) VALUES (NEW.id);")
# Whoever decides the case at the same moment is waited for, or waits for us.
MARKED = KEEP.format(
    insert="""INSERT INTO compliance_untoldreport (report_id, due)
            SELECT NEW.id, about.state IN ('decided', 'closed')
            FROM compliance_case about WHERE about.id = NEW.case_id FOR SHARE;"""
)

FOLLOW = """
CREATE FUNCTION compliance_keep_due() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE compliance_untoldreport untold SET due = NEW.state IN ('decided', 'closed')
    FROM compliance_report report
    WHERE report.id = untold.report_id AND report.case_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER compliance_case_makes_reports_due AFTER UPDATE ON compliance_case
    FOR EACH ROW WHEN ((OLD.state IN ('decided', 'closed')) <> (NEW.state IN ('decided', 'closed')))
    EXECUTE FUNCTION compliance_keep_due();
UPDATE compliance_untoldreport untold SET due = true
FROM compliance_report report JOIN compliance_case about ON about.id = report.case_id
WHERE report.id = untold.report_id AND about.state IN ('decided', 'closed');
"""
FOLLOW_REVERSE = """
DROP TRIGGER compliance_case_makes_reports_due ON compliance_case;
DROP FUNCTION compliance_keep_due();
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0085_files_are_sealed")]

    operations = [
        migrations.AddField(
            model_name="untoldreport",
            name="due",
            field=models.BooleanField(db_default=False, default=False, verbose_name="due"),
        ),
        migrations.RunSQL(MARKED, BEFORE),
        migrations.RunSQL(FOLLOW, FOLLOW_REVERSE),
    ]
