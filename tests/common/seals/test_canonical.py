"""What PostgreSQL writes is JSON as RFC 8785 has it, byte for byte."""

import json
from datetime import UTC, datetime

import pytest
import rfc8785
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Acceptance
from common.seals import canonical
from common.seals.canonical import Writing
from common.seals.exceptions import CannotBeCanonical
from common.seals.registry import columns_of, sealed_tables

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
moments = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)
)
COLUMNS = {
    "some_text": ("text", texts),
    "big": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "small": ("integer", st.integers(-(2**31), 2**31 - 1)),
    "exact": ("numeric", st.decimals(allow_nan=False, allow_infinity=False, places=12)),
    "yes": ("boolean", st.booleans()),
    "moment": ("timestamp with time zone", moments),
    "day": ("date", st.dates()),
    "number": ("uuid", st.uuids()),
    "bytes": ("bytea", st.binary(max_size=20)),
    "address": ("inet", st.ip_addresses(v=4)),
    "data": ("jsonb", st.dictionaries(texts, texts | st.integers(), max_size=3).map(json.dumps)),
}
rows = st.fixed_dictionaries({name: st.none() | what for name, (_kind, what) in COLUMNS.items()})


def expected(name, value):
    if value is None or name in ("some_text", "small", "yes"):
        return value
    if name == "bytes":
        return value.hex()
    if name == "moment":
        text = value.replace(tzinfo=None).isoformat()
        return text.rstrip("0") if "." in text else text
    if name == "exact":
        return format(value, "f")
    return f"{value}/32" if name == "address" else str(value)


@given(row=rows)
def test_what_the_database_writes_is_what_rfc8785_writes(row):
    written = ", ".join(
        f'{canonical._WRITTEN[kind].format(f"(%({name})s::{kind})")} AS "{name}"'
        for name, (kind, _what) in sorted(COLUMNS.items())
    )
    # As text: what PostgreSQL makes of it counts, not how the driver writes it.
    plain = ("address", "number", "small")
    given_ = {name: str(v) if name in plain and v is not None else v for name, v in row.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Shanghai'")
        cursor.execute("SET LOCAL DateStyle = 'German'")
        cursor.execute(
            f"SELECT convert_to(row_to_json(c)::text, 'UTF8') FROM (SELECT {written} OFFSET 0) c",
            given_,
        )
        found = bytes(cursor.fetchone()[0])
    wanted = {name: expected(name, value) for name, value in row.items()}
    if row["data"] is not None:
        wanted["data"] = json.loads(found)["data"]
        assert json.loads(wanted["data"]) == json.loads(row["data"])
    assert found == rfc8785.dumps(wanted)


def test_every_column_is_sealed_committed_to_or_left_out_for_a_reason():
    names = [table.name for table in sealed_tables]
    assert {"accounts.acceptance", "accounts.permit", "billing.journal"} <= set(names)
    for table in sealed_tables:
        assert all(len(reason) > 15 for reason in table.left_out.values())
        assert Writing.of(table.name, table.form()).keys
    acceptance = sealed_tables.get("accounts.acceptance").form()
    assert acceptance["personal"] == ["ip_address", "user_agent"]
    assert not set(acceptance["personal"]) & set(acceptance["columns"])
    left = set(columns_of(Acceptance)) - set(acceptance["columns"]) - set(acceptance["personal"])
    assert left == {"transaction"}


def test_a_column_without_a_form_is_refused():
    with pytest.raises(CannotBeCanonical):
        Writing.of("billing.journal", {"columns": ["id; DROP"], "personal": [], "children": {}})
