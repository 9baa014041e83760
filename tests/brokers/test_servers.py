"""The brokers that tests start leave nothing behind; without them CI=true fails."""

from pathlib import Path

import pytest

from tests.plumbing.brokers import BROKERS, RedisBroker, require, running

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc"),
]


class Missing(RedisBroker):
    program = "no-such-server"


def processes_in(folder):
    """Command lines of living processes that work in that folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str((place / "cwd").readlink()).startswith(folder):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("name", BROKERS)
def test_a_broker_ends_with_all_its_processes(name):
    require(BROKERS[name])
    with running(BROKERS[name]) as broker:
        folder = str(broker.folder)
        assert broker.answers()
        assert len(processes_in(folder)) >= len(broker.processes) > 0
    assert not broker.answers()
    assert processes_in(folder) == []
    assert not Path(folder).exists()


def test_a_missing_program_is_a_reason_to_skip_but_not_on_a_build_machine(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-server is not installed"):
        require(Missing)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI=true requires"):
        require(Missing)
