"""Columns of parents become edges, whatever kind of list they come in."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.spine.lineage.unfold import unfolded


def edges_of(parents: Any, **columns: Any) -> list[tuple[int, int]]:
    """Unfold rows with a column of parents; return position and parent of each edge."""
    rows, edges = unfolded(pa.table(columns | {"_parents": parents}), "made", "run_1")
    assert rows.column_names == list(columns)
    assert edges is not None
    pairs = edges.to_pydict()
    return sorted(zip(pairs["child"], pairs["parent_rid"], strict=True))


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.int64()),
        pa.large_list(pa.int64()),
        pa.list_(pa.uint32()),
        pa.list_(pa.float64()),
        pa.list_(pa.int64(), 2),
    ],
)
def test_lists_of_any_kind_become_edges(kind: Any) -> None:
    parents = pa.array([[5, 6], [6, 7]], kind)

    assert edges_of(parents, id=[1, 2]) == [(0, 5), (0, 6), (1, 6), (1, 7)]


def test_an_empty_list_makes_no_edge_and_missing_sides_of_joins_are_left_out() -> None:
    nan = float("nan")

    assert edges_of([[5, None], [], [None]], id=[1, 2, 3]) == [(0, 5)]
    assert edges_of(pa.array([[5.0, nan], [nan]]), id=[1, 2]) == [(0, 5)]
    assert edges_of([[], []], id=[1, 2]) == []


def test_a_row_is_either_still_itself_or_made_of_others() -> None:
    with pytest.raises(Invalid, match="rows of made have both _rid and _parents"):
        edges_of([[5, 6]], _rid=[5])


def test_pieces_of_a_column_are_read_as_one() -> None:
    pieces = pa.chunked_array([[[5]], [[6, 7]]])

    assert edges_of(pieces, id=[1, 2]) == [(0, 5), (1, 6), (1, 7)]


@pytest.mark.parametrize(
    ("parents", "message"),
    [
        ([[5], None], "row 1 of made says nothing of its parents"),
        (["5", "6"], "column _parents is string"),
        ([["5"], ["6"]], "column _parents is list"),
        ([[5.5], [6.0]], "holds what is no row id"),
    ],
)
def test_what_names_no_parents_is_refused(parents: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        edges_of(parents, id=[1, 2])
