"""Our verdict on Avro schemas against fastavro, which reads what the other schema wrote."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException
from fastavro.utils import generate_one
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.contract.compat.avro import avro_breaches
from headgate.contract.compat.avro_types import parse_avro

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
DEFAULTS = {"null": None, "boolean": True, "int": 1, "long": 2, "float": 0.5, "double": 0.5}
DEFAULTS |= {"bytes": "a", "string": "b"}
SYMBOLS = ["A", "B", "C"]
KINDS = st.sampled_from(PRIMITIVES)


@st.composite
def enums(draw: Any) -> dict[str, Any]:
    symbols = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, unique=True))
    has_default = draw(st.booleans())
    more = {"default": symbols[0]} if has_default else {}
    return {"type": "enum", "name": "E", "symbols": symbols, **more}


LEAVES = (
    KINDS
    | enums()
    | st.builds(lambda size: {"type": "fixed", "name": "F", "size": size}, st.integers(1, 2))
)
INNER = st.one_of(
    LEAVES,
    KINDS.map(lambda kind: {"type": "array", "items": kind}),
    KINDS.map(lambda kind: {"type": "map", "values": kind}),
    st.lists(KINDS, min_size=1, max_size=3, unique=True),
)


@st.composite
def records(draw: Any) -> dict[str, Any]:
    """A record of one to three fields; each name of a type stands there once."""
    fields: list[dict[str, Any]] = []
    used: set[str] = set()
    for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)):
        type_ = draw(INNER)
        own = type_["name"] if isinstance(type_, dict) and "name" in type_ else ""
        if own in used:
            continue
        used |= {own} - {""}
        one: dict[str, Any] = {"name": name, "type": type_}
        if isinstance(type_, str) and draw(st.booleans()):
            one["default"] = DEFAULTS[type_]
        if draw(st.booleans()):
            one["aliases"] = [draw(st.sampled_from("xyz"))]
        fields.append(one)
    return {"type": "record", "name": "R", "fields": fields}


def samples(schema: Any) -> list[Any]:
    """Data of a schema in which every branch and every symbol stands at least once."""
    if isinstance(schema, list):
        return [(_named(branch), one) for branch in schema for one in samples(branch)]
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        columns = {one["name"]: samples(one["type"]) for one in schema["fields"]}
        longest = max(map(len, columns.values()), default=1)
        return [
            {name: each[number % len(each)] for name, each in columns.items()}
            for number in range(longest)
        ]
    if kind == "enum":
        return list(schema["symbols"])
    if kind in ("array", "map"):
        inner = samples(schema["items" if kind == "array" else "values"])
        return [inner] if kind == "array" else [{str(n): one for n, one in enumerate(inner)}]
    return [b"a"] if kind == "bytes" else ["b"] if kind == "string" else [generate_one(schema)]


def _named(branch: Any) -> str:
    return branch if isinstance(branch, str) else branch.get("name", branch["type"])


def is_read(reader: Any, writer: Any) -> bool:
    """Whether fastavro reads everything that the writer may write."""
    for one in samples(writer):
        written = io.BytesIO()
        fastavro.schemaless_writer(written, writer, one)
        written.seek(0)
        try:
            fastavro.schemaless_reader(written, writer, reader)
        except (SchemaResolutionError, SchemaParseException, ValueError, TypeError):
            return False
    return True


def is_resolved(reader: Any, writer: Any) -> bool:
    return not avro_breaches(parse_avro(reader, "reader"), parse_avro(writer, "writer"))


@settings(max_examples=300)
@given(reader=INNER, writer=INNER)
@pytest.mark.row("S3-18", part="avro")
def test_a_verdict_on_two_types_is_what_fastavro_does(reader: Any, writer: Any) -> None:
    assert is_resolved(reader, writer) == is_read(reader, writer)


@settings(max_examples=200)
@given(reader=records(), writer=records())
@pytest.mark.row("S3-18", part="avro")
def test_a_verdict_on_two_records_is_what_fastavro_does(
    reader: dict[str, Any], writer: dict[str, Any]
) -> None:
    assert is_resolved(reader, writer) == is_read(reader, writer)


@settings(max_examples=120)
@given(old=records(), data=st.data())
@pytest.mark.row("S3-18", part="avro")
def test_a_verdict_on_a_record_that_grew_is_what_fastavro_does(
    old: dict[str, Any], data: st.DataObject
) -> None:
    names = {one["name"] for one in old["fields"]}
    more = [one for one in data.draw(records())["fields"] if one["name"] not in names]
    kept = [one for one in old["fields"] if data.draw(st.booleans())]
    known = [_named(one["type"]) for one in [*kept, *more] if isinstance(one["type"], dict)]
    assume(len([name for name in known if name in "EF"]) == len({n for n in known if n in "EF"}))

    new = old | {"fields": [*kept, *more]}

    assert is_resolved(new, old) == is_read(new, old)
    assert is_resolved(old, new) == is_read(old, new)
