"""Avro's schema resolution, rule by rule, as its specification has them."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.compat.avro import avro_breaches, avro_warnings
from headgate.contract.compat.avro_types import parse_avro
from headgate.core.errors import Invalid


def record(*fields: Any, name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **more}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def fixed(size: int, name: str = "F") -> dict[str, Any]:
    return {"type": "fixed", "name": name, "size": size}


def decimal(precision: int, scale: int) -> dict[str, Any]:
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def paths(reader: Any, writer: Any) -> list[str]:
    found = avro_breaches(parse_avro(reader, "r"), parse_avro(writer, "w"))
    return [one.path for one in found]


def chain(kind: str, **more: Any) -> dict[str, Any]:
    """A list that holds itself, with a value."""
    return record(field("value", kind), field("next", ["null", "R"], default=None), **more)


@pytest.mark.parametrize(
    ("writer", "readers"),
    [
        ("int", {"int", "long", "float", "double"}),
        ("long", {"long", "float", "double"}),
        ("float", {"float", "double"}),
        ("double", {"double"}),
        ("string", {"string", "bytes"}),
        ("bytes", {"string", "bytes"}),
        ("boolean", {"boolean"}),
        ("null", {"null"}),
    ],
)
def test_a_primitive_is_read_as_itself_or_as_what_it_is_promoted_to(
    writer: str, readers: set[str]
) -> None:
    kinds = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

    assert {kind for kind in kinds if not paths(kind, writer)} == readers


@pytest.mark.parametrize(
    ("reader", "writer", "where"),
    [
        (record(field("a", "int"), field("b", "int", default=1)), record(field("a", "int")), []),
        (record(field("a", "int"), field("b", "int")), record(field("a", "int")), ["$.b"]),
        (record(), record(field("a", "int")), []),
        (record(field("a", "int", aliases=["b"])), record(field("b", "int")), []),
        (record(field("a", "int")), record(field("b", "int")), ["$.a"]),
        (record(field("a", "int")), record(field("a", "long")), ["$.a"]),
        (record(name="x.R"), record(name="y.R"), []),
        (record(name="R"), record(name="S"), ["$"]),
        (record(name="R", aliases=["S"]), record(name="S"), []),
        (enum("A", "B"), enum("A"), []),
        (enum("A"), enum("A", "B"), ["$"]),
        (enum("A", default="A"), enum("A", "B"), []),
        (fixed(4), fixed(4), []),
        (fixed(4), fixed(8), ["$"]),
        (fixed(4, "F"), fixed(4, "G"), ["$"]),
        (["null", "string"], "string", []),
        ("string", ["null", "string"], ["$"]),
        (["null", "long"], ["null", "int"], []),
        (["null", "int"], ["null", "long"], ["$"]),
        ([], "int", ["$"]),
        ({"type": "array", "items": "long"}, {"type": "array", "items": "int"}, []),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}, ["$.items"]),
        ({"type": "map", "values": "int"}, {"type": "map", "values": "string"}, ["$.values"]),
        (decimal(9, 2), decimal(9, 2), []),
        (decimal(9, 2), decimal(9, 3), ["$"]),
        (chain("long"), chain("int"), []),
        (chain("int"), chain("long"), ["$.value"]),
        (["null", record(field("a", "int"))], record(field("a", "string")), ["$.a"]),
    ],
)
@pytest.mark.row("S3-18", part="avro")
def test_what_a_reader_resolves(reader: Any, writer: Any, where: list[str]) -> None:
    assert paths(reader, writer) == where


def test_a_number_read_as_another_quantity_is_warned_of() -> None:
    millis, micros = (
        parse_avro({"type": "long", "logicalType": f"timestamp-{unit}"}, "s")
        for unit in ("millis", "micros")
    )

    assert not avro_breaches(millis, micros)
    assert [one.path for one in avro_warnings(millis, micros)] == ["$"]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("nothing", "'nothing' is no type"),
        ({"type": "record", "fields": []}, "name is missing"),
        (record(field("a", "int"), field("a", "int")), "stands there twice"),
        (record({"name": "a"}), "type is missing"),
        (record(field("a", "int", default="x")), "default x is no int"),
        (record(field("a", "int", default=2**31)), "is no int"),
        (record(field("a", ["null", "int"], default="x")), "default x is no [null, int]"),
        (record(field("a", enum("A"), default="B")), "default B is no enum E"),
        (record(field("a", fixed(2), default="abc")), "is no fixed F"),
        (record(field("a", {"type": "array", "items": "int"}, default=[""])), "is no array of int"),
        (enum("A", "A"), "symbols are missing, doubled"),
        (enum("A", default="B"), "default B is no symbol"),
        (fixed(-1), "size is no count"),
        (["int", "int"], "int twice"),
        (["int", ["null"]], "a union stands in a union"),
        ({"type": "array"}, "items is missing"),
        ({"type": 5}, "type is missing or no text"),
        ([record(), record()], "R is defined twice"),
        (record(aliases=[1]), "aliases is no list of texts"),
        ({"type": "record", "name": "1", "fields": []}, "1 is no name"),
        ({"type": "record", "name": "R"}, "fields is missing"),
        (7, "7 is no Avro type"),
    ],
)
def test_a_schema_that_breaks_a_rule_is_told(schema: Any, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_avro(schema, "s.avsc")

    assert told in caught.value.message
    assert caught.value.message.startswith("s.avsc: $")
