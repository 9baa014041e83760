"""Parts of the supervisor that need no running product."""

import os
import sys
import time

import pytest
from django.core.management import CommandError, call_command

from apiqik_backoffice.management.commands import compile_translations
from apiqik_backoffice.supervisor import children, preflight
from apiqik_backoffice.supervisor.children import Child
from apiqik_backoffice.supervisor.exceptions import CannotStartError, GivingUpError
from apiqik_backoffice.supervisor.logs import Lines, LogFile
from apiqik_backoffice.supervisor.preparation import Preparation
from apiqik_backoffice.supervisor.terminal import Budget


def dying(tmp_path, program):
    return Child("part", [sys.executable, "-c", program], log=tmp_path / "part.log", cwd=tmp_path)


def until_dead(child):
    while True:
        worth = child.read()
        status = child.bury_if_dead()
        if status is not None:
            return status, worth
        time.sleep(0.01)


def test_a_child_that_dies_is_started_again_after_a_pause(tmp_path):
    child = dying(tmp_path, "print('[warning] hello'); raise SystemExit(3)")
    assert child.start_if_due() is True
    status, _ = until_dead(child)
    assert status == 3
    assert "hello" in (tmp_path / "part.log").read_text()
    assert child.start_if_due() is False  # not yet
    assert child.start_at is not None
    assert child.start_at > time.monotonic()


def test_a_child_that_keeps_dying_ends_the_run_and_its_log_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "LONGEST_PAUSE", 0)
    child = dying(tmp_path, "raise SystemExit(1)")
    for _ in range(children.DEATHS_ALLOWED - 1):
        child.start_if_due()
        until_dead(child)
    child.start_if_due()
    with pytest.raises(GivingUpError, match=r"The part keeps stopping; .*part\.log"):
        until_dead(child)


def test_a_child_told_to_end_is_not_started_again(tmp_path):
    child = dying(tmp_path, "import time; time.sleep(60)")
    child.start_if_due()
    child.terminate()
    assert child.process is not None
    child.process.wait(timeout=10)
    assert child.has_ended()
    assert child.start_if_due() is False
    until_dead(child)


def test_a_log_stays_small_and_a_full_disk_is_no_reason_to_stop(tmp_path):
    log = LogFile(tmp_path / "a.log", largest=10)
    log.write(b"12345678\n")
    log.write(b"abcdefgh\n")
    assert (tmp_path / "a.log").read_bytes() == b"abcdefgh\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"12345678\n"
    full = LogFile(tmp_path / "b.log")
    full.path = tmp_path / "gone" / "b.log"
    full.write(b"x")
    assert full.dropped == 1


def test_lines_are_put_together():
    lines = Lines()
    assert lines.feed(b"on") == []
    assert lines.feed(b"e\ntw") == ["one"]
    assert lines.feed(b"o\n\xff\n") == ["two", "\ufffd"]
    assert len(lines.feed(b"x" * 70_000)) == 1


def test_a_flood_of_warnings_is_shown_in_part():
    budget = Budget()
    assert [budget.allows("web") for _ in range(8)] == [True] * 6 + [False] * 2
    assert budget.allows("worker")


@pytest.mark.parametrize("port", [-1, 70000])
def test_an_impossible_port(port):
    with pytest.raises(CannotStartError, match="is not a port"):
        preflight.require_free_port("127.0.0.1", port)


def test_an_address_of_another_machine():
    with pytest.raises(CannotStartError, match=r"cannot listen on 192\.0\.2\.1"):
        preflight.require_free_port("192.0.2.1", 8000)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStartError, match="cannot be written"):
        preflight.require_writable(tmp_path / "var")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user(tmp_path):
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(CannotStartError, match="belongs to the user 12345"):
        preflight.require_writable(tmp_path)


def test_a_step_that_fails_is_named_with_its_log(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    steps = Preparation(say=print, stop_if_asked=lambda: None)
    with pytest.raises(CannotStartError, match=r"`manage.py nonsense` failed .*nonsense\.log"):
        steps.manage("nonsense")


def test_translations_are_compiled_once(tmp_path, monkeypatch, settings):
    settings.BASE_DIR = tmp_path
    catalogue = tmp_path / "django.po"
    catalogue.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
    monkeypatch.setattr(compile_translations, "catalogues", lambda: [catalogue])
    call_command("compile_translations")
    assert not compile_translations.is_stale(catalogue)
    catalogue.write_text("rubbish\n")
    os.utime(catalogue, (time.time() + 10, time.time() + 10))
    with pytest.raises(CommandError, match="cannot be compiled"):
        call_command("compile_translations")
