"""Runs over what the store can do: branches, several datasets at once, refusals, erasures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import HeadgateError, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


def give_up(project: Project, city: str) -> None:
    """Read what is of a city, and fail with its name."""
    project.dataset.read("orders", where=f"city = '{city}'")
    raise ZeroDivisionError(f"not in {city}")


@pytest.fixture
def orders(project: Project) -> Project:
    """Three orders on main, and a branch that has a fourth."""
    rows = [{"id": n, "city": city} for n, city in enumerate(("Oslo", "Rome", "Bern"), 1)]
    project.dataset.commit("orders", rows, key=["id"])
    project.dataset.branch("orders", "dev")
    project.dataset.commit("orders", [{"id": 4, "city": "Bonn"}], mode="upsert", branch="dev")
    return project


def detail(project: Project, run_id: str) -> tuple[list[Any], list[Any]]:
    """Say what a run read, and what it wrote."""
    shown = project.run.show(run_id)
    reads = [(one.dataset, one.number, one.n_rows, one.is_whole) for one in shown.reads]
    return reads, [(one.dataset, one.number) for one in shown.wrote]


def test_a_branch_that_was_read_is_remembered_as_its_snapshot(orders: Project) -> None:
    with orders.run("train") as run:
        orders.dataset.read("orders", at="dev")
        orders.dataset.read("orders")
    orders.dataset.commit("orders", [{"id": 5, "city": "Lyon"}], mode="upsert", branch="dev")

    reads, _ = detail(orders, run.id)

    assert reads == [("orders", 2, 4, True), ("orders", 1, 3, True)]


def test_single_rows_and_queries_count_as_read_in_part(orders: Project) -> None:
    with orders.run("look") as run:
        orders.dataset.read("orders", where="city = 'nowhere'")

    reads, _ = detail(orders, run.id)

    assert reads == [("orders", 1, 0, False)]


def test_several_datasets_that_land_together_are_all_written_by_the_run(orders: Project) -> None:
    with orders.run("split") as run:
        orders.dataset.commit_together({"north": [{"id": 1}], "south": [{"id": 2}]})

    _, wrote = detail(orders, run.id)

    assert sorted(wrote) == [("north", 1), ("south", 1)]


def test_a_commit_that_was_refused_leaves_nothing_written(orders: Project) -> None:
    with pytest.raises(HeadgateError), orders.run("clean") as run:
        orders.dataset.commit("orders", [{"id": 1}, {"id": 1}], mode="upsert")

    shown = orders.run.show(run.id)

    assert (shown.record.state, shown.wrote) == ("failed", ())
    assert "duplicate-key" in str(shown.record.error)


def test_the_same_rows_made_of_other_reads_are_a_snapshot_once_and_not_again(
    orders: Project,
) -> None:
    rows = orders.dataset.read("orders")

    with orders.run("again") as run:
        orders.dataset.read("orders", at="dev")
        made = orders.dataset.commit("orders", rows)
        again = orders.dataset.commit("orders", rows)

    assert (made.is_new, made.number, made.n_added, made.n_changed) == (True, 3, 0, 0)
    assert (again.is_new, again.number) == (False, 3)
    assert detail(orders, run.id)[1] == [("orders", 3)]


def test_files_a_run_committed_are_written_by_it(orders: Project, tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a b ü.txt").write_text("x", encoding="utf-8")

    with orders.run("shoot") as run:
        orders.dataset.commit("shots", tmp_path / "shots")
        orders.dataset.read("shots")

    assert detail(orders, run.id) == ([("shots", 1, 1, True)], [("shots", 1)])


def test_a_run_named_by_nobody_takes_no_rows(orders: Project) -> None:
    before = orders.event.list(limit=1).events[0].seq

    with pytest.raises(NotFound):
        orders.dataset.commit("orders", [{"id": 9}], mode="upsert", run="run_none")
    with pytest.raises(NotFound):
        orders.dataset.read("orders", run="run_none")

    assert orders.event.list(limit=1).events[0].seq == before


def test_an_erasure_takes_the_subject_out_of_parameters_errors_and_conditions(
    orders: Project,
) -> None:
    run = orders.run("train", who="Oslo", n=3)
    with pytest.raises(ZeroDivisionError), run:
        give_up(orders, "Oslo")

    receipt = orders.dataset.erase("orders", where="city = 'Oslo'", apply=True)

    shown = orders.run.show(run.id)
    assert "Oslo" not in str(shown)
    assert (shown.record.parameters["n"], shown.reads[0].n_rows) == ("3", 1)
    assert "Oslo" not in str(receipt)


def test_a_snapshot_that_a_run_read_stays_and_others_expire(orders: Project) -> None:
    for number in range(10, 13):
        orders.dataset.commit("orders", [{"id": number, "city": "x"}])
    with orders.run("train") as run:
        orders.dataset.read("orders", at="3")

    report = orders.dataset.gc(keep_last=1, grace_h=0, apply=True)

    assert [one.number for one in report.expiring] == [4]
    assert {one.number: one.reason for one in report.spared} == {1: "base", 3: "run"}
    assert detail(orders, run.id)[0] == [("orders", 3, 1, True)]
    assert orders.dataset.read("orders", at="3")["id"].to_pylist() == [10]


def test_metrics_that_no_number_holds_and_names_of_any_script_are_kept(orders: Project) -> None:
    with orders.run("train", größe="ünïcode 中", nothing=None) as run:
        run.log_metric("verlust", float("inf"))
        run.log_metric("anteil", 0)

    record = orders.run.show(run.id).record

    assert record.parameters == {"größe": "ünïcode 中", "nothing": "null"}
    assert record.metrics == {"verlust": None, "anteil": 0.0}
