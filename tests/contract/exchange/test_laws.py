"""Laws of translation: what is exported reads back as it was, and no document makes a crash."""

from __future__ import annotations

import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from headgate.contract.exchange.avro_in import from_avro
from headgate.contract.exchange.avro_out import to_avro
from headgate.contract.exchange.formats import READERS, WRITERS, write
from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.exchange.json_schema_in import from_json_schema
from headgate.contract.exchange.json_schema_out import to_json_schema
from headgate.contract.exchange.translating import allowed, contract_of, options, properties_of
from headgate.contract.exchange.verbs import imported
from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Contract, Property, Rule, SchemaObject
from headgate.contract.odcs.writing import text_of
from headgate.core.errors import Invalid
from headgate.spine.documents import parse
from tests.contract.compat.test_avro_against_fastavro import records
from tests.contract.sample import WHOLE

NAMES = st.sampled_from(["a", "b", "city", "n_1"])
COUNTS = st.none() | st.integers(0, 4)
BOUNDS = st.none() | st.integers(-5, 5)
WORDS = st.sampled_from(["", "words"])


def bounded(draw: Any) -> dict[str, Any]:
    low = draw(BOUNDS)
    name = draw(st.sampled_from(["minimum", "exclusive_minimum"]))
    return {name: low, "maximum": None if low is None else low + 3}


@st.composite
def columns(draw: Any, *, is_deep: bool = True) -> Property:
    """A column of any type that JSON Schema can say."""
    kinds = ["string", "integer", "number", "boolean", "date", "timestamp", "time"]
    logical = draw(st.sampled_from([*kinds, "array", "object"] if is_deep else kinds))
    held: dict[str, Any] = {}
    if logical in ("integer", "number"):
        held = bounded(draw)
    if logical == "string":
        held = {"min_length": draw(COUNTS), "pattern": draw(st.sampled_from([None, "^a"]))}
    if logical == "array":
        held = {"min_items": draw(COUNTS), "unique_items": draw(st.sampled_from([None, True]))}
    values = draw(st.sampled_from([None, ["a", "b"]])) if logical == "string" else None
    inner = columns(is_deep=False)
    many = st.lists(inner, max_size=2, unique_by=lambda one: one.name).map(tuple)
    return Property(
        name=draw(NAMES),
        logical_type=logical,
        logical_type_options=options(**held),
        required=draw(st.booleans()),
        description=draw(WORDS),
        quality=(allowed(values),) if values else (),
        custom_properties=properties_of(draw(st.sampled_from([{}, {"default": "x"}]))),
        properties=draw(many) if logical == "object" else (),
        items=_item(draw(inner)) if logical == "array" else None,
    )


def _item(found: Property) -> Property:
    import msgspec

    return msgspec.structs.replace(found, name="", required=False)


def contracts(column: Any) -> st.SearchStrategy[Contract]:
    many = st.lists(column, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple)
    return many.map(lambda found: contract_of("t", [SchemaObject(name="t", properties=found)]))


@settings(max_examples=40)
@given(made=contracts(columns()))
def test_a_contract_reads_back_from_json_schema_as_it_was(made: Contract) -> None:
    exported = to_json_schema(made)
    Draft202012Validator.check_schema(exported.document)

    back = from_json_schema(json.loads(json.dumps(exported.document)), "t")

    assert not exported.left_out
    assert back.contract == made


@settings(max_examples=80)
@given(schema=records())
def test_an_avro_schema_comes_back_word_for_word(schema: dict[str, Any]) -> None:
    back = to_avro(from_avro(schema, "t").contract).document

    for old, new in zip(schema["fields"], back["fields"], strict=True):
        assert new | {"type": None} == {"default": None} | old | {"type": None} or old == new
        assert _bare(new["type"]) == _bare(old["type"])


def _bare(kind: Any) -> Any:
    """A type without null, which stands first or last as the default asks."""
    if not isinstance(kind, list):
        return kind
    rest = [one for one in kind if one != "null"]
    return rest[0] if len(rest) == 1 and "null" in kind else sorted(rest) or "null"


@settings(max_examples=80)
@given(made=contracts(columns()))
def test_any_contract_in_avro_is_a_schema_that_fastavro_takes(made: Contract) -> None:
    import msgspec

    (only,) = made.schema
    plain = tuple(msgspec.structs.replace(one, custom_properties=()) for one in only.properties)
    made = contract_of("t", [SchemaObject(name="t", properties=plain)])

    document = to_avro(made).document

    fastavro.parse_schema(document)
    load(text_of(from_avro(document, "t").contract).encode(), "t")


NUMBERS = st.builds(
    lambda name, low, is_strict, is_needed: Property(
        name=name,
        logical_type="number",
        logical_type_options=options(
            **{"exclusive_minimum" if is_strict else "minimum": low, "maximum": low + 2}
        ),
        required=is_needed,
    ),
    NAMES,
    st.integers(-3, 3),
    st.booleans(),
    st.booleans(),
)
SHARES = st.sampled_from(
    [
        Rule(metric="nullValues", must_be_less_or_equal_to=5.0, unit="percent"),
        Rule(metric="duplicateValues", must_be_less_or_equal_to=5.0, unit="percent"),
    ]
)
TEXTS = st.builds(
    lambda name, length, is_unique, rules: Property(
        name=name,
        logical_type="string",
        logical_type_options=options(max_length=length, pattern="^a"),
        unique=is_unique,
        quality=tuple(rules),
    ),
    NAMES,
    st.integers(1, 9),
    st.booleans(),
    st.lists(SHARES | st.just(allowed(["a", "b"], severity="warning")), max_size=2),
)


@settings(max_examples=80)
@given(made=contracts(NUMBERS | TEXTS))
def test_a_contract_reads_back_from_a_suite_as_it_was(made: Contract) -> None:
    exported = to_gx(made)

    back = from_gx(json.loads(json.dumps(exported.document)), "t")

    assert back.contract == made
    assert {one.what for one in exported.left_out} <= {"number", "string"}


KEYS = """
name type columns fields properties checks tests kwargs value_set min_value required enum items
values column mostly default dtype isin symbols constraints freshness error_after
"""
JUNK = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, "", "x", "int", "record", [], {}, "between"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)
KIND = st.sampled_from(
    [
        "expect_column_values_to_be_between",
        "expect_table_row_count_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_value_lengths_to_equal",
        "expect_compound_columns_to_be_unique",
        "expect_column_values_to_not_be_null",
    ]
)
SHAPES: dict[str, Any] = {
    "json-schema": st.fixed_dictionaries({"properties": st.dictionaries(NAMES, JUNK, max_size=2)}),
    "avro": st.fixed_dictionaries(
        {
            "type": st.just("record"),
            "name": st.just("R"),
            "fields": st.lists(st.fixed_dictionaries({"name": NAMES, "type": JUNK}), max_size=2),
        }
    ),
    "gx": st.fixed_dictionaries(
        {
            "expectations": st.lists(
                st.fixed_dictionaries(
                    {
                        "type": KIND,
                        "kwargs": st.fixed_dictionaries(
                            {},
                            optional={"column": NAMES, "value_set": JUNK, "min_value": JUNK}
                            | {"max_value": JUNK, "mostly": JUNK, "column_list": JUNK},
                        ),
                    }
                ),
                max_size=2,
            )
        }
    ),
    "dbt": st.fixed_dictionaries(
        {
            "models": st.lists(
                st.fixed_dictionaries(
                    {"name": NAMES},
                    optional={"tests": JUNK, "constraints": JUNK, "freshness": JUNK}
                    | {"columns": st.lists(st.fixed_dictionaries({"name": NAMES, "tests": JUNK}))},
                ),
                max_size=2,
            )
        }
    ),
    "pandera": st.fixed_dictionaries(
        {
            "schema_type": st.just("dataframe"),
            "columns": st.dictionaries(
                NAMES,
                st.fixed_dictionaries(
                    {"dtype": st.sampled_from(["int64", "str", "datetime64[ns]", None])},
                    optional={"checks": JUNK, "isin": JUNK, "in_range": JUNK, "less_than": JUNK}
                    | {"str_length": JUNK, "str_matches": JUNK, "default": JUNK},
                ),
                max_size=2,
            ),
            "unique": JUNK,
        }
    ),
}


@pytest.mark.parametrize("kind", list(SHAPES))
@settings(max_examples=40)
@given(data=st.data())
def test_any_document_is_translated_or_told(kind: Any, data: st.DataObject) -> None:
    document = data.draw(SHAPES[kind] | JUNK)

    told = outcome(json.dumps(document).encode(), kind)

    assert told is None or told.mend


def outcome(content: bytes, kind: Any) -> Invalid | None:
    try:
        made = imported(content, "file", kind, "t")
    except Invalid as error:
        return error
    assert load(text_of(made.contract).encode(), "t") == made.contract
    return None


@pytest.mark.parametrize("kind", list(WRITERS))
def test_the_whole_contract_is_written_in_every_format(kind: Any) -> None:
    text, made = write(load(WHOLE.encode(), "orders.yaml"), kind)

    assert parse(text.encode(), "it").plain == made.document
    assert bool(made.left_out) == (kind != "odcs")


def test_every_reader_has_documents_it_is_tried_with() -> None:
    assert set(SHAPES) == set(READERS)
