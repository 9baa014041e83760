"""Charges in batches over HTTP: beside REST framework's own serializer of many lines and
`bulk_create`, and with many restrictions beside few.

Both servers are gunicorn as the product has it. The other view checks the same lines by a
`ModelSerializer(many=True)` and writes them into a table with the columns and indexes of
`billing_charge`. It posts no journal and moves no balance; ours does all of it.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
from django.db import connections

from apiqik_backoffice.database_roles import APP, OWNER
from tests.bench import population
from tests.bench.bench import OURS, STOCK
from tests.bench.figures import figure, interleaved
from tests.bench.ledger import ACCOUNTS, ledger
from tests.bench.population import Seeding
from tests.bench.serving import Server

LINES, TURNS = 2_000, 7
FEW = 1_000
SERVICE = "image-generation"
PLAIN_TABLE = f"""
CREATE TABLE bench_plaincharge (LIKE billing_charge
    INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
GRANT SELECT, INSERT ON bench_plaincharge TO {APP};
"""
_batches = count()


class Platform:
    """The rating of the platform: its token, the accounts it charges, batches of lines."""

    def __init__(self) -> None:
        from accounts.models import Account, ServiceClient
        from tests.accounts.making import make_person, make_service

        make_service(SERVICE)
        self.accounts = list(Account.objects.order_by("pk").values_list("public_id", flat=True))
        _client, self.token = ServiceClient.issue(
            name="rating",
            scopes=[ServiceClient.Scope.CHARGES_WRITE],
            created_by=make_person(name="Staff", is_staff=True),
        )

    def batch(self) -> bytes:
        """A request with lines nobody has sent, of one account after the other."""
        number, used_at = next(_batches), datetime.now(UTC) - timedelta(minutes=1)
        lines = [
            {
                "key": f"{time.monotonic_ns()}-{number}-{line}",
                "account": self.accounts[line % ACCOUNTS],
                "amount": "0.000812345",
                "used_at": used_at.isoformat(),
                "service": SERVICE,
                "quantities": {"tokens_in": 812, "tokens_out": 96},
            }
            for line in range(LINES)
        ]
        body = json.dumps({"charges": lines}).encode()
        head = (
            "POST /api/v1/charges HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def seconds(self, server: Server) -> float:
        return server.seconds([self.batch()])

    def demand_all_charged(self, server: Server) -> None:
        answer = json.loads(server.ask(self.batch()).partition(b"\r\n\r\n")[2])
        if answer["accepted"] != LINES:
            raise AssertionError(f"Not every line was charged: {answer}"[:300])


@contextmanager
def charged(bench: Any) -> Iterator[tuple[str, Platform]]:
    """A database of accounts that have enough, and who charges them."""
    with ledger(bench) as name:
        platform = Platform()
        connections.close_all()
        owner = bench.databases.server.connection(OWNER, name)
        with psycopg.connect(**owner, autocommit=True) as opened:
            opened.execute(PLAIN_TABLE.encode())
        yield name, platform


@figure("charges.http", at_least=5)
def beside_a_serializer(bench: Any) -> list[float]:
    with charged(bench) as (name, platform):
        where = bench.databases.environment(name)
        with Server(OURS, where) as ours, Server(STOCK, where) as stock:
            for server in (ours, stock):
                for _once in range(4):  # every process of it has its plans
                    platform.demand_all_charged(server)
            return interleaved(
                turns=range(TURNS),
                slow=lambda _turn: platform.seconds(stock),
                fast=lambda _turn: platform.seconds(ours),
            )


def restrict(bench: Any, name: str, *, many: int) -> None:
    """That many restrictions; what they name is not what is measured, so it need not exist."""
    superuser = bench.databases.server.connection("postgres", name)
    with Seeding(superuser, population.RESTRICTED) as seeding:
        seeding.run(population.RESTRICTIONS, low=1, high=many, clause=1, **{"from": 0})


@figure("charges.http.many_restrictions_beside_few", at_most=1.3)
def many_beside_few(bench: Any) -> list[float]:
    with charged(bench) as (few, platform), bench.databases.copy("charged", of=few) as many:
        restrict(bench, few, many=FEW)
        restrict(bench, many, many=bench.rows)
        with (
            Server(OURS, bench.databases.environment(few)) as with_few,
            Server(OURS, bench.databases.environment(many)) as with_many,
        ):
            for server in (with_few, with_many):
                for _once in range(4):
                    platform.demand_all_charged(server)
            return interleaved(
                turns=range(TURNS),
                slow=lambda _turn: platform.seconds(with_many),
                fast=lambda _turn: platform.seconds(with_few),
            )
