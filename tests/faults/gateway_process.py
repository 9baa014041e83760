"""A gateway as a process of its own: the reference client, and customers who ask all the time.

Told by JSON on its standard input. Writes a line for each time that it let somebody through: the
moment before it decided, and whom. Knows nothing of Django.
"""

import base64
import importlib.util
import json
import random
import sys
import threading
import time
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2] / "docs/gateway_client.py"


def main():
    told = json.load(sys.stdin)
    spec = importlib.util.spec_from_file_location("gateway_client", CLIENT)
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    copy = client.Enforcement(
        url=told["url"],
        token=told["token"],
        gateway=told["gateway"],
        keys={name: base64.b64decode(key) for name, key in told["keys"].items()},
        file=told["file"],
    )
    threading.Thread(target=copy.follow, args=[threading.Event()], daemon=True).start()
    with open(told["let_through"], "a", buffering=1) as let_through:
        while True:
            for number in random.sample(range(len(told["digests"])), min(20, len(told["digests"]))):
                asked_at = time.time()
                answer = copy.decide(key_digest=told["digests"][number], service=told["service"])
                if answer["decision"] != "deny":
                    let_through.write(f"{asked_at} {number}\n")
            time.sleep(0.02)


if __name__ == "__main__":
    main()
