"""What counts as affected: revisions, not rows; bitmaps against plain arrays."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.batches import by_rev, of_row, of_source
from headgate.spine.lineage.descend import (
    descend,
    rows_of_batch,
    seed_batches,
    seed_row,
    seed_snapshot,
)
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.edges import write_edges
from headgate.spine.store.segments import MAX_RUNS
from headgate.spine.store.snapshots import find_snapshot
from headgate.spine.writes import Mode

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


STILL: Any = SimpleNamespace(blobs=None)
"""A context of which only the blobs are asked, and those never."""


def commit(project: Project, keys: list[int], mode: Mode = "append", value: int = 0) -> None:
    """Bring rows of some keys into `t`."""
    rows = pa.table({"k": keys, "v": [value] * len(keys)})
    project.dataset.commit("t", rows, mode=mode, key=["k"])


@given(
    rows=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), max_size=40),
    bad=st.dictionaries(st.integers(1, 4), st.sets(st.integers(0, 50), min_size=1), max_size=4),
)
def test_matching_equals_looking_up_each_revision(
    rows: list[tuple[int, int]], bad: dict[int, set[int]]
) -> None:
    affected = Affected(STILL)
    for rev, rids in bad.items():
        affected.add(rev, BitMap64(rids))
    rids = np.array([rid for rid, _ in rows], np.int64)
    revs = np.array([rev for _, rev in rows], np.int64)

    hits = affected.matches(rids, revs)

    assert hits.tolist() == [rid in bad.get(rev, set()) for rid, rev in rows]


def test_a_row_of_unknown_revision_matches_if_any_revision_is_affected() -> None:
    affected = Affected(STILL)
    affected.add(3, BitMap64([7]))

    hits = affected.matches(np.array([7, 8]), np.array([-1, -1]))

    assert hits.tolist() == [True, False]


EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(-1, 4), st.integers(0, 99)), max_size=40)


@given(
    edges=EDGES,
    bad=st.dictionaries(st.integers(1, 4), st.sets(st.integers(0, 30), min_size=1), max_size=4),
    anywhere=st.sets(st.integers(0, 30), max_size=3),
)
def test_children_of_affected_parents_are_those_of_a_look_at_each_edge(
    edges: list[tuple[int, int, int]], bad: dict[int, set[int]], anywhere: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder), "acme")
        columns = np.array(edges, np.int64).reshape(-1, 3).T
        key = write_edges(blobs, columns[0], columns[1], columns[2])
        context: Any = SimpleNamespace(blobs=blobs)
        affected = Affected(context, any_revision=BitMap64(anywhere))
        for rev, rids in bad.items():
            affected.add(rev, BitMap64(rids))

        children = affected.children_in(key)

        everywhere = anywhere.union(*bad.values())
        wanted = [
            child
            for rid, rev, child in edges
            if rid in (everywhere if rev == -1 else bad.get(rev, set()) | anywhere)
        ]
        assert sorted(children.tolist()) == sorted(wanted)


def test_a_snapshot_counts_only_the_revision_that_is_bad(
    project: Project, context: Context
) -> None:
    commit(project, [1, 2, 3])
    commit(project, [2, 4], mode="upsert", value=9)
    snapshots = [find_snapshot(context, "t", number) for number in ("1", "2")]
    with context.catalog.read() as connection:
        first = by_rev(connection, context.tenant, [1])

    affected = seed_batches(context, first)

    assert [affected.count_in(one) for one in snapshots] == [3, 2]
    assert sorted(affected.rows_in_version(snapshots[1].version_id)) == [1, 3]


def test_a_batch_that_also_changed_older_rows_is_known_by_its_rows(
    project: Project, context: Context
) -> None:
    commit(project, [1, 2, 3])
    commit(project, [2, 4], mode="upsert", value=9)
    with context.catalog.read() as connection:
        second = by_rev(connection, context.tenant, [2])[0]

    rows = rows_of_batch(context, second)

    ids = project.dataset.read("t", where="v = 9", row_ids=True)["_rid"].to_numpy()
    assert sorted(rows) == sorted(ids.tolist())


def test_a_segment_too_scattered_for_runs_is_read_instead(
    project: Project, context: Context
) -> None:
    n = 4 * MAX_RUNS
    commit(project, list(range(n)))
    commit(project, list(range(0, n, 2)), mode="upsert", value=5)
    commit(project, list(range(0, n, 4)), mode="upsert", value=6)
    newest = find_snapshot(context, "t")
    with context.catalog.read() as connection:
        revs = [by_rev(connection, context.tenant, [rev]) for rev in (1, 2, 3)]

    counts = [seed_batches(context, batches).count_in(newest) for batches in revs]

    assert counts == [n // 2, n // 4, n // 4]


def test_a_row_is_bad_in_every_revision(project: Project, context: Context) -> None:
    commit(project, [1, 2])
    commit(project, [2], mode="upsert", value=7)
    row = project.dataset.read("t", where="k = 2", row_ids=True)["_rid"].to_numpy()[0]

    affected = seed_row(context, int(row))

    assert [affected.count_in(find_snapshot(context, "t", at)) for at in ("1", "2")] == [1, 1]


def test_a_snapshot_as_a_seed_is_its_rows_as_they_stand_there(
    project: Project, context: Context
) -> None:
    commit(project, [1, 2])
    commit(project, [2, 3], mode="upsert", value=7)

    affected = seed_snapshot(context, find_snapshot(context, "t", "1"))

    assert affected.count_in(find_snapshot(context, "t", "2")) == 1


def test_rows_read_by_condition_are_counted_apart_from_the_snapshot(
    project: Project, context: Context
) -> None:
    commit(project, [1, 2, 3, 4])
    with project.run("filter"):
        kept = project.dataset.read("t", where="k > 3", row_ids=True)
        project.dataset.commit("kept", kept)
    with context.catalog.read() as connection:
        first = by_rev(connection, context.tenant, [1])

    affected = descend(context, seed_batches(context, first))

    assert affected.count_in(find_snapshot(context, "kept")) == 1


@pytest.mark.parametrize(("window", "found"), [((None, None), 2), (("1", "2"), 1)])
def test_batches_of_a_source_are_cut_by_arrival(
    project: Project,
    context: Context,
    tmp_path_factory: pytest.TempPathFactory,
    window: tuple[str | None, str | None],
    found: int,
) -> None:
    folder = tmp_path_factory.mktemp("days")
    for day in (1, 2):
        path = folder / f"{day}.csv"
        path.write_text(f"k\n{day}\n", encoding="utf-8")
        project.source.ingest("t", str(path), source="s", at=f"2026-11-0{day}")
    times = [None if day is None else _moment(day) for day in window]

    with context.catalog.read() as connection:
        batches = of_source(connection, context.tenant, "s", (times[0], times[1]))
        row = of_row(connection, context.tenant, 1)

    assert len(batches) == found
    assert row[0].source == "s"


def _moment(day: str):
    from headgate.core.times import parse

    return parse(f"2026-11-0{day}")
