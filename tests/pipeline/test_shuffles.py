"""What Daft is handed, and what is said where it is missing; it itself has tests/acceptance."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import rows, shuffles
from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.pipeline.code import code_of
from headgate.pipeline.shuffles import _lanes, _whole

MISSING = importlib.util.find_spec("daft") is None
ORDERS = pa.table({"id": [1, 2, 2], "price": [1.0, 2.0, 3.0], "_rid": [4, 5, 6]})
KEYS = {
    pa.float64(): st.sampled_from([0.0, -0.0, 1.5, float("nan"), None]),
    pa.string(): st.sampled_from(["", "a", "b", None]),
    pa.timestamp("ns"): st.sampled_from([1, 2, 1001, None]),
    pa.date32(): st.sampled_from([1, 2, None]),
    pa.int16(): st.sampled_from([-1, 0, 1, None]),
}


@st.composite
def keys(draw: st.DrawFn) -> pa.Table:
    """Two columns of keys of some kinds, up to eight rows."""
    n_rows = draw(st.integers(1, 8))
    kinds = draw(st.tuples(*[st.sampled_from(list(KEYS))] * 2))
    columns = [
        pa.array(draw(st.lists(KEYS[kind], min_size=n_rows, max_size=n_rows)), kind)
        for kind in kinds
    ]
    return pa.table(columns, ["one", "other"])


@given(keys())
def test_keys_are_equal_as_numbers_where_they_are_equal_to_arrow(table: pa.Table) -> None:
    lanes = _lanes(table, "row")

    found = rows.group(table.append_column("_rid", lanes["row"]), ["one", "other"])
    expected = {tuple(group or ()) for group in found["_parents"].to_pylist()}
    by_number: dict[Any, list[int]] = {}
    for one in lanes.to_pylist():
        by_number.setdefault((one["high"], one["low"]), []).append(one["row"])
    assert {tuple(group) for group in by_number.values()} == expected


def test_a_key_that_is_null_in_part_is_not_whole() -> None:
    table = pa.table({"one": [1, None, 3], "other": ["a", "b", None]})

    assert _whole(table).to_pylist() == [True, False, False]


@pytest.mark.skipif(not MISSING, reason="Daft is there")
def test_a_library_that_is_missing_is_told_with_the_command_that_installs_it() -> None:
    for call in (
        lambda: shuffles.join(ORDERS, ORDERS, "id"),
        lambda: shuffles.group(ORDERS, "id"),
        lambda: shuffles.deduplicate(ORDERS, "id"),
    ):
        with pytest.raises(Unavailable, match="shuffles need daft") as caught:
            call()
        assert caught.value.mend == "pip install 'headgate[ray]'"


def test_what_is_asked_wrongly_is_refused_as_it_is_elsewhere() -> None:
    with pytest.raises(NotFound, match="no column named 'who'"):
        shuffles.join(ORDERS, ORDERS, "who")
    with pytest.raises(Invalid, match="there is no join 'cross'"):
        shuffles.join(ORDERS, ORDERS, "id", how="cross")  # pyright: ignore[reportArgumentType] - what is refused
    with pytest.raises(NotFound, match="no column named 'paid'"):
        shuffles.group(ORDERS, "id", total=("paid", "sum"))


def test_all_rows_together_and_no_rows_need_no_shuffle() -> None:
    together = shuffles.group(ORDERS, [], total=("price", "sum"))
    nothing = shuffles.group(ORDERS.slice(0, 0), "id", total=("price", "sum"))

    assert together["total"].to_pylist() == [6.0]
    assert np.asarray(together["_parents"][0].as_py()).tolist() == [4, 5, 6]
    assert nothing.num_rows == 0


def test_a_step_that_shuffles_depends_on_dafts_version() -> None:
    def joined(orders: Any) -> Any:
        return shuffles.join(orders, orders, "id")

    def grouped(orders: Any) -> Any:
        return rows.group(orders, "id")

    root = Path(__file__).parent
    assert {"daft", "headgate"} <= code_of(joined, root).libraries.keys()
    assert "daft" not in code_of(grouped, root).libraries
