"""Laws of the graph over random worlds: what a trace, a restore and a coarse answer must obey."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

import headgate
from headgate.spine.context import open_context
from tests.laws.worlds import World, build, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=5, deadline=None)


@contextmanager
def world_of(seed: int) -> Iterator[World]:
    """Build a world in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world"
        with headgate.init(path) as project:
            context = open_context(path)
            yield build(project, context, seed, n_steps=10)
            context.opened.close()


@FEW
@given(seed=SEEDS)
def test_lineage_between_datasets_never_says_less_than_lineage_by_rows(seed: int) -> None:
    with world_of(seed) as world:
        for source in {name for name, _ in world.origin.values()}:
            report = world.project.blast(source)

            snapshots = [one for reach in report.datasets for one in reach.snapshots]
            coarse = report.dataset_level
            assert coarse.n_snapshots >= len(snapshots)
            assert coarse.n_rows >= sum(one.n_rows for one in snapshots)
            assert coarse.n_models >= len(report.models)
            assert coarse.n_predictions >= report.predictions.n_exposed


@FEW
@given(seed=SEEDS)
def test_a_wider_window_never_reaches_less(seed: int) -> None:
    with world_of(seed) as world:
        for source in {name for name, _ in world.origin.values()}:
            narrow = world.project.blast(source, to="2026-01-02")
            wide = world.project.blast(source)

            assert narrow.n_rows <= wide.n_rows
            assert set(narrow.releases) <= set(wide.releases)
            assert narrow.predictions.n_exact <= wide.predictions.n_exact


@FEW
@given(seed=SEEDS)
def test_asking_twice_gives_the_same_answer(seed: int) -> None:
    with world_of(seed) as world:
        for source in {name for name, _ in world.origin.values()}:
            first, second = world.project.blast(source), world.project.blast(source)

            assert first.datasets == second.datasets
            assert (first.predictions, first.users) == (second.predictions, second.users)


@FEW
@given(seed=SEEDS)
def test_every_row_is_traced_to_where_its_content_was_written(seed: int) -> None:
    with world_of(seed) as world:
        for dataset in world.datasets():
            rows = world.project.dataset.read(dataset, row_ids=True)
            for rid, uid in list(zip(numbers(rows, "_rid"), numbers(rows, "uid"), strict=True))[:5]:
                node = world.project.trace(f"row:{rid}").nodes[0]

                written = {one["snapshot"]: one["written_by"] for one in node.facts["stands_in"]}
                writer = written[f"{dataset}@{world.newest(dataset)}"]
                origin = world.origin.get(uid)
                assert writer.startswith("run:" if origin is None else f"source:{origin[0]}")


@FEW
@given(seed=SEEDS)
def test_a_restored_snapshot_reads_as_it_did_and_keeps_its_row_ids(seed: int) -> None:
    with world_of(seed) as world:
        for dataset in world.datasets():
            old = world.project.dataset.read(dataset, at="1", row_ids=True)

            restored = world.project.dataset.restore(dataset, "1").snapshot

            new = world.project.dataset.read(dataset, row_ids=True)
            first = world.project.dataset.show(dataset, at="1").snapshot
            assert new.sort_by("_rid").equals(old.sort_by("_rid"))
            assert restored.content_root == first.content_root


@FEW
@given(seed=SEEDS)
def test_a_diff_accounts_for_every_row_of_both_snapshots(seed: int) -> None:
    with world_of(seed) as world:
        for dataset in world.datasets():
            newest = world.newest(dataset)
            for number in range(1, newest):
                before, after = (world.versions[dataset, at] for at in (number, newest))

                diff = world.project.dataset.diff(dataset, from_=str(number), to=str(newest))

                changed = {rid for rid in before.keys() & after.keys() if before[rid] != after[rid]}
                assert diff.n_added == len(after.keys() - before.keys())
                assert diff.n_removed == len(before.keys() - after.keys())
                assert diff.n_changed == len(changed)
