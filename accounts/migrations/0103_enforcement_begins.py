"""What gateways go by already is in the feed from its beginning."""

from django.db import migrations

BEGIN = """
INSERT INTO accounts_enforcementchange (kind, subject, written_at)
SELECT 'key', id::text, clock_timestamp() FROM accounts_apikey
UNION ALL SELECT 'restriction', id::text, clock_timestamp() FROM accounts_restriction restriction
    WHERE NOT EXISTS (SELECT FROM accounts_lifting WHERE restriction_id = restriction.id)
UNION ALL SELECT 'platform', id::text, clock_timestamp() FROM accounts_platformrestriction
UNION ALL SELECT 'condition', id::text, clock_timestamp() FROM accounts_condition
    WHERE cleared_at IS NULL
UNION ALL SELECT 'service', id::text, clock_timestamp() FROM accounts_service
    WHERE retired_at IS NOT NULL
UNION ALL SELECT 'model', id::text, clock_timestamp() FROM accounts_inferencemodel
    WHERE retired_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    # After the triggers, so that what changes meanwhile is written down twice and not missed.
    dependencies = [("accounts", "0102_enforcement_is_watched")]

    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
