"""A call that works for every route of the API, from which the tables of tests are made.

A new route has no example and fails `test_doors_of_the_api` until it is given one here: what
is asked or sent, and what another client with the same scope may see of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, get_resolver, reverse
from rest_framework.views import APIView

from accounts.enforcement.feed import standing
from accounts.models import ServiceClient
from common.clock import now
from compliance.models import Report
from tests.accounts.making import make_account, make_person, make_service
from tests.compliance.making import send_order

NOT_FOUND, APART, SHARED, TAKEN = "not found", "apart", "shared", "taken"
"""Of what one client wrote, another with the scope sees nothing, writes its own beside it, sees
the same as it was written for all of them, or is told that the name is another's."""


@dataclass(frozen=True)
class Example:
    """`path` are the parts of the address; `others` what another client sees."""

    others: str
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


class World:
    """The few records that examples name, and the client whose they are."""

    def __init__(self) -> None:
        self.staff = make_person(name="Staff", is_staff=True)
        self.account, self.service = make_account(), make_service()
        self.order = send_order()
        self.moment = (now() - timedelta(minutes=1)).isoformat()

    def receipt_of(self, client: ServiceClient, kind: str) -> str:
        return Report.objects.filter(client=client, kind=kind).latest("pk").receipt


def report(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "key": "one",
        "account": world.account.public_id,
        "statement": "Refused requests in bursts.",
        **fields,
    }


def signal(world: World) -> dict[str, Any]:
    return {
        "key": "one",
        "kind": "load",
        "account": world.account.public_id,
        "observed_from": world.moment,
        "observed_until": world.moment,
        "measured": [{"metric": "requests_per_minute", "value": 40_000, "usual": 600}],
    }


def use(world: World) -> dict[str, Any]:
    return {
        "account": world.account.public_id,
        "service": world.service.slug,
        "used_at": world.moment,
    }


def charge(world: World) -> dict[str, Any]:
    return {
        "key": "one",
        "account": world.account.public_id,
        "amount": "0.000012345",
        "used_at": world.moment,
    }


EXAMPLES: dict[str, Callable[[World, ServiceClient], Example]] = {
    "access": lambda world, _client: Example(
        SHARED,
        query={"account": world.account.public_id, "service": world.service.slug},
    ),
    "enforcement": lambda _world, _client: Example(SHARED),
    "enforcement_snapshot": lambda _world, _client: Example(SHARED),
    "enforcement_applied": lambda _world, client: Example(
        TAKEN,
        body={"gateway": f"gateway-{client.pk}", "feed": str(standing().feed), "sequence": 0},
    ),
    "uses": lambda world, _client: Example(SHARED, body={"uses": [use(world)]}),
    "charges": lambda world, _client: Example(SHARED, body={"charges": [charge(world)]}),
    "reports": lambda world, _client: Example(APART, body=report(world, kind="violation")),
    "report_of_client": lambda world, client: Example(
        NOT_FOUND, path={"receipt": world.receipt_of(client, "violation")}
    ),
    "complaints": lambda world, _client: Example(APART, body=report(world)),
    "complaint_of_client": lambda world, client: Example(
        NOT_FOUND, path={"receipt": world.receipt_of(client, "third_party")}
    ),
    "signals": lambda world, _client: Example(APART, body=signal(world)),
    "content_orders": lambda _world, _client: Example(SHARED),
    "content_order_receipts": lambda world, _client: Example(
        APART, path={"order": world.order.public_id}, body={"key": "one", "outcome": "fetched"}
    ),
}


@dataclass(frozen=True)
class Route:
    """One method at one address."""

    name: str
    address: str
    method: str
    scope: str


def routes() -> list[Route]:
    """Every method at every address of the API that asks for a token."""
    found = [
        Route(pattern.name or "", address, method, view.required_scope)
        for address, pattern in _patterns(get_resolver().url_patterns)
        if address.startswith("api/") and (view := _view(pattern)) is not None
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method) and hasattr(view, "required_scope")
    ]
    assert len(found) >= 10
    return found


def _view(pattern: URLPattern) -> Any:
    view = getattr(pattern.callback, "cls", None)
    return view if view is not None and issubclass(view, APIView) else None


def _patterns(patterns: Any, prefix: str = "") -> Any:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        else:
            yield from _patterns(pattern.url_patterns, address)


def call(browser: Any, route: Route, example: Example, *, token: str | None) -> Any:
    """The answer to that example by whoever holds the token."""
    headers = {"Accept-Language": "en"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    address = reverse(route.name, kwargs=example.path)
    if route.method == "get":
        answer = browser.get(address, example.query, headers=headers)
    else:
        answer = getattr(browser, route.method)(
            address, example.body, content_type="application/json", headers=headers
        )
    if answer.streaming:
        answer.whole = b"".join(answer.streaming_content)
    return answer
