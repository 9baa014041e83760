"""docs/openapi.json is what the code says: a change of the contract is seen in review.

`WRITE_OPENAPI=1 pytest tests/api/test_openapi_document.py` writes it anew.
"""

import json
import os
from pathlib import Path

import pytest
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
REFUSED = "application/problem+json"


@pytest.fixture(scope="module")
def document():
    with translation.override("en"):
        return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_document_is_what_the_code_says(document):
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("WRITE_OPENAPI"):
        COMMITTED.write_text(text)
    assert COMMITTED.read_text() == text, (
        "The contract of the API has changed. If that is meant, write it anew with "
        "WRITE_OPENAPI=1, look at the difference, and commit it."
    )


def test_every_operation_says_its_scope_and_how_it_refuses(document):
    for name, operation in operations(document):
        assert operation["security"] == [{"serviceToken": []}], name
        assert "Scope: " in operation["description"], name
        assert {"401", "403", "429", "503"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert [*answer["content"]] == [REFUSED], (name, status)


def test_every_body_is_closed_and_its_texts_are_bounded(document):
    """Whatever is sent has an end that can be read here."""
    components = document["components"]["schemas"]

    def demand(schema, where):
        if "$ref" in schema:
            return demand(components[schema["$ref"].rpartition("/")[2]], where)
        for wrapper in ("allOf", "oneOf"):
            if wrapper in schema and "properties" not in schema:
                return [demand(one, where) for one in schema[wrapper]]
        types = schema.get("type", [])
        if "object" in types:
            named = "additionalProperties" in schema and (
                schema["additionalProperties"] is False or "maxProperties" in schema
            )
            assert named, f"{where} is open"
            for name, inner in schema.get("properties", {}).items():
                demand(inner, f"{where}.{name}")
        elif "array" in types:
            assert "maxItems" in schema, f"{where} has no end"
            demand(schema["items"], where)
        elif "string" in types:
            ends = schema.keys() & {"maxLength", "enum", "format"}
            assert ends or schema["pattern"].endswith("$"), f"{where} has no end"

    bodies = [
        (name, operation["requestBody"]["content"]["application/json"]["schema"])
        for name, operation in operations(document)
        if "requestBody" in operation
    ]
    assert bodies
    for name, schema in bodies:
        demand(schema, name)


def test_the_document_is_as_complete_in_chinese(document):
    with translation.override("zh-hans"):
        chinese = SchemaGenerator().get_schema(request=None, public=True)
    for (name, here), (_name, there) in zip(operations(document), operations(chinese), strict=True):
        assert here["responses"].keys() == there["responses"].keys(), name
        for text in ("summary", "description"):
            assert str(there[text]) != here[text], name
