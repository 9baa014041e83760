"""Schemathesis over the whole contract: what it may send, and what is asked of each answer.

Every operation of docs/openapi.json gets bodies and questions that fit it and ones that do
not. No answer may be a failure or other than the document says; what fits must be taken, what
does not must be refused. Lines of batches are judged one by one: a line that does not fit has
the verdict `malformed`, and one that fits has another.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import jsonschema_rs
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from accounts.enforcement.feed import standing
from tests.api.table import World, report

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
# Operations whose bodies are lists of lines: the field and the component of a line.
BATCHES = {"charges": ("charges", "ChargeLine"), "uses": ("uses", "Use")}
# Operations that tell of a report by its receipt, and how one is made.
RECEIPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "report_standing": ("/api/v1/reports", {"kind": "violation"}),
    "complaint_standing": ("/api/v1/complaints", {}),
}
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # What fits may name what is not there (422), or be over or taken already (409).
            "positive_data_acceptance": {
                "expected-statuses": ["200", "304", "404", "409", "410", "422"]
            },
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "403", "404", "405", "413"]
            },
        },
    }
)

_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
# Moments of these years: the document cannot say that the end of the calendar is none.
schemathesis.openapi.format(
    "date-time",
    st.integers(0, 10**8).map(lambda seconds: (_SINCE + timedelta(seconds=seconds)).isoformat()),
)


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The product in this process, on the connection of the test, which it does not close."""
    closing = (request_started, request_finished)
    for signal in closing:
        signal.disconnect(close_old_connections)
    try:
        answer = get_wsgi_application()(environ, start_response)
        try:
            return list(answer)
        finally:
            answer.close()
    finally:
        for signal in closing:
            signal.connect(close_old_connections)


def contract(*, coverage: bool = True) -> Any:
    """The committed document, asked of the application in this process.

    Without coverage, values are drawn only, and not every bound of every field is tried.
    """
    schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
    schema.app = application
    schema.config.update(base_url="http://testserver")
    schema.config.phases.coverage.enabled = coverage
    return schema


def put_in_order(case: Any, world: World) -> None:
    """Names of what exists for some that name nothing, and no waiting."""
    if str(case.query.get("wait", "")).isdigit():
        case.query["wait"] = 0
    if not case.meta.generation.mode.is_positive:
        return
    asked = [name for name in ("account", "key_digest", "organization") if name in case.query]
    if case.operation.definition.raw.get("operationId") == "access":
        # Exactly one of them, which no document can say of parameters.
        for name in asked[1:]:
            del case.query[name]
        if not asked:
            case.query["account"] = world.account.public_id
    if case.path_parameters.get("order"):
        case.path_parameters["order"] = world.order.public_id
    if isinstance(case.body, dict):
        for one in (case.body, *case.body.get("charges", []), *case.body.get("uses", [])):
            if mostly(one):
                name_what_exists(one, world)


def mostly(drawn: Any) -> bool:
    """Three of four, and always the same."""
    return crc32(json.dumps(drawn, sort_keys=True).encode()) % 4 != 0


def name_what_exists(one: dict[str, Any], world: World) -> None:
    """Makes of what only has the right shape what can be taken, without another shape."""
    if "account" in one or "key_digest" in one:
        one["account"] = world.account.public_id
        one.pop("key_digest", None)
    if "service" in one:
        one["service"] = world.service.slug
    one.pop("region", None)
    if "observed_from" in one:
        one["observed_from"] = one["observed_until"] = world.moment
    if "feed" in one:
        one |= {"feed": str(standing().feed), "sequence": 0}


def lines_are_judged(_context: Any, response: Any, case: Any) -> None:
    """Of a batch that was taken, each line has the verdict that its shape asks for."""
    batch = BATCHES.get(case.operation.definition.raw["operationId"])
    if batch is None or response.status_code != 200:
        return
    named, component = batch
    fits = jsonschema_rs.validator_for(
        {**DOCUMENT["components"]["schemas"][component], "components": DOCUMENT["components"]}
    )
    answer = response.json()
    verdicts = answer.get("verdicts") or [line["verdict"] for line in answer.get("lines", [])]
    lines = case.body[named]
    assert len(verdicts) == len(lines)
    for line, verdict in zip(lines, verdicts, strict=True):
        if not fits.is_valid(line):
            assert verdict == "malformed", line
        elif case.meta.generation.mode.is_positive and not holds_a_float(line):
            assert verdict != "malformed", line


def holds_a_float(line: Any) -> bool:
    """5.0 is a whole number for JSON Schema, and none for us: it has been rounded already."""
    return any(type(count) is float for count in (line.get("quantities") or {}).values())


def receipt(address: str, fields: dict[str, Any], world: World, token: str) -> str:
    """Of a report of this client, which is there after the first time."""
    answer = Client(headers={"Authorization": f"Bearer {token}"}).post(
        address, report(world, **fields), content_type="application/json"
    )
    return answer.json()["receipt"]


def demand(case: Any, world: World, token: str) -> None:
    """Asks, and raises whatever of the contract the answer breaks."""
    put_in_order(case, world)
    kept = RECEIPTS.get(case.operation.definition.raw["operationId"])
    if kept and case.meta.generation.mode.is_positive and mostly(case.path_parameters):
        case.path_parameters["receipt"] = receipt(*kept, world, token)
    negative = CHECKS.get_one("negative_data_rejection")
    batch = case.operation.definition.raw["operationId"] in BATCHES
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
        additional_checks=[lines_are_judged],
        excluded_checks=[negative] if batch else [],
    )
