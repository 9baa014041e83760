"""E-mails of a change through claim, attempt and outcome, beside four other ways to send them.

Ours is what the worker runs: `delivering.deliver_all`, with the evidence of each e-mail in the
database before and after it leaves. The others get the same letters ready: (a) `smtplib` on one
connection that stays open, with bytes, (b) Django's `send_messages` on one connection, (c) one
Celery task per message on RabbitMQ, (d) django-post_office with everything queued. All of them
send to one mail server on loopback, a process of its own that offers PIPELINING as real ones do.

What is compared are the seconds a message takes. The others send a tenth as many, turn by turn.
"""

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from django.db import connection, connections
from django.test.utils import override_settings
from psycopg import sql

from apiqik_backoffice.database_roles import OWNER
from common.messaging import configured
from common.messaging.mail import mail_bytes
from notices import channels
from tests.bench.database import PREFIX
from tests.bench.figures import figure, timed
from tests.bench.mailer import ROOT, Mailer
from tests.bench.population import CUSTOMERS, MESSAGES, Seeding
from tests.bench.seals import _with_growth
from tests.plumbing.brokers import RabbitBroker
from tests.plumbing.databases import django_settings, drop_database

TURNS = 3
FEW = 10_000
# Sent to measure the cost of one where there are few and where there are many.
A_SAMPLE = 10_000
# What a worker may need more at the end of a hundred thousand than at the beginning.
AN_HOUR = timedelta(hours=1)
MEMORY = 16 * 1024 * 1024
# By the verb of `tests.bench.mailer`.
OTHERS = ("smtplib", "django", "celery", "post_office")
BATCHES_FIRST = 500
# Each person's own words, as they are written: a name, their accounts, facts, a link.
PENDING = """
INSERT INTO notices_renderedbody (sha256, subject, body)
SELECT encode(sha256(('pending' || n)::bytea), 'hex'),
    CASE WHEN n % 3 = 0 THEN 'Image generation will be suspended on 30 November 2026'
    ELSE '图像生成服务将于 2026年11月30日 暂停' END,
    CASE WHEN n % 3 = 0 THEN 'Dear customer ' || n || ',

Image generation will be suspended for:
- Example Co. (acc_' || md5(n::text) || ')

From: 30 November 2026, 00:00 (Asia/Shanghai)
Basis: Terms of Service, clause 1.3
Reference: chg_0123456789abcdefghij

' || repeat('What changes, when and why, in words that everybody understands. ', 6) || '

Read it here: https://backoffice.example.com/inbox/' || n || '/
' ELSE '尊敬的用户' || n || '：

您的下列账户的图像生成服务将被暂停：
- 示例有限公司（acc_' || md5(n::text) || '）

自：2026年11月30日 00:00（Asia/Shanghai）
依据：服务条款第1.3条
编号：chg_0123456789abcdefghij

' || repeat('什么会变、什么时候变、为什么变，我们用人人都懂的话告诉您。', 6) || '

详情见 https://backoffice.example.com/inbox/' || n || '/
' END
FROM generate_series(1, %(pending)s::int) n;
INSERT INTO notices_delivery (id, channel, address, state, tries, not_before, fence, notice_id,
    expansion_id, body_id, template_id)
SELECT %(first)s + %(rows)s + n, 'email', 'p' || n || '@example.com', 'pending', 0,
    timestamptz '2099-01-01 00:00Z', 0, %(first)s + 1 + n % %(rows)s, %(first)s,
    encode(sha256(('pending' || n)::bytea), 'hex'), %(template)s
FROM generate_series(1, %(pending)s::int) n;
"""
# What is to be sent in one go; what is seeded waits.
DUE_NOW = """
UPDATE notices_delivery SET not_before = timestamptz '2024-01-01 00:00Z' WHERE id IN (
    SELECT id FROM notices_delivery
    WHERE state = 'pending' AND not_before > timestamptz '2098-01-01 00:00Z'
    ORDER BY id LIMIT %(count)s)
"""


@contextmanager
def sink() -> Iterator[int]:
    """A mail server in a process of its own; the port it answers at."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.plumbing.mail_sink"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


@contextmanager
def world(bench: Any, rows: int, pending: int) -> Iterator[None]:
    """A database with `rows` deliveries that were accepted and `pending` e-mails to send, and
    Django on it."""
    from tests.bench.small_world import make

    bench.leave()
    template = bench.databases.server.template()
    with bench.databases.copy("deliveries", of=template) as name:
        connections.close_all()
        connections["default"].settings_dict.update(bench.databases.as_django_settings(name))
        try:
            small = make()
            connections.close_all()
            with Seeding(bench.databases.server.connection("postgres", name)) as seeding:
                seeding.run(CUSTOMERS, rows=rows)
                named = {"rows": rows, "template": small.template}
                seeding.run(MESSAGES, change=small.change, **named)
                seeding.run(PENDING, pending=pending, **named)
            yield
        finally:
            connections.close_all()


@contextmanager
def provider(port: int) -> Iterator[None]:
    """Django sends to the sink, as a newcomer's EMAIL_URL would have it."""
    smtp = {
        "class": "common.messaging.smtp.Smtp",
        "channel": "email",
        "options": {"host": "127.0.0.1", "port": port},
    }
    texts = {"class": "common.messaging.memory.Memory", "channel": "sms"}
    with override_settings(MESSAGE_PROVIDERS={"smtp": smtp, "memory": texts}):
        try:
            yield
        finally:
            configured.forget()


def letters(path: Path) -> None:
    """The letters of a thousand of the pending deliveries, for those they are compared with."""
    from notices.models import Delivery

    ready = []
    for one in Delivery.objects.filter(state="pending").select_related("body")[:1000]:
        message = channels.write(
            "email",
            reference="0190a1b2-c3d4-7e5f-8a9b-0123456789ab",
            address=one.address,
            subject=one.body.subject,
            body=one.body.body,
            template="t",
        )
        raw = mail_bytes(message, headers={})
        ready.append((one.address, message.subject, message.body, message.html, raw))
    path.write_bytes(pickle.dumps(ready))


def deliver(count: int) -> float:
    """Seconds a message that `count` of ours take, by what the worker's task runs."""
    from notices import delivering

    sent: list[tuple[int, bool]] = []
    with connection.cursor() as cursor:
        cursor.execute(DUE_NOW, {"count": count})
        assert cursor.rowcount == count, "too few were left to send"
    seconds = timed(lambda: sent.append(delivering.deliver_all("email", at_most=AN_HOUR)))
    assert sent == [(count, False)]
    return seconds / count


@contextmanager
def post_office_database(bench: Any) -> Iterator[str]:
    """Its own, for what it needs to be as it comes; for BENCH_DATABASE."""
    name = f"{PREFIX}post_office"
    with psycopg.connect(**bench.databases.server.superuser, autocommit=True) as superuser:
        drop_database(superuser, name)
        superuser.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        try:
            yield json.dumps(django_settings(bench.databases.server.connection(OWNER, name)))
        finally:
            drop_database(superuser, name)


@lru_cache
def _compared(bench: Any) -> dict[str, list[float]]:
    """How many times longer a message takes each of the others, turn by turn; and how much
    more memory the worker had meanwhile, as a share of what it may."""
    total = bench.rows // 10
    found: dict[str, list[float]] = {name: [] for name in OTHERS}
    growths = []
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        stack.enter_context(world(bench, FEW, 2 * total))
        stack.enter_context(provider(port))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        letters(folder / "letters")
        others = _others(bench, stack, folder, port)
        deliver(BATCHES_FIRST)  # plans are made, the line is open
        for other in others.values():
            other.seconds("send", count=100)
        for _turn in range(TURNS):
            ours, growth = _with_growth(lambda: deliver(total // TURNS))
            growths.append(growth / MEMORY)
            for name, other in others.items():
                count = total // 10 // TURNS
                if name == "post_office":
                    other.seconds("prepare", count=count)
                seconds = other.seconds("send", count=count) / count
                print(f"# {name} {seconds * 1e6:.0f} us, ours {ours * 1e6:.0f} us", flush=True)
                found[name].append(seconds / ours)
    return found | {"memory": growths}


def _others(bench: Any, stack: ExitStack, folder: Path, port: int) -> dict[str, Mailer]:
    (folder / "rabbit").mkdir()
    broker = RabbitBroker(folder / "rabbit")
    broker.start()
    stack.callback(broker.kill)
    database = stack.enter_context(post_office_database(bench))
    extra = {"BENCH_BROKER": broker.url, "BENCH_DATABASE": database}
    others = {}
    for name in OTHERS:
        others[name] = Mailer(name, folder / "letters", smtp=port, **extra)
        stack.callback(others[name].close)
    others["post_office"].seconds("prepare", count=100)
    return others


@figure("deliveries.beside_smtplib", at_least=0.6)
def beside_smtplib(bench: Any) -> list[float]:
    return _compared(bench)["smtplib"]


@figure("deliveries.beside_django", at_least=3)
def beside_django(bench: Any) -> list[float]:
    return _compared(bench)["django"]


@figure("deliveries.beside_celery", at_least=5)
def beside_celery(bench: Any) -> list[float]:
    return _compared(bench)["celery"]


@figure("deliveries.beside_post_office", at_least=3)
def beside_post_office(bench: Any) -> list[float]:
    return _compared(bench)["post_office"]


@figure("deliveries.memory", at_most=1)
def memory(bench: Any) -> list[float]:
    return _compared(bench)["memory"]


@figure("deliveries.cost_with_many", at_most=1.3)
def cost_with_many(bench: Any) -> list[float]:
    """A delivery's seconds where there are three million beside where there are ten thousand."""
    with sink() as port, provider(port):
        with world(bench, FEW, (TURNS + 1) * A_SAMPLE):
            few = median(_samples())
        with world(bench, 3 * bench.rows, (TURNS + 1) * A_SAMPLE):
            return [seconds / few for seconds in _samples()]


def _samples() -> list[float]:
    deliver(A_SAMPLE // 2)
    return [deliver(A_SAMPLE - 1) for _turn in range(TURNS)]
