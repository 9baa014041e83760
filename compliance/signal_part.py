"""Signals of the platform on the page of a case."""

from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from compliance.case_parts import CasePart, Rows, case_parts
from compliance.models import Case, PlatformSignal

SQL = """
    SELECT signal.public_id, signal.kind, signal.measured, signal.evidence,
        signal.observed_from::text AS observed_from,
        signal.observed_until::text AS observed_until,
        key.name AS api_key, service.slug AS service, region.slug AS region,
        client.name AS client
    FROM compliance_platformsignal signal
    JOIN accounts_serviceclient client ON client.id = signal.client_id
    LEFT JOIN accounts_apikey key ON key.id = signal.api_key_id
    LEFT JOIN accounts_service service ON service.id = signal.service_id
    LEFT JOIN accounts_region region ON region.id = signal.region_id
    WHERE signal.case_id = %(case)s ORDER BY signal.id DESC LIMIT %(few)s"""


def register() -> None:
    """Called once, when the apps are ready."""
    case_parts.register(
        CasePart(
            name="signals",
            label=_("Signals of the platform"),
            template="admin/compliance/case/signals.html",
            sql=SQL,
            context=context,
            wide=True,
        )
    )


def context(case: Case, user: User, rows: Rows) -> dict[str, Any] | None:
    """Each signal with its figures and references; nothing where there is none."""
    return {"signals": [_in_words(row) for row in rows]} if rows else None


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    kind = PlatformSignal.Kind(row["kind"])
    return {
        **row,
        "kind": kind.label,
        "clause": PlatformSignal.CLAUSES[kind],
        "where": " · ".join(filter(None, (row["api_key"], row["service"], row["region"]))),
        "observed_from": datetime.fromisoformat(row["observed_from"]),
        "observed_until": datetime.fromisoformat(row["observed_until"]),
        "measured": [figure(one) for one in row["measured"]],
        "evidence": [reference(one) for one in row["evidence"]],
    }


def figure(measured: dict[str, Any]) -> dict[str, str]:
    """The metric's own name, and its figures as people write them."""
    figures: dict[str, str] = {
        name: number_format(measured[name], force_grouping=True)
        for name in ("value", "usual")
        if name in measured
    }
    return {"metric": measured["metric"], **figures}


def reference(found: dict[str, Any]) -> str:
    """As in "probe-of-internal-ports · req_7f3a/2 · × 412"."""
    parts = [str(found[name]) for name in ("signal", "reference", "sha256") if name in found]
    if "count" in found:
        parts.append(f"× {number_format(found['count'], force_grouping=True)}")
    return " · ".join(parts)
