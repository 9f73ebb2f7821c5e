"""The OpenAPI document as a contract: complete in itself, and kept by what the server answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import headgate
from headgate.core.errors import FAMILIES
from headgate.dataset.bundle import pack
from headgate.surfaces import binding
from headgate.surfaces.server.openapi import document
from headgate.surfaces.verbs import Verb, table
from tests.surfaces import examples
from tests.surfaces.routes import Server, fill, serving

VERBS = list(table().verbs.values())
STRUCTS = [verb.name for verb in VERBS if verb.reply == "struct"]
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
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


def misfits(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    """Say where a value is not what a schema of JSON Schema 2020-12 allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return misfits(value, root["components"]["schemas"][name], root, place)
    if "anyOf" in schema:
        tried = [misfits(value, each, root, place) for each in schema["anyOf"]]
        return [] if not all(tried) else tried[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{place}: {value!r} is not in the enum"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fits = [kind for kind in kinds if isinstance(value, TYPES[kind])]
    if kinds and (not fits or (isinstance(value, bool) and "boolean" not in kinds)):
        return [f"{place}: {value!r} is no {' or '.join(kinds)}"]
    return [*of_object(value, schema, root, place), *of_array(value, schema, root, place)]


def of_object(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    found = [
        f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value
    ]
    if known and "additionalProperties" not in schema:
        found += [f"{place}: {name} is not described" for name in value if name not in known]
    other = schema.get("additionalProperties")
    for name, each in value.items():
        wanted = known.get(name, other if isinstance(other, dict) else {})
        found += misfits(each, wanted, root, f"{place}.{name}")
    return found


def of_array(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    wanted = schema.get("items")
    if not isinstance(value, list) or not isinstance(wanted, dict):
        return []
    return [
        found
        for n, each in enumerate(value)
        for found in misfits(each, wanted, root, f"{place}[{n}]")
    ]


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


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_an_answer_is_what_its_schema_says(
    described: dict[str, Any], tmp_path: Path, name: str
) -> None:
    verb = table().verbs[name]
    with ExitStack() as stack:
        call = examples.INSTALLED[name](stack.enter_context(headgate.init(tmp_path / "shop")))
        request, _ = binding.bind(verb, call.arguments, call.keywords)
        running = stack.enter_context(serving(tmp_path / "shop"))
        body = content_of(verb, call.arguments)

        reply = running.call(verb, request, body)

    answers = described["paths"][verb.path]["post"]["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]
    assert reply.status == 200, reply.data
    assert misfits(reply.json, schema, described, verb.name) == []


def content_of(verb: Verb, arguments: tuple[Any, ...]) -> bytes | None:
    from headgate.surfaces import rows

    if not verb.body_name:
        return None
    body = arguments[verb.positional.index(verb.body_name)]
    if verb.body == "tables":
        return pack({name: rows.to_table(table) for name, table in body.items()})
    return rows.to_stream(rows.to_table(body)) if verb.body == "rows" else body


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
