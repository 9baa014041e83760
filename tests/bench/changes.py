"""A change for a million accounts: writing its messages, and taking effect.

Each beside one plain `INSERT .. SELECT` per table of the same rows into the same tables,
with the same triggers, keys and indexes, from tables that hold them ready: what our part
costs is finding whom, grouping by person, and writing each person's text. Both are for the
app role. A tenth of the accounts are organizations, owned by people who have an account of
their own, so grouping has something to group.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, connections

from tests.bench.figures import figure, timed
from tests.bench.population import (
    E_MAIL,
    FIRST_ID,
    LANGUAGE,
    NAME,
    PHONE,
    PUBLIC_ID,
    SINCE,
    Seeding,
)

# A few zones, as a platform has them; each makes forms of its own.
ZONE = (
    "(ARRAY['Asia/Shanghai','Asia/Shanghai','Asia/Shanghai','Europe/Berlin','Asia/Singapore',"
    "'America/New_York'])[1 + n % 6]"
)
OWNERS = f"""
INSERT INTO accounts_user (id, password, is_superuser, edition, public_id, phone, name,
    phone_verified_at, contact_email, contact_email_verified_at, language, time_zone,
    is_staff, is_active, date_joined)
SELECT %(first)s + n, '!', false, 1, {PUBLIC_ID.format(prefix="usr")}, {PHONE}, {NAME}, {SINCE},
    {E_MAIL}, {SINCE}, {LANGUAGE}, {ZONE}, false, true, {SINCE}
FROM generate_series(1, %(people)s::int) n;
INSERT INTO accounts_account (id, edition, public_id, kind, name, time_zone, created_at, holder_id)
SELECT %(first)s + n, 1, {PUBLIC_ID.format(prefix="acc")},
    CASE WHEN n <= %(people)s THEN 'personal' ELSE 'organization' END, {NAME}, {ZONE}, {SINCE},
    CASE WHEN n <= %(people)s THEN %(first)s + n END
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO accounts_membership (id, role, since, account_id, user_id)
SELECT %(first)s + n, 'owner', {SINCE}, %(first)s + n,
    %(first)s + CASE WHEN n <= %(people)s THEN n ELSE n - %(people)s END
FROM generate_series(1, %(rows)s::int) n;
"""
# What both variants write; the first column of each is its number.
TABLES = (
    "notices_concernedaccount",
    "notices_renderedbody",
    "notices_notice",
    "notices_noticeaccount",
    "notices_delivery",
)


@contextmanager
def world(bench: Any, rows: int) -> Iterator[str]:
    """A database with `rows` accounts and nothing else, and Django on it."""
    template = bench.databases.server.template()
    with bench.databases.copy("changes", of=template) as name:
        superuser = bench.databases.server.connection("postgres", name)
        tables = ["accounts_user", "accounts_account", "accounts_membership"]
        with Seeding(superuser, tables) as seeding:
            seeding.run(OWNERS, rows=rows, people=rows - rows // 10)
        connections.close_all()
        connections["default"].settings_dict.update(bench.databases.as_django_settings(name))
        try:
            yield name
        finally:
            connections.close_all()


def ready_change() -> Any:
    """Approved, for every account that a rule fits, which is all of the seeded ones."""
    from accounts.models import Service
    from notices.audiences import Rule
    from notices.models import ServiceChange
    from tests.accounts.making import make_service
    from tests.notices.making import approve, plan, propose

    change = plan(
        service=Service.objects.first() or make_service(),
        audience="rule",
        rule=Rule(kinds=["personal", "organization"], languages=["zh-hans", "en"]).as_json(),
    )
    propose(change)
    approve(change)
    return ServiceChange.objects.get(pk=change.pk)


def write(change: Any) -> None:
    """Every message of the change, as the job writes them."""
    from notices import progress

    progress.write_messages()
    change.refresh_from_db()
    assert change.concerned_count, "nobody was selected"


def stage(owner: Any, change: Any) -> None:
    """Holds the rows that were written for `change` ready, under other numbers."""
    other = ready_change()
    owner.execute(f"UPDATE notices_servicechange SET state = 'announcing' WHERE id = {other.pk}")
    expansion = other.pk + FIRST_ID
    owner.execute(
        "INSERT INTO notices_expansion (id, change_id, phase, round, whom, after_id, upto_id)"
        f" VALUES ({expansion}, {other.pk}, 'announced', 1, 'joined', 1, 0)"
    )
    here = f"(SELECT id FROM notices_expansion WHERE change_id = {change.pk})"
    notices = f"(SELECT id FROM notices_notice WHERE expansion_id IN {here})"
    sha = "encode(sha256((sha256 || 'again')::bytea), 'hex')"
    body = sha.replace("sha256 ||", "body_id ||")
    shift = 1_000_000_000
    for table, columns, source in (
        (
            "notices_concernedaccount",
            f"{other.pk} AS change_id, account_id, round",
            f"WHERE change_id = {change.pk}",
        ),
        (
            "notices_renderedbody",
            f"{sha} AS sha256, subject, body",
            f"WHERE sha256 IN (SELECT body_id FROM notices_notice WHERE expansion_id IN {here}"
            f" UNION SELECT body_id FROM notices_delivery WHERE expansion_id IN {here})",
        ),
        (
            "notices_notice",
            f"id + {shift} AS id, 'x' || substr(public_id, 2) AS public_id,"
            f" {expansion} AS expansion_id, recipient_id, language, template_id, {body} AS body_id",
            f"WHERE expansion_id IN {here}",
        ),
        (
            "notices_noticeaccount",
            f"notice_id + {shift} AS notice_id, account_id,"
            f" {other.pk} AS change_id, phase, time_zone",
            f"WHERE notice_id IN {notices}",
        ),
        (
            "notices_delivery",
            f"notice_id + {shift} AS notice_id, {expansion} AS expansion_id,"
            f" channel, address, template_id, {body} AS body_id, state, tries, not_before, fence",
            f"WHERE expansion_id IN {here}",
        ),
    ):
        owner.execute(f"DROP TABLE IF EXISTS staged_{table}")
        owner.execute(
            f"CREATE UNLOGGED TABLE staged_{table} AS SELECT {columns} FROM {table} {source}"
        )
        owner.execute(f"GRANT SELECT ON staged_{table} TO apiqik_app")
        owner.execute(f"ANALYZE staged_{table}")


def insert_plainly(tables: Any = TABLES) -> None:
    """The staged rows into the real tables, one statement for each table."""
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM staged_{table} LIMIT 0")
            columns = ", ".join(column.name for column in cursor.description)
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staged_{table}")


def seen_in(ratios: list[float]) -> list[float]:
    return ratios or [0.0, statistics.nan]


@figure("expansion.beside_insert_select", at_least=0.5)
def expansion(bench: Any) -> list[float]:
    ratios = []
    with world(bench, bench.rows) as name:
        owner = psycopg.connect(
            **bench.databases.server.connection("postgres", name), autocommit=True
        )
        with owner:
            owner.execute("SET session_replication_role = replica")
            for _turn in range(3):
                change = ready_change()
                ours = timed(lambda change=change: write(change))
                stage(owner, change)
                plain = timed(insert_plainly)
                print(ours, plain)
                ratios.append(plain / ours)
    return ratios
