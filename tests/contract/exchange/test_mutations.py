"""Files as their tools write them, with one value changed: translated, or told; never a crash.

What is made of one is exported again, and held against the libraries of the other formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from headgate.contract.exchange.formats import READERS, WRITERS, Source, read, source_of, write
from headgate.contract.exchange.verbs import imported
from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Contract
from headgate.contract.odcs.writing import text_of
from headgate.core.errors import Invalid

Path = tuple[str | int, ...]
GONE: Any = object()
TESTS = [
    "not_null",
    {"accepted_values": {"values": ["a"], "quote": False}},
    {"relationships": {"to": "ref('x')", "field": "id"}},
    {"not_null": {"config": {"severity": "warn"}}},
]
BASES: dict[str, Any] = {
    "json-schema": {
        "$schema": "x",
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {
                "type": ["string", "null"],
                "enum": ["x", None],
                "maxLength": 3,
                "pattern": "a",
                "format": "date",
                "default": "x",
                "examples": ["x"],
                "description": "d",
            },
            "b": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            "c": {"$ref": "#/$defs/c"},
            "d": {"const": 3},
        },
        "$defs": {"c": {"type": "object", "properties": {"e": {"type": "number"}}}},
    },
    "avro": {
        "type": "record",
        "name": "R",
        "namespace": "n",
        "doc": "d",
        "fields": [
            {"name": "a", "type": ["null", "int"], "default": None, "aliases": ["b"]},
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A"]}},
            {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4}},
            {"name": "m", "type": {"type": "map", "values": "int"}},
            {"name": "l", "type": {"type": "array", "items": ["null", "string"]}},
            {"name": "f", "type": {"type": "fixed", "name": "F", "size": 4}},
        ],
    },
    "gx": {
        "name": "s",
        "expectations": [
            {"type": f"expect_{kind}", "kwargs": kwargs, "severity": "warning"}
            for kind, kwargs in [
                ("column_values_to_be_of_type", {"column": "a", "type_": "INTEGER"}),
                ("column_values_to_be_between", {"column": "a", "min_value": 1, "mostly": 0.9}),
                ("column_values_to_be_in_set", {"column": "b", "value_set": ["a"]}),
                ("column_values_to_not_be_null", {"column": "b"}),
                ("table_row_count_to_be_between", {"min_value": 1, "max_value": 5}),
                ("compound_columns_to_be_unique", {"column_list": ["a", "b"]}),
                ("column_values_to_match_regex_list", {"column": "b", "regex_list": ["a"]}),
                ("column_mean_to_be_between", {"column": "a", "min_value": 1, "max_value": 2}),
                (
                    "column_pair_values_a_to_be_greater_than_b",
                    {"column_A": "a", "column_B": "b", "ignore_row_if": "both_values_are_missing"},
                ),
                ("table_columns_to_match_set", {"column_set": ["a"], "exact_match": False}),
            ]
        ],
    },
    "dbt": {
        "models": [
            {
                "name": "m",
                "tags": ["x"],
                "constraints": [{"type": "primary_key", "columns": ["a", "b"]}],
                "columns": [
                    {"name": "a", "data_type": "int", "tests": TESTS},
                    {"name": "b", "constraints": [{"type": "not_null"}]},
                ],
            }
        ],
        "sources": [
            {
                "name": "s",
                "freshness": {"error_after": {"count": 1, "period": "day"}},
                "tables": [{"name": "t", "columns": [{"name": "a"}]}],
            }
        ],
    },
    "pandera": {
        "schema_type": "dataframe",
        "columns": {
            "a": {
                "dtype": "int64",
                "checks": {
                    "greater_than": {"value": 1, "options": {"raise_warning": True}},
                    "in_range": {"min_value": 1, "max_value": 3},
                    "isin": [1],
                },
                "unique": True,
            },
            "b": {
                "dtype": "str",
                "checks": [
                    {"options": {"check_name": "str_matches"}, "value": "x|y"},
                    {"options": {"check_name": "str_length"}, "min_value": 3},
                ],
            },
        },
        "unique": ["a"],
    },
}
JUNK: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**90, "", "x", "é 😀", "a.b", "null", "0", "2026-01-01"),
    *([], ["a"], [1], [None], [{}], {}, {"a": 1}, {"type": 1}, [["a"]], ["null", "int"]),
]


def places(held: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    many = list(enumerate(held)) if isinstance(held, list) else []
    for key, each in held.items() if isinstance(held, dict) else many:
        yield from places(each, (*path, key))


def changed(held: Any, path: Path, value: Any) -> Any:
    """The document with another value at a place, or without it."""
    if not path:
        return value
    made = json.loads(json.dumps(held))
    at = made
    for key in path[:-1]:
        at = at[key]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


def told_or_made(document: Any, kind: Any) -> Any:
    """The contract of a document, or what was told of it."""
    try:
        return imported(json.dumps(document).encode(), "file", kind, "t").contract
    except Invalid as error:
        return error


def document_or_told(made: Contract, target: Any) -> Any:
    """The contract in another format, or what was told of it."""
    try:
        return write(made, target)[1].document
    except Invalid as error:
        return error


@pytest.mark.parametrize("kind", list(BASES))
@settings(max_examples=30)
@given(data=st.data())
def test_one_other_value_anywhere_is_translated_or_told(kind: str, data: st.DataObject) -> None:
    # A decimal of no precision is no decimal by Avro's specification, and an error to fastavro.
    anywhere = [one for one in places(BASES[kind]) if "precision" not in one]
    path = data.draw(st.sampled_from(anywhere))
    value = data.draw(st.sampled_from([*JUNK, *([GONE] if path else [])]))

    made = told_or_made(changed(BASES[kind], path, value), kind)

    if isinstance(made, Invalid):
        assert made.mend
        return
    assert load(text_of(made).encode(), "t") == made
    for target, valid in VALID.items():
        document = document_or_told(made, target)
        if isinstance(document, Invalid):
            assert document.mend
        else:
            valid(document)


def _is_suite(document: Any) -> None:
    assert all(isinstance(one["type"], str) for one in document["expectations"])
    assert all(isinstance(one["kwargs"], dict) for one in document["expectations"])


def _is_read(kind: Source) -> Any:
    return lambda document: read(document, "it", kind, "t")


VALID: dict[Any, Any] = {
    "json-schema": Draft202012Validator.check_schema,
    "avro": fastavro.parse_schema,
    "gx": _is_suite,
    "dbt": _is_read("dbt"),
    "pandera": _is_read("pandera"),
}


def test_every_format_that_is_read_and_written_is_tried() -> None:
    assert set(BASES) == set(READERS)
    assert {"odcs", *VALID} == set(WRITERS)


@pytest.mark.parametrize("kind", list(BASES))
def test_each_file_is_told_apart_from_the_others_and_nothing_is_changed_in_it(kind: str) -> None:
    before = json.dumps(BASES[kind])

    found = told_or_made(BASES[kind], None)

    assert source_of(BASES[kind], "f") == kind
    assert found == told_or_made(BASES[kind], kind)
    assert json.dumps(BASES[kind]) == before


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("json-schema", ("properties", "a", "examples"), None),
        ("json-schema", ("properties", "a", "examples"), 5),
        ("gx", ("expectations", 8, "kwargs", "ignore_row_if"), ["never"]),
        ("dbt", ("models", 0, "constraints", 0, "columns"), True),
        ("dbt", ("models", 0, "constraints", 0, "columns"), "a"),
        ("pandera", ("columns", "b", "checks", 0, "options"), True),
    ],
)
def test_a_value_of_another_kind_makes_a_contract_all_the_same(
    kind: str, path: Path, value: Any
) -> None:
    found = told_or_made(changed(BASES[kind], path, value), kind)

    assert not isinstance(found, Invalid)
    assert [one.name for one in found.schema[0].properties][:2] == ["a", "b"]


@pytest.mark.parametrize("document", [None, 5, "x", [], {}, {"type": ["record"]}, {"columns": []}])
def test_what_is_of_no_format_is_told_with_the_formats_there_are(document: Any) -> None:
    found = told_or_made(document, None)

    assert isinstance(found, Invalid)
    assert "is of no format that is known here" in found.message
    assert all(kind in found.mend for kind in READERS)
