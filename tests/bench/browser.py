"""A signed-in browser in a process of its own, because settings are one per process.

`python -m tests.bench.browser` reads one JSON object a line, `{"path": …}`, asks for
that page in process, with all its middleware and templates, and answers one line.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Browser:
    """One process with those settings; close it at the end."""

    def __init__(self, settings: str, database: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed at the end
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.browser"],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings, "BENCH_DATABASE": database},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def get(self, path: str, *, with_sql: bool = False) -> dict[str, Any]:
        """`seconds`, `length`, `body`, and `sql`, the statements, if wanted."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"path": path, "sql": with_sql}) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"The browser ended at {path}:\n{self._log.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        if answer["status"] != 200:
            raise RuntimeError(f"{path}: {answer['status']} {answer['body'][:500]}")
        return answer

    def seconds(self, path: str) -> float:
        seconds: float = self.get(path)["seconds"]
        return seconds

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()


def main() -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from tests.desk.signing_in import sign_in

    superuser = User.objects.get(is_superuser=True)
    client: Client = sign_in(superuser, "password", "mfa")
    for line in sys.stdin:
        wanted = json.loads(line)
        captured: CaptureQueriesContext | None = None
        if wanted["sql"]:
            captured = CaptureQueriesContext(connection).__enter__()
        began = time.perf_counter()
        response = client.get(wanted["path"])
        seconds = time.perf_counter() - began
        if captured is not None:
            captured.__exit__(None, None, None)
        answer = {
            "status": response.status_code,
            "seconds": seconds,
            "length": len(response.content),
            "body": response.content.decode(),
            "sql": [one["sql"] for one in captured.captured_queries] if captured else [],
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
