"""The real product: started, watched, stopped and killed. Slow, so few and long."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from apiqik_backoffice.embedded.processes import wait_until
from tests.plumbing.product import ROOT, Product, environment

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc"),
]

# 10 seconds are promised; measuring coverage and other work on the machine take more.
BUSY = "COVERAGE_PROCESS_CONFIG" in os.environ or os.getloadavg()[0] > (os.cpu_count() or 1)
PROMISED_SECONDS = 25 if BUSY else 10


@pytest.fixture
def product():
    with tempfile.TemporaryDirectory(prefix="apiqik test ") as folder:
        running = Product(Path(folder) / "var")
        yield running
        running.clean()


def test_a_life(product):
    product.start()
    product.wait_until_ready()
    product.wait_for("/readyz", 200, seconds=60)

    again = Product(product.var_dir)
    assert again.start().wait(timeout=30) == 1
    assert "already runs from this folder" in again.said()
    assert "Traceback" not in again.said()

    # Parts that die come back.
    for part in ("gunicorn", "valkey-server", "postgres -D"):
        victims = [pid for pid, command in product.processes().items() if part in command]
        assert victims, (part, product.processes())
        victim = min(victims)
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: _is_back(product, part, victim), seconds=30), product.said()  # noqa: B023
    product.wait_for("/readyz", 200, seconds=60)

    assert product.signal(signal.SIGTERM) == 0
    assert "Everything has stopped." in product.said()
    assert product.processes() == {}, product.said()

    # Next start: the data is there, quickly. Then the worst end, and a start right after it.
    product.start()
    assert product.wait_until_ready() < PROMISED_SECONDS
    assert product.signal(signal.SIGKILL) == -signal.SIGKILL
    product.start()
    product.wait_until_ready()
    assert "Updating" not in product.said()

    # A lost terminal.
    assert product.signal(signal.SIGHUP) == 0
    assert product.processes() == {}, product.said()


def _is_back(product: Product, part: str, victim: int) -> bool:
    return any(part in command and pid != victim for pid, command in product.processes().items())


def test_nothing_is_left_when_supervisor_is_killed_or_its_reader_goes(product):
    product.start()
    product.wait_until_ready()
    product.signal(signal.SIGKILL)
    product.process = None
    assert wait_until(lambda: not product.processes(), seconds=25), product.processes()

    read, write = os.pipe()
    running = subprocess.Popen(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env=environment(VAR_DIR=str(product.var_dir), PORT=str(product.port), DEMO="False"),
        stdout=write,
        stderr=write,
    )
    os.close(write)
    product.wait_for("/healthz", 200, seconds=60)
    os.close(read)
    assert running.wait(timeout=20) == 0
    assert product.processes() == {}, product.said()


def test_a_port_in_use_is_said_before_anything_is_touched(product):
    with socket.create_server(("127.0.0.1", product.port)):
        assert product.start().wait(timeout=30) == 1
    assert f"Port {product.port} is in use by another program" in product.said()
    assert "Traceback" not in product.said()
    assert not (product.var_dir / "postgres").exists()


def test_a_half_made_database_is_made_anew(product):
    """What is left when the power goes during the first start."""
    unfinished = product.var_dir / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True, mode=0o700)
    (product.var_dir / "postgres").chmod(0o700)
    (unfinished / "rubbish").write_text("")
    product.start()
    assert wait_until(lambda: "Updating" in product.said(), seconds=30), product.said()
    # And now it is interrupted in the midst of its migrations.
    assert product.signal(signal.SIGINT) == 0
    assert product.processes() == {}, product.said()
    product.start()
    product.wait_until_ready()
    assert product.signal(signal.SIGINT) == 0


def _ordinary_user_can_read(file: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in file.resolve().parents)


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to become someone else")
@pytest.mark.skipif(
    not (_ordinary_user_can_read(ROOT / "x") and _ordinary_user_can_read(Path(sys.executable))),
    reason="the checkout is closed to others",
)
def test_an_ordinary_user():
    # One that the machine knows: initdb asks for the name.
    person = pwd.getpwnam("nobody")
    them = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    with tempfile.TemporaryDirectory(prefix="apiqik-test-") as folder:
        os.chown(folder, person.pw_uid, person.pw_gid)
        product = Product(Path(folder) / "var", umask=0o022, **them)
        product.start(HOME=folder)
        product.wait_until_ready()
        assert product.signal(signal.SIGINT) == 0
        assert product.processes() == {}, product.said()

        os.chown(folder, 0, 0)
        closed = Product(Path(folder) / "other", **them)
        assert closed.start(HOME=folder).wait(timeout=30) == 1
        assert "cannot be written (Permission denied)" in closed.said()
        assert "Traceback" not in closed.said()
        product.clean()
