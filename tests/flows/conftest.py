"""A small story that several flows are asked about: two sources, one of them bad on one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


@dataclass(frozen=True)
class Story:
    """A project in which `south` brought rows 4 and 5, both bad, on 2 November."""

    project: Project
    clean_run: str
    bad_run: str


@pytest.fixture
def story(project: Project, tmp_path: Path) -> Story:
    """North brings three good rows, south two bad ones; two models, one of each kind, serve."""
    ingest(project, tmp_path / "north.csv", "id,age\n1,20\n2,30\n3,40\n", "north", "2026-11-01")
    clean_run = train(project, "people@1")
    ingest(project, tmp_path / "south.csv", "id,age\n4,2000\n5,3000\n", "south", "2026-11-02")
    bad_run = train(project, "people@2")
    project.prompt.create("greet", "Say hello to {name}")
    for model in ("churn@1", "churn@2"):
        project.release.create("api", model=model, prompt="greet@1")
    project.deployment.create("prod", release="api@1")
    log(project, "before", [1, 2])
    project.deployment.promote("prod", "api@2")
    log(project, "after", [1, 2, 3, 4])
    return Story(project, clean_run, bad_run)


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
