"""Somebody with every right in the database changes what was sealed of sending, and is named.

Each change is of one row, seen by `manage.py verify_seals`, and taken back before the next.
"""

import random
from io import StringIO

from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils.translation import override

from common.seals.registry import sealed_tables
from tests.common.seals.settling import seal
from tests.notices.making import make_announced
from tests.plumbing.crowd import make_crowd

# What of each table is changed, and to what.
CHANGES = {
    "notices.attempt": ("provider", "provider || 'x'"),
    "notices.outcome": ("provider_reference", "provider_reference || 'x'"),
    "notices.renderedbody": ("body", "body || '.'"),
    "notices.announcementpage": ("html", "html || ' '"),
    "notices.notice": ("recorded_at", "recorded_at + '1 microsecond'"),
}


def changed_rows(figures, superuser, *, people, times, seed=7):
    """`superuser` is a connection for which no trigger counts."""
    make_announced(*make_crowd(people))
    while seal():
        pass
    assert _said() == []
    chance = random.Random(seed)
    for table, (column, value) in CHANGES.items():
        named = others = 0
        numbers = _numbers(table)
        for _each in range(times):
            number = chance.choice(numbers)
            found = _changed(superuser, table, column, value, number)
            mine = f"Row {number} of {table} was changed after it was sealed"
            named += any(line.startswith(mine) and column in line for line in found)
            # What names the row, or is sealed with it, may be named too; never another row of it.
            others += sum(
                f" of {table} was" in line and not line.startswith(mine) for line in found
            )
        name = table.partition(".")[2]
        figures.exactly(f"superuser_changes_{name}.named", named, times)
        figures.exactly(f"superuser_changes_{name}.others_named", others, 0)
    figures.exactly("superuser_changes.left_over", len(_said()), 0)


def _numbers(table):
    key = sealed_tables.get(table).key
    found = apps.get_model(table).objects.filter(**{f"{key}__gt": 0})
    return list(found.order_by(key).values_list(key, flat=True))


def _changed(superuser, table, column, value, number):
    """What is said of it after one row was changed, which is then put back as it was."""
    name, key = apps.get_model(table)._meta.db_table, sealed_tables.get(table).key
    [(before,)] = superuser.execute(
        f"SELECT {column} FROM {name} WHERE {key} = %s", [number]
    ).fetchall()
    superuser.execute(f"UPDATE {name} SET {column} = {value} WHERE {key} = %s", [number])
    try:
        return _said()
    finally:
        superuser.execute(f"UPDATE {name} SET {column} = %s WHERE {key} = %s", [before, number])


def _said():
    """The findings of the command, a sentence each."""
    written = StringIO()
    with override("en"):
        try:
            call_command("verify_seals", stdout=written, stderr=StringIO())
        except CommandError:
            return written.getvalue().splitlines()
    assert written.getvalue().startswith("Everything is as it was sealed")
    return []
