"""The jsonl connector: one type a column, lines exact, the fast and the exact way alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.connectors import _text
from headgate.ingest.connectors import jsonl as module
from headgate.ingest.connectors.jsonl import jsonl
from tests.ingest.connectors.reading import rejections_of, rows_of, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.jsonl"


@pytest.mark.row("S3-04", part="json")
def test_a_line_is_a_row_and_a_missing_key_is_null(file: Path) -> None:
    file.write_text('{"name": "Ada", "age": 36}\n{"name": "Bob"}\n')

    rows, rejected = whole(jsonl(str(file)))

    assert rows.to_pylist() == [
        {"name": "Ada", "age": 36, "_line": 1},
        {"name": "Bob", "age": None, "_line": 2},
    ]
    assert rejected == []


def test_lines_that_are_no_object_are_rejected_with_line_and_raw_text(file: Path) -> None:
    file.write_text('{"a": 1}\n\n{"a": 2\n[3]\n"four"\nnull\n{"a": 5}\n')

    rows, rejected = whole(jsonl(str(file)))

    assert rows.to_pylist() == [{"a": 1, "_line": 1}, {"a": 5, "_line": 7}]
    assert [(one.line, one.raw) for one in rejected] == [
        (3, '{"a": 2'),
        (4, "[3]"),
        (5, '"four"'),
        (6, "null"),
    ]
    assert rejected[0].reason.startswith("json: ")
    assert rejected[1].reason == "record: array instead of object"


def test_whole_numbers_and_fractions_are_one_number(file: Path) -> None:
    file.write_text('{"a": 1}\n{"a": 2.5}\n')

    rows, rejected = whole(jsonl(str(file)))

    assert rows["a"].to_pylist() == [1.0, 2.5]
    assert rejected == []


def test_the_type_of_most_values_wins_and_the_others_are_rejected(file: Path) -> None:
    file.write_text('{"age": 36}\n{"age": "abc"}\n{"age": 41}\n{"age": true}\n{"age": null}\n')

    rows, rejected = whole(jsonl(str(file)))

    assert rows["_line"].to_pylist() == [1, 3, 5]
    assert [(one.line, one.raw, one.reason) for one in rejected] == [
        (2, '{"age": "abc"}', "type:age: 'abc' is not int64"),
        (4, '{"age": true}', "type:age: True is not int64"),
    ]


def test_a_long_value_is_shortened_in_the_reason(file: Path) -> None:
    file.write_text('{"a": 1}\n{"a": 2}\n' + json.dumps({"a": "x" * 500}))

    [(_, raw, reason)] = rejections_of(jsonl(str(file)))

    assert len(raw) > 500
    assert len(reason) < 120


def test_nested_values_stay_nested_where_one_type_holds_them_all(file: Path) -> None:
    file.write_text('{"a": {"x": 1}, "b": [1]}\n{"a": {"y": "q"}, "b": []}\n{"b": [2.5]}\n')

    rows, _ = whole(jsonl(str(file)))

    assert [str(field.type) for field in rows.schema] == [
        "struct<x: int64, y: string>",
        "list<item: double>",
        "int64",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ['{"a": [1]}', '{"a": ["x"]}'],
        ['{"a": {"x": 1}}', '{"a": [1]}'],
        ['{"a": {}}', '{"a": {}}'],
        ['{"a": {"x": 1}}', '{"a": {"x": "y"}}'],
    ],
)
def test_nested_values_become_json_text_where_no_type_holds_them(
    file: Path, lines: list[str]
) -> None:
    file.write_text("\n".join(lines))

    rows, rejected = whole(jsonl(str(file)))

    assert [json.loads(str(text)) for text in rows["a"].to_pylist()] == [
        json.loads(line)["a"] for line in lines
    ]
    assert rejected == []


def test_text_that_looks_like_a_time_stays_text(file: Path) -> None:
    file.write_text('{"at": "2026-11-03 10:00:00"}\n')

    assert rows_of(jsonl(str(file)))[0]["at"] == "2026-11-03 10:00:00"


def test_a_whole_number_beyond_64_bits_is_rejected(file: Path) -> None:
    file.write_text('{"id": 1}\n{"id": 18446744073709551616}\n')

    assert rejections_of(jsonl(str(file))) == [
        (2, '{"id": 18446744073709551616}', "type:id: 18446744073709551616 is not int64")
    ]


def test_what_json_does_not_know_is_rejected(file: Path) -> None:
    file.write_text('{"a": 1.5}\n{"a": NaN}\n{"a": Infinity}\n{"a": 2, }\n')

    assert [line for line, _, _ in rejections_of(jsonl(str(file)))] == [2, 3, 4]


def test_two_objects_on_one_line_are_no_record(file: Path) -> None:
    file.write_text('{"a": 1}{"a": 2}\n   \n{"a": 3}\n')

    rows, rejected = whole(jsonl(str(file)))

    assert rows["_line"].to_pylist() == [3]
    assert [one.line for one in rejected] == [1]


def test_a_type_that_changes_late_is_found(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "N_SAMPLED", 2)
    monkeypatch.setattr(_text, "BLOCK_BYTES", 64)
    lines = ['{"a": 1}'] * 50 + ['{"a": 1.5, "b": "new"}'] + ['{"a": "x"}']
    file.write_text("\n".join(lines))

    rows, rejected = whole(jsonl(str(file)))

    assert str(rows.schema.field("a").type) == "double"
    assert rows["b"].to_pylist() == [None] * 50 + ["new"]
    assert [one.line for one in rejected] == [52]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    st.lists(st.integers(0, 9), max_size=2),
)
OBJECTS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=12)


@given(objects=OBJECTS, junk=st.sets(st.integers(0, 12)), block=st.sampled_from([9, 4 << 20]))
def test_counts_add_up_and_lines_point_at_the_raw_text(
    tmp_path_factory: pytest.TempPathFactory,
    objects: list[dict[str, Any]],
    junk: set[int],
    block: int,
) -> None:
    lines = [json.dumps(each) for each in objects]
    for place in sorted(junk):
        lines.insert(min(place, len(lines)), "junk")
    file = tmp_path_factory.getbasetemp() / "generated.jsonl"
    file.write_text("\n".join(lines) + "\n")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_text, "BLOCK_BYTES", block)
        readings = list(jsonl(str(file)))

    rejected = [one for reading in readings for one in reading.rejected]
    taken = [row for reading in readings for row in reading.rows.to_pylist()]
    assert len(taken) + len(rejected) == len([line for line in lines if line])
    assert all(lines[one.line - 1] == one.raw for one in rejected)
    for row in taken:
        written = json.loads(lines[row["_line"] - 1])
        kept = {name: value for name, value in row.items() if value is not None}
        assert {*kept} == {"_line", *(name for name, value in written.items() if value is not None)}


def test_the_fast_way_gives_what_the_exact_way_gives(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = [
        {"n": number, "f": number / 3, "s": f"t{number}", "l": [{"x": number}], "z": None}
        for number in range(3_000)
    ]
    file.write_text("\r\n".join(json.dumps(each) for each in objects))
    fast, _ = whole(jsonl(str(file)))

    monkeypatch.setattr(module, "_fast", lambda *_: None)
    exact, _ = whole(jsonl(str(file)))

    assert fast.equals(exact, check_metadata=True)


def test_a_byte_order_mark_and_other_encodings_are_read(file: Path) -> None:
    file.write_text('{"a": "é"}\n', encoding="utf-8-sig")
    assert rows_of(jsonl(str(file))) == [{"a": "é", "_line": 1}]

    file.write_text('{"a": "é"}\n', encoding="utf-16")
    assert rows_of(jsonl(str(file), encoding="utf-16")) == [{"a": "é", "_line": 1}]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"a": "\xe9"}', "line 1, byte 8 is 0xe9"),
        (b"PAR1\0\0", "it is Parquet"),
        (b'{"_line": 1}', "'_line' has a name Headgate keeps"),
        (b'{"a": 1}\n{"a": "' + b"x" * (10 << 20) + b'"}\n{"a": 2}', "line 2 .* 8 MiB"),
        (b'{"a": "' + b"x" * (10 << 20), "line 1 .* 8 MiB"),
    ],
)
def test_a_file_that_is_no_text_of_lines_is_refused(file: Path, data: bytes, told: str) -> None:
    file.write_bytes(data)

    with pytest.raises(Invalid, match=told) as caught:
        list(jsonl(str(file)))

    assert caught.value.mend


def test_an_empty_file_gives_nothing_and_a_missing_one_is_told(file: Path) -> None:
    file.write_text("")
    assert list(jsonl(str(file))) == []

    file.unlink()
    with pytest.raises(NotFound, match="no file"):
        list(jsonl(str(file)))
