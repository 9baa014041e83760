"""Bank transfers: a file is uploaded, looked at, and booked line by line.

A line is booked once per bank account, whatever files it comes in; the database refuses a
second time. What is booked is money received and not matched yet.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.bank_statements import Line, read
from billing.decisions import demand
from billing.exceptions import UnreadableStatement
from billing.ledger import Posting, open_from, posting
from billing.models import (
    BankImport,
    BankMapping,
    BankReceipt,
    BankStatement,
    Kind,
    Ledger,
)
from billing.models.bank import statement_public_id
from common.clock import local_day
from common.encryption import decrypt_bytes, encrypt_bytes

PURPOSE = "billing.bank_statement"


class Verdict(models.TextChoices):
    """What becomes, or became, of a line."""

    BOOKED = "booked", gettext_lazy("booked")
    DUPLICATE = "duplicate", gettext_lazy("known already")
    OUTGOING = "outgoing", gettext_lazy("money out")
    REFUSED = "refused", gettext_lazy("refused")


@dataclass(frozen=True)
class Judged:
    """A line and what becomes of it."""

    line: Line
    verdict: Verdict


@posting
def upload(
    *, mapping: BankMapping, content: bytes, file_name: str, uploaded_by: User, at: datetime
) -> BankStatement:
    """Keeps a bank's file, encrypted; books nothing. Raises `UnreadableStatement`."""
    demand(uploaded_by, "request")
    lines = read(content, mapping, today=local_day(at, settings.TIME_ZONE))
    public_id = statement_public_id()
    name = default_storage.save(
        f"billing/statements/{public_id}",
        ContentFile(encrypt_bytes(content, purpose=f"{PURPOSE}:{public_id}")),
    )
    return BankStatement.record(
        public_id=public_id,
        mapping=mapping,
        file_name=file_name.replace("\0", "")[-120:] or public_id,
        document=name,
        sha256=hashlib.sha256(content).hexdigest(),
        lines=len(lines),
        uploaded_by=uploaded_by,
    )


def content_of(statement: BankStatement) -> bytes:
    """The file as it was uploaded. Raises `UnreadableStatement` when it is not the same."""
    with default_storage.open(statement.document) as kept:
        content = decrypt_bytes(kept.read(), purpose=f"{PURPOSE}:{statement.public_id}")
    if hashlib.sha256(content).hexdigest() != statement.sha256:
        raise UnreadableStatement(_("The stored file is not the one that was uploaded."))
    return content


def judged(statement: BankStatement, *, at: datetime) -> list[Judged]:
    """Each line of the file and what would become of it now."""
    today = local_day(at, settings.TIME_ZONE)
    lines = read(content_of(statement), statement.mapping, today=today)
    known = set(
        BankReceipt.objects.filter(
            bank_account=statement.mapping.bank_account,
            fingerprint__in=[line.fingerprint for line in lines if line.fingerprint],
        ).values_list("fingerprint", flat=True)
    )
    answers = []
    for line in lines:
        if line.refusal:
            verdict = Verdict.REFUSED
        elif line.amount <= 0:
            verdict = Verdict.OUTGOING
        elif line.fingerprint in known:
            verdict = Verdict.DUPLICATE
        else:
            verdict = Verdict.BOOKED
            known.add(line.fingerprint)  # a second one in the same file is the same payment
        answers.append(Judged(line, verdict))
    return answers


@posting
def book(*, statement: BankStatement, imported_by: User, at: datetime) -> BankImport:
    """Books every line of money in that is not known yet; all of them or, if something
    breaks, none. Raises `UnreadableStatement` when the file was booked before."""
    demand(imported_by, "request")
    if BankImport.objects.filter(statement=statement).exists():
        raise UnreadableStatement(_("This file has been booked already."))
    answers = judged(statement, at=at)
    fresh = [one.line for one in answers if one.verdict is Verdict.BOOKED]
    for start in range(0, len(fresh), CHUNK):
        _book(statement, fresh[start : start + CHUNK], imported_by, at)
    counts = {verdict: sum(one.verdict is verdict for one in answers) for verdict in Verdict}
    return BankImport.record(
        statement=statement,
        imported_by=imported_by,
        receipts=counts[Verdict.BOOKED],
        duplicates=counts[Verdict.DUPLICATE],
        outgoing=counts[Verdict.OUTGOING],
        refused=[
            [one.line.number, one.line.refusal] for one in answers if one.verdict is Verdict.REFUSED
        ],
    )


CHUNK = 1_000

# `billing.money_in.receive` for many at once: the same keys, hashes and legs.
_BOOK = """
WITH line AS (
    SELECT * FROM unnest(
        %(keys)s::text[], %(hashes)s::text[], %(moments)s::timestamptz[], %(amounts)s::bigint[],
        %(numbers)s::int[], %(fingerprints)s::text[], %(days)s::date[], %(names)s::text[],
        %(accounts)s::text[], %(references)s::text[]
    ) given(key, hash, effective_at, amount, number, fingerprint, day, name, account, reference)
), journal AS (
    INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, actor_id, memo)
    SELECT 'receipt', effective_at, key, hash, 2, %(actor)s, left(reference, 200) FROM line
    RETURNING id, key
), entries AS (
    INSERT INTO billing_entry (journal_id, account_id, amount)
    SELECT journal.id, leg.account, leg.sign * line.amount
    FROM journal JOIN line USING (key),
        (VALUES (%(bank)s, -1), (%(unmatched)s, 1)) leg(account, sign)
)
INSERT INTO billing_bankreceipt (statement_id, line, bank_account, fingerprint, received_on,
    amount, payer_name, payer_account, reference, journal_id)
SELECT %(statement)s, number, %(bank_account)s, fingerprint, day, amount, name, account,
    reference, journal.id
FROM journal JOIN line USING (key) ORDER BY number
"""


def _book(statement: BankStatement, lines: Sequence[Line], imported_by: User, at: datetime) -> None:
    bank_account = statement.mapping.bank_account
    since = open_from()
    postings = [_posting(line, bank_account) for line in lines]
    values: dict[str, Any] = {
        "keys": [one.key for one in postings],
        "hashes": [one.hash for one in postings],
        "moments": [_effective(line.received_on, since, at) for line in lines],
        "amounts": [line.amount for line in lines],
        "numbers": [line.number for line in lines],
        "fingerprints": [line.fingerprint for line in lines],
        "days": [line.received_on for line in lines],
        "names": [line.payer_name for line in lines],
        "accounts": [line.payer_account for line in lines],
        "references": [line.reference for line in lines],
        "actor": imported_by.pk,
        "bank": int(Ledger.BANK),
        "unmatched": int(Ledger.UNMATCHED),
        "statement": statement.pk,
        "bank_account": bank_account,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, values)


def _posting(line: Line, bank_account: str) -> Posting:
    return Posting(
        kind=Kind.RECEIPT,
        key=f"bank:{bank_account}:{line.fingerprint}",
        asked={"amount": line.amount, "into": Ledger.BANK},
    )


def _effective(day: date | None, since: datetime | None, at: datetime) -> datetime:
    """When it counts: at the day's beginning; now, if that lies in a closed period."""
    assert day is not None  # a line that is booked has one
    begins = datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))
    return at if since is not None and begins < since else begins
