"""The gateway's question over HTTP, beside a view of REST framework as one writes it."""

import json
import statistics
from typing import Any

from accounts import credentials
from tests.bench.figures import figure
from tests.bench.population import key_of
from tests.bench.serving import Server
from tests.bench.small_world import SERVICE, TOKEN

TURNS, ROUNDS, IN_A_ROUND = 7, 12, 250


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


def times_longer(
    one: Server, other: Server, asked: list[bytes], *, turns: int = TURNS
) -> list[float]:
    """How many times longer `one` takes than `other` to answer the same, turn by turn.

    A turn is the median of many short rounds, each of which asks both the same questions
    on new connections: what else the machine does, and which process a connection happens
    to be given to, then meets both alike.
    """
    for server in (one, other):
        server.seconds(asked)  # fills their caches with what will be asked
    found = []
    for turn in range(turns):
        ratios = []
        for number in range(ROUNDS):
            first = (turn * ROUNDS + number) * IN_A_ROUND % len(asked)
            part = asked[first : first + IN_A_ROUND]
            # Back and forth, so that none is always the first.
            order = (one, other) if number % 2 else (other, one)
            seconds = {id(server): server.seconds(part) for server in order}
            ratios.append(seconds[id(one)] / seconds[id(other)])
        found.append(statistics.median(ratios))
    return found


def decisions(server: Server, asked: list[bytes]) -> list[str]:
    bodies = [json.loads(server.ask(one).partition(b"\r\n\r\n")[2]) for one in asked[:4]]
    return [body["code"] for body in bodies]


@figure("decisions.beside_a_plain_view", at_least=1.5)
def beside_a_plain_view(bench: Any) -> list[float]:
    asked = questions(bench)
    answers = decisions(bench.served_many, asked)
    if answers != ["allowed", "restricted"] * 2:
        raise AssertionError(f"Not what was prepared: {answers}")
    return times_longer(bench.served_plain, bench.served_many, asked)


@figure("decisions.many_restrictions_beside_few", at_most=1.3)
def many_beside_few(bench: Any) -> list[float]:
    asked = questions(bench)
    if decisions(bench.served_many, asked) != decisions(bench.served_few, asked):
        raise AssertionError("The two databases do not answer alike.")
    return times_longer(bench.served_many, bench.served_few, asked)
