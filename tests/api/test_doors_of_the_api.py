"""Who comes in where: every address by every scope and state of a token, as a table.

The table is tests/api/doors.csv, which `WRITE_DOORS=1` writes anew. It is made from the
routes, so a new one is in it or fails.
"""

import csv
import io
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import ServiceClient
from common.clock import now
from tests.api.table import APART, EXAMPLES, NOT_FOUND, TAKEN, World, call, routes

pytestmark = pytest.mark.django_db
COMMITTED = Path(__file__).parent / "doors.csv"
# What another client with the scope is told, where that is not 200.
OTHERS = {NOT_FOUND: 404, TAKEN: 409}
HEAD = ("method", "address", "scope", "live", "revoked", "expired", "another client's")


class Callers:
    """A client of each scope in each state, and of each scope a second live one."""

    def __init__(self, staff):
        self.client, self.token, self.others = {}, {}, {}
        for scope in ServiceClient.Scope.values:
            for state in ("live", "revoked", "expired"):
                expires_at = now() + timedelta(days=1)
                if state == "expired":
                    expires_at = now() - timedelta(seconds=1)
                client, token = ServiceClient.issue(
                    name=f"{state} {scope}", scopes=[scope], created_by=staff, expires_at=expires_at
                )
                if state == "revoked":
                    client.revoke(at=now())
                self.client[state, scope], self.token[state, scope] = client, token
            self.others[scope] = ServiceClient.issue(
                name=f"another {scope}", scopes=[scope], created_by=staff
            )[1]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def callers(world):
    return Callers(world.staff)


def filled(client, world, callers):
    """What the owner of each scope may ask about: each route that writes, once."""
    for route in routes():
        if route.method != "get":
            owner = callers.client["live", route.scope]
            example = EXAMPLES[route.name](world, owner)
            answer = call(client, route, example, token=callers.token["live", route.scope])
            assert answer.status_code == 200, (route, answer.content)


def test_every_route_has_an_example():
    named = {route.name for route in routes()}
    assert named == EXAMPLES.keys(), "Give it an example in tests/api/table.py, or take it out."


def test_who_comes_in_is_what_the_table_says(client, world, callers):
    filled(client, world, callers)
    rows = [HEAD]
    for route in routes():
        example = EXAMPLES[route.name](world, callers.client["live", route.scope])
        for scope in ServiceClient.Scope.values:
            states = [
                call(client, route, example, token=callers.token[state, scope]).status_code
                for state in ("live", "revoked", "expired")
            ]
            another = call(client, route, example, token=callers.others[scope]).status_code
            rows.append((route.method.upper(), f"/{route.address}", scope, *states, another))
            # The table only says what this comes to: nobody is let in by writing it anew.
            right = [200 if scope == route.scope else 403, 401, 401]
            others = OTHERS.get(example.others, 200) if scope == route.scope else right[0]
            assert [*states, another] == [*right, others], rows[-1]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    if os.environ.get("WRITE_DOORS"):
        COMMITTED.write_text(written.getvalue())
    assert COMMITTED.read_text() == written.getvalue(), "Write it anew with WRITE_DOORS=1."


def test_without_a_token_nobody_comes_in(client, world, callers):
    filled(client, world, callers)
    for route in routes():
        example = EXAMPLES[route.name](world, callers.client["live", route.scope])
        for token in (None, "aps_nonsense", ""):
            answer = call(client, route, example, token=token)
            assert answer.status_code == 401, route
            assert answer.json()["code"] == "unauthenticated"


def test_what_is_anothers_looks_like_what_is_not_there(client, world, callers):
    filled(client, world, callers)
    hidden = 0
    for route in routes():
        owner = callers.client["live", route.scope]
        example = EXAMPLES[route.name](world, owner)
        if example.others == NOT_FOUND:
            hidden += 1
            nothing = type(example)(NOT_FOUND, path=dict.fromkeys(example.path, "R-nothing"))
            theirs = call(client, route, example, token=callers.others[route.scope])
            none = call(client, route, nothing, token=callers.others[route.scope])
            assert (theirs.status_code, theirs.content) == (404, none.content), route
    assert hidden


def test_clients_share_no_keys(client, world, callers):
    """The same key of another client, with other contents: neither refused nor known."""
    filled(client, world, callers)
    changed = {
        "reports": {"statement": "Something else."},
        "complaints": {"statement": "Something else."},
        "signals": {"kind": "attack"},
        "content_order_receipts": {"outcome": "partly"},
    }
    apart = [
        (route, EXAMPLES[route.name](world, callers.client["live", route.scope]))
        for route in routes()
        if route.method != "get"
    ]
    apart = [(route, example) for route, example in apart if example.others == APART]
    assert {route.name for route, _example in apart} == changed.keys()
    for route, example in apart:
        example = replace(example, body={**(example.body or {}), **changed[route.name]})
        own = call(client, route, example, token=callers.token["live", route.scope])
        assert (own.status_code, own.json()["code"]) == (409, "key_taken"), route
        theirs = call(client, route, example, token=callers.others[route.scope])
        assert theirs.status_code == 200, route
        assert theirs.json().get("known", False) is False
