"""What is done between the servers' start and the site's: only what has changed."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apiqik_backoffice.management.commands.compile_translations import (
    catalogues,
    is_stale,
)
from apiqik_backoffice.supervisor.children import dying_with_parent
from apiqik_backoffice.supervisor.exceptions import CannotStartError

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring tables, translations, static files and the demo world up to date.

    Raises CannotStartError when a step fails; the steps before it stay done and
    the next start goes on from there.
    """
    if _tables_are_behind():
        say("Updating the database's tables")
        _manage("migrate", "--no-input", "--verbosity=0")
        _manage("createcachetable")
    if any(map(is_stale, catalogues())):
        say("Compiling translations")
        call_command("compile_translations", stdout=_nowhere())
    _collect_static(say)
    if settings.DEMO and "load_demo_world" in get_commands() and _nobody_is_there():
        say("Filling the empty database with a demo world")
        _manage("load_demo_world")
    connection.close()


def _tables_are_behind() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return True
    return settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names()


def _nobody_is_there() -> bool:
    return not get_user_model()._default_manager.exists()


def _collect_static(say: Say) -> None:
    stamp: Path = settings.VAR_DIR / "static.stamp"
    fingerprint = _fingerprint_of_static_files()
    if stamp.exists() and stamp.read_text() == fingerprint and Path(settings.STATIC_ROOT).is_dir():
        return
    say("Collecting style sheets and scripts")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, stdout=_nowhere())
    stamp.write_text(fingerprint)


def _fingerprint_of_static_files() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            found = os.stat(storage.path(name))
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _nowhere() -> TextIO:
    return StringIO()


def _manage(command: str, *arguments: str) -> None:
    """Run a command in a process of its own, as the role that manage.py chooses for it."""
    result = subprocess.run(
        [sys.executable, "manage.py", command, *arguments],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=dying_with_parent(signal.SIGKILL),
        check=False,
    )
    log: Path = settings.VAR_DIR / "log" / f"{command}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(result.stdout)
    if result.returncode != 0:
        last = next((line for line in reversed(result.stdout.splitlines()) if line.strip()), "")
        raise CannotStartError(f"`manage.py {command}` failed ({last.strip()}); see {log}")
