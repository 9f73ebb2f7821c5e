"""The OpenAPI document as a contract: complete in itself, and kept by what the server answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

import headgate
from headgate.core.errors import FAMILIES
from headgate.surfaces.server.openapi import document
from headgate.surfaces.verbs import Verb, table
from tests.surfaces.routes import Server, fill, serving
from tests.surfaces.schemas import TYPES, misfits

VERBS = list(table().verbs.values())
KNOWN = {
    *("$ref", "type", "properties", "required", "title", "description", "default", "items"),
    *("anyOf", "oneOf", "enum", "format", "minimum", "maximum", "additionalProperties"),
    *("exclusiveMinimum", "contentEncoding", "contentMediaType", "prefixItems", "minItems"),
    *("maxItems", "const", "pattern", "minLength", "maxLength"),
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(document(table())))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("contract") / "shop"
    with headgate.init(root) as project:
        fill(project)
    with serving(root) as server:
        yield server


def schemas_in(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every schema under a node: what stands under `schema`, and all inside it."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield from inside(value, f"{place}/{key}")
            elif key != "schemas":
                yield from schemas_in(value, f"{place}/{key}")
            else:
                for name, schema in value.items():
                    yield from inside(schema, f"{place}/{key}/{name}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from schemas_in(value, f"{place}/{position}")


def inside(schema: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield place, schema
    parts = {f"properties/{name}": each for name, each in schema.get("properties", {}).items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            parts[key] = schema[key]
    for key in ("anyOf", "oneOf", "prefixItems"):
        parts |= {f"{key}/{number}": each for number, each in enumerate(schema.get(key, []))}
    for name, part in parts.items():
        yield from inside(part, f"{place}/{name}")


def test_the_document_has_what_openapi_wants_at_its_top(described: dict[str, Any]) -> None:
    assert set(described) == {"openapi", "info", "security", "paths", "components"}
    assert described["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(described["info"])
    assert all(path.startswith("/") for path in described["paths"])


def test_every_schema_uses_words_of_json_schema_and_known_types(described: dict[str, Any]) -> None:
    found = list(schemas_in(described))

    assert len(found) > 200
    for place, schema in found:
        assert set(schema) <= KNOWN, place
        kinds = schema.get("type", [])
        assert {kinds} if isinstance(kinds, str) else set(kinds) <= set(TYPES), place
        assert set(schema.get("required", [])) <= set(schema.get("properties", {})), place


def test_every_reference_is_to_a_schema_and_every_schema_is_referred_to(
    described: dict[str, Any],
) -> None:
    known = set(described["components"]["schemas"])

    used = {
        schema["$ref"].removeprefix("#/components/schemas/")
        for _, schema in schemas_in(described)
        if "$ref" in schema
    }

    # a request that stands beside a body is described in the parameter, so none is left over
    assert used == known


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_operation_says_what_it_does_takes_and_answers(
    described: dict[str, Any], verb: Verb
) -> None:
    operation = described["paths"][verb.path]["post"]

    assert (operation["operationId"], operation["summary"]) == (verb.name, verb.summary)
    assert operation["description"]
    assert operation["tags"] == [verb.name.partition(".")[0]]
    assert operation["responses"]["200"]["content"]
    assert ("parameters" in operation) == bool(verb.body_name)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_field_of_a_request_is_described(described: dict[str, Any], verb: Verb) -> None:
    request = described["components"]["schemas"][verb.operation().request.__name__]

    told = {name: field.get("description") for name, field in request["properties"].items()}

    assert set(told) == {field.key for field in verb.fields}
    assert all(told.values()), told
    assert set(request.get("required", [])) == {f.key for f in verb.fields if f.required}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_family_of_error_is_answered_as_described(
    described: dict[str, Any], verb: Verb
) -> None:
    responses = described["paths"][verb.path]["post"]["responses"]

    for family in FAMILIES.values():
        content = responses[str(family.http_status)]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Failure"}
    failure = described["components"]["schemas"]["Failure"]
    assert failure["required"] == ["code", "message", "mend"]


def test_a_failure_is_what_its_schema_says(server: Server, described: dict[str, Any]) -> None:
    reply = server.send("/api/v1/dataset/read", b'{"name": "nothing"}')

    schema = {"$ref": "#/components/schemas/Failure"}
    assert reply.status == 404
    assert misfits(reply.json, schema, described, "failure") == []


def test_the_server_serves_this_document_and_the_list_of_verbs(
    server: Server, described: dict[str, Any]
) -> None:
    answered = server.send("/api/v1/openapi.json", b"", "GET")
    verbs = server.send("/api/v1/verbs", b"", "GET")

    assert answered.json == described
    assert [each["name"] for each in verbs.json] == [verb.name for verb in VERBS]


def test_the_checker_of_this_file_sees_what_is_wrong(described: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Failure"}

    missing = misfits({"code": "x", "message": "y"}, schema, described, "$")
    wrong = misfits({"code": 1, "message": "y", "mend": "z"}, schema, described, "$")
    extra = misfits({"code": "x", "message": "y", "mend": "z", "a": 1}, schema, described, "$")

    assert missing == ["$: mend is missing"]
    assert wrong == ["$.code: 1 is no string"]
    assert extra == ["$: a is not described"]


@pytest.mark.parametrize("verb", [v for v in VERBS if v.reply == "rows"], ids=lambda v: v.name)
def test_rows_are_offered_as_json_and_as_arrow(described: dict[str, Any], verb: Verb) -> None:
    content = described["paths"][verb.path]["post"]["responses"]["200"]["content"]

    assert set(content) == {"application/json", "application/vnd.apache.arrow.stream"}


def test_the_request_of_a_header_and_of_the_query_are_one(server: Server) -> None:
    fields = b'{"name": "half", "filename": "w.bin", "format": "file"}'
    encoded = base64.urlsafe_b64encode(fields).decode()
    kind = "application/octet-stream"

    first = server.send("/api/v1/model/register", b"w", content_type=kind, headgate_request=encoded)
    again = server.send(
        "/api/v1/model/register?request=" + fields.decode().replace(" ", "%20").replace('"', "%22"),
        b"w",
        content_type=kind,
    )

    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
