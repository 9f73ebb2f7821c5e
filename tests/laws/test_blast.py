"""The blast radius against a plain walk over what truly happened: nothing missed, nothing extra."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headgate
from headgate.spine.context import open_context
from tests.laws.worlds import START, World, build

if TYPE_CHECKING:
    from headgate.flows.reports import BlastReport


@given(seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_blast_finds_all_and_only_what_bad_rows_touched(seed: int) -> None:
    check_world(seed)


@pytest.mark.full
@pytest.mark.row("S3-64", part="blast and rollback")
@given(seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_blast_equals_a_brute_force_walk_on_two_hundred_worlds(seed: int) -> None:
    check_world(seed)


def check_world(seed: int) -> None:
    """Build a world and compare the answers about every source over several windows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        headgate.init(Path(folder) / "world") as project,
    ):
        context = open_context(Path(folder) / "world")
        world = build(project, context, seed)
        for source, days in questions(world):
            first = START.replace(day=1 + days[0]).date().isoformat()
            last = START.replace(day=1 + days[1]).date().isoformat()
            report = project.blast(f"source:{source}", from_=first, to=last)
            bad = world.bad_uids(source, days)
            assert said(report) == true(world, bad)
        context.opened.close()


def questions(world: World) -> list[tuple[str, tuple[int, int]]]:
    """Ask about everything a source brought, its first days, and one day of it."""
    brought = sorted({name for name, _ in world.origin.values()})
    windows = [(0, world.day), (0, world.day // 2), (world.day // 2, world.day // 2)]
    return [(source, window) for source in brought for window in windows]


def said(report: BlastReport) -> dict[str, Any]:
    """Reduce a report to what the plain account can say too."""
    return {
        "versions": {
            (one.dataset, snapshot.number): snapshot.n_bad
            for one in report.datasets
            for snapshot in one.snapshots
        },
        "models": {one.ref: one.n_bad for one in report.models},
        "releases": set(report.releases),
        "predictions": (report.predictions.n_exposed, report.predictions.n_exact),
        "users": (report.users.n_exposed, report.users.n_exact),
    }


def true(world: World, bad: set[int]) -> dict[str, Any]:
    """Say what is true by the plain account."""
    counts = {key: len(bad & set(rows.values())) for key, rows in world.versions.items()}
    models = {ref: len(bad & learned) for ref, learned in world.learned.items()}
    reached = {
        release
        for release, (model, index) in world.releases.items()
        if models[model] or (index and counts[_key(index)])
    }
    exposed = [user for release, _, user in world.predictions if release in reached]
    exact = [user for _, uids, user in world.predictions if uids & bad]
    return {
        "versions": {key: count for key, count in counts.items() if count},
        "models": {ref: count for ref, count in models.items() if count},
        "releases": reached,
        "predictions": (len(exposed), len(exact)),
        "users": (len(set(exposed)), len(set(exact))),
    }


def _key(index: str) -> tuple[str, int]:
    name, _, number = index.partition("@")
    return name, int(number)
