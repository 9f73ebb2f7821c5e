"""A reference is fitted column by column, kept as bytes, and the same for the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.baseline import (
    TOLD,
    Baseline,
    fit_columns,
    is_told,
    spreads_of,
    types_of,
)
from headgate.monitor.profiles.categorical import CategoryColumn
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import Profile
from headgate.monitor.seen import looked_at
from tests.monitor.seeing import baseline_of

RNG = np.random.default_rng(4)
COLUMNS: dict[str, Any] = {
    "a": RNG.normal(size=300),
    "b": ["x", "y", None] * 100,
    "c": [True, False, None] * 100,
    "when": pa.array([0] * 300, pa.timestamp("us")),
    "many": [[1, 2]] * 300,
    "text": [f"a remark of its own, {n}" for n in range(300)],
}


def test_numbers_flags_and_categories_have_a_profile_and_nothing_else() -> None:
    baseline = baseline_of(COLUMNS)

    kinds = {name: type(one) for name, one in baseline.data.columns.items()}
    assert kinds == {"a": NumberColumn, "b": CategoryColumn, "c": CategoryColumn}
    assert baseline.types == {
        "a": "number",
        "b": "text",
        "c": "boolean",
        "when": "time",
        "many": "list",
        "text": "text",
    }
    assert set(baseline.spreads) == {"a"}


def test_what_was_encoded_is_read_again() -> None:
    baseline = Baseline(
        data=baseline_of(COLUMNS).data,
        answers=baseline_of({"prediction": ["x"] * 60}).data,
        types={"a": "number"},
        spreads={"a": (1.0, 0.5, 1.2)},
        n=300,
        n_answers=60,
        fitted={"text_drift": b"kept"},
        outcome={"roc_auc": 0.8},
    )

    assert Baseline.decoded(baseline.encoded()) == baseline


def test_the_same_rows_in_another_order_give_the_same_bytes() -> None:
    order = RNG.permutation(300)
    table = pa.table(COLUMNS)
    mixed = table.take(pa.array(order, pa.int64()))

    one, other = (
        fit_columns(((name, each[name]) for name in ("a", "b", "c")), hidden=False)
        for each in (table, mixed)
    )

    assert Baseline(data=one).encoded() == Baseline(data=other).encoded()


def test_hidden_names_are_in_no_byte_of_it() -> None:
    columns = {"b": ["Zebedee", "Quixote"] * 100}

    open_, hidden = (baseline_of(columns, hidden=each).encoded() for each in (False, True))

    assert b"Zebedee" in open_
    assert b"Zebedee" not in hidden
    assert b"Quixote" not in hidden


@pytest.mark.parametrize(
    ("name", "told"),
    [("confidence", True), ("output.score", True), ("label.why", True), ("age", False)],
)
def test_what_a_deployment_tells_of_itself_is_no_data(name: str, told: bool) -> None:
    assert is_told(name) == told
    assert "at" in TOLD


def test_a_constant_column_spreads_nowhere() -> None:
    profile = baseline_of({"a": [1.0] * 100, "b": ["x"] * 100}).data

    assert spreads_of(profile, Profile({})) == {}


@given(
    st.lists(st.none() | st.floats(-1e9, 1e9) | st.just(float("nan")), min_size=1, max_size=60),
    st.lists(st.none() | st.sampled_from(["x", "y", "z"]), min_size=1, max_size=60),
    st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_however_a_window_is_cut_into_parts_its_counts_are_the_same(
    numbers: list[float | None], names: list[str | None], cut: int
) -> None:
    n = min(len(numbers), len(names))
    table = pa.table(
        {
            "a": pa.array(numbers[:n], pa.float64()),
            "b": pa.array(names[:n], pa.string()),
        }
    )
    baseline = baseline_of({name: table[name] for name in table.column_names})

    whole, _, _ = looked_at([table], baseline, None)
    parts, _, n_rows = looked_at([table.slice(0, cut), table.slice(cut)], baseline, None)

    assert n_rows == n
    for one, other in zip(whole.windows(), parts.windows(), strict=True):
        assert one.columns.keys() == other.columns.keys()
        for name, counts in one.columns.items():
            other_counts: Any = other.columns[name]
            assert counts.counts == other_counts.counts
            assert (counts.n_null, counts.n_nan) == (other_counts.n_null, other_counts.n_nan)


def test_types_are_told_by_kind() -> None:
    schema = pa.schema([("a", pa.int8()), ("b", pa.dictionary(pa.int8(), pa.string()))])

    assert types_of(schema) == {"a": "number", "b": "text"}
