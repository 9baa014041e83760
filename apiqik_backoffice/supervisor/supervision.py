"""The supervisor's life: check, start, watch, stop."""

import contextlib
import http.client
import select
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command, get_commands

from apiqik_backoffice.embedded.household import Household
from apiqik_backoffice.supervisor.children import Child
from apiqik_backoffice.supervisor.exceptions import (
    GivingUpError,
    StopRequestedError,
    TerminalLostError,
)
from apiqik_backoffice.supervisor.keeper import Keeper
from apiqik_backoffice.supervisor.preflight import (
    RunLock,
    require_free_port,
    require_writable,
)
from apiqik_backoffice.supervisor.preparation import Preparation
from apiqik_backoffice.supervisor.terminal import Budget, Terminal

ANSWER_SECONDS = 60
HEAD_START_SECONDS = 8
STOP_SECONDS = 12
CHECK_SERVERS_SECONDS = 2


def children() -> list[Child]:
    """Return the processes of the product, in the order of their start."""
    celery = [sys.executable, "-W", "ignore::RuntimeWarning:celery.platforms"]
    celery += ["-m", "celery", "--app", "apiqik_backoffice"]
    worker = ["worker", "--without-gossip", "--without-mingle"]
    web = ["-m", "gunicorn", "--config", "python:apiqik_backoffice.gunicorn_conf"]
    commands = {
        "web": [sys.executable, *web, "apiqik_backoffice.wsgi:application"],
        "worker": [*celery, "--quiet", *worker],
        "beat": [*celery, "--quiet", "beat", "--pidfile="],
    }
    logs: Path = settings.VAR_DIR / "log"
    return [
        Child(name, command, log=logs / f"{name}.log", cwd=settings.BASE_DIR)
        for name, command in commands.items()
    ]


class Supervisor:
    """Runs the product until it is told to stop. One object, one run."""

    def __init__(self) -> None:
        self.terminal = Terminal()
        self.household = Household(broker=True)
        self.children: list[Child] = []
        self.keeper: Keeper | None = None
        self.stop_asked = 0
        self._budget = Budget()
        self._started_at = 0.0
        self._answers = False
        self._servers_checked_at = 0.0

    def run(self) -> None:
        """Run until a signal, a lost terminal, or a part that keeps dying.

        Raises CannotStartError, EmbeddedServerError or BootstrapError when the
        start fails, GivingUpError when the run does. Everything is stopped then.
        """
        require_writable(settings.VAR_DIR)
        self.children = children()  # with a log each, in that folder
        lock = RunLock(settings.VAR_DIR)
        lock.acquire()
        try:
            require_free_port(settings.BIND_ADDRESS, settings.PORT)
            self._listen_to_signals()
            self._run_locked(lock)
        finally:
            lock.release()

    def _run_locked(self, lock: RunLock) -> None:
        servers = [s.name for s in (self.household.postgres, self.household.valkey) if s]
        self.keeper = Keeper(settings.VAR_DIR, servers, lock.descriptor)
        try:
            self._start()
            self._watch()
        except (StopRequestedError, TerminalLostError):
            pass
        finally:
            self._stop()

    # Start

    def _start(self) -> None:
        if self.household.postgres is not None:
            new = not self.household.postgres.place.data.is_dir()
            self.terminal.say("Making a new database" if new else "Starting the database")
        self.household.open()
        self._stop_if_asked()
        Preparation(say=self.terminal.say, stop_if_asked=self._stop_if_asked).run()
        self._stop_if_asked()
        self.terminal.say("Starting the site, the worker and the timetable")
        self._started_at = time.monotonic()

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Started by nohup, a lost terminal is no reason to stop.
            if signal.getsignal(number) != signal.SIG_IGN or number != signal.SIGHUP:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        # Only noted: an exception raised anywhere could lose a process just started.
        self.stop_asked += 1
        if number == signal.SIGHUP:
            self.terminal.forget()

    def _stop_if_asked(self) -> None:
        if self.stop_asked:
            raise StopRequestedError

    # Watch

    def _watch(self) -> None:
        while True:
            self._stop_if_asked()
            self._start_children()
            self._wait(0.25 if self._answers else 0.1)
            self._stop_if_asked()
            self._read_and_bury()
            self._check_servers()
            if not self._answers:
                self._announce_if_answering()

    def _start_children(self) -> None:
        """The site goes first: on two cores three processes that load at once make people wait
        for all of them. One that does not answer keeps the others back for seconds only."""
        waited = time.monotonic() - self._started_at
        head_start = not self._answers and waited < HEAD_START_SECONDS
        for child in self.children[:1] if head_start else self.children:
            if child.start_if_due() and child.process and self.keeper:
                self.keeper.remember(child.process.pid)

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        for child in self.children:
            if child.descriptor is not None:
                poll.register(child.descriptor, select.POLLIN)
        if not self.terminal.lost:
            poll.register(1, 0)  # tells of a terminal or pipe that has gone
        for descriptor, event in poll.poll(seconds * 1000):
            if descriptor == 1 and event & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
                self.terminal.forget()
                raise TerminalLostError

    def _read_and_bury(self) -> None:
        for child in self.children:
            for line in child.read():
                if self._budget.allows(child.name):
                    self.terminal.say(f"{child.name}: {line}")
            status = child.bury_if_dead()
            if status is not None:
                self.terminal.say(f"The {child.name} stopped (status {status}); starting it again")

    def _check_servers(self) -> None:
        if time.monotonic() - self._servers_checked_at < CHECK_SERVERS_SECONDS:
            return
        for name in self.household.repair():
            self.terminal.say(f"The embedded {name} had stopped and was started again")
        self._servers_checked_at = time.monotonic()

    def _announce_if_answering(self) -> None:
        if not answers():
            if time.monotonic() - self._started_at > ANSWER_SECONDS:
                raise GivingUpError(
                    f"The site does not answer after {ANSWER_SECONDS} seconds; the reason may be "
                    f"in {self.children[0].log.path}"
                )
            return
        self._answers = True
        site = settings.SITE_URL.rstrip("/")
        self.terminal.say()
        self.terminal.say(f"  Site    {site}/")
        self.terminal.say(f"  Staff   {site}/admin/")
        self.terminal.say(f"  Logs    {settings.VAR_DIR / 'log'}")
        if settings.DEMO and "signins" in get_commands():
            self.terminal.say()
            with contextlib.suppress(Exception):  # a display, not worth stopping for
                call_command("signins")
        self.terminal.say()
        self.terminal.say("Ready. Ctrl-C stops everything.")

    # Stop

    def _stop(self) -> None:
        with contextlib.suppress(TerminalLostError):
            self.terminal.say("\nStopping")
        asked = self.stop_asked
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while not all(child.has_ended() for child in self.children):
            if time.monotonic() > deadline or self.stop_asked > asked:
                break
            for child in self.children:
                child.read()
            time.sleep(0.05)
        for child in self.children:
            child.kill()
            if child.process is not None:
                child.process.wait()
        try:
            left = self.household.close()
            with contextlib.suppress(TerminalLostError):
                for name in left:
                    self.terminal.say(f"The embedded {name} stays up: another command uses it")
                self.terminal.say("Everything has stopped.")
        finally:
            if self.keeper is not None:
                self.keeper.dismiss()


def answers() -> bool:
    """Whether the site answers its own health address."""
    address = settings.BIND_ADDRESS
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    host = next((h for h in settings.ALLOWED_HOSTS if not h.startswith((".", "*"))), "localhost")
    request = http.client.HTTPConnection(local, settings.PORT, timeout=2)
    try:
        request.request("GET", "/healthz", headers={"Host": host})
        return request.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        request.close()
