"""Reports whose reporter was told nothing yet are kept by triggers."""

from django.db import migrations

from common.sql import APP_ROLE

UNTOLD = f"""
CREATE FUNCTION compliance_keep_untold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'compliance_report' THEN
        INSERT INTO compliance_untoldreport (report_id) VALUES (NEW.id);
    ELSE
        DELETE FROM compliance_untoldreport WHERE report_id = NEW.report_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER compliance_report_is_untold AFTER INSERT ON compliance_report
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_untold();
CREATE TRIGGER compliance_reportoutcome_is_told AFTER INSERT ON compliance_reportoutcome
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_untold();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON compliance_untoldreport FROM {APP_ROLE};
INSERT INTO compliance_untoldreport (report_id)
    SELECT id FROM compliance_report report
    WHERE NOT EXISTS (SELECT FROM compliance_reportoutcome WHERE report_id = report.id);
"""
UNTOLD_REVERSE = f"""
GRANT INSERT, UPDATE, DELETE ON compliance_untoldreport TO {APP_ROLE};
DROP TRIGGER compliance_report_is_untold ON compliance_report;
DROP TRIGGER compliance_reportoutcome_is_told ON compliance_reportoutcome;
DROP FUNCTION compliance_keep_untold();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0020_reports"),
    ]

    operations = [migrations.RunSQL(UNTOLD, UNTOLD_REVERSE)]
