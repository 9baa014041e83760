"""Every append-only table is sealed, or it is said why not; and the documentation names both."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from common.models import AppendOnly
from common.seals.canonical import Writing
from common.seals.registry import columns_of, sealed_tables, unsealed_tables

ROOT = Path(__file__).resolve().parents[2]
SEALED = {table.name for table in sealed_tables}
UNSEALED = {table.name for table in unsealed_tables}
# Sealed along with an answer but for the columns of its key, which may be replaced.
KEYS_CHANGE = {"compliance.inquiryanswertext"}
# Of these only columns are sealed that the app role may not change.
CHANGING = {"notices.delivery"}


def asked(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {name for (name,) in cursor.fetchall()}


def models_by_table():
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model._meta.label_lower for model in models}


@pytest.mark.django_db
def test_no_append_only_table_is_forgotten():
    """By what the database refuses, whatever the model is called."""
    refusing = asked(
        "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgfoid = 'common_refuse_change'::regproc AND tgattr = ''"
        # 8 and 16: of deletions and of changes, for each row.
        " AND tgtype & 1 = 1 AND tgtype & 8 = 8 AND tgtype & 16 = 16"
    )
    names = models_by_table()
    final = {names[table] for table in refusing}
    assert final >= {model._meta.label_lower for model in apps.get_models() if is_final(model)}
    assert final | KEYS_CHANGE == SEALED | UNSEALED
    assert not final & KEYS_CHANGE
    assert not SEALED & UNSEALED


def is_final(model):
    return issubclass(model, AppendOnly)


def test_what_is_not_sealed_has_a_reason():
    assert all(len(table.because) > 15 for table in unsealed_tables)
    along = {child.model for table in sealed_tables for child in table.children}
    said = {table.name for table in unsealed_tables if table.because.startswith("sealed with")}
    assert said == along - SEALED - CHANGING


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SEALED))
def test_a_sealed_table_knows_its_transactions(name):
    table = apps.get_model(name)._meta.db_table
    [definition] = asked(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
        " AND indisvalid AND pg_get_indexdef(indexrelid) LIKE %s",
        table,
        f"%(transaction, {sealed_tables.get(name).key})",
    )
    assert definition
    stamps = asked(
        "SELECT proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE tgrelid = %s::regclass AND tgname LIKE '%%_is_stamped'",
        table,
    )
    assert stamps <= {"common_stamp_transaction", "billing_stamp"}
    assert len(stamps) == 1
    default = asked(
        "SELECT column_default FROM information_schema.columns"
        " WHERE table_name = %s AND column_name = 'transaction'",
        table,
    )
    assert default == {"pg_current_xact_id()"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SEALED))
def test_every_column_of_a_sealed_table_is_accounted_for(name):
    table = sealed_tables.get(name)
    form = table.form()
    writing = Writing.of(name, form)
    with connection.cursor() as cursor:
        cursor.execute(f"{writing.select} LIMIT 0")
    own = {each for each in form["personal"] if "." not in each}
    said = {*form["columns"], *own, *table.left_out, "transaction"}
    assert said == set(columns_of(apps.get_model(name)))
    for child in table.children:
        if child.only:
            continue
        its = child.form()
        said = {*its["columns"], *its.get("hashed", ()), *child.left_out}
        assert said == set(columns_of(apps.get_model(child.model)))


@pytest.mark.django_db
def test_of_rows_that_change_only_what_stays_is_sealed():
    for table in sealed_tables:
        for child in table.children:
            assert bool(child.only) == (child.model in CHANGING)
            also = {
                own
                for each in table.personal
                for name, _dot, own in [each.partition(".")]
                if name == child.name
            }
            changed = asked(
                "SELECT column_name FROM information_schema.column_privileges"
                " WHERE grantee = 'apiqik_app' AND privilege_type = 'UPDATE' AND table_name = %s",
                apps.get_model(child.model)._meta.db_table,
            )
            assert not changed & {*child.only, *also}


def test_the_documentation_names_what_is_sealed_and_what_is_not():
    text = (ROOT / "docs" / "seals.md").read_text()
    sealed, _, rest = text.partition("## What is sealed")[2].partition("### What is not")
    unsealed = rest.partition("## How")[0]
    assert listed(sealed) == SEALED
    assert listed(unsealed) == UNSEALED


def listed(text):
    """The names in the first column of tables: `app.model`, and `model` after it."""
    found = set()
    for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        app = ""
        for name in re.findall(r"`([a-z_.]+)`", row):
            app = name.partition(".")[0] if "." in name else app
            found.add(name if "." in name else f"{app}.{name}")
    return found
