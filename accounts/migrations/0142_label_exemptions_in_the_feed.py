"""Label exemptions reach gateways as entries of the feed: granted, with their end, or gone.

The function that gives numbers is the one from before with one more kind of thing in it.
"""

from importlib import import_module

from django.db import migrations

_guards = import_module("accounts.migrations.0101_enforcement_feed_guards")
_watched = import_module("accounts.migrations.0102_enforcement_is_watched")

# The implicit label is no part of it: there is nothing to say of what is never off.
EXEMPTION = f"""
    SELECT 'exemption-' || exemption.id AS id, 'exemption' AS type, false AS gone,
           account.public_id AS account, service.slug AS service,
           {_guards._moment("exemption.recorded_at")} AS since,
           {_guards._moment("exemption.ends_at")} AS until, exemption.public_id AS reference
    FROM accounts_labelexemption exemption
    JOIN accounts_account account ON account.id = exemption.account_id
    LEFT JOIN accounts_service service ON service.id = exemption.service_id
    WHERE exemption.id = taken.id
      AND NOT EXISTS (
        SELECT FROM accounts_labelexemptionend ended WHERE ended.exemption_id = exemption.id)
      -- Readers judge by their clocks when it ends; a day later none needs it any more.
      AND exemption.ends_at > moment - interval '1 day'
"""
ONE_MORE_KIND = f"""
        UNION ALL
        SELECT taken.first, taken.kind, taken.subject, exempt.ends_at,
               CASE WHEN line.id IS NOT NULL THEN row_to_json(line) END
        FROM (SELECT *, subject::bigint AS id FROM taken WHERE kind = 'exemption') taken
        LEFT JOIN LATERAL ({EXEMPTION}) line ON true
        LEFT JOIN accounts_labelexemption exempt ON exempt.id = taken.id
    ), now_so AS ("""


def with_exemptions(function: str) -> str:
    """The function that gives numbers, with exemptions among what it knows."""
    for before, after in (
        ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        ("\n    ), now_so AS (", ONE_MORE_KIND),
        ("CASE kind WHEN 'key' THEN 'key' ELSE 'rule' END",
         "CASE WHEN kind IN ('key', 'exemption') THEN kind ELSE 'rule' END"),
    ):  # fmt: skip
        assert function.count(before) == 1, before
        function = function.replace(before, after)
    return function


BEFORE = (
    _guards.NUMBER.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    + "DELETE FROM accounts_enforcementstate WHERE id LIKE 'exemption-%';"
)
FED = (
    ("accounts_labelexemption", "INSERT", "exemption", "id", ()),
    ("accounts_labelexemptionend", "INSERT", "exemption", "exemption_id", ()),
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0141_guards_of_label_exemptions")]

    operations = [
        migrations.RunSQL(with_exemptions(_guards.NUMBER), BEFORE),
        *(migrations.RunSQL(_watched._watch(*each), _watched._unwatch(*each[:2])) for each in FED),
    ]
