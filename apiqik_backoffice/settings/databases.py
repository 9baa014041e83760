"""Which database, and as which of its roles."""

import os
from pathlib import Path
from typing import Any

import environ

from apiqik_backoffice import database_roles
from apiqik_backoffice.embedded.postgres import PostgresServer

# A page waits at most this long for a lock and for an answer. The owner's
# migrations may run for long, but may not queue behind a lock and so make
# everybody else queue behind them.
APP_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}
OWNER_LIMITS = {"lock_timeout": "10s"}
CONNECT_SECONDS = 3


def owner_is_wanted() -> bool:
    """Whether this process writes the schema; manage.py sets the variable."""
    return os.environ.get("DATABASE_ROLE") == "owner"


def databases(env: environ.Env, var_dir: Path) -> dict[str, Any]:
    """Return settings.DATABASES: one alias, the role chosen by DATABASE_ROLE.

    Without DATABASE_URL the answer is the embedded server.
    """
    owner = owner_is_wanted()
    if env.str("DATABASE_URL", default=""):
        found: dict[str, Any] = env.db_url("OWNER_DATABASE_URL" if owner else "DATABASE_URL")
    else:
        role = database_roles.OWNER if owner else database_roles.APP
        found = PostgresServer(var_dir).django_settings(role)
    limits = OWNER_LIMITS if owner else APP_LIMITS
    found["OPTIONS"] = {
        **found.get("OPTIONS", {}),
        "connect_timeout": CONNECT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        "application_name": "apiqik-owner" if owner else "apiqik",
    }
    found["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=300)
    found["CONN_HEALTH_CHECKS"] = True
    return {"default": found}
