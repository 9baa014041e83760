"""What holds for every operation of the OpenAPI document: how it refuses.

A view names in `responses` only what is special about it; who may not call, what cannot be
read and when to come back are the same everywhere and said here.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.encoding import force_str

from common.api.problems import MEDIA_TYPE, TITLES

PROBLEM = {"$ref": "#/components/schemas/Problem"}
RETRY_AFTER = {
    "Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "s"}
}


def with_refusals(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """A hook of drf-spectacular: adds the refusals that any view of its kind has."""
    for path, methods in result["paths"].items():
        for operation in methods.values():
            responses = operation["responses"]
            for status, code in _refusals(path, operation):
                responses.setdefault(status, _refusal(status, code))
            for answer in responses.values():
                answer["description"] = force_str(answer["description"])
            operation["responses"] = dict(sorted(responses.items()))
    return result


def _refusals(path: str, operation: Any) -> Iterator[tuple[str, str]]:
    parameters = operation.get("parameters", [])
    if "requestBody" in operation or any(one["in"] == "query" for one in parameters):
        yield "400", "invalid"
    if operation.get("security"):
        yield "401", "unauthenticated"
        yield "403", "forbidden"
    if "{" in path:
        yield "404", "not_found"
    if "requestBody" in operation:
        yield "408", "too_slow"
        yield "413", "too_large"
    yield "429", "too_many_requests"
    yield "503", "unavailable"


def _refusal(status: str, code: str) -> dict[str, Any]:
    refusal = {
        "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        "description": force_str(TITLES[code]),
    }
    return refusal | ({"headers": RETRY_AFTER} if status in ("429", "503") else {})
