"""The gateway's question over HTTP, beside a plain view of REST framework."""

import json
from typing import Any

from accounts import credentials
from tests.bench.figures import figure
from tests.bench.population import key_of
from tests.bench.serving import Server
from tests.bench.small_world import SERVICE, TOKEN

# Many short rounds: what else the machine does then meets both alike.
ROUNDS, SECONDS = 25, 1.0


def questions(bench: Any) -> list[bytes]:
    """About accounts that stand alike in both databases: every other one is restricted."""
    asked = min(1_000, bench.rows // 10)
    free = range(bench.rows - asked + 1, bench.rows + 1)
    pairs = zip(free, range(1, asked + 1), strict=True)
    return [question(n) for pair in pairs for n in pair]


def question(n: int) -> bytes:
    digest = credentials.digest(key_of(n))
    return (
        f"GET /api/v1/access?key_digest={digest}&service={SERVICE} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN.secret}\r\n\r\n"
    ).encode()


def rates(servers: list[Server], asked: list[bytes]) -> list[list[float]]:
    """Answers per second of each server, round by round, after a round that warms up."""
    for server in servers:
        server.rate(asked, seconds=SECONDS)
    found = []
    for turn in range(ROUNDS):
        # Back and forth, so that none is always the first.
        order = servers if turn % 2 else servers[::-1]
        measured = {id(server): server.rate(asked, seconds=SECONDS) for server in order}
        found.append([measured[id(server)] for server in servers])
    return found


def decisions(server: Server, asked: list[bytes]) -> list[str]:
    bodies = [json.loads(server.ask(one).partition(b"\r\n\r\n")[2]) for one in asked[:4]]
    return [body["code"] for body in bodies]


@figure("access.beside_a_plain_view", at_least=1)
def beside_a_plain_view(bench: Any) -> list[float]:
    asked = questions(bench)
    answers = decisions(bench.served_many, asked)
    if answers != ["allowed", "restricted"] * 2:
        raise AssertionError(f"Not what was prepared: {answers}")
    return [ours / plain for ours, plain in rates([bench.served_many, bench.served_plain], asked)]


@figure("access.many_restrictions_beside_few", at_most=1.3)
def many_beside_few(bench: Any) -> list[float]:
    asked = questions(bench)
    if decisions(bench.served_many, asked) != decisions(bench.served_few, asked):
        raise AssertionError("The two databases do not answer alike.")
    return [few / many for few, many in rates([bench.served_few, bench.served_many], asked)]
