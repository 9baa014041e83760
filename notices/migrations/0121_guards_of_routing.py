"""What is decided about providers and addresses is final, a suppressed address counts as
failed, and whether an SMS only says “log in to read” is part of what is approved."""

import importlib

from django.db import migrations

from common.sql import append_only

rounds = importlib.import_module("notices.migrations.0010_guards_of_rounds")
receipts = importlib.import_module("notices.migrations.0102_guards_of_receipts")

EVIDENCE = [
    "notices_killswitch",
    "notices_killswitchlifting",
    "notices_providershift",
    "notices_routingalarm",
    "notices_suppression",
    "notices_suppressionlifting",
]

OLD_FAILURE = receipts.NEW_FAILURE
# Nothing has to have been tried where trying is what was given up.
FAILURE = OLD_FAILURE.replace(
    "            WHEN 'bounced' THEN bounced > 0 END) THEN",
    """            WHEN 'bounced' THEN bounced > 0
            WHEN 'suppressed' THEN EXISTS (
                SELECT FROM notices_delivery delivery
                JOIN notices_suppression suppression
                    ON suppression.address = delivery.address
                   AND suppression.channel = delivery.channel
                WHERE delivery.id = NEW.delivery_id AND NOT EXISTS (
                    SELECT FROM notices_suppressionlifting lifting
                    WHERE lifting.suppression_id = suppression.id)) END) THEN""",
)

OLD_DIGEST = rounds.DIGEST
# Only where it is chosen, so that what was proposed before has the digest it had.
DIGEST = OLD_DIGEST.replace(
    "    )::text, 'UTF8')), 'hex')\n    FROM notices_servicechange",
    "    ) || CASE WHEN change.generic_sms THEN jsonb_build_object('generic_sms', true)\n"
    "         ELSE '{}' END)::text, 'UTF8')), 'hex')\n    FROM notices_servicechange",
).replace(
    "convert_to(jsonb_build_object(\n        'change',",
    "convert_to((jsonb_build_object(\n        'change',",
)

OLD_CHANGE = rounds.CHANGE_GUARD
CHANGE = OLD_CHANGE.replace(
    "NEW.audience, NEW.rule,", "NEW.generic_sms, NEW.audience, NEW.rule,"
).replace("OLD.audience, OLD.rule,", "OLD.generic_sms, OLD.audience, OLD.rule,")

assert FAILURE != OLD_FAILURE
assert DIGEST.count("generic_sms") == 2
assert CHANGE.count("generic_sms") == 2


class Migration(migrations.Migration):
    dependencies = [("notices", "0120_providers_and_suppressions")]

    operations = [
        *[append_only(table) for table in EVIDENCE],
        migrations.RunSQL(
            "GRANT UPDATE (held_by) ON notices_delivery TO apiqik_app;",
            "REVOKE UPDATE (held_by) ON notices_delivery FROM apiqik_app;",
        ),
        migrations.RunSQL(FAILURE, OLD_FAILURE),
        migrations.RunSQL(DIGEST, OLD_DIGEST),
        migrations.RunSQL(CHANGE, OLD_CHANGE),
    ]
