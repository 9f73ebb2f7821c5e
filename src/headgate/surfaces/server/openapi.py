"""The OpenAPI 3.1 document of the table's verbs."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import FAMILIES
from headgate.surfaces.rows import ARROW

if TYPE_CHECKING:
    from headgate.spine.operations import Operation
    from headgate.surfaces.verbs import Table, Verb

TEMPLATE = "#/components/schemas/{name}"
OCTETS = "application/octet-stream"
BINARY: dict[str, Any] = {"type": "string", "contentMediaType": OCTETS}
RECORDS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}


class Failure(msgspec.Struct, frozen=True):
    """What went wrong, and what to do now.

    Args:
        code: the family of the error.
        message: what, where, the value.
        mend: what the caller does next.
    """

    code: str
    message: str
    mend: str


def document(verbs: Table) -> dict[str, Any]:
    """Describe every verb, importing the stages that declare them.

    Args:
        verbs: the verbs served.
    """
    pairs = [(verb, verb.operation()) for verb in verbs.verbs.values()]
    types = [Failure, *(kind for _, declared in pairs for kind in _types(declared))]
    schemas, components = msgspec.json.schema_components(
        types, schema_hook=_anything, ref_template=TEMPLATE
    )
    pending = iter(schemas[1:])
    paths: dict[str, Any] = {}
    for verb, declared in pairs:
        found = [next(pending) for _ in _types(declared)]
        paths[verb.path] = {"post": _operation(verb, found[0], found[-1])}
        _describe(verb, found[0], components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headgate",
            "version": version("headgate"),
            "summary": "The whole data life of an AI system, with one lineage graph to the row",
        },
        "security": [{"token": []}],
        "paths": _health() | paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _anything(kind: type) -> dict[str, Any]:
    """Describe `object`, which msgspec does not: a value of any kind."""
    if kind is object:
        return {"description": "any value"}
    raise NotImplementedError(kind)


def _types(declared: Operation) -> list[Any]:
    return [declared.request, *([declared.result] if declared.reply == "struct" else [])]


def _operation(verb: Verb, request: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": verb.name,
        "tags": [verb.name.partition(".")[0]],
        "summary": verb.summary,
        "description": verb.doc,
        "requestBody": {"required": True, "content": _content(verb, request)},
        "responses": {
            "200": {"description": "done", "content": _reply(verb, result)},
            **{str(family.http_status): _failure(code) for code, family in FAMILIES.items()},
            "401": _failure("denied: no valid token"),
            "413": _failure("invalid: the body is too large"),
        },
    }
    if verb.body_name:
        described["parameters"] = [_beside(request, "header"), _beside(request, "query")]
    return described


def _content(verb: Verb, request: dict[str, Any]) -> dict[str, Any]:
    if verb.body == "rows":
        return {ARROW: {"schema": BINARY | {"contentMediaType": ARROW}}}
    return {OCTETS: {"schema": BINARY}} if verb.body in ("bytes", "tables") else _json(request)


def _reply(verb: Verb, result: dict[str, Any]) -> dict[str, Any]:
    if verb.reply == "bytes":
        return {OCTETS: {"schema": BINARY}}
    if verb.reply == "rows":
        return _json(RECORDS) | {ARROW: {"schema": BINARY | {"contentMediaType": ARROW}}}
    return _json(result)


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _failure(description: str) -> dict[str, Any]:
    return {"description": description, "content": _json({"$ref": TEMPLATE.format(name="Failure")})}


def _beside(request: dict[str, Any], place: str) -> dict[str, Any]:
    if place == "header":
        return {
            "name": "Headgate-Request",
            "in": "header",
            "description": "the request's JSON as base64url; goes before the query",
            "schema": {"type": "string", "contentEncoding": "base64url"},
        }
    return {
        "name": "request",
        "in": "query",
        "description": "the request as JSON",
        "content": _json(request),
    }


def _describe(verb: Verb, request: dict[str, Any], components: dict[str, Any]) -> None:
    """Write the fields' docs, which msgspec leaves out, into the request's schema."""
    schema = components[request["$ref"].rpartition("/")[2]]
    for field in verb.fields:
        schema["properties"][field.key].setdefault("description", field.doc)


def _health() -> dict[str, Any]:
    answer = {"type": "object", "properties": {"status": {"type": "string"}}}
    return {
        "/healthz": {
            "get": {
                "operationId": "health",
                "summary": "Say that the server answers",
                "security": [],
                "responses": {"200": {"description": "it does", "content": _json(answer)}},
            }
        }
    }
