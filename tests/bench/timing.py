"""Whether the time of an answer tells if a number has an account: it must not.

Two hundred known and as many unknown numbers, by turns; the medians may differ by a tenth.
"""

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from tests.bench.browser import ROOT
from tests.bench.figures import figure

TRIES = 200


@figure("timing.sign_in", at_most=1.1)
def sign_in(bench: Any) -> list[float]:
    return [apart(bench, "sign_in")]


@figure("timing.sign_up", at_most=1.1)
def sign_up(bench: Any) -> list[float]:
    return [apart(bench, "sign_up")]


def apart(bench: Any, page: str) -> float:
    """The longer median over the shorter."""
    asked = subprocess.run(
        [sys.executable, "-m", "tests.bench.stranger", page, str(TRIES)],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.bench.stranger_settings",
            "BENCH_DATABASE": bench.databases.environment(bench.databases.many),
        },
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = json.loads(asked.stdout.splitlines()[-1])
    medians = sorted(statistics.median(its) for its in seconds.values())
    return medians[1] / medians[0]
