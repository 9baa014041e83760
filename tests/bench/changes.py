"""A change for a million accounts: writing its messages, and taking effect.

Each beside one plain `INSERT .. SELECT` per table of the same rows into the same tables,
with the same triggers, keys and indexes, from tables that hold them ready: what our part
costs is finding whom, grouping by person, and writing each person's text. Both are for the
app role. A tenth of the accounts are organizations, owned by people who have an account of
their own, so grouping has something to group.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from django.db import connection, connections, transaction

from common.clock import now
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
TURNS = 3
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


def stage(owner: psycopg.Connection[Any], change: Any) -> int:
    """Holds the rows that were written for `change` ready, for another one like it, whose
    number it answers."""
    other = ready_change()
    owner.execute(f"UPDATE notices_servicechange SET state = 'announcing' WHERE id = {other.pk}")
    expansion = other.pk + FIRST_ID
    owner.execute(
        "INSERT INTO notices_expansion (id, change_id, phase, round, whom, after_id, upto_id)"
        f" VALUES ({expansion}, {other.pk}, 'announced', 1, 'joined', 1, 0)"
    )
    here = f"(SELECT id FROM notices_expansion WHERE change_id = {change.pk})"
    notices = f"(SELECT id FROM notices_notice WHERE expansion_id IN {here})"
    sha = f"encode(sha256((sha256 || 'turn {other.pk}')::bytea), 'hex')"
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
    return int(other.pk)


def insert_plainly() -> None:
    """The staged rows into the real tables, one statement for each table."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM staged_{table} LIMIT 0")
            columns = ", ".join(column.name for column in cursor.description or ())
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staged_{table}")


@contextmanager
def owner_of(bench: Any, name: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser in the database, with triggers aside: for seeding and for going back."""
    superuser = bench.databases.server.connection("postgres", name)
    with psycopg.connect(**superuser, autocommit=True) as opened:
        opened.execute("SET session_replication_role = replica")
        yield opened


@figure("expansion.beside_insert_select", at_least=0.5)
def expansion(bench: Any) -> list[float]:
    ratios = []
    with world(bench, bench.rows) as name, owner_of(bench, name) as owner:
        for _turn in range(TURNS):
            change = ready_change()
            ours = timed(partial(write, change))
            other = stage(owner, change)
            plain = timed(insert_plainly)
            # Out of the way: nobody is to be told of it by the next turn.
            owner.execute(f"UPDATE notices_servicechange SET state = 'complete' WHERE id = {other}")
            ratios.append(plain / ours)
    return ratios


ACCEPTED = """
INSERT INTO notices_attempt (id, recorded_at, delivery_id, provider, fence)
    SELECT gen_random_uuid(), common_now(), id, 'benchmark', 1 FROM notices_delivery;
INSERT INTO notices_outcome (recorded_at, attempt_id, verdict, provider_reference, answer)
    SELECT common_now(), id, 'accepted', '', '{}' FROM notices_attempt;
UPDATE notices_delivery SET state = 'accepted', tries = 1, fence = 1;
UPDATE notices_servicechange SET state = 'announced';
INSERT INTO common_clockoffset (id, shift) VALUES (1, interval '10 days');
ANALYZE
"""
HELD = """
CREATE UNLOGGED TABLE staged_permit AS SELECT id, change, account_id, not_before
    FROM accounts_permit;
CREATE UNLOGGED TABLE staged_restriction AS SELECT id, permit_id, account_id, api_key_id,
    service_id, model_id, region_id, measure, limits, clause_id, reason_zh_hans, reason_en, ends_at
    FROM accounts_restriction;
GRANT SELECT ON staged_permit, staged_restriction TO apiqik_app;
ANALYZE staged_permit, staged_restriction
"""
UNDONE = """
DELETE FROM accounts_restriction;
DELETE FROM accounts_permit;
DELETE FROM notices_announcement WHERE expansion_id IN
    (SELECT id FROM notices_expansion WHERE phase = 'in_effect');
DELETE FROM notices_expansion WHERE phase = 'in_effect';
UPDATE notices_servicechange SET state = 'announced', look_at = NULL;
VACUUM ANALYZE accounts_permit;
VACUUM ANALYZE accounts_restriction
"""


def run(owner: psycopg.Connection[Any], script: str) -> None:
    for statement in script.split(";\n"):
        owner.execute(statement.encode())


def permit_plainly() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_permit (id, change, account_id, not_before)"
            " SELECT id, change, account_id, not_before FROM staged_permit"
        )


def restrict_plainly() -> None:
    """A restriction begins when it is written, or its check would refuse it."""
    columns = (
        "id, permit_id, account_id, api_key_id, service_id, model_id, region_id, measure,"
        " limits, clause_id, reason_zh_hans, reason_en, ends_at"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_restriction ({columns}, starts_at)"
            f" SELECT {columns}, common_now() FROM staged_restriction"
        )


def impose_plainly(owner: psycopg.Connection[Any]) -> float:
    """How long the permits and restrictions held ready take into the real tables. In
    between the database counts the permits, or it would check the restrictions against a
    table that it believes to be empty, row by row, for hours. That takes two transactions,
    which the product may not have, so nothing checks that they are one."""
    together = (
        "ALTER TABLE accounts_restriction {} TRIGGER accounts_restriction_is_written_together"
    )
    owner.execute(together.format("DISABLE").encode())
    seconds = timed(permit_plainly)
    owner.execute("ANALYZE accounts_permit")
    seconds += timed(restrict_plainly)
    owner.execute(together.format("ENABLE").encode())
    return seconds


def take_effect(accounts: int) -> None:
    """Every account of the only change comes under it, as the job does it."""
    from notices import progress

    begun = progress.take_effect_all(at=now())
    assert begun == accounts, begun


@figure("effect.beside_insert_select", at_least=0.5)
def effect(bench: Any) -> list[float]:
    ratios = []
    with world(bench, bench.rows) as name, owner_of(bench, name) as owner:
        change = ready_change()
        write(change)
        run(owner, ACCEPTED)
        for turn in range(TURNS):
            ours = timed(partial(take_effect, change.concerned_count))
            if not turn:
                run(owner, HELD)
            run(owner, UNDONE)
            plain = impose_plainly(owner)
            run(owner, UNDONE)
            ratios.append(plain / ours)
    return ratios
