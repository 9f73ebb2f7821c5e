from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spine.store.unpacking import WHOLE, Shape, shape_of, type_of, unpack

NAMES = st.sampled_from(["a", "A", "b c", "x/y", "it's", "q~w", "a@b", ""])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-99, 99), st.floats(-9, 9), st.text("ab\0")
)
RECORDS = st.dictionaries(NAMES, st.one_of(LEAVES, st.dictionaries(NAMES, LEAVES, max_size=2)))


def texts_of(*values: Any) -> Any:
    return pa.array([None if value is None else json.dumps(value) for value in values], pa.string())


def unpacked(texts: Any, shape: Shape) -> dict[str, list[Any]]:
    kinds = {path: type_of(shape, path) for path in shape.leaves()}
    return {".".join(path): column.to_pylist() for path, column in unpack(texts, kinds).items()}


def test_fields_become_columns_of_their_type_and_those_of_objects_are_dotted() -> None:
    texts = texts_of({"n": 1, "x": 1, "t": "a", "o": {"p": True, "q": {"r": 1}}}, None, {"x": 2.5})

    shape = shape_of(texts)
    found = unpacked(texts, shape)

    assert found == {
        "n": [1, None, None],
        "x": [1.0, None, 2.5],
        "t": ["a", None, None],
        "o.p": [True, None, None],
        "o.q": ['{"r":1}', None, None],
    }
    assert type_of(shape, ("n",)) == pa.int64()
    assert type_of(shape, ("x",)) == pa.float64()
    assert type_of(shape, ("o", "p")) == pa.bool_()


def test_a_field_of_several_kinds_is_text_in_every_part() -> None:
    first, second = texts_of({"a": 1}, {"b": {"c": 1}}), texts_of({"a": "x"}, {"b": 2})

    shape = shape_of(first) | shape_of(second)

    assert unpacked(first, shape) == {"a": ["1", None], "b": [None, '{"c":1}']}
    assert unpacked(second, shape) == {"a": ["x", None], "b": [None, "2"]}


def test_what_is_no_object_stands_as_a_whole_and_has_no_fields() -> None:
    texts = texts_of({"0": 1}, [7, 8], "hi", 3, None)

    shape = shape_of(texts)
    whole = unpack(texts, {WHOLE: type_of(shape, WHOLE)})[WHOLE]

    assert shape.has_whole
    assert whole.to_pylist() == [None, "[7,8]", "hi", "3", None]
    assert unpacked(texts, shape) == {"0": [1, None, None, None, None]}


def test_texts_that_are_all_null_have_no_columns() -> None:
    shape = shape_of(texts_of(None, None))

    assert shape.leaves() == []
    assert not shape.has_whole
    assert unpack(texts_of(None), {}) == {}


def _as_unpacked(value: Any, kind: pa.DataType) -> Any:
    """What a value of a record reads as in a column of a type, told in Python."""
    if value is None or kind != pa.string():
        return value
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@given(records=st.lists(RECORDS, min_size=1, max_size=6), cut=st.integers(0, 6))
@settings(max_examples=40, deadline=None)
def test_parts_unpack_to_what_python_reads(records: list[dict[str, Any]], cut: int) -> None:
    parts = [part for part in (records[:cut], records[cut:]) if part]
    shape = Shape()

    for part in parts:
        shape |= shape_of(texts_of(*part))

    for part in parts:
        kinds = {path: type_of(shape, path) for path in shape.leaves()}
        for path, column in unpack(texts_of(*part), kinds).items():
            for record, cell in zip(part, column.to_pylist(), strict=True):
                value: Any = record
                for name in path:
                    value = value.get(name) if isinstance(value, dict) else None
                if not isinstance(value, float) or kinds[path] != pa.string():
                    assert cell == _as_unpacked(value, kinds[path])


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        ("9223372036854775807", pa.int64(), 2**63 - 1),
        ("-9223372036854775808", pa.int64(), -(2**63)),
        ("18446744073709551615", pa.int64(), None),
        ("1e400", pa.float64(), float("inf")),
        ("123456789012345678901234567890", pa.float64(), 1.2345678901234568e29),
        ("-0.0", pa.float64(), -0.0),
        ('"\\u00fc"', pa.string(), "ü"),
        ('""', pa.string(), ""),
        ("true", pa.bool_(), True),
        ("[]", pa.string(), "[]"),
    ],
)
def test_a_field_at_the_edge_of_its_type_is_read_or_null(
    text: str, kind: pa.DataType, read: Any
) -> None:
    texts = pa.array([f'{{"f": {text}}}'], pa.string())

    shape = shape_of(texts)

    assert type_of(shape, ("f",)) == kind
    assert unpack(texts, {("f",): kind})["f",].to_pylist() == [read]


def test_shapes_add_up_in_any_order() -> None:
    one, other = shape_of(texts_of({"a": 1, "b": None})), shape_of(texts_of({"a": 0.5, "b": True}))

    assert one | other == other | one
    assert one | one == one
    assert type_of(one | other, ("a",)) == pa.float64()
    assert type_of(one, ("b",)) == pa.string()
    assert type_of(one | other, ("b",)) == pa.bool_()


def test_a_path_that_is_nowhere_is_null_in_every_type() -> None:
    texts = texts_of({"a": 1}, None)
    wanted = {("z",): pa.int64(), ("a", "z"): pa.bool_(), (): pa.string()}

    found = unpack(texts, wanted)

    assert [column.to_pylist() for column in found.values()] == [[None, None]] * 3
    assert [column.type for column in found.values()] == list(wanted.values())
