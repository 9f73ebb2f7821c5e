"""The OpenAPI document: complete, and every reference in it leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headgate.surfaces.server.openapi import document
from headgate.surfaces.verbs import Table, table


@pytest.fixture(params=["sample", "installed"])
def described(request: pytest.FixtureRequest, verbs: Table) -> tuple[Table, dict[str, Any]]:
    known = verbs if request.param == "sample" else table()
    return known, json.loads(json.dumps(document(known)))


def test_every_verb_stands_in_the_document(described) -> None:
    known, found = described

    posted = {path for path, methods in found["paths"].items() if "post" in methods}

    assert found["openapi"] == "3.1.0"
    assert posted == {verb.path for verb in known.verbs.values()}


def test_every_operation_has_a_name_a_body_and_its_errors(described) -> None:
    _, found = described

    operations = [each["post"] for each in found["paths"].values() if "post" in each]

    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        assert each["summary"]
        assert each["requestBody"]["content"]
        expected = {"200", "401", "403", "404", "409", "413", "422", "503"}
        assert set(each["responses"]) == expected


def test_every_reference_leads_somewhere(described) -> None:
    _, found = described

    broken = [
        reference
        for reference in references(found)
        if reference.removeprefix("#/components/schemas/") not in found["components"]["schemas"]
    ]

    assert broken == []


def test_the_fields_of_a_request_are_described(described) -> None:
    known, found = described
    schemas = found["components"]["schemas"]

    for verb in known.verbs.values():
        request = schemas[verb.operation().request.__name__]
        for field in verb.fields:
            assert request["properties"][field.key].get("description", "") == field.doc


def test_the_server_answers_the_document(server, token: str, verbs: Table) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/api/v1/openapi.json", headers={"Authorization": f"Bearer {token}"})
    answered = json.loads(connection.getresponse().read())
    connection.close()

    assert answered == json.loads(json.dumps(document(verbs)))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    if isinstance(node, list):
        for each in node:
            yield from references(each)
