"""`make bench`: measures every figure, or those whose name begins as an argument does.

Prints one line per figure, `name measured goal ok|short`, and fails when any is short.
BENCH_ROWS is how many customers there are, a million unless it says otherwise.
"""

import os
import sys
import time
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.testing")

# A module with figures is named here, and that is all.
MODULES = (
    "lists",
    "access",
    "enforcement",
    "changes",
    "ledger",
    "ledger_lists",
    "seals",
    "cases",
    "deliveries",
    "timing",
)


def small_world(database: dict[str, Any]) -> Any:
    """The few records that a million others refer to, made by the product's own verbs."""
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict.update(database)
    from tests.bench.small_world import make

    world = make()
    connections.close_all()
    return world


def main(wanted: list[str]) -> int:
    import django

    django.setup()
    from tests.bench.bench import Bench
    from tests.bench.figures import figures

    for name in MODULES:
        import_module(f"tests.bench.{name}")
    chosen = [
        one
        for one in figures.values()
        if not wanted or any(one.name.startswith(beginning) for beginning in wanted)
    ]
    if not chosen:
        print("No figure has such a name. There are:", *figures, sep="\n  ", file=sys.stderr)
        return 2
    began, short = time.monotonic(), 0
    with Bench(rows=int(os.environ.get("BENCH_ROWS", "1000000")), small_world=small_world) as bench:
        print(f"# {bench.rows} customers, after {time.monotonic() - began:.0f} s", flush=True)
        for one in chosen:
            line, good = one.line(one.measure(bench))
            short += not good
            print(line, flush=True)
    print(f"# {len(chosen)} figures, {short} short, {time.monotonic() - began:.0f} s")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
