"""A decision that takes the place of another may say that the one before is lifted at once; it
is approved with that, so its hash covers it. The hash of those that do not say it is as before.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

BEFORE = """
CREATE OR REPLACE FUNCTION compliance_decision_digest(decided compliance_decision) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to((jsonb_build_object(
        'decision', decided.public_id, 'case', decided.case_id, 'account', decided.account_id,
        'policy_version', decided.policy_version_id,
        'clauses', jsonb_build_array(decided.clause_id, decided.clause_at_conduct_id),
        'facts', jsonb_build_array(decided.facts_zh_hans, decided.facts_en),
        'reasons', jsonb_build_array(decided.reasons_zh_hans, decided.reasons_en),
        'action', decided.action,
        'scope', jsonb_build_array(decided.service_id, decided.model_id, decided.region_id,
                                   decided.api_key_ids),
        'limits', decided.limits, 'order', decided."order", 'amount', decided.amount,
        'days', decided.days,
        'at_once', decided.at_once, 'grounds', decided.grounds,
        'strike_points', decided.strike_points, 'supersedes', decided.supersedes_id,
        'proposed_by', decided.proposed_by_id, 'subject', decided.subject_digest
    ))::text, 'UTF8')), 'hex')
$$;
"""
# Nothing is added to what says nothing of it: decisions that wait keep their hash.
WITH_LIFTING = BEFORE.replace(
    "\n    ))::text",
    """
    ) || CASE WHEN decided.lifts_at_once THEN jsonb_build_object('lifts_at_once', true)
         ELSE '{}'::jsonb END)::text""",
)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0082_first_usual_terms")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="lifts_at_once",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="lifts what it supersedes at once"
            ),
        ),
        AddConstraintNotValid(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifts_at_once", False), ("supersedes__isnull", False), _connector="OR"
                ),
                name="compliance_decision_lifts_what_it_supersedes",
            ),
        ),
        migrations.RunSQL(WITH_LIFTING, BEFORE),
    ]
