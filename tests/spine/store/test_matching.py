"""Which existing row an incoming row stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.matching import (
    NONE,
    Existing,
    Matches,
    duplicates,
    match_content,
    match_keys,
    match_rids,
)


def existing(rows: Any) -> Existing:
    """Take rows as the live ones of a snapshot, with ids from 100 on."""
    table = canonical(pa.table(rows))
    n = table.num_rows
    return Existing(
        segments=np.zeros(n, np.int64),
        positions=np.arange(n),
        rids=np.arange(100, 100 + n),
        hashes=row_hashes(table),
        keys=table,
    )


def found(matches: Matches) -> tuple[list[int], list[int]]:
    """Return matches and surplus as lists."""
    return matches.existing.tolist(), matches.surplus.tolist()


def test_rows_match_by_key() -> None:
    have = existing({"id": [10, 20, 30]})

    matches = match_keys(have, pa.table({"id": [30, 40, 10]}), ["id"])

    assert found(matches) == ([2, NONE, 0], [])


def test_a_key_that_stands_twice_matches_the_first_and_reports_the_others() -> None:
    have = existing({"id": [10, 20, 10, 10]})

    matches = match_keys(have, pa.table({"id": [10]}), ["id"])

    assert found(matches) == ([0], [2, 3])


@pytest.mark.parametrize(
    ("have", "want"),
    [
        (pa.array([1, 2], pa.int64()), pa.array([2, 3], pa.int32())),
        (pa.array([1, 2], pa.int64()), pa.array([2.0, 3.5])),
        (pa.array([1.5, 2.0]), pa.array([2, 3], pa.int64())),
        (pa.array(["1", "2"]), pa.array(["2", "3"])),
        (pa.array([b"1", b"2"]), pa.array([b"2", b"3"])),
        (pa.array([1, 2], pa.date32()), pa.array([2, 3], pa.date32())),
        (pa.array([1, 2], pa.timestamp("us")), pa.array([2, 3], pa.timestamp("us"))),
        (pa.array([True, False]), pa.array([False])),
        (pa.array([[1], [2]]), pa.array([[2], [3]])),
        (pa.array([{"a": 1}, {"a": 2}]), pa.array([{"a": 2}])),
        (pa.array([float("nan"), 2.0]), pa.array([2.0, 3.0])),
    ],
)
def test_a_key_may_have_any_type_and_change_its_width(have: Any, want: Any) -> None:
    matches = match_keys(existing({"id": have}), pa.table({"id": want}), ["id"])

    assert found(matches) == ([1] + [NONE] * (len(want) - 1), [])


def test_a_number_is_not_the_text_of_it() -> None:
    matches = match_keys(existing({"id": [1, 2]}), pa.table({"id": ["1", "2"]}), ["id"])

    assert found(matches) == ([NONE, NONE], [])


def test_a_composite_key_matches_where_all_its_columns_do() -> None:
    have = existing({"a": [1, 1, 2], "b": ["x", "y", "x"]})

    matches = match_keys(have, pa.table({"a": [1, 2], "b": ["y", "y"]}), ["a", "b"])

    assert found(matches) == ([1, NONE], [])


def test_a_null_key_matches_nothing() -> None:
    single = existing({"id": [1, None]})
    double = existing({"a": [1, 1], "b": [None, 2]})

    assert found(match_keys(single, pa.table({"id": [None, 1]}), ["id"])) == ([NONE, 0], [])
    assert found(match_keys(double, pa.table({"a": [1], "b": [2]}), ["a", "b"])) == ([1], [])


def test_a_snapshot_without_the_key_column_matches_nothing() -> None:
    matches = match_keys(existing({"other": [1]}), pa.table({"id": [1]}), ["id"])

    assert found(matches) == ([NONE], [])


def test_rows_match_by_row_id() -> None:
    matches = match_rids(existing({"a": ["x", "y"]}), np.array([101, 7]))

    assert found(matches) == ([1, NONE], [])


def test_equal_rows_match_one_to_one() -> None:
    have = existing({"a": ["x", "x", "y"]})

    matches = match_content(have, row_hashes(pa.table({"a": ["x", "z", "x", "x"]})))

    assert found(matches) == ([0, NONE, 1, NONE], [])


def test_nothing_matches_nothing() -> None:
    none = existing({"id": pa.array([], pa.int64())})

    assert found(match_keys(none, pa.table({"id": [1]}), ["id"])) == ([NONE], [])
    assert found(match_content(none, row_hashes(pa.table({"id": [1]})))) == ([NONE], [])
    assert found(match_rids(none, np.array([1]))) == ([NONE], [])


def test_the_last_row_of_each_key_is_named() -> None:
    rows = pa.table({"id": ["a", "b", "a", None, "a"]})

    assert duplicates(rows, ["id"]).tolist() == [4, 1, 4, 3, 4]


def test_the_last_row_of_each_composite_key_is_named() -> None:
    rows = pa.table({"a": [1, 1, 1], "b": [0.5, 1.5, 0.5]})

    assert duplicates(rows, ["a", "b"]).tolist() == [2, 1, 2]


LETTERS = st.lists(st.sampled_from("abc"), max_size=8)


@given(LETTERS, LETTERS)
def test_matching_by_content_pairs_as_many_rows_as_there_are_pairs(
    have: list[str], want: list[str]
) -> None:
    matches = match_content(
        existing({"a": pa.array(have, pa.string())}),
        row_hashes(pa.table({"a": pa.array(want, pa.string())})),
    )

    pairs = [
        (place, index) for place, index in enumerate(matches.existing.tolist()) if index != NONE
    ]
    assert len({index for _, index in pairs}) == len(pairs)
    assert all(want[place] == have[index] for place, index in pairs)
    assert len(pairs) == sum(min(have.count(letter), want.count(letter)) for letter in "abc")


@given(LETTERS, st.sets(st.sampled_from("abc")))
def test_matching_by_key_leaves_no_row_of_a_key_behind(have: list[str], want: set[str]) -> None:
    keys = sorted(want)
    matches = match_keys(
        existing({"id": pa.array(have, pa.string())}),
        pa.table({"id": pa.array(keys, pa.string())}),
        ["id"],
    )

    touched = [index for index in matches.existing.tolist() if index != NONE]
    touched += matches.surplus.tolist()
    assert sorted(touched) == [place for place, letter in enumerate(have) if letter in want]
