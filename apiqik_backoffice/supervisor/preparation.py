"""What is done between the servers' start and the site's: only what has changed."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apiqik_backoffice.embedded.processes import last_words
from apiqik_backoffice.management.commands.compile_translations import catalogues, is_stale
from apiqik_backoffice.supervisor.children import dying_with_parent
from apiqik_backoffice.supervisor.exceptions import CannotStartError


class Preparation:
    """Brings tables, translations, static files and the demo world up to date.

    `say` tells the person at the terminal what is being done; `stop_if_asked` is
    called often and raises what ends the preparation early.
    """

    def __init__(self, *, say: Callable[[str], None], stop_if_asked: Callable[[], None]) -> None:
        self.say = say
        self.stop_if_asked = stop_if_asked

    def run(self) -> None:
        """Do what is left to do.

        Raises CannotStartError when a step fails; the steps before it stay done
        and the next start goes on from there.
        """
        if tables_are_behind():
            self.say("Updating the database's tables")
            self.manage("migrate", "--no-input", "--verbosity=0")
            self.manage("createcachetable")
        if any(map(is_stale, catalogues())):
            self.say("Compiling translations")
            self.manage("compile_translations")
        self.collect_static()
        if settings.DEMO and "load_demo_world" in get_commands() and nobody_is_there():
            self.say("Filling the empty database with a demo world")
            self.manage("load_demo_world")
        connection.close()

    def collect_static(self) -> None:
        stamp: Path = settings.VAR_DIR / "static.stamp"
        fingerprint = fingerprint_of_static_files()
        done = stamp.exists() and stamp.read_text() == fingerprint
        if done and Path(settings.STATIC_ROOT).is_dir():
            return
        self.say("Collecting style sheets and scripts")
        stamp.unlink(missing_ok=True)
        self.manage("collectstatic", "--no-input", "--verbosity=0")
        stamp.write_text(fingerprint)

    def manage(self, command: str, *arguments: str) -> None:
        """Run a command in a process of its own, as the role that manage.py chooses for it."""
        log: Path = settings.VAR_DIR / "log" / f"{command}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", command, *arguments],
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGKILL),
            )
        try:
            while process.poll() is None:
                self.stop_if_asked()
                time.sleep(0.05)
        finally:
            process.kill()  # nothing, when it has ended by itself
            process.wait()
        if process.returncode != 0:
            raise CannotStartError(
                f"`manage.py {command}` failed ({last_words(log, lines=1)}); see {log}"
            )


def tables_are_behind() -> bool:
    """Whether there are migrations to apply, or no table for the cache."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return True
    return settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names()


def nobody_is_there() -> bool:
    return not get_user_model()._default_manager.exists()


def fingerprint_of_static_files() -> str:
    """Return a text that changes with any file that collectstatic would collect."""
    digest = hashlib.sha256(repr(settings.STORAGES).encode())
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            found = os.stat(storage.path(name))
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
