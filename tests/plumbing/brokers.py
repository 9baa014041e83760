"""Real brokers for tests: Debian's redis-server and rabbitmq-server, private and short-lived.

Each listens on free ports of the loopback interface alone and keeps its files in a folder
of the test's. They are ended by process group, and RabbitMQ's name server (epmd) is one of
our own, on a port of its own, so that a RabbitMQ of the machine is neither seen nor touched.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection
from kombu.exceptions import OperationalError

from apiqik_backoffice.embedded.processes import last_words, wait_until
from apiqik_backoffice.supervisor.children import dying_with_parent
from tests.plumbing.product import free_port

# Debian's /usr/sbin/rabbitmq-server insists on a user and folder of its own; this one does not.
RABBITMQ_PLACES = ["/usr/lib/rabbitmq/bin"]
START_SECONDS = 60


class Broker(ABC):
    """A broker that starts, dies and forgets when told to. One object, many starts."""

    name: str
    program: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "broker.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    @abstractmethod
    def url(self) -> str:
        """The address as Celery wants it."""

    @classmethod
    @abstractmethod
    def executable(cls) -> str | None:
        """The path of the server's program; None when it is not installed."""

    @abstractmethod
    def launch(self) -> None:
        """Begin to start; `answers` says when it is done."""

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def wipe(self) -> None:
        """Lose every message and everything else it holds, at once."""

    @abstractmethod
    def purge(self, *queues: str) -> None:
        """Lose the messages of these queues that no worker has taken yet."""

    @abstractmethod
    def give_back(self) -> None:
        """Give what a dead worker had taken to others, without waiting for the broker's own
        moment to notice."""

    def start(self) -> None:
        self.launch()
        if not wait_until(self._answers_or_died, seconds=START_SECONDS, every=0.1):
            self.kill()
            raise RuntimeError(f"{self.program} does not start: {last_words(self.log, lines=12)}")
        if self._died():
            raise RuntimeError(f"{self.program} ended: {last_words(self.log, lines=12)}")

    def kill(self) -> None:
        """End it as a power cut would."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes = []

    def run(self, *command: str, **extra: str) -> None:
        """Start one of its programs in a process group of its own, its words in `log`."""
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **extra},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=dying_with_parent(signal.SIGKILL),  # should the tests be killed
                )
            )

    def _died(self) -> bool:
        return any(process.poll() is not None for process in self.processes)

    def _answers_or_died(self) -> bool:
        return self._died() or self.answers()


class RedisBroker(Broker):
    name = "redis"
    program = "redis-server"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def executable(cls) -> str | None:
        return shutil.which(cls.program)

    def launch(self) -> None:
        self.run(
            str(self.executable()),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        )

    def answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def wipe(self) -> None:
        with self._client() as client:
            client.flushall()

    def give_back(self) -> None:
        # Kombu's own way, as if the visibility time had passed.
        options = {"visibility_timeout": 0}
        with Connection(self.url, transport_options=options) as connection:
            channel: Any = connection.channel()
            channel.qos.restore_visible(num=100, interval=1)

    def purge(self, *queues: str) -> None:
        with self._client() as client:
            client.delete(*queues)

    def _client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2)


class RabbitBroker(Broker):
    name = "rabbitmq"
    program = "rabbitmq-server"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.name_server_port = free_port()
        self.node_port = free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @classmethod
    def executable(cls) -> str | None:
        found = shutil.which(cls.program, path=os.pathsep.join(RABBITMQ_PLACES))
        return found or shutil.which(cls.program)

    def launch(self) -> None:
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "total_memory_available_override_value = 1GB\n"
            "disk_free_limit.absolute = 50MB\n"
            "log.console = true\n"
            "log.console.level = warning\n"
        )
        names = {"ERL_EPMD_PORT": str(self.name_server_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        # Else Erlang would start one that outlives us.
        self.run("epmd", "-relaxed_command_check", **names)
        self.run(
            str(self.executable()),
            **names,
            HOME=str(self.folder),  # the cookie
            detached="yes",  # its script becomes the node: no shell in between to outlive it
            RABBITMQ_NODENAME=f"apiqik-test-{self.port}@localhost",
            RABBITMQ_DIST_PORT=str(self.node_port),
            RABBITMQ_CONF_ENV_FILE=os.devnull,
            RABBITMQ_CONFIG_FILE=str(self.folder / "rabbitmq.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self.folder / "plugins"),
            RABBITMQ_MNESIA_BASE=str(self.folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(self.folder / "log"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
        )

    def answers(self) -> bool:
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=0, timeout=2)
                return True
        except (OperationalError, OSError):
            return False

    def give_back(self) -> None:
        """It noticed at once: the connection is gone."""

    def purge(self, *queues: str) -> None:
        with Connection(self.url, connect_timeout=2) as connection:
            for queue in queues:
                with contextlib.suppress(*connection.channel_errors):  # there is none yet
                    channel: Any = connection.channel()
                    channel.queue_purge(queue)

    def wipe(self) -> None:
        """A node killed, its disk gone, and a new one in its place."""
        self.kill()
        shutil.rmtree(self.folder / "mnesia", ignore_errors=True)
        self.start()


BROKERS: dict[str, type[Broker]] = {kind.name: kind for kind in (RedisBroker, RabbitBroker)}


def require(kind: type[Broker]) -> None:
    """Skip the test with the reason when the program is missing; with CI=true, fail."""
    if kind.executable():
        return
    reason = f"{kind.program} is not installed (Debian: apt-get install {kind.program})"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true requires it.")
    pytest.skip(reason)


@contextlib.contextmanager
def running(kind: type[Broker]) -> Iterator[Broker]:
    """A started broker of that kind; ended with everything it left."""
    with tempfile.TemporaryDirectory(prefix="apiqik-broker-") as folder:
        broker = kind(Path(folder))
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()
