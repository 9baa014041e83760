"""Embedded servers: private, recoverable, stopped by the last one out."""

import os
import signal
import stat
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from apiqik_backoffice.embedded import locations
from apiqik_backoffice.embedded.exceptions import EmbeddedServerError, UnusableFolderError
from apiqik_backoffice.embedded.processes import command_line, wait_until
from apiqik_backoffice.embedded.usage import Use
from apiqik_backoffice.embedded.valkey import ValkeyServer


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="apiqik test ") as name:
        yield Path(name)


@pytest.fixture
def valkey(folder):
    server = ValkeyServer(folder)
    yield server
    server.stop()


def client(server):
    return redis.Redis(unix_socket_path=str(server.socket))


def test_the_broker_keeps_its_queue_and_is_closed_to_others(valkey):
    assert valkey.ensure_running() is True
    assert valkey.ensure_running() is False
    assert stat.S_IMODE(valkey.place.sockets.stat().st_mode) == 0o700
    with client(valkey) as connection:
        assert connection.config_get("port") == {"port": "0"}
        connection.rpush("queue", "message")
    valkey.stop()
    assert not valkey.is_running()
    valkey.ensure_running()
    with client(valkey) as connection:
        assert connection.lrange("queue", 0, -1) == [b"message"]


def test_a_killed_broker_and_a_stale_number_are_no_obstacle(valkey):
    valkey.ensure_running()
    pid = int((valkey.place.folder / "valkey.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not command_line(pid), seconds=5)
    (valkey.place.folder / "valkey.pid").write_text(f"{os.getpid()}\n")  # not a broker
    assert valkey.ensure_running() is True
    (valkey.place.folder / "valkey.pid").unlink()  # its starter died too early
    valkey.stop()
    assert wait_until(lambda: not valkey.is_running(), seconds=5)


def test_a_damaged_queue_is_set_aside(valkey):
    valkey.ensure_running()
    valkey.stop()
    manifest = next((valkey.place.folder / "appendonlydir").glob("*.manifest"))
    manifest.write_text("rubbish")
    assert valkey.ensure_running() is True
    assert list(valkey.place.folder.glob("appendonlydir.damaged-*"))


def test_a_program_that_does_not_start_is_said_in_a_sentence(valkey, monkeypatch):
    monkeypatch.setattr("apiqik_backoffice.embedded.valkey.program", lambda: Path("/bin/false"))
    with pytest.raises(EmbeddedServerError, match="Valkey does not start"):
        valkey.ensure_running()


def test_a_long_path_gets_a_short_socket(folder):
    place = locations.place_for(folder / ("x" * 120), "valkey", longest_socket_name="valkey.sock")
    assert len(str(place.sockets)) < 60
    assert place.sockets != place.records / "socket"


def test_a_folder_of_somebody_else_or_open_to_them_is_refused(folder):
    place = locations.place_for(folder, "valkey", longest_socket_name="valkey.sock")
    place.records.mkdir(mode=0o700)
    place.sockets.mkdir()
    place.sockets.chmod(0o755)
    with pytest.raises(UnusableFolderError, match="closed to everyone else"):
        locations.prepare(place)


def test_the_last_one_out_stops_the_server(folder):
    stopped = []
    first, second = Use(folder / "lock"), Use(folder / "lock")
    first.begin()
    second.begin()
    assert first.end(lambda: stopped.append(1)) is False
    assert second.end(lambda: stopped.append(2)) is True
    assert second.end(lambda: stopped.append(3)) is False
    assert stopped == [2]


def test_root_finds_its_database_when_the_checkout_moved(folder, monkeypatch):
    """Only the path changes; what lay beside the old path comes along."""
    monkeypatch.setattr(locations, "ROOTS_FOLDER", folder / "lib")
    account = locations.Account(uid=os.geteuid(), gid=os.getegid())

    def place(checkout):
        records = folder / checkout / "postgres"
        home = folder / "lib" / f"postgres-{checkout}"
        return locations.Place(
            records=records, folder=home, sockets=home / "socket", account=account
        )

    locations.prepare(place("old"))
    (place("old").folder / "data").mkdir()
    (folder / "old").rename(folder / "new")
    locations.prepare(place("new"))
    assert place("new").data.is_dir()
    # Deleting var/ asks for a fresh start, and yet throws nothing away.
    (place("new").records / "folder").unlink()
    locations.prepare(place("new"))
    assert not place("new").data.exists()
    assert [p for p in (folder / "lib").iterdir() if (p / "data").is_dir()]


def test_many_starts_at_once_move_an_old_database_aside_once(folder, monkeypatch):
    """As test processes do after var/ was deleted: none moves another's new one."""
    monkeypatch.setattr(locations, "ROOTS_FOLDER", folder / "lib")
    home = folder / "lib" / "postgres"
    (home / "data").mkdir(parents=True)
    home.chmod(0o700)
    place = locations.Place(
        records=folder / "records",
        folder=home,
        sockets=home / "socket",
        account=locations.Account(uid=os.geteuid(), gid=os.getegid()),
    )
    together = threading.Barrier(8)

    def start(_number):
        together.wait()
        locations.prepare(place)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))
    assert sorted(path.name.partition(".")[0] for path in home.parent.iterdir()) == [
        "postgres",
        "postgres",
    ]
    assert not place.data.exists()


def test_waiting_ends(monkeypatch):
    began = time.monotonic()
    assert wait_until(lambda: False, seconds=0.1) is False
    assert time.monotonic() - began < 5
