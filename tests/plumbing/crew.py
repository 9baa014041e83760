"""The worker and the timetable as real processes, on the test database and a given broker."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from celery import current_app
from django.conf import settings

from apiqik_backoffice.database_roles import APP
from apiqik_backoffice.embedded.processes import wait_until
from apiqik_backoffice.supervisor.children import dying_with_parent
from tests.plumbing.brokers import BROKERS, Broker, require, running
from tests.plumbing.counting_sink import counting_sink
from tests.plumbing.databases import TestDatabase
from tests.plumbing.product import ROOT, environment


def database_url(wanted: dict[str, Any]) -> str:
    """psycopg.connect's arguments as DATABASE_URL has them."""
    user, password = (quote(str(wanted[name]), safe="") for name in ("user", "password"))
    rest = {name: wanted[name] for name in ("host", "port") if wanted.get(name)}
    return f"postgres://{user}:{password}@/{wanted['dbname']}?{urlencode(rest)}"


class Crew:
    """Processes that share a database and a broker. `log(name)` is what one of them said.

    `texts` is the folder of sent SMS, `smtp` the port of the mail server.
    """

    def __init__(self, database: TestDatabase, broker: Broker, folder: Path, *, smtp: int) -> None:
        self.folder = folder
        self.texts = folder / "sms"
        self.watched = folder / "tasks.jsonl"
        self.broker = broker
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.variables = {
            "VAR_DIR": str(folder / "var"),
            "DEMO": "False",
            "DATABASE_URL": database_url(database.server.connection(APP, database.name)),
            "CELERY_BROKER_URL": broker.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
            "SMS_URL": f"file://{self.texts}",
            "SITE_URL": "http://testserver",
            **{
                variable: ",".join(
                    f"{name}:{base64.b64encode(key).decode()}"
                    for name, key in getattr(settings, variable).items()
                )
                for variable in ("FIELD_ENCRYPTION_KEYS", "SEAL_KEYS", "ENFORCEMENT_KEYS")
            },
            "WATCHED_TASKS": str(self.watched),
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
        }

    def worker(self, name: str = "worker", *, concurrency: int | None = None) -> None:
        """Start a worker with as many processes as `make run` gives it."""
        from apiqik_backoffice.supervisor.supervision import children

        [command] = [list(child.command) for child in children() if child.name == "worker"]
        command = [word for word in command if word != "--quiet"]
        command[command.index("--app") + 1] = "tests.plumbing.watched"
        if concurrency:
            command.append(f"--concurrency={concurrency}")
        self._start(name, [*command, f"--hostname={name}@test"])

    def beat(self, name: str = "beat", *, without: str = "") -> None:
        """Start a timetable that leaves out the tasks named in `without`."""
        command = [sys.executable, "-m", "celery", "--app", "apiqik_backoffice", "--quiet"]
        self._start(name, [*command, "beat", "--pidfile="], CELERY_BEAT_WITHOUT=without)

    def site(self, port: int, **extra: str) -> None:
        """Start the web server as `make run` does, on that port."""
        command = [sys.executable, "-m", "gunicorn", "apiqik_backoffice.wsgi"]
        config = ["--config", "python:apiqik_backoffice.gunicorn_conf"]
        self._start("site", [*command, *config], PORT=str(port), **extra)

    def kill(self, name: str) -> None:
        """End a process and its children as a power cut would."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        """Ask a process to end, as a deployment does."""
        self.processes[name].terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.processes[name].wait(timeout=20)
        self.kill(name)

    def dismiss(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def log(self, name: str = "worker") -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def last_words(self) -> str:
        """The end of every log, for a failed test to show."""
        return "\n".join(
            f"--- {file.name}\n" + "\n".join(line[:400] for line in lines[-25:])
            for file in sorted(self.folder.glob("*.log"))
            if (lines := file.read_text(errors="replace").splitlines())
        )

    def tasks(self, event: str = "ended") -> list[dict[str, Any]]:
        """Tasks that began, ended or failed in any worker, in their order; see watched.py."""
        if not self.watched.exists():
            return []
        lines = [json.loads(line) for line in self.watched.read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def tasks_run(self) -> set[str]:
        """The names of the tasks that workers finished."""
        return {line["task"] for line in self.tasks("ended")}

    def wait_for_worker(self, name: str = "worker") -> None:
        assert wait_until(lambda: " ready." in self.log(name), seconds=60, every=0.1), (
            self.last_words()
        )

    def sms(self) -> list[dict[str, Any]]:
        """What was sent by SMS, oldest first."""
        lines = [
            json.loads(line)
            for path in sorted(self.texts.glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]
        return lines

    def _start(self, name: str, command: list[str], **extra: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(**self.variables, **extra) | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),  # should the tests be killed
            )


@contextlib.contextmanager
def publishing_to(url: str) -> Iterator[None]:
    """This process wakes workers up through that broker, as the site does."""
    from apiqik_backoffice.celery import broker_transport_options

    before = (current_app.conf.broker_url, current_app.conf.broker_transport_options)
    _point_at(url, broker_transport_options(url))
    try:
        yield
    finally:
        _point_at(*before)


def _point_at(url: str, options: dict[str, Any]) -> None:
    current_app.conf.update(broker_url=url, broker_transport_options=options)
    current_app._after_fork()  # type: ignore[attr-defined]  # forgets its connections


@pytest.fixture(scope="session", params=list(BROKERS))
def broker(request):
    """A real broker; the test runs once with each kind. Its state is the test's to put right."""
    kind = BROKERS[request.param]
    require(kind)
    with running(kind) as started:
        yield started


@pytest.fixture
def crew(broker, test_database, mailbox, settings):
    """Workers and timetables are started by the test; this process publishes as the site does."""
    with tempfile.TemporaryDirectory(prefix="apiqik-crew-") as folder, publishing_to(broker.url):
        broker.purge(current_app.conf.task_default_queue)
        people = Crew(test_database, broker, Path(folder), smtp=settings.EMAIL_PORT)
        yield people
        people.dismiss()


@pytest.fixture
def sink(crew):
    """A fast mail server for the crew in place of `mailbox`, which only counts."""
    with counting_sink(crew.folder) as counting:
        crew.variables["EMAIL_URL"] = f"smtp://127.0.0.1:{counting.port}"
        yield counting
        crew.dismiss()
