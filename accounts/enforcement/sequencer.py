"""Giving numbers to what changed, as far as it is committed.

Whoever has the advisory lock numbers; the numbers and the lock end in the same transaction, so a
process that dies in between has numbered nothing and blocks nobody.
"""

import json
from time import monotonic

from django.db import DatabaseError, OperationalError, connection, transaction

from accounts import conditions
from accounts.access import REASONS, Code

# Changes numbered in one transaction.
BATCH = 10_000
# How long a reader numbers what others wait for too, in seconds, and waits for its turn.
PATIENCE = 2.0
LOCK_TIMEOUT = "2s"
# SQLSTATE of a lock that was not had in time.
_NO_LOCK = "55P03"


def number_all(*, patience: float = PATIENCE) -> int:
    """Numbers changes until none is left or `patience` seconds have passed; how many it took.

    Where another process has the lock for longer than two seconds, none: that one numbers.
    """
    began, taken = monotonic(), 0
    while some := _number_some():
        taken += some
        if some < BATCH or monotonic() - began > patience:
            break
    return taken


def forget() -> int:
    """Drops entries older than thirty days, and what nobody needs to be told of any more: what was
    gone for as long, and rules over for a day. Returns how many rows that were."""
    forgotten = 0
    while some := _ask("SELECT accounts_forget_enforcement(%s)", BATCH):
        forgotten += some
        if some < BATCH:
            break
    # What is over gets its number now, so that it is not looked at again.
    number_all()
    return forgotten


def _number_some() -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            return _ask("SELECT accounts_number_changes(%s, %s)", BATCH, _words())
    except OperationalError as error:
        if _sqlstate(error) == _NO_LOCK:
            return 0
        raise


def _ask(statement: str, *values: int | str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    count: int = row[0]
    return count


def _sqlstate(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _words() -> str:
    """What entries say that the database does not know: the words of conditions and retirements."""
    sources = {
        source.name: {
            "clause": source.clause_number,
            "reason": {"zh-Hans": source.reason_zh_hans, "en": source.reason_en},
        }
        for source in conditions.sources
    }
    general = {code: {"reason": _reason(code)} for code in _IN_GENERAL}
    return json.dumps({"sources": sources, **general}, ensure_ascii=False)


_IN_GENERAL = (Code.CONDITION, Code.SERVICE_RETIRED, Code.MODEL_RETIRED)


def _reason(code: Code) -> dict[str, str]:
    zh_hans, en = REASONS[code]
    return {"zh-Hans": zh_hans, "en": en}
