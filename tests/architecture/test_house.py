"""The house stays in order: names, sizes, clocks, migrations, evidence."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from common.models import AppendOnly, Editable

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("apiqik_backoffice", "common", "accounts", "notices", "billing", "compliance")
SOURCES = sorted(
    file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if "migrations" not in file.parts
)
MIGRATIONS = sorted(
    file for package in PACKAGES for file in (ROOT / package).rglob("migrations/[0-9]*.py")
)
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
# Real time is meant: signs of life, the network's stand-in, processes, the browser's limits.
READS_ANOTHER_CLOCK = {
    "common/messaging/text_files.py",
    "common/admin/sessions.py",
    "accounts/pages/activity.py",
    "accounts/pages/too_many.py",
    "accounts/sign_in.py",
}
OTHER_CLOCKS = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|time\.time\(")
WRITES_PERMITS = re.compile(r"INSERT INTO accounts_permit|Permit\.(record|objects\.(bulk_)?create)")


def name_of(file):
    return str(file.relative_to(ROOT))


def functions(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_files_are_named_for_what_they_hold_and_stay_short(file):
    assert file.stem not in {"utils", "helpers", "services", "misc", "common_utils"}
    assert len(file.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_functions_fit_on_a_screen(file):
    long = [
        node.name
        for node in functions(file)
        if (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_modules_say_what_they_are(file):
    tree = ast.parse(file.read_text())
    if tree.body and file.name not in ("__init__.py", "apps.py"):
        assert ast.get_docstring(tree), "no docstring"


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_business_reads_the_one_clock(file):
    if file.is_relative_to(ROOT / "apiqik_backoffice") or name_of(file) in READS_ANOTHER_CLOCK:
        return
    found = re.findall(
        r"timezone\.now\(|datetime\.now\(|date\.today\(|time\.time\(", file.read_text()
    )
    assert found == []


@pytest.mark.parametrize("file", MIGRATIONS, ids=name_of)
def test_migrations_are_named(file):
    assert "_auto_" not in file.stem
    assert file.stem != "0001_initial"


@pytest.mark.django_db
def test_migrations_go_back():
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = [
        migration for (app, _name), migration in loader.disk_migrations.items() if app in PACKAGES
    ]
    assert len(ours) >= 8
    stuck = [
        f"{migration.app_label}.{migration.name}"
        for migration in ours
        for operation in migration.operations
        if not operation.reversible
    ]
    assert stuck == []


def of(base):
    return sorted(
        (model for model in apps.get_models() if issubclass(model, base)),
        key=lambda model: model._meta.label,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("model", of(AppendOnly), ids=lambda model: model._meta.label)
def test_evidence_is_append_only_in_the_database(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(privilege_type::text ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants"
            " WHERE grantee = 'apiqik_app' AND table_name = %s",
            [model._meta.db_table],
        )
        assert cursor.fetchone()[0] == ["INSERT", "SELECT"]


@pytest.mark.parametrize("model", of(AppendOnly), ids=lambda model: model._meta.label)
def test_nothing_that_evidence_points_to_takes_it_along(model):
    from django.db.models import PROTECT

    careless = [
        field.name
        for field in model._meta.get_fields()
        if field.concrete
        and field.is_relation
        and not field.many_to_many
        and field.remote_field.on_delete is not PROTECT
    ]
    assert careless == []


@pytest.mark.parametrize("model", of(Editable), ids=lambda model: model._meta.label)
def test_no_editable_record_is_edited_past_its_edition(model):
    from django.contrib import admin

    from common.admin import EditableAdmin, EvidenceAdmin

    model_admin = admin.site._registry.get(model)
    assert model_admin is None or isinstance(model_admin, EditableAdmin | EvidenceAdmin)


def test_no_two_doors_to_an_effect():
    """Permits are written in one place, which every effect begins with."""
    writers = [
        name_of(file)
        for file in SOURCES
        if re.search(
            r"INSERT INTO accounts_permit|Permit\.(record|objects\.(bulk_)?create)",
            file.read_text(),
        )
    ]
    assert writers == ["accounts/permits.py"]


def test_nothing_names_the_machine_it_was_made_on():
    tracked = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *SOURCES, *MIGRATIONS]
    telling = [name_of(file) for file in tracked if file.exists() and "/home/" in file.read_text()]
    assert telling == []
