"""Starting the real product in tests, in a folder and on a port of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**extra: str) -> dict[str, str]:
    """Return what a newcomer's shell has, and the measuring of coverage if that goes on."""
    kept = {"PATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"}
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "LANG": "C.UTF-8",
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "apiqik_backoffice.settings.development",
        **extra,
    }


class Product:
    """`manage.py run` with run-time files of its own. One object, many starts."""

    def __init__(self, var_dir: Path, **arguments: Any) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.arguments = arguments
        self.process: subprocess.Popen[str] | None = None
        self.output = var_dir.with_suffix(".output")

    def start(self, **extra: str) -> subprocess.Popen[str]:
        """Start it, its terminal being the file `output`."""
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=environment(
                    VAR_DIR=str(self.var_dir), PORT=str(self.port), DEMO="False", **extra
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                **self.arguments,
            )
        return self.process

    def get(self, path: str, *, token: str = "") -> tuple[int, str]:
        """Return status and body; (0, "") when nobody answers."""
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
            if token:
                request.add_header("Authorization", f"Bearer {token}")
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 -- ours
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_for(self, path: str, status: int, *, seconds: float) -> float:
        """Wait for an answer; return how long it took. Fails with what was printed."""
        began = time.monotonic()
        while self.get(path)[0] != status:
            ended = self.process is not None and self.process.poll() is not None
            assert not ended, f"It ended:\n{self.said()}"
            assert time.monotonic() - began < seconds, f"{self.get(path)}\n{self.said()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def wait_until_ready(self, *, seconds: float = 120) -> float:
        """Wait for its own word, as what is left of a killed run may still answer."""
        began = time.monotonic()
        while "Ready." not in self.said():
            assert self.process is not None
            assert self.process.poll() is None, f"It ended:\n{self.said()}"
            assert time.monotonic() - began < seconds, self.said()
            time.sleep(0.05)
        return time.monotonic() - began

    def said(self) -> str:
        return self.output.read_text()

    def signal(self, number: int, *, seconds: float = 20) -> int:
        """Send a signal to the supervisor; return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)

    def processes(self) -> dict[int, str]:
        """Return the living processes of this product (command lines by process id)."""
        found = {}
        own = str(self.var_dir)
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                variables = (folder / "environ").read_bytes().decode(errors="replace")
                mine = f"VAR_DIR={own}\0" in variables or own in command
                if command and (mine or self._folder_made_by_root() in command):
                    found[int(folder.name)] = command
        return found

    def clean(self) -> None:
        """Kill what is left and remove all files."""
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        pointer = self.var_dir / "postgres" / "folder"
        if pointer.exists():
            shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
        shutil.rmtree(self.var_dir, ignore_errors=True)
        self.output.unlink(missing_ok=True)

    def _folder_made_by_root(self) -> str:
        pointer = self.var_dir / "postgres" / "folder"
        return pointer.read_text().strip() if pointer.exists() else "no such folder"
