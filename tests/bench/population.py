"""A million customers, written by set-based SQL into a database of their own.

`rows` people with a personal account each, a membership, a key, a notice, a delivery, a
wallet and a journal; every hundredth journal is a top-up, the others are charges.
Triggers and foreign keys are left out while the rows are written, as only the server's
superuser can: this is not evidence, and no rule of it is what is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

# Numbers of a range that no other test uses.
FIRST_ID = 1_000_001
RESTRICTED = ("accounts_permit", "accounts_restriction")
TABLES = (
    "accounts_user",
    "accounts_account",
    "accounts_membership",
    "accounts_apikey",
    "notices_notice",
    "notices_noticeaccount",
    "notices_delivery",
    "billing_wallet",
    "billing_journal",
    "billing_entry",
    *RESTRICTED,
)

# Spread over the range, each once: neighbours in time have no neighbouring numbers.
PHONE = "'+86139' || lpad((n::bigint * 48271 % 100000000)::text, 8, '0')"
E_MAIL = "'user' || n || '@' || 'mail' || n % 97 || '.example'"
NAME = (
    "(ARRAY['王','李','张','刘','陈','杨','赵','黄','周','吴'])[1 + n % 10]"
    " || (ARRAY['伟','芳','娜','敏','静','磊','强','洋','艳','勇','杰'])[1 + n / 7 % 11]"
    " || ' ' || n % 9973"
)
LANGUAGE = "CASE WHEN n % 3 = 0 THEN 'en' ELSE 'zh-hans' END"
ZONE = "CASE WHEN n % 5 = 0 THEN 'Europe/Berlin' ELSE 'Asia/Shanghai' END"
PUBLIC_ID = "'{prefix}_' || substr(md5('{prefix}' || n), 1, 20)"
SINCE = "timestamptz '2024-01-01 00:00Z' + n * interval '37 seconds'"


def phone_of(n: int) -> str:
    """The E.164 number of the nth person, as `PHONE` writes it."""
    return f"+86139{n * 48271 % 100_000_000:08}"


def email_of(n: int) -> str:
    return f"user{n}@mail{n % 97}.example"


def key_of(n: int) -> str:
    """What the digest of the nth account's key is made from."""
    return f"benchmark-key-{n}"


def _id(prefix: str) -> str:
    return PUBLIC_ID.format(prefix=prefix)


CUSTOMERS = f"""
INSERT INTO accounts_user (id, password, is_superuser, edition, public_id, phone, name,
    phone_verified_at, contact_email, contact_email_verified_at, language, time_zone,
    is_staff, is_active, date_joined)
SELECT %(first)s + n, '!', false, 1, {_id("usr")}, {PHONE}, {NAME}, {SINCE}, {E_MAIL}, {SINCE},
    {LANGUAGE}, {ZONE}, false, true, {SINCE}
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO accounts_account (id, edition, public_id, kind, name, time_zone, created_at, holder_id)
SELECT %(first)s + n, 1, {_id("acc")}, 'personal', {NAME}, {ZONE}, {SINCE}, %(first)s + n
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO accounts_membership (id, role, since, account_id, user_id)
SELECT %(first)s + n, 'owner', {SINCE}, %(first)s + n, %(first)s + n
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO accounts_apikey (id, public_id, name, prefix, digest, created_at, account_id,
    created_by_id)
SELECT %(first)s + n, {_id("key")}, 'server', 'apq_' || substr(md5('prefix' || n), 1, 8),
    encode(sha256(('benchmark-key-' || n)::bytea), 'hex'), {SINCE}, %(first)s + n, %(first)s + n
FROM generate_series(1, %(rows)s::int) n;
"""

MESSAGES = f"""
INSERT INTO notices_renderedbody (sha256, subject, body)
SELECT encode(sha256(('benchmark' || n)::bytea), 'hex'), 'A change of your services ' || n,
    repeat('What changes, when and why. ', 20)
FROM generate_series(0, 999) n;
INSERT INTO notices_expansion (id, phase, round, whom, after_id, upto_id, change_id)
VALUES (%(first)s, 'announced', 1, 'joined', 0, 0, %(change)s);
INSERT INTO notices_notice (id, recorded_at, public_id, language, expansion_id, recipient_id,
    body_id, template_id)
SELECT %(first)s + n, {SINCE}, {_id("ntc")}, {LANGUAGE}, %(first)s, %(first)s + n,
    encode(sha256(('benchmark' || n % 1000)::bytea), 'hex'), %(template)s
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO notices_noticeaccount (id, recorded_at, time_zone, phase, change_id, account_id,
    notice_id)
SELECT %(first)s + n, {SINCE}, {ZONE}, 'announced', %(change)s, %(first)s + n, %(first)s + n
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO notices_delivery (id, channel, address, state, tries, not_before, fence, notice_id,
    expansion_id, body_id, template_id)
SELECT %(first)s + n, 'email', {E_MAIL}, 'accepted', 1, {SINCE}, 1, %(first)s + n, %(first)s,
    encode(sha256(('benchmark' || n % 1000)::bytea), 'hex'), %(template)s
FROM generate_series(1, %(rows)s::int) n;
"""

# A balance of a yuan each, less what the charges take.
LEDGER = f"""
INSERT INTO billing_wallet (account_id, paid) SELECT %(first)s + n, 1000000
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO billing_journal (id, recorded_at, transaction, kind, effective_at, key, request_hash,
    legs, account_id)
SELECT %(first)s + n, {SINCE}, pg_current_xact_id(),
    CASE WHEN n % 100 = 0 THEN 'top_up' ELSE 'charge' END, {SINCE},
    CASE WHEN n % 100 = 0 THEN 'order:' ELSE 'charge:line-' END || n,
    md5('journal' || n) || md5('hash' || n), 2, %(first)s + n
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO billing_entry (id, journal_id, account_id, wallet_id, amount)
SELECT 2 * (%(first)s + n), %(first)s + n, 2010, %(first)s + n,
    CASE WHEN n % 100 = 0 THEN 1 ELSE -1 END * (n % 7919 + 1)
FROM generate_series(1, %(rows)s::int) n;
INSERT INTO billing_entry (id, journal_id, account_id, amount)
SELECT 2 * (%(first)s + n) + 1, %(first)s + n, CASE WHEN n % 100 = 0 THEN 1010 ELSE 4010 END,
    CASE WHEN n % 100 = 0 THEN -1 ELSE 1 END * (n % 7919 + 1)
FROM generate_series(1, %(rows)s::int) n;
"""

# The nth account, from `%(from)s` on and round again, as long as there are restrictions.
RESTRICTIONS = f"""
INSERT INTO accounts_permit (id, recorded_at, change, account_id, not_before)
SELECT %(first)s + n, {SINCE}, gen_random_uuid(), %(first)s + %(from)s + n, {SINCE}
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n;
INSERT INTO accounts_restriction (id, recorded_at, permit_id, account_id, clause_id,
    reason_zh_hans, reason_en, starts_at)
SELECT gen_random_uuid(), {SINCE}, %(first)s + n, %(first)s + %(from)s + n, %(clause)s,
    '欠费', 'Fees are overdue', {SINCE}
FROM generate_series(%(low)s::bigint, %(high)s::bigint) n;
"""


@dataclass(frozen=True)
class SmallWorld:
    """What exists before the many: the records they refer to, by primary key."""

    change: int
    template: int
    clause: int


class Seeding:
    """Statements without triggers; secondary indexes are built once the rows are there."""

    def __init__(self, superuser: dict[str, Any], tables: Sequence[str] = TABLES) -> None:
        self._tables = list(tables)
        self._connection = psycopg.connect(**superuser, autocommit=True)
        self._indexes: list[str] = []

    def __enter__(self) -> "Seeding":
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("SET maintenance_work_mem = '512MB'")
        found = self._connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
            [self._tables],
        ).fetchall()
        for name, definition in found:
            self._connection.execute(f"DROP INDEX {name}")
            self._indexes.append(definition)
        return self

    def __exit__(self, *_: object) -> None:
        for definition in self._indexes:
            self._connection.execute(definition)
        for table in self._tables:
            self._connection.execute(f"VACUUM (ANALYZE) {table}")
        self._connection.close()

    def run(self, script: str, **values: Any) -> None:
        for statement in filter(str.strip, script.split(";\n")):
            named = {"first": FIRST_ID - 1, **values}
            # The remainder of a division is written as in SQL, placeholders without spaces.
            self._connection.execute(statement.replace(" % ", " %% ").encode(), named)
