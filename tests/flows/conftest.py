"""A small story that several flows are asked about: two sources, one of them bad on one day."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

import headgate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project


@dataclass(frozen=True)
class Story:
    """A project in which `south` brought rows 4 and 5, both bad, on 2 November."""

    project: Project
    clean_run: str
    bad_run: str


@dataclass(frozen=True)
class Told:
    """Where a story that was told once lies, to be copied."""

    place: Path
    clean_run: str
    bad_run: str


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """North brings three good rows, south two bad ones; two models, one of each kind, serve."""
    folder = tmp_path_factory.mktemp("story")
    with headgate.init(folder / "project") as project:
        ingest(project, folder / "north.csv", "id,age\n1,20\n2,30\n3,40\n", "north", "2026-11-01")
        clean_run = train(project, "people@1")
        ingest(project, folder / "south.csv", "id,age\n4,2000\n5,3000\n", "south", "2026-11-02")
        bad_run = train(project, "people@2")
        project.prompt.create("greet", "Say hello to {name}")
        for model in ("churn@1", "churn@2"):
            project.release.create("api", model=model, prompt="greet@1")
        project.deployment.create("prod", release="api@1")
        log(project, "before", [1, 2])
        project.deployment.promote("prod", "api@2")
        log(project, "after", [1, 2, 3, 4])
    return Told(folder / "project", clean_run, bad_run)


@pytest.fixture
def story(told: Told, tmp_path: Path) -> Iterator[Story]:
    """A copy of the story, for a test that may go on with it."""
    shutil.copytree(told.place, tmp_path / "project", symlinks=True)
    with headgate.open(tmp_path / "project") as project:
        yield Story(project, told.clean_run, told.bad_run)


def ingest(project: Project, path: Path, text: str, source: str, day: str) -> None:
    """Write a file and take it in."""
    path.write_text(text, encoding="utf-8")
    project.source.ingest("people", str(path), source=source, at=day, key=["id"])


def train(project: Project, snapshot: str) -> str:
    """Let a model learn from a snapshot, through a derived dataset that keeps row ids."""
    name, _, at = snapshot.partition("@")
    with project.run("prepare"):
        rows = project.dataset.read(name, at=at, row_ids=True)
        ages = pc.divide(rows["age"], 10)
        project.dataset.commit("features", rows.set_column(2, "age", ages))
    with project.run("train") as run:
        features = project.dataset.read("features")
        run.log_model("churn", {"n": features.num_rows})
    return run.id


def log(project: Project, prefix: str, rids: list[int]) -> None:
    """Log one prediction a row, by two users in turn."""
    project.prediction.log(
        [
            {
                "prediction_id": f"{prefix}-{rid}",
                "user_key": f"user-{rid % 2}",
                "input_row_ids": [rid],
                "snapshot": "people",
            }
            for rid in rids
        ],
        deployment="prod",
    )
