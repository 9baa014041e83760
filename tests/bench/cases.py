"""Queues of a million cases and of their reports, and the page of one case, beside the same
with a thousand.

A tenth of the cases are open, on 10,000 accounts; each has its events, a report and two
entries of its clock. Reporters of open cases wait for an answer, and a few of closed ones. How many
statements a page asks is a figure of its own, and how many of them count without an end.
"""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.bench.bench import OURS
from tests.bench.browser import Browser
from tests.bench.changes import world
from tests.bench.figures import figure, interleaved
from tests.bench.lists import UNBOUNDED
from tests.bench.population import FIRST_ID, SINCE, Seeding

LIST = "/admin/compliance/case/"
REPORTS = "/admin/compliance/report/"
FEW, TURNS = 1_000, 9
ACCOUNTS = 10_000
MOST_STATEMENTS = 12
TABLES = [
    "compliance_case",
    "compliance_caseevent",
    "compliance_report",
    "compliance_untoldreport",
    "compliance_clockentry",
]

OPEN = "n % 10 = 0"
# Nearly all in cases that are open still; a few in closed ones, whom somebody has to tell now.
UNTOLD = f"{OPEN} OR n % 500 = 1"
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
INSERT INTO compliance_report (id, recorded_at, transaction, receipt, case_id, channel, kind,
    about_id, about_text, location, statement, contact_name, contact_email, language, medium,
    client_key, request_hash, signals)
SELECT %(first)s + n, {SINCE}, '3', 'R-' || upper(substr(md5('r' || n), 1, 20)), %(first)s + n,
    CASE WHEN n % 5000 = 1 THEN 'customer' ELSE 'public' END,
    (ARRAY['violation','account_name','leak','user_dispute'])[1 + n % 4],
    %(first)s + 1 + n % {ACCOUNTS}, '', '', '', '', '', 'en', '', '', '', '[]'
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n;
INSERT INTO compliance_untoldreport (report_id, due)
SELECT %(first)s + n, NOT ({OPEN})
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n WHERE {UNTOLD};
INSERT INTO compliance_clockentry (recorded_at, case_id, clock, act, at, days, reason)
SELECT {SINCE}, %(first)s + n, 'decision', CASE m WHEN 1 THEN 'start' ELSE 'stop' END, {SINCE},
    CASE m WHEN 1 THEN 15 END, ''
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n, generate_series(1, 2) m;
"""

PAGES = {
    "cases.queue": LIST,
    "cases.overdue": f"{LIST}?held=overdue",
    "cases.page": f"{LIST}{FIRST_ID - 1 + 500}/change/",
}
QUEUES_OF_REPORTS = [
    REPORTS,
    f"{REPORTS}?p=end",
    f"{REPORTS}?standing=to_be_told",
    f"{REPORTS}?standing=untold",
    f"{REPORTS}?standing=told",
    f"{REPORTS}?channel__exact=customer",
    f"{REPORTS}?channel__exact=customer&kind__exact=account_name",
]


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
    @figure(f"{name}.many_beside_few", at_most=2)
    def beside_few(bench: Any) -> list[float]:
        with browsers(bench) as (few, many):
            return interleaved(
                turns=range(TURNS),
                slow=lambda _turn: many.seconds(address),
                fast=lambda _turn: few.seconds(address),
            )

    @figure(f"{name}.statements", at_most=MOST_STATEMENTS)
    def statements(bench: Any) -> list[float]:
        with browsers(bench) as (_few, many):
            many.get(address)
            return [float(len(many.get(address, with_sql=True)["sql"]))]


for each, at in PAGES.items():
    declare(each, at)


# Of reports every queue that the desk links to or filters by; what counts is the worst of them.


@figure("reports.queue.many_beside_few", at_most=2)
def reports_beside_few(bench: Any) -> list[float]:
    with browsers(bench) as (few, many):
        ratios = [
            interleaved(
                turns=range(TURNS),
                slow=lambda _turn, at=at: many.seconds(at),  # type: ignore[misc]
                fast=lambda _turn, at=at: few.seconds(at),  # type: ignore[misc]
            )
            for at in QUEUES_OF_REPORTS
        ]
    return max(ratios, key=statistics.median)


def asked_by_queues(bench: Any) -> list[list[str]]:
    """The statements of each queue of reports, once it has been opened before."""
    with browsers(bench) as (_few, many):
        for at in QUEUES_OF_REPORTS:
            many.get(at)
        return [many.get(at, with_sql=True)["sql"] for at in QUEUES_OF_REPORTS]


@figure("reports.queue.statements", at_most=MOST_STATEMENTS)
def statements_of_queues(bench: Any) -> list[float]:
    return [float(max(len(asked) for asked in asked_by_queues(bench)))]


@figure("reports.queue.unbounded_counts", at_most=0)
def unbounded_counts(bench: Any) -> list[float]:
    asked = [sql for each in asked_by_queues(bench) for sql in each]
    return [float(sum(bool(UNBOUNDED.search(sql)) for sql in asked))]
