"""What a charge does less: eight foreign keys asked one by one, entries counted twice, three clocks.

Keys, services, models, regions and clients of the API stay, as people do who post by hand: so a
charge and a journal need no foreign keys on them, which would also lock rows that all charges of a
service share. That they exist is asked once for all rows of a statement, and only of rows that
name one; of requests and reversed journals it always was, by `billing_check_decided`.

Entries are counted by the trigger of journals. Their own is for whoever appends to a journal of
before, which the owner's functions do not; the owner by hand and the app role still meet it. The
moment is looked up where it is compared, without calling a function (docs/decisions/0011).
"""

from importlib import import_module

from django.conf import settings
from django.db import migrations

from common.sql import OWNER_ROLE

_named = import_module("billing.migrations.0019_named_rows_stay")
_before = import_module("billing.migrations.0027_asked_of_the_set")

# As common_now() has it.
MOMENT = """(SELECT statement_timestamp() + coalesce(
        (SELECT shift FROM common_clockoffset WHERE id = 1), interval '0'))"""

ONE = _before.changed(
    _before.ONE,
    ("    at := common_now();\n", ""),
    (
        "    SELECT known.id AS charge,",
        "    SELECT this.moment, known.id AS charge,",
    ),
    ("WHERE in_force_from <= at\n", "WHERE in_force_from <= this.moment\n"),
    ("FROM (VALUES (1)) alone\n", f"FROM (SELECT {MOMENT} AS moment) this\n"),
    (
        "          AND (expires_at IS NULL OR expires_at > at)\n"
        f"        ORDER BY {_before._charging.IN_ORDER} LIMIT 1) first ON true;\n",
        "          AND (expires_at IS NULL OR expires_at > this.moment)\n"
        f"        ORDER BY {_before._charging.IN_ORDER} LIMIT 1) first ON true;\n"
        "    at := there.moment;\n",
    ),
)

JOURNALS = _before.changed(
    _before.JOURNALS,
    ("    began timestamptz := common_now();\n", ""),
    ("journal.recorded_at >= began", "journal.recorded_at >= this.began"),
    ("clock_timestamp() + (began - ", "clock_timestamp() + (this.began - "),
    (
        "    FROM written journal\n    LEFT JOIN billing_charge charge",
        f"    FROM (SELECT {MOMENT} AS began) this\n    CROSS JOIN written journal\n"
        "    LEFT JOIN billing_charge charge",
    ),
    (
        """        PERFORM billing_check_decided(journal.id) FROM written journal""",
        """        IF EXISTS (
            SELECT FROM written journal WHERE journal.actor_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM accounts_user person WHERE person.id = journal.actor_id)) THEN
            RAISE EXCEPTION 'a journal is of a person who does not exist'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        PERFORM billing_check_decided(journal.id) FROM written journal""",
    ),
)

# By column of a charge: the table whose rows it names.
NAMED = {
    "api_key": "accounts_apikey",
    "service": "accounts_service",
    "model": "accounts_inferencemodel",
    "region": "accounts_region",
    "client": "accounts_serviceclient",
}
ALL = ", ".join(f"charge.{name}_id" for name in NAMED)
MISSING = "\n               OR ".join(
    f"({name}_id IS NOT NULL AND NOT EXISTS (SELECT FROM {table} WHERE id = {name}_id))"
    for name, table in NAMED.items()
)
CHARGES = _before.changed(
    _before.CHARGES,
    ("charge.recorded_at = (SELECT common_now())", f"charge.recorded_at = {MOMENT}"),
    (
        "            sum(has.paid) AS paid,",
        f"            bool_or(num_nonnulls({ALL}) > 0) AS names,\n            sum(has.paid) AS paid,",
    ),
    ("wallet.alert_below, moved.good,", "wallet.alert_below, moved.good, moved.names,"),
    (
        "    SELECT count(*) FILTER (WHERE good) AS good,",
        "    SELECT bool_or(names) AS names, count(*) FILTER (WHERE good) AS good,",
    ),
    (
        "    IF seen.drifting IS NOT NULL THEN",
        f"""    IF seen.names AND EXISTS (
        SELECT FROM (SELECT DISTINCT {ALL} FROM written charge) named
        WHERE {MISSING}) THEN
        RAISE EXCEPTION 'a charge names a key, service, model, region or client that is unknown'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF seen.drifting IS NOT NULL THEN""",
    ),
)

APPENDED = """
DROP TRIGGER billing_entry_moves_money ON billing_entry;
CREATE TRIGGER {name} AFTER INSERT ON billing_entry
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT {when} EXECUTE FUNCTION billing_check_entries();
"""
WITHIN_FUNCTIONS = f"current_user = '{OWNER_ROLE}' AND session_user <> '{OWNER_ROLE}'"


def stays(table: str, *columns: str) -> migrations.RunSQL:
    """No row of `table` is deleted, and none changes those `columns`, where nobody refuses
    that yet."""
    names = [f"{table}_is_named_by_money", f"{table}_is_not_emptied"]
    events = ["BEFORE DELETE", "BEFORE TRUNCATE"]
    each = ["FOR EACH ROW", "FOR EACH STATEMENT"]
    if columns:
        changed = " OR ".join(f"NEW.{one} IS DISTINCT FROM OLD.{one}" for one in columns)
        names.append(f"{table}_keeps_its_number")
        events.append(f"AFTER UPDATE OF {', '.join(columns)}")
        each.append(f"FOR EACH ROW WHEN ({changed})")
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER {name} {event} ON {table} {rows} EXECUTE FUNCTION billing_stays();"
            for name, event, rows in zip(names, events, each, strict=True)
        ],
        [f"DROP TRIGGER {name} ON {table};" for name in names],
    )


OPTIONAL = {"null": True, "blank": True}
OF_CHARGE = {**OPTIONAL, "related_name": "+", "db_index": False}


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0027_asked_of_the_set"),
        ("accounts", "0024_terms_for_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *[stays(table) for table in ("accounts_user", "accounts_apikey", "accounts_service")],
        stays("accounts_serviceclient"),
        stays("accounts_inferencemodel", "id"),
        stays("accounts_region", "id"),
        # Functions first: at no time is existence asked by neither.
        migrations.RunSQL(JOURNALS, _before.JOURNALS),
        migrations.RunSQL(CHARGES, _before.CHARGES),
        migrations.RunSQL(ONE, _before.ONE),
        migrations.RunSQL(
            APPENDED.format(
                name="billing_entry_moves_money", when=f"WHEN (NOT ({WITHIN_FUNCTIONS}))"
            ),
            APPENDED.format(name="billing_entry_moves_money", when=""),
        ),
        *[
            _named.checked_at_once(
                "charge",
                name,
                f"{table} (id)",
                digest,
                {"to": f"accounts.{table.split('_')[1]}", "verbose_name": called, **OF_CHARGE},
            )
            for (name, table), digest, called in zip(
                NAMED.items(),
                (
                    "2ef07048_fk_accounts_apikey_id",
                    "767292bc_fk_accounts_service_id",
                    "c6cf01fb_fk_accounts_inferencemodel_id",
                    "1ff51994_fk_accounts_region_id",
                    "c366508e_fk_accounts_serviceclient_id",
                ),
                ("key", "service", "model", "region", "reported by"),
                strict=True,
            )
        ],
        _named.checked_at_once(
            "journal",
            "reverses",
            "billing_journal (id)",
            "89d6123b_fk_billing_journal_id",
            {
                "to": "billing.journal",
                "verbose_name": "reverses",
                "related_name": "reversed_by",
                "once": True,
                **OPTIONAL,
            },
        ),
        _named.checked_at_once(
            "journal",
            "request",
            "billing_postingrequest (id)",
            "bc68fcae_fk_billing_p",
            {
                "to": "billing.postingrequest",
                "verbose_name": "approved request",
                "related_name": "journal",
                "once": True,
                **OPTIONAL,
            },
        ),
        _named.checked_at_once(
            "journal",
            "actor",
            "accounts_user (id)",
            "6878c105_fk_accounts_user_id",
            {"to": settings.AUTH_USER_MODEL, "verbose_name": "done by", **OF_CHARGE},
        ),
    ]
