"""What a journal, its entries and its charge have to be is asked of the statement's set.

PostgreSQL reads the text of each CHECK anew for every statement: of these nine, for a
charge, a tenth of its time. Their conditions are asked where everything else about the
same rows is, by the triggers of 0018, whose plans a connection keeps, and refused by the
names they had. Wallets and lots keep theirs. Whoever posts through the owner's functions
has locked the close and been asked for the isolation there (docs/decisions/0011).
"""

from importlib import import_module

from django.db import migrations, models

from common.sql import OWNER_ROLE

_charging = import_module("billing.migrations.0017_charging_in_fewer_steps")
_checked = import_module("billing.migrations.0018_checked_at_once")


def changed(sql: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert sql.count(old) == 1, old
        sql = sql.replace(old, new)
    return sql


OF_JOURNALS = """
            AND journal.legs >= 2
            AND (journal.kind IN ('correction', 'release')) = (journal.reverses_id IS NOT NULL)
            AND (journal.kind IN ('correction', 'grant', 'refund', 'return', 'write_off'))
                = (journal.request_id IS NOT NULL)"""
OF_ENTRIES = """
                AND entry.amount <> 0
                AND (entry.account_id IN (2010, 2020, 2030, 2031)) = (entry.wallet_id IS NOT NULL)
                AND (entry.account_id = 2010
                    OR (entry.account_id IN (2020, 2030, 2031)) = (entry.lot_id IS NOT NULL))"""
JOURNALS = changed(
    _checked.JOURNALS,
    (
        "            AND journal.transaction = pg_current_xact_id()",
        f"{OF_JOURNALS[1:]}\n            AND journal.transaction = pg_current_xact_id()",
    ),
    (
        "                AND (entry.wallet_id IS NULL OR entry.wallet_id = journal.account_id)",
        f"{OF_ENTRIES[1:]}\n"
        "                AND (entry.wallet_id IS NULL OR entry.wallet_id = journal.account_id)",
    ),
)
CHARGES = changed(
    _checked.CHARGES,
    (
        "charge.recorded_at = (SELECT common_now()) AND (",
        "charge.recorded_at = (SELECT common_now())"
        " AND charge.exact >= 0\n                AND charge.posted >= 0"
        " AND (charge.posted = 0) = (charge.journal_id IS NULL) AND (",
    ),
)


def refused(constraint: str, of: str, condition: str) -> str:
    """Part of `billing_refuse`: what breaks the condition, by the name of the check it was."""
    return f"""
    IF EXISTS (SELECT FROM {of} AND ({condition}) IS NOT TRUE) THEN
        RAISE EXCEPTION 'it violates check constraint "{constraint}"'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
    END IF;"""


JOURNAL = "billing_journal WHERE id = ANY (written)"
ENTRY = "billing_entry WHERE journal_id = ANY (written)"
REFUSED = "".join(
    refused(*each)
    for each in (
        ("billing_journal_two_legs", JOURNAL, "legs >= 2"),
        (
            "billing_journal_corrections_reverse",
            JOURNAL,
            "(kind IN ('correction', 'release')) = (reverses_id IS NOT NULL)",
        ),
        (
            "billing_journal_two_people",
            JOURNAL,
            "(kind IN ('correction', 'grant', 'refund', 'return', 'write_off'))"
            " = (request_id IS NOT NULL)",
        ),
        ("billing_entry_not_nothing", ENTRY, "amount <> 0"),
        (
            "billing_entry_wallets_are_customers",
            ENTRY,
            "(account_id IN (2010, 2020, 2030, 2031)) = (wallet_id IS NOT NULL)",
        ),
        (
            "billing_entry_credit_has_a_lot",
            ENTRY,
            "account_id = 2010 OR (account_id IN (2020, 2030, 2031)) = (lot_id IS NOT NULL)",
        ),
    )
)
REFUSE_BEFORE = _checked.function_of(_checked.REFUSE)
REFUSE = changed(REFUSE_BEFORE, ("\nBEGIN", f"\nBEGIN{REFUSED}"))

ISOLATION = """
BEGIN
    -- An older snapshot would not show what was closed while this one waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'journals are written in transactions that read what is committed'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;"""
ONE_BEFORE = _checked.function_of(_charging.ONE)
ONE = changed(ONE_BEFORE, ("\nBEGIN", ISOLATION))
MANY_BEFORE = _checked.function_of(_charging.MANY)
MANY = changed(MANY_BEFORE, ("\nBEGIN", ISOLATION))

BEGINS = "CREATE TRIGGER billing_journal_begins BEFORE INSERT ON billing_journal FOR EACH STATEMENT"
BEGINS_AFTER = f"""
DROP TRIGGER billing_journal_begins ON billing_journal;
{BEGINS} WHEN (current_user <> '{OWNER_ROLE}') EXECUTE FUNCTION billing_begin_posting();
"""
BEGINS_BEFORE = f"""
DROP TRIGGER billing_journal_begins ON billing_journal;
{BEGINS} EXECUTE FUNCTION billing_begin_posting();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0026_letters_about_money")]

    operations = [
        # Functions first: at no time is a condition asked by neither.
        migrations.RunSQL(REFUSE, REFUSE_BEFORE),
        migrations.RunSQL(JOURNALS, _checked.JOURNALS),
        migrations.RunSQL(CHARGES, _checked.CHARGES),
        migrations.RunSQL(ONE, ONE_BEFORE),
        migrations.RunSQL(MANY, MANY_BEFORE),
        migrations.RunSQL(BEGINS_AFTER, BEGINS_BEFORE),
        *[
            migrations.RemoveConstraint(model_name=name.split("_")[1], name=name)
            for name in (
                "billing_journal_two_legs",
                "billing_journal_corrections_reverse",
                "billing_journal_two_people",
                "billing_entry_not_nothing",
                "billing_entry_wallets_are_customers",
                "billing_entry_credit_has_a_lot",
                "billing_charge_posted_has_a_journal",
                "billing_charge_not_negative",
            )
        ],
        migrations.AlterField(
            model_name="journal",
            name="legs",
            field=models.SmallIntegerField(verbose_name="entries"),
        ),
    ]
