"""Zones pass on what is sound: from raw to cleaned to curated, a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid
from tests.contract.guarded import AMOUNT, ID, guarded

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ROWS = [{"id": 1, "amount": 1.0}, {"id": 2, "amount": 2.0}, {"id": 3, "amount": -3.0}]
FINE = ROWS[:2]


def passed_on(project: Project, source: str, to: str) -> None:
    """Read a dataset and commit its rows to another one, inside a run."""
    with project.run("clean") as run:
        rows = project.dataset.read(source)
        project.dataset.commit(to, rows.filter(rows["amount"].is_valid()))
    assert run.id


def test_a_cleaned_dataset_takes_rows_of_a_run_alone(project: Project) -> None:
    guarded(project, ID, AMOUNT, zone="silver")

    with pytest.raises(Invalid, match=r"orders is cleaned") as refused:
        project.dataset.commit("orders", FINE)

    assert "raw" in refused.value.mend


def test_what_has_no_contract_counts_as_raw(project: Project) -> None:
    project.dataset.commit("landed", FINE)
    guarded(project, ID, AMOUNT, name="clean", zone="cleaned")
    guarded(project, ID, AMOUNT, name="mart", zone="curated")

    passed_on(project, "landed", "clean")
    passed_on(project, "clean", "mart")
    with pytest.raises(Invalid, match=r"mart is curated and takes nothing of landed@1"):
        passed_on(project, "landed", "mart")

    assert project.dataset.read("mart")["id"].to_pylist() == [1, 2]


def test_a_snapshot_that_broke_its_contract_is_not_passed_on(project: Project) -> None:
    guarded(project, ID, AMOUNT, gate="pass", zone="bronze")
    guarded(project, ID, name="clean", zone="silver")
    project.dataset.commit("orders", ROWS)

    with pytest.raises(Invalid, match=r"orders@1, which broke contract orders 1.0.0: amount.range"):
        passed_on(project, "orders", "clean")


@pytest.mark.parametrize(("rows", "is_sound"), [(FINE, True), (ROWS, False)])
def test_a_snapshot_older_than_its_contract_is_looked_at_when_it_is_passed_on(
    project: Project, rows: list[dict[str, object]], *, is_sound: bool
) -> None:
    project.dataset.commit("orders", rows)
    guarded(project, ID, AMOUNT)
    guarded(project, ID, name="clean", zone="silver")

    if is_sound:
        passed_on(project, "orders", "clean")
    else:
        with pytest.raises(Invalid, match=r"broke contract orders 1.0.0: amount.range"):
            passed_on(project, "orders", "clean")

    assert [one.name for one in project.dataset.list().datasets] == ["clean", "orders"][
        0 if is_sound else 1 :
    ]


def test_a_zone_that_nobody_knows_is_refused(project: Project) -> None:
    with pytest.raises(Invalid, match=r"'platinum' is no zone"):
        guarded(project, ID, zone="platinum")


def test_rows_of_a_step_that_wait_are_made_again_and_not_released(project: Project) -> None:
    project.dataset.commit("landed", ROWS)
    guarded(project, ID, AMOUNT, name="clean", zone="silver")

    passed_on(project, "landed", "clean")
    plan = project.quarantine.release("clean")

    (entry,) = project.quarantine.list().entries
    assert (entry.kind, entry.n_rows) == ("derive", 1)
    assert plan.n_released == 0
    assert "mend that, and run it again" in plan.refused[0].reason


def test_a_batch_held_on_one_branch_says_nothing_of_the_snapshot_on_another(
    project: Project,
) -> None:
    guarded(project, ID, AMOUNT)
    guarded(project, ID, name="clean", zone="silver")
    project.dataset.commit("orders", FINE)
    project.dataset.branch("orders", "trial")
    project.dataset.commit("orders", [{"amount": 1.0}] * 2, mode="append", branch="trial")

    passed_on(project, "orders", "clean")

    assert project.dataset.read("clean")["id"].to_pylist() == [1, 2]


def test_a_batch_held_on_the_branch_itself_stops_what_comes_after(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    guarded(project, ID, name="clean", zone="silver")
    project.dataset.commit("orders", FINE)
    project.dataset.commit("orders", [{"amount": 1.0}] * 2, mode="append")

    with pytest.raises(Invalid, match=r"orders@1, which broke contract orders 1.0.0: id.required"):
        passed_on(project, "orders", "clean")
    project.dataset.commit("orders", [{"id": 3, "amount": 1.0}], mode="append")
    passed_on(project, "orders", "clean")

    assert project.dataset.read("clean")["id"].to_pylist() == [1, 2, 3]


def test_a_run_may_work_on_its_own_cleaned_dataset(project: Project) -> None:
    project.dataset.commit("landed", FINE)
    guarded(project, ID, AMOUNT, name="clean", zone="silver")
    passed_on(project, "landed", "clean")

    with project.run("again"):
        rows = project.dataset.read("clean")
        project.dataset.commit("clean", rows.slice(0, 1))

    assert project.dataset.read("clean")["id"].to_pylist() == [1]


def test_a_run_that_read_nothing_fills_no_zone(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="clean", zone="silver")

    with project.run("invented"), pytest.raises(Invalid, match=r"clean is cleaned"):
        project.dataset.commit("clean", FINE)

    assert project.dataset.list().datasets == ()


def test_what_was_held_by_another_version_is_looked_at_anew(project: Project) -> None:
    guarded(project, ID, AMOUNT, gate="pass")
    guarded(project, ID, name="clean", zone="silver")
    project.dataset.commit("orders", ROWS)
    lower = AMOUNT | {"logicalTypeOptions": {"minimum": -10}}

    guarded(project, ID, lower, version="1.1.0", gate="pass")
    passed_on(project, "orders", "clean")

    assert project.dataset.read("clean").num_rows == 3
