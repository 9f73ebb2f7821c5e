"""Retraining: the pipeline that made what a model learned from, run as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.core.errors import Conflict, NotFound
from headgate.spine.context import Context
from headgate.surfaces.python import Project

FLOW = """\
from headgate import step


@step
def features(people):
    return people


@step
def trained(features):
    return features
"""


@pytest.fixture
def flow(project: Project, tmp_path: Path) -> Path:
    """A pipeline `weekly` of two steps, and rows for it."""
    path = tmp_path / "project" / "pipelines" / "weekly.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(FLOW, encoding="utf-8")
    project.dataset.commit("people", [{"id": 1}, {"id": 2}])
    return path


@pytest.mark.parametrize("target", ["pipeline:weekly", "dataset:features", "dataset:trained"])
def test_a_pipeline_is_found_by_its_name_or_by_what_it_makes(
    flow: Path, context: Context, target: str
) -> None:
    plan = context.registry.action("retrain").plan(context, target, {})

    assert plan["pipeline"] == flow.stem
    assert [(one["step"], one["would"]) for one in plan["steps"]] == [
        ("features", "run"),
        ("trained", "run"),
    ]


def test_a_plan_says_what_waits_in_quarantine_and_would_not_be_learned_from(
    flow: Path, project: Project, context: Context, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("id\n3\nfour\n", encoding="utf-8")
    project.source.ingest("people", str(bad))

    plan = context.registry.action("retrain").plan(context, "pipeline:weekly", {})

    assert plan["waiting"] == {"people": 1}


def test_it_runs_once_for_the_same_rows_and_again_for_new_ones(
    flow: Path, project: Project, context: Context
) -> None:
    action = context.registry.action("retrain")

    first = action.apply(context, "pipeline:weekly", {})
    again = action.apply(context, "pipeline:weekly", {})
    project.dataset.commit("people", [{"id": 3}], mode="append")
    fresh = action.apply(context, "pipeline:weekly", {})

    assert first["steps"] == fresh["steps"] == {"features": "ran", "trained": "ran"}
    assert again["steps"] == {"features": "cached", "trained": "cached"}
    assert "candidate" in first["then"]


def test_a_run_that_fails_is_told_with_where_to_look(flow: Path, context: Context) -> None:
    flow.write_text(FLOW.replace("return people", "raise ValueError('no')"), encoding="utf-8")

    with pytest.raises(Conflict, match="pipeline weekly failed") as told:
        context.registry.action("retrain").apply(context, "pipeline:weekly", {})

    assert "headgate pipeline show" in told.value.mend


def test_what_no_pipeline_makes_is_not_found(flow: Path, context: Context) -> None:
    action = context.registry.action("retrain")

    with pytest.raises(NotFound, match="no pipeline makes dataset people") as told:
        action.plan(context, "dataset:people", {})
    with pytest.raises(NotFound, match="no pipeline named 'wekly'"):
        action.plan(context, "pipeline:wekly", {})

    assert "monitors/policy.yaml" in told.value.mend
