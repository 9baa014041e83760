"""An account that was closed feels no change: it is in no audience that a rule selects, and
left out of one that selected it before."""

from django.db import migrations

_AUDIENCE = """
CREATE OR REPLACE VIEW notices_audience AS
SELECT change.id AS change_id, account.id AS account_id
FROM notices_servicechange change
JOIN accounts_account account ON {open}(change.audience = 'everyone' OR (
    change.audience = 'rule'
    AND (NOT change.rule ? 'regions' OR change.rule->'regions' @> to_jsonb(account.region_id))
    AND (NOT change.rule ? 'kinds' OR change.rule->'kinds' ? account.kind)
    AND (NOT change.rule ? 'opened_since'
         OR account.created_at >= (change.rule->>'opened_since')::timestamptz)
    AND (NOT change.rule ? 'opened_before'
         OR account.created_at < (change.rule->>'opened_before')::timestamptz)
    AND (NOT change.rule ? 'languages' OR EXISTS (
        SELECT FROM accounts_membership membership
        JOIN accounts_user person ON person.id = membership.user_id
        WHERE membership.account_id = account.id
          AND membership.role IN ('owner', 'admin')
          AND person.is_active
          AND change.rule->'languages' ? person.language))
    AND (NOT change.rule ? 'services' OR EXISTS (
        SELECT FROM accounts_serviceuse used
        WHERE used.account_id = account.id
          AND change.rule->'services' @> to_jsonb(used.service_id)
          AND (NOT change.rule ? 'used_since'
               OR used.last_used_at >= (change.rule->>'used_since')::timestamptz)))
));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0030_unread_marks"),
        ("accounts", "0060_leaving"),
    ]

    operations = [
        migrations.RunSQL(
            _AUDIENCE.format(open="account.closed_at IS NULL AND "), _AUDIENCE.format(open="")
        ),
    ]
