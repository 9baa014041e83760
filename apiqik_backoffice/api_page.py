"""The OpenAPI document as a page that needs no script: what it says, in lists."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator

from common.api.problems import MEDIA_TYPE, TITLES


@dataclass(frozen=True, kw_only=True)
class Field:
    """A parameter, or a field of a body or answer: `evidence.count` is inside of `evidence`."""

    name: str
    description: str = ""
    required: bool = False
    bounds: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    pattern: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call: what is sent, what is answered, how it may be refused."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    answers: list[tuple[str, str, list[Field]]]
    refusals: list[tuple[str, str]]


def docs(request: HttpRequest) -> HttpResponse:
    """The page."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    return render(
        request,
        "api/docs.html",
        {"schema": schema, "operations": list(_operations(schema)), "problems": TITLES.items()},
    )


def _operations(schema: dict[str, Any]) -> Iterator[Operation]:
    components = schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            refused = {
                status: answer
                for status, answer in said["responses"].items()
                if MEDIA_TYPE in answer.get("content", {})
            }
            yield Operation(
                anchor=said["operationId"],
                method=method.upper(),
                path=path,
                summary=said["summary"],
                description=said["description"],
                parameters=[
                    _field(one["name"], one["schema"], one, components)
                    for one in said.get("parameters", [])
                ],
                body=list(_content(said.get("requestBody"), components)),
                answers=[
                    (status, answer.get("description", ""), list(_content(answer, components)))
                    for status, answer in said["responses"].items()
                    if status not in refused
                ],
                refusals=[(status, one["description"]) for status, one in refused.items()],
            )


def _content(message: dict[str, Any] | None, components: dict[str, Any]) -> Iterator[Field]:
    for content in (message or {}).get("content", {}).values():
        yield from _fields("", content.get("schema", {}), components)
        return


def _fields(way: str, schema: dict[str, Any], components: dict[str, Any]) -> Iterator[Field]:
    """The fields of an object, or of each item of a list, and those inside of them."""
    resolved = _resolve(schema, components)
    if "items" in resolved:
        resolved = _resolve(resolved["items"], components)
    for name, inner in resolved.get("properties", {}).items():
        here = f"{way}{name}"
        described = {**inner, "required": name in resolved.get("required", [])}
        yield _field(here, inner, described, components)
        yield from _fields(f"{here}.", inner, components)


def _field(
    name: str, schema: dict[str, Any], described: dict[str, Any], components: dict[str, Any]
) -> Field:
    resolved = _resolve(schema, components)
    item = _resolve(resolved.get("items", {}), components)
    return Field(
        name=name,
        description=described.get("description", ""),
        required=bool(described.get("required")),
        bounds=list(_bounds(resolved)),
        values=resolved.get("enum", []) or item.get("enum", []),
        pattern=resolved.get("pattern", ""),
    )


def _bounds(schema: dict[str, Any]) -> Iterator[str]:
    if "format" in schema:
        yield schema["format"]
    if "maxLength" in schema:
        yield _("at most %s characters") % schema["maxLength"]
    if "maxItems" in schema:
        yield _("at most %s of them") % schema["maxItems"]
    if "minimum" in schema:
        yield _("from %s") % schema["minimum"]
    if "maximum" in schema:
        yield _("to %s") % schema["maximum"]


def _resolve(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, behind references, “or null” and a description beside it."""
    for wrapper in ("oneOf", "allOf"):
        # A `oneOf` of an object says which of its own fields go together.
        if wrapper in schema and "properties" not in schema:
            schema = schema[wrapper][0]
    reference = schema.get("$ref", "").rpartition("/")[2]
    return _resolve(components[reference], components) if reference else schema
