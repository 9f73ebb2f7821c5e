"""Who stands on what a restore leaves behind: runs, snapshots they wrote, models, however far."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.fixture
def shop(project: Project) -> Project:
    """Orders at @2; features made of the second, and a model that learned from the features."""
    project.dataset.commit("orders", [{"id": 1}], key=["id"])
    project.dataset.commit("orders", [{"id": 1}, {"id": 2}])
    with project.run("features"):
        rows = project.dataset.read("orders", row_ids=True)
        project.dataset.commit("features", rows)
    with project.run("train") as run:
        project.dataset.read("features")
        run.log_model("half", Fraction(1, 2), environment={}, code_hash="blake3:00")
    return project


@pytest.mark.row("S3-02")
def test_a_restore_names_runs_datasets_and_models_that_stand_on_the_rest(shop: Project) -> None:
    report = shop.dataset.restore("orders", "1")

    kinds = [name.partition(":")[0] for name in report.dependents]
    assert kinds == ["run", "run", "dataset", "model"]
    assert report.dependents[2:] == ("dataset:features@1", "model:half@1")


def test_what_stands_on_the_older_state_is_not_named(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}], key=["id"])
    with project.run("train"):
        project.dataset.read("orders")
    project.dataset.commit("orders", [{"id": 2}])

    report = project.dataset.restore("orders", "1")

    assert (report.dependents, report.n_left_behind) == ((), 1)


def test_a_plan_names_them_and_leaves_the_dataset(shop: Project) -> None:
    report = shop.dataset.restore("orders", "1", plan=True)

    assert report.is_planned
    assert report.dependents[2:] == ("dataset:features@1", "model:half@1")
    assert (report.n_removed, report.n_left_behind) == (1, 1)
    assert shop.dataset.log("orders").snapshots[0].number == 2


def test_what_another_branch_went_through_is_not_left_behind(shop: Project) -> None:
    shop.dataset.branch("orders", "dev", at="1")
    shop.dataset.commit("orders", [{"id": 7}], branch="dev", mode="append")

    report = shop.dataset.restore("orders", "1", branch="dev")

    assert (report.n_left_behind, report.dependents) == (1, ())
