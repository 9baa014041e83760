"""Queues of a million cases, and the page of one, beside the same with a thousand.

A tenth of the cases are open, on 10,000 accounts; each has its events, a report and two
entries of its clock. How many statements a page asks is a figure of its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.bench.bench import OURS
from tests.bench.browser import Browser
from tests.bench.changes import world
from tests.bench.figures import figure, interleaved
from tests.bench.population import FIRST_ID, SINCE, Seeding

LIST = "/admin/compliance/case/"
FEW, TURNS = 1_000, 9
ACCOUNTS = 10_000
MOST_STATEMENTS = 12
TABLES = [
    "compliance_case",
    "compliance_caseevent",
    "compliance_report",
    "compliance_clockentry",
]

OPEN = "n % 10 = 0"
CASES = f"""
INSERT INTO compliance_case (id, edition, public_id, kind, state, severity, queue, title,
    subject, subject_key, account_id, confidential, opened_at, state_since, due_at, closed_at)
SELECT %(first)s + n, 1, 'cas_' || substr(md5('case' || n), 1, 20),
    (ARRAY['violation','account_name','leak','user_dispute'])[1 + n % 4],
    CASE WHEN {OPEN} THEN 'new' ELSE 'closed' END, 1 + n % 4,
    (ARRAY['intake','compliance','supervisors'])[1 + n % 3], 'Spam through the API ' || n,
    '', 'seeded:' || n, %(first)s + 1 + n % {ACCOUNTS}, false, {SINCE}, {SINCE},
    CASE WHEN {OPEN} THEN {SINCE} + interval '20 days' END,
    CASE WHEN NOT ({OPEN}) THEN {SINCE} END
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n;
INSERT INTO compliance_caseevent (recorded_at, transaction, case_id, what, data)
SELECT {SINCE}, '3', %(first)s + n, (ARRAY['opened','noted','noted','closed'])[m], '{{}}'
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n, generate_series(1, 4) m;
INSERT INTO compliance_report (recorded_at, transaction, receipt, case_id, channel, kind,
    about_text, statement, contact_name, contact_email, language, client_key, request_hash)
SELECT {SINCE}, '3', 'R-' || upper(substr(md5('r' || n), 1, 20)), %(first)s + n, 'public',
    'violation', '', '', '', '', 'en', '', ''
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n;
INSERT INTO compliance_clockentry (recorded_at, case_id, clock, act, at, days, reason)
SELECT {SINCE}, %(first)s + n, 'decision', CASE m WHEN 1 THEN 'start' ELSE 'stop' END, {SINCE},
    CASE m WHEN 1 THEN 15 END, ''
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n, generate_series(1, 2) m;
"""

PAGES = {
    "queue": LIST,
    "overdue": f"{LIST}?held=overdue",
    "page": f"{LIST}{FIRST_ID - 1 + 500}/change/",
}


def seed(bench: Any, name: str, low: int, high: int) -> None:
    superuser = bench.databases.server.connection("postgres", name)
    with Seeding(superuser, TABLES) as seeding:
        seeding.run(CASES, low=low, high=high)


@contextmanager
def browsers(bench: Any) -> Iterator[tuple[Browser, Browser]]:
    """Of a desk with a thousand cases, and of one with as many as there are customers."""
    from django.db import connections

    from tests.bench.small_world import make

    with ExitStack() as stack:
        few = stack.enter_context(world(bench, ACCOUNTS))
        make()
        connections.close_all()
        seed(bench, few, 1, FEW)
        many = stack.enter_context(bench.databases.copy("cases", of=few))
        seed(bench, many, FEW + 1, bench.rows)
        opened = []
        for name in (few, many):
            browser = Browser(OURS, bench.databases.environment(name))
            stack.callback(browser.close)
            opened.append(browser)
        yield opened[0], opened[1]


def declare(name: str, address: str) -> None:
    @figure(f"cases.{name}.many_beside_few", at_most=2)
    def beside_few(bench: Any) -> list[float]:
        with browsers(bench) as (few, many):
            return interleaved(
                turns=range(TURNS),
                slow=lambda _turn: many.seconds(address),
                fast=lambda _turn: few.seconds(address),
            )

    @figure(f"cases.{name}.statements", at_most=MOST_STATEMENTS)
    def statements(bench: Any) -> list[float]:
        with browsers(bench) as (_few, many):
            many.get(address)
            return [float(len(many.get(address, with_sql=True)["sql"]))]


for each, at in PAGES.items():
    declare(each, at)
