"""Offline rows as of a time, held against pandas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.serve.skew.offline import Asked, as_keys, offline_rows
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.serve.conftest import NOON, Serving, fresh

MOMENT = pa.timestamp("us", "UTC")
SECOND = 1_000_000


@pytest.fixture(scope="module")
def kept() -> Iterator[Serving]:
    """A project that tests write datasets of their own into."""
    with fresh() as serving:
        yield serving


def put(serving: Serving, name: str, rows: dict[str, Any], mode: Any = "replace") -> None:
    with Work(serving.context) as work:
        origin = Origin(kind="commit", arrived_at=NOON)
        work.write(Write(dataset=name, mode=mode), [Part(pa.table(rows), origin)])


def ask(*keys: str | None, at: Any = 0) -> Asked:
    return Asked(pa.array(keys, pa.string()), np.broadcast_to(np.int64(at), len(keys)))


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (pa.array([1, None]), ["1", None]),
        (pa.array([1.0, 1.5, float("nan"), float("inf"), 1e300, -2.0]), ["1", *[None] * 4, "-2"]),
        (pa.array([Decimal("7.00"), Decimal("7.50")]), ["7", None]),
        (pa.array([3], pa.uint8()), ["3"]),
        (pa.array(["ü", ""]), ["ü", ""]),
        (pa.array([True]), ["true"]),
        (pa.array([NOON.date()]), ["2026-11-03"]),
        (pa.array([b"\xff"]), ["/w=="]),
        (pa.array([[1, 2]]), ["[1,2]"]),
    ],
)
def test_entities_are_named_alike_whatever_their_type(values: Any, names: list[Any]) -> None:
    assert as_keys(values).to_pylist() == names


@given(numbers=st.lists(st.integers(-(2**53), 2**53)))
def test_a_whole_number_has_one_name_as_integer_and_as_float(numbers: list[int]) -> None:
    whole, real = pa.array(numbers, pa.int64()), pa.array(map(float, numbers), pa.float64())

    assert as_keys(whole).to_pylist() == as_keys(real).to_pylist() == [str(n) for n in numbers]


def test_the_newest_row_not_younger_than_the_prediction_is_that_of_pandas(kept: Serving) -> None:
    random = np.random.default_rng(3)
    history = pd.DataFrame(
        {"k": random.integers(0, 20, 300), "at": random.permutation(10_000)[:300]}
    )
    history["v"] = np.arange(300.0)
    asked = pd.DataFrame({"k": random.integers(0, 25, 500), "at": random.integers(0, 10_000, 500)})
    rows = {"k": history["k"], "v": history["v"], "made": pa.array(history["at"] * SECOND, MOMENT)}
    put(kept, "history", rows)

    at = (asked["at"] * SECOND).to_numpy(np.int64)
    keys = Asked(pa.array(asked["k"].astype(str), pa.string()), at)
    found = offline_rows(kept.context, "history?at=made", "k", keys)

    left = asked.reset_index().sort_values("at")
    merged = pd.merge_asof(left, history.sort_values("at"), on="at", by="k").sort_values("index")
    given = found.columns["v"].to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(given, merged["v"].to_numpy())
    assert found.has_row.to_pylist() == merged["v"].notna().tolist()


def test_a_row_made_at_the_very_moment_counts_and_one_without_a_time_never_does(
    kept: Serving,
) -> None:
    made = pa.array([5 * SECOND, None], MOMENT)
    put(kept, "edges", {"k": ["a", "b"], "v": [1, 2], "made": made})

    on_time = offline_rows(kept.context, "edges?at=made", "k", ask("a", "b", at=5 * SECOND))
    early = offline_rows(kept.context, "edges?at=made", "k", ask("a", "b", at=5 * SECOND - 1))

    assert on_time.columns["v"].to_pylist() == [1, None]
    assert early.has_row.to_pylist() == [False, False]


def test_of_rows_made_at_one_moment_the_last_counts(kept: Serving) -> None:
    made = pa.array([0, 0, 0], MOMENT)
    put(kept, "ties", {"k": [1, 1, 1], "v": [1, 2, 3], "made": made})

    found = offline_rows(kept.context, "ties?at=made", "k", ask("1"))

    assert found.columns["v"].to_pylist() == [3]


def test_dates_are_times_at_their_midnight(kept: Serving) -> None:
    put(kept, "days", {"k": [1], "v": [9], "day": [NOON.date()]})
    midnight = int(NOON.replace(hour=0).timestamp()) * SECOND

    found = offline_rows(
        kept.context, "days?at=day", "k", ask("1", "1", at=[midnight - 1, midnight])
    )

    assert found.columns["v"].to_pylist() == [None, 9]


def test_an_entity_that_is_null_or_unknown_has_no_row(kept: Serving) -> None:
    put(kept, "some", {"k": ["a", None], "v": [1, 2]})

    found = offline_rows(kept.context, "some", "k", ask("a", None, "z", at=2**60))

    assert found.has_row.to_pylist() == [True, False, False]
    assert found.columns["v"].to_pylist() == [1, None, None]
    assert found.n_before == 0


def test_states_of_a_dataset_are_read_each_at_its_time_with_one_type(kept: Serving) -> None:
    put(kept, "states", {"k": [1], "v": [1], "old": ["x"]})
    between = int(kept.events("snapshot_committed")[-1].at.timestamp() * SECOND) + 10
    put(kept, "states", {"k": [1], "v": [2.5], "new": [timedelta(seconds=4)]})

    found = offline_rows(kept.context, "states", "k", ask("1", "1", "1", at=[0, between, 2**60]))

    assert found.columns["v"].to_pylist() == [1.0, 1.0, 2.5]
    assert found.columns["old"].to_pylist() == ["x", "x", None]
    assert found.columns["new"].to_pylist() == [None, None, timedelta(seconds=4)]
    assert found.n_before == 1


def test_an_empty_dataset_has_no_row_for_anybody(kept: Serving) -> None:
    nothing = {"k": pa.array([], pa.int64()), "made": pa.array([], MOMENT)}
    put(kept, "empty", nothing)

    for offline in ("empty", "empty?at=made"):
        found = offline_rows(kept.context, offline, "k", ask("1", "2"))
        assert found.has_row.to_pylist() == [False, False]


@pytest.mark.parametrize(
    ("offline", "key", "family", "told"),
    [
        ("plan", "k", NotFound, "plan"),
        ("plain", "kk", NotFound, "kk"),
        ("plain?at=mode", "k", NotFound, "mode"),
        ("plain?at=v", "k", Invalid, "int64, not a time"),
        ("plain?at=", "k", Invalid, "names no column of times"),
        ("plain", "twice", Invalid, "has 2 rows"),
    ],
)
def test_what_cannot_be_searched_is_told(
    kept: Serving, offline: str, key: str, family: type[Exception], told: str
) -> None:
    put(kept, "plain", {"k": [1, 2], "v": [1, 2], "twice": ["1", "1"]})

    with pytest.raises(family, match=told) as caught:
        offline_rows(kept.context, offline, key, ask("1"))

    assert getattr(caught.value, "mend", "")
