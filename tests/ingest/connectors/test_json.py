"""The json connector: the array is found, objects are rows, the rest is told or rejected."""

from __future__ import annotations

import json as standard
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.connectors.json import json
from tests.ingest.connectors.reading import rows_of, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.json"


@pytest.mark.row("S3-04", part="json")
def test_an_object_of_the_array_is_a_row(file: Path) -> None:
    file.write_text('[{"name": "Ada", "age": 36},\n {"name": "Bob", "tags": ["x"]}]')

    assert rows_of(json(str(file))) == [
        {"name": "Ada", "age": 36, "tags": None, "_line": 1},
        {"name": "Bob", "age": None, "tags": ["x"], "_line": 2},
    ]


def test_a_setting_leads_to_the_array(file: Path) -> None:
    file.write_text('{"data": {"items": [{"a": 1}], "n": 1}}')

    assert rows_of(json(str(file), at="data.items")) == [{"a": 1, "_line": 1}]


def test_an_object_alone_is_one_row(file: Path) -> None:
    file.write_text('{"a": 1, "b": {"c": 2}}')

    assert rows_of(json(str(file))) == [{"a": 1, "b": {"c": 2}, "_line": 1}]


def test_what_is_no_object_or_of_another_type_is_rejected(file: Path) -> None:
    file.write_text('[{"a": 1}, 7, {"a": "x"}, null, {"a": 2}, "s", [1]]')

    rows, rejected = whole(json(str(file)))

    assert rows["_line"].to_pylist() == [1, 5]
    assert sorted((one.line, one.raw, one.reason) for one in rejected) == [
        (2, "7", "record: number instead of object"),
        (3, '{"a":"x"}', "type:a: 'x' is not int64"),
        (4, "null", "record: null instead of object"),
        (6, '"s"', "record: string instead of object"),
        (7, "[1]", "record: array instead of object"),
    ]


@given(items=st.lists(st.one_of(st.integers(), st.dictionaries(st.sampled_from("ab"), st.text()))))
def test_counts_add_up(tmp_path_factory: pytest.TempPathFactory, items: list[Any]) -> None:
    file = tmp_path_factory.getbasetemp() / "generated.json"
    file.write_text(standard.dumps(items))

    readings = list(json(str(file)))

    n_rejected = sum(len(reading.rejected) for reading in readings)
    assert n_rejected == sum(isinstance(item, int) for item in items)
    assert sum(reading.rows.num_rows for reading in readings) == len(items) - n_rejected


@pytest.mark.parametrize(
    ("text", "told", "mend"),
    [
        ('[{"a": 1}', "is no JSON", "mend the document"),
        ('{"a": 1}\n{"a": 2}\n', "trailing characters", "--connector jsonl"),
        ("7", "holds a number at the top", "--settings at="),
        ('"text"', "holds a string at the top", "--settings at="),
    ],
)
def test_a_document_without_rows_is_refused(file: Path, text: str, told: str, mend: str) -> None:
    file.write_text(text)

    with pytest.raises(Invalid, match=told) as caught:
        list(json(str(file)))

    assert mend in caught.value.mend


def test_a_way_that_leads_nowhere_names_the_nearest(file: Path) -> None:
    file.write_text('{"data": {"items": [1]}}')

    with pytest.raises(NotFound, match="named 'itms'") as caught:
        list(json(str(file), at="data.itms"))
    assert caught.value.mend == "did you mean items?"

    with pytest.raises(NotFound, match="named 'x'"):
        list(json(str(file), at="data.items.x"))


def test_nothing_in_it_gives_nothing(file: Path) -> None:
    file.write_text("")
    assert list(json(str(file))) == []

    file.write_text("[]")
    assert list(json(str(file))) == []


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b'[{"a": "\n\xff"}]')

    with pytest.raises(Invalid, match="line 2, byte 1 is 0xff"):
        list(json(str(file)))
