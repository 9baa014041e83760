"""A process that spends with many threads and dies, by `kill -9`, in the middle of a commit.

    python -m tests.plumbing.spender < instructions

The instructions are JSON: `database` (entries of settings.DATABASES), `account`, `keys` (a
charge of one yuan for each), `used_at`, `threads`, and `dies_after`: so many charges are
committed; of the next one the COMMIT is sent and its answer not waited for.
"""

import json
import os
import queue
import signal
import sys
import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.testing")

YUAN = Decimal(1_000_000)


def spend(told: dict[str, Any], keys: "queue.SimpleQueue[str]", done: list[str]) -> None:
    from django.db import connection, transaction

    from billing import charging

    used_at = datetime.fromisoformat(told["used_at"])
    while True:
        try:
            key = keys.get_nowait()
        except queue.Empty:
            return
        line = charging.Line(key=key, account=told["account"], exact=YUAN, used_at=used_at)
        if len(done) < told["dies_after"]:
            charging.charge([line])
            done.append(key)
            continue
        with transaction.atomic():
            charging.charge([line])
            wire = connection.connection.pgconn
            wire.send_query(b"COMMIT")
            wire.flush()
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    import django

    django.setup()
    from django.db import connections

    told = json.load(sys.stdin)
    connections["default"].settings_dict.update(told["database"])
    keys: queue.SimpleQueue[str] = queue.SimpleQueue()
    for key in told["keys"]:
        keys.put(key)
    done: list[str] = []
    threads = [
        threading.Thread(target=spend, args=(told, keys, done)) for _ in range(told["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
