"""A project whose training code imports no Headgate ends in a blast that says what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dataset.adopted.test_parquet import write
from tests.flows.adopting.test_predictions import FLAGS, past

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.flows.reports import BlastReport
    from headgate.surfaces.python import Project
    from tests.flows.adopting.tracking import Tracking

BEFORE_TRAINING = 1_790_000_000
AFTER_TRAINING = 1_799_000_000
"""Long before and long after the runs of November 2026 [seconds since 1970]."""


@pytest.fixture
def lake(tmp_path: Path, tracking: Tracking) -> Path:
    """The file that the run `good` read."""
    folder = tmp_path / "lake"
    folder.mkdir()
    write(folder / "a.parquet", [20, 30], BEFORE_TRAINING)
    told = tracking.run("good")["inputs"]["dataset_inputs"][0]["dataset"]
    told["source"] = f'{{"uri": "{folder}/a.parquet"}}'
    return folder


def known(report: BlastReport, kind: str) -> tuple[int, int]:
    """Return of how many the lineage is known, and of how many it is not."""
    (found,) = [one for one in report.coverage if one.kind == kind]
    return found.n_known, found.n_unknown


def told_inputs(tracking: Tracking) -> None:
    """Let the silent run tell what it read."""
    tracking.run("blind")["inputs"] = tracking.run("good")["inputs"]


@pytest.mark.row("L-11", part="coverage")
def test_a_blast_goes_from_an_adopted_file_to_past_predictions(
    project: Project, tracking: Tracking, lake: Path
) -> None:
    project.adopt.mlflow(tracking.url)
    for name, model in (("prod", "churn@1"), ("canary", "churn@2")):
        project.adopt.predictions(past(), deployment=name, model=model, **FLAGS)
    project.adopt.parquet(str(lake), as_="orders")

    reach = project.blast("source:orders").foreign

    assert reach is not None
    assert (reach.models, reach.deployments, reach.n_predictions) == (("churn@1",), ("prod",), 3)
    assert reach.certainty == "possible"


@pytest.mark.row("L-11", part="coverage")
def test_a_run_that_ended_before_a_file_was_written_is_not_reached(
    project: Project, tracking: Tracking, lake: Path
) -> None:
    project.adopt.mlflow(tracking.url)
    write(lake / "a.parquet", [20, 30], AFTER_TRAINING)
    project.adopt.parquet(str(lake), as_="orders")

    reach = project.blast("source:orders").foreign

    assert reach is not None
    assert (reach.n_jobs, reach.models) == (0, ())


@pytest.mark.row("L-11", part="coverage")
def test_the_coverage_rises_with_each_thing_that_is_connected(
    project: Project, tracking: Tracking, lake: Path
) -> None:
    project.dataset.commit("seed", [{"id": 1}])
    kinds = ("predictions", "models", "foreign datasets")
    seen: list[dict[str, tuple[int, int]]] = []

    def look() -> None:
        report = project.blast("snapshot:seed@1")
        there = {one.kind for one in report.coverage}
        seen.append({kind: known(report, kind) for kind in kinds if kind in there})

    project.adopt.predictions(past(1), deployment="old", **FLAGS)
    look()
    project.adopt.mlflow(tracking.url)
    project.adopt.predictions(past(2), deployment="prod", model="churn@2", **FLAGS)
    look()
    told_inputs(tracking)
    project.adopt.mlflow(tracking.url)
    look()
    project.adopt.parquet(str(lake), as_="orders")
    look()

    assert seen == [
        {"predictions": (0, 1), "models": (0, 0)},
        {"predictions": (0, 3), "models": (1, 1), "foreign datasets": (1, 2)},
        {"predictions": (2, 1), "models": (2, 0), "foreign datasets": (2, 1)},
        {"predictions": (2, 1), "models": (2, 0), "foreign datasets": (3, 0)},
    ]


@pytest.mark.row("L-11", part="coverage")
def test_of_each_kind_that_is_not_known_it_is_said_what_to_connect_next(
    project: Project, tracking: Tracking
) -> None:
    project.dataset.commit("seed", [{"id": 1}])
    project.adopt.predictions(past(1), deployment="old", **FLAGS)
    project.adopt.mlflow(tracking.url)

    advice: dict[str, Any] = {
        one.kind: one.connect for one in project.blast("snapshot:seed@1").coverage
    }

    assert advice["datasets"] == ""
    assert "headgate adopt mlflow" in advice["models"]
    assert "--model NAME@N" in advice["predictions"]
    assert "headgate adopt parquet" in advice["foreign datasets"]
    assert "mlflow.log_input" in advice["foreign jobs"]


def test_predictions_of_an_unknown_model_are_sent_to_the_model(
    project: Project, tracking: Tracking
) -> None:
    project.adopt.mlflow(tracking.url)
    project.adopt.predictions(past(1), deployment="prod", model="churn@2", **FLAGS)
    project.dataset.commit("seed", [{"id": 1}])

    report = project.blast("snapshot:seed@1")

    (found,) = [one for one in report.coverage if one.kind == "predictions"]
    assert (found.n_unknown, found.unknown) == (1, ("release:prod@1",))
    assert found.connect.startswith("Connect the models behind these releases")
