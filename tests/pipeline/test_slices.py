"""A snapshot seen by partitions: whose rows are whose, and what each of them is digested to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.pipeline.partitions import Partitions, daily, keys, keys_of, spans
from headgate.pipeline.slices import NOTHING, Slices, rids_in, rids_outside
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest
    from headgate.surfaces.python import Project

CITY = keys_of("kept", "city")


@pytest.fixture
def kept(project: Project, context: Context) -> Manifest:
    """Five rows in three segments; one of them is of no partition."""
    for city, n in ((["a", "b"], [1, 2]), ([None, "a"], [3, 4]), (["c"], [5])):
        rows = pa.table({"city": pa.array(city, pa.string()), "n": n})
        project.dataset.commit("kept", rows, mode="append")
    return manifest_of(context, find_snapshot(context, "kept"))


def values(slices: Slices, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Read the numbers of some partitions."""
    return {key: rows["n"].to_pylist() for key, rows in slices.rows(keys).items()}


def test_rows_of_a_partition_are_found_in_all_segments(context: Context, kept: Manifest) -> None:
    slices = Slices(context.blobs, kept, CITY)

    assert slices.keys == ["a", "b", "c"]
    assert values(slices, ["c", "a"]) == {"c": [5], "a": [1, 4]}
    assert [slices.n_rows(key) for key in ("a", "b", "c", "d")] == [2, 1, 1, 0]
    assert slices.n_loose == 1


def test_a_partition_that_is_not_there_holds_no_rows_of_all_columns(
    context: Context, kept: Manifest
) -> None:
    slices = Slices(context.blobs, kept, CITY)

    rows = slices.rows(["nowhere"])["nowhere"]

    assert (rows.num_rows, rows.column_names) == (0, ["_rid", "city", "n"])
    assert slices.mark("nowhere") == NOTHING
    assert slices.root("nowhere") != slices.root("a")


def test_a_root_tells_columns_apart_that_a_mark_does_not(
    project: Project, context: Context, kept: Manifest
) -> None:
    wider = pa.table({"city": ["d"], "n": [6], "note": pa.array([None], pa.string())})
    project.dataset.commit("kept", wider, mode="append")
    other = manifest_of(context, find_snapshot(context, "kept"))

    before, after = (Slices(context.blobs, one, CITY) for one in (kept, other))

    assert before.mark("a") == after.mark("a")
    assert before.root("a") != after.root("a")


def test_what_is_read_of_a_partition_need_not_hold_its_column(
    context: Context, kept: Manifest
) -> None:
    numbers = Slices(context.blobs, kept, CITY, ["n"])
    every = Slices(context.blobs, kept, CITY)

    assert numbers.rows(["a"])["a"].column_names == ["_rid", "n"]
    assert values(numbers, ["a", "b"]) == values(every, ["a", "b"])
    assert len({numbers.root("b"), numbers.root("a"), every.root("b"), numbers.root("c")}) == 4


def test_a_snapshot_without_the_column_holds_rows_of_no_partition(
    context: Context, kept: Manifest
) -> None:
    other = keys("land", "x")

    inside = rids_in(context.blobs, kept, other, ["x"])
    outside = rids_outside(context.blobs, kept, other, ["x"])

    assert (len(inside), len(outside)) == (0, 5)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from("abcd"), max_size=4))
def test_rows_are_in_some_partitions_or_outside_of_them(
    context: Context, kept: Manifest, chosen: list[str]
) -> None:
    inside = rids_in(context.blobs, kept, CITY, chosen)
    outside = rids_outside(context.blobs, kept, CITY, chosen)

    assert not np.intersect1d(inside, outside).size
    assert len(inside) + len(outside) == kept.n_rows
    assert len(inside) == {"a": 2, "b": 1, "c": 1}.get("".join(set(chosen)), len(inside))
    assert np.all(np.diff(inside) > 0)


# ---- which partition a value names


@pytest.mark.parametrize(
    ("partitions", "column", "expected"),
    [
        (CITY, pa.array([1, None]), ["1", None]),
        (CITY, pa.array([-0.0, 0.0]), ["0", "0"]),
        (CITY, pa.array([b"x"]), ["x"]),
        (CITY, pa.array(["b", None, "b"]).dictionary_encode(), ["b", None, "b"]),
        (CITY, pa.array(["x"], pa.large_string()), ["x"]),
        (daily("d", "2026-01-01"), pa.array([0, None], pa.date32()), ["1970-01-01", None]),
        (daily("d", "2026-01-01"), pa.array([86_400_000], pa.date64()), ["1970-01-02"]),
        (daily("d", "2026-01-01"), pa.array([-1_999], pa.timestamp("ns")), ["1969-12-31"]),
        (daily("d", "2026-01-01"), pa.array([-1], pa.timestamp("s", "Asia/Tokyo")), ["1969-12-31"]),
        (daily("d", "2026-01-01"), pa.array(["2026-01-01", "x"]), ["2026-01-01", "x"]),
        (daily("d", "2026-01-01"), pa.array([60], pa.time32("s")), ["00:01:00"]),
        (spans("week", "d", "2026-01-05"), pa.array([20460], pa.date32()), ["2026-01-05"]),
        (spans("month", "d", "2026-01"), pa.array([-1], pa.timestamp("us")), ["1969-12"]),
        (
            spans("hour", "d", "2026-01-01T00", timezone="Asia/Kolkata"),
            pa.array([0], pa.timestamp("us", "UTC")),
            ["1970-01-01T05"],
        ),
    ],
    ids=str,
)
def test_a_value_names_its_partition_whatever_its_type(
    partitions: Partitions, column: Any, expected: list[str | None]
) -> None:
    found = partitions.labels(pa.chunked_array([column]))

    assert found.to_pylist() == expected


@pytest.mark.parametrize("column", [pa.array([["a"]]), pa.array([{"a": 1}]), pa.array([b"\xff"])])
def test_a_column_that_names_no_partition_is_refused_with_a_mend(column: Any) -> None:
    message = r"column city holds .*, by which rows cannot be parted"

    with pytest.raises(Invalid, match=message) as caught:
        CITY.labels(pa.chunked_array([column]))

    assert caught.value.mend == "part them by a column of texts, numbers, dates or moments"


@pytest.mark.parametrize(
    ("names", "message"),
    [(("a", "b", "a"), "'a' is named twice"), ((), "names no partition")],
)
def test_keys_are_named_once_each(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        keys("city", *names)

    assert caught.value.mend == "name each partition once"
