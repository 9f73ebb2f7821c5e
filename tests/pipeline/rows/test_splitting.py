"""What becomes several rows names the one it was made of in each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import rows
from headgate.core.errors import Invalid, NotFound
from tests.pipeline.rows.tables import content, made_of, tables, told


@given(tables(), st.booleans())
def test_exploding_gives_what_a_loop_gives(table: pa.Table, keep_empty: bool) -> None:
    found = rows.explode(table, "tags", position="nth", keep_empty=keep_empty)

    expected: list[tuple[Any, ...]] = []
    for row in table.to_pylist():
        entries = list(enumerate(row["tags"] or []))
        if keep_empty and not entries:
            entries = [(None, None)]
        expected += [(row["key"], tag, nth, made_of(row)) for nth, tag in entries]
    made = content(found)
    assert [(row["key"], row["tags"], row["nth"]) for row in made] == [one[:3] for one in expected]
    assert told(found) == [one[3] for one in expected]


@given(tables())
def test_splitting_gives_what_a_loop_gives(table: pa.Table) -> None:
    found = rows.split(table, lambda row: [{"part": part} for part in range(row["price"] % 4)])

    expected = [
        (part, made_of(row)) for row in table.to_pylist() for part in range(row["price"] % 4)
    ]
    assert told(found) == [origins for _, origins in expected]
    if expected:
        assert found["part"].to_pylist() == [part for part, _ in expected]


def test_chunks_cover_the_text_and_overlap_as_asked() -> None:
    texts = pa.table({"text": ["abcdefg", "", None, "ab"], "_rid": [1, 2, 3, 4]})

    found = rows.chunk(texts, "text", size=3, overlap=1)

    assert found["text"].to_pylist() == ["abc", "cde", "efg", "ab"]
    assert found["chunk"].to_pylist() == [0, 1, 2, 0]
    assert told(found) == [{1}, {1}, {1}, {4}]


@given(st.text(max_size=30), st.integers(1, 7), st.data())
def test_the_chunks_of_a_text_make_it_up_again(text: str, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    table = pa.table({"text": pa.array([text]), "_rid": [1]})

    pieces: list[Any] = rows.chunk(table, "text", size=size, overlap=overlap)["text"].to_pylist()

    assert "".join([*pieces[:1], *(piece[overlap:] for piece in pieces[1:])]) == text
    assert all(len(piece) <= size for piece in pieces)


def test_what_cannot_be_split_says_why() -> None:
    table = pa.table({"text": ["a"], "_rid": [1]})

    with pytest.raises(Invalid, match="column 'text' is string, which has no entries"):
        rows.explode(table, "text")
    with pytest.raises(NotFound, match="no column named 'txt'"):
        rows.chunk(table, "txt", size=3)
    with pytest.raises(Invalid, match="pieces of 3 characters cannot overlap by 3"):
        rows.chunk(table, "text", size=3, overlap=3)
    with pytest.raises(Invalid, match="does not say what its rows were made of"):
        rows.split(table.drop_columns(["_rid"]), lambda _: [])
