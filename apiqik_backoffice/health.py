"""/healthz: the process answers. /readyz: it and what it needs can do their work.

Neither shows anything secret; both answer a probe that is not signed in.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.models import ClockOffset, Heartbeat
from common.seals import counter
from common.seals import health as seals

log = structlog.get_logger(__name__)

DATABASE_MILLISECONDS = 2000
BROKER_SECONDS = 2
# The worker is woken each 15 s and beat stamps each 10 s; several may be missed.
OLDEST_HEARTBEAT = {"worker": timedelta(seconds=90), "beat": timedelta(seconds=45)}

Part = dict[str, Any]

# Migrations are never undone under a running process, so a yes is final.
_migrations_applied = False


def _database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _migrations() -> Part:
    global _migrations_applied
    if not _migrations_applied:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            return {"ok": False, "unapplied": len(plan)}
        _migrations_applied = True
    return {"ok": True}


def _broker() -> Part:
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=0, timeout=BROKER_SECONDS)
    return {"ok": True}


def _heartbeat(name: str) -> Part:
    age = Heartbeat.age(name)
    if age is None:
        return {"ok": False, "age_seconds": None}
    return {
        "ok": age <= OLDEST_HEARTBEAT[name],
        "age_seconds": round(age.total_seconds(), 1),
    }


def _clock() -> Part:
    # A shifted clock is for demonstrations and tests; elsewhere evidence would be false.
    return {"ok": settings.DEMO or not ClockOffset.objects.exists()}


def _seals() -> Part:
    return {"ok": seals.is_anchored() and counter.is_past_blocks()}


PARTS: dict[str, Callable[[], Part]] = {
    "database": _database,
    "migrations": _migrations,
    "clock": _clock,
    "seals": _seals,
    "broker": _broker,
    "worker": lambda: _heartbeat("worker"),
    "beat": lambda: _heartbeat("beat"),
}
NEED_THE_DATABASE = ("migrations", "clock", "seals", "worker", "beat")


def _ask(name: str) -> Part:
    try:
        if name == "broker":
            return PARTS[name]()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {DATABASE_MILLISECONDS}")
            return PARTS[name]()
    except Exception as error:
        # Whatever it was, the part is not ready; the reason goes to the log, since
        # the answer is public.
        log.warning("not_ready", part=name, error=f"{type(error).__name__}: {error}")
        if isinstance(error, DatabaseError) and not connection.in_atomic_block:
            connection.close()
        return {"ok": False}


def readiness() -> dict[str, Part]:
    """Ask each part; a part that needs an absent database is not asked, but is not ready."""
    answers: dict[str, Part] = {}
    for name in PARTS:
        if name in NEED_THE_DATABASE and not answers["database"]["ok"]:
            answers[name] = {"ok": False}
        else:
            answers[name] = _ask(name)
    return answers


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while this process answers at all; asks nobody else."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every part is ready, else 503, with one entry per part."""
    parts = readiness()
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": ready, "parts": parts}, status=200 if ready else 503)


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
