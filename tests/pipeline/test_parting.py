"""Steps that are made in partitions: what is kept of them, what makes way, and what fails."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.pipeline import parting
from tests.asking import fsck
from tests.pipeline.parted import DAYS, ORDERS, by_city, column, numbers, root, run
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

RUNNING = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    sys.exit(project.pipeline.run("flow").has_findings)
"""


# ---- what makes way

WHOLE = "@step"
NORTH = '@step(partitions=keys("city", "north", "south"))'
LANDS = '@step(partitions=keys("land", "x", "y"))'
CITIES = '@step(partitions=keys_of("orders", "city"))'
MADE = """
    from headgate import keys, keys_of, step

    {how}
    def made(orders):
        return [{{"n": orders.num_rows}}] if {is_sum} else orders.drop_columns(["_rid"])
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [(WHOLE, NORTH), (NORTH, WHOLE), (NORTH, LANDS), (LANDS, CITIES), (CITIES, NORTH)],
)
def test_a_step_that_is_parted_in_another_way_makes_what_it_would_have_from_the_start(
    project: Project, tmp_path: Path, before: str, after: str
) -> None:
    project.dataset.commit("orders", ORDERS)
    write(project, flow=MADE.format(how=before, is_sum=before == LANDS))
    run(project)

    write(project, flow=MADE.format(how=after, is_sum=after == LANDS))
    told = project.pipeline.plan("flow").steps[0]
    first, second = run(project), run(project)

    with headgate.init(tmp_path / "other") as other:
        other.dataset.commit("orders", ORDERS)
        write(other, flow=MADE.format(how=after, is_sum=after == LANDS))
        run(other)
        fresh = other.dataset.read("made")
    found = project.dataset.read("made", columns=fresh.column_names)
    order: Any = [(name, "ascending") for name in fresh.column_names]
    assert found.sort_by(order).equals(fresh.sort_by(order))
    assert (told.state, first.state, second.state) == ("run", "ran", "cached")


def test_a_run_of_one_partition_leaves_what_is_left_over_where_it_is(project: Project) -> None:
    project.dataset.commit("orders", ORDERS)
    project.dataset.commit("made", [{"n": 0}, {"n": 0, "city": "nowhere"}])
    by_city(project, "return [{'n': orders.num_rows}]")

    one = run(project, partition="west")

    assert (numbers(one), one.n_rows) == ((1, 0, 0, 0), 3)
    told = project.pipeline.plan("flow").steps[0]
    every = run(project)
    said = ("1 partition is there no more", "1 row is of no partition")
    assert told.why[-2:] == every.why[-2:] == said
    assert (numbers(every), every.n_rows) == ((2, 1, 0, 1), 3)


def test_a_row_of_no_partition_makes_way_though_nothing_else_has_changed(project: Project) -> None:
    project.dataset.commit("orders", ORDERS)
    by_city(project, "return [{'n': orders.num_rows}]")
    run(project)
    before = root(project)
    project.dataset.commit("made", [{"n": 9, "city": None}], mode="append")

    step = run(project)

    assert (step.state, step.why, numbers(step)) == (
        "ran",
        ("1 row is of no partition",),
        (0, 3, 0, 0),
    )
    assert root(project) == before


def test_a_partition_named_by_an_empty_text_is_emptied_like_any_other(project: Project) -> None:
    project.dataset.commit("orders", ORDERS | {"city": ["", "", "a", "a", "a"]})
    by_city(project, "return [{'n': orders.num_rows}]")
    run(project)
    project.dataset.commit("orders", {name: values[2:] for name, values in ORDERS.items()})

    step = run(project)

    assert numbers(step) == (2, 0, 0, 2)
    assert column(project, "city") == ["south", "west"]


# ---- what fails


def test_a_partition_whose_rows_cannot_be_kept_fails_alone(project: Project) -> None:
    project.dataset.commit("orders", ORDERS)
    by_city(project, "return [{'x': 'many' if partition == 'south' else orders.num_rows}]")

    first, second = run(project), run(project)

    assert (numbers(first), numbers(second)) == ((2, 0, 1, 0), (0, 2, 1, 0))
    assert first.partitions.failed == ("south",)
    assert "partition south: Invalid: 1 rows cannot go into made" in first.error
    assert column(project, "x") == [1, 2]
    (run_of_first, _) = project.pipeline.history().runs
    assert run_of_first.parts == {"cached": 2, "failed": 1}


def test_a_row_that_two_partitions_return_is_kept_in_one(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    write(
        project,
        flow="""
            from headgate import keys, step

            @step(partitions=keys("half", "a", "b"))
            def made(orders):
                return orders
        """,
    )

    step = run(project)

    assert (numbers(step), step.n_rows) == ((1, 0, 1, 0), 2)
    assert step.partitions.failed == ("b",)


def test_a_column_that_the_dataset_keeps_in_a_form_that_names_no_partition_is_refused(
    project: Project,
) -> None:
    at = [datetime(2026, 10, 1, 5)]  # noqa: DTZ001 - a moment without a zone
    project.dataset.commit("visits", {"day": at, "n": [1]})
    project.dataset.commit("made", {"day": ["2026-10-01"], "n": [0]})
    write(project, flow=DAYS)

    step = run(project)

    assert (numbers(step), step.partitions.failed) == ((2, 0, 1, 0), ("2026-10-01",))
    assert "column day is kept as string, which names other partitions" in step.error


def test_a_step_whose_input_made_nothing_says_so(project: Project) -> None:
    write(
        project,
        flow="""
            from headgate import keys, step

            @step
            def nothing(): pass

            @step
            def whole(nothing): return nothing

            @step(partitions=keys("k", "x"))
            def parted(nothing): return nothing
        """,
    )

    steps: Any = project.pipeline.run("flow").steps

    message = "reads nothing, of which there is no snapshot"
    assert f"step whole {message}" in steps[1].error
    assert f"partition x: NotFound: step parted {message}" in steps[2].error


# ---- how they are published


@pytest.mark.parametrize("how", ["by twos", "in processes"])
def test_rows_do_not_depend_on_how_they_were_brought_together(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    body = """\
        if partition == "north":
            return orders
        if partition == "south":
            return [{"id": 0, "_parents": orders["_rid"].to_pylist()}]
        return [{"id": 9}]"""
    project.dataset.commit("orders", ORDERS)
    by_city(project, body.strip())
    run(project)
    if how == "by twos":
        monkeypatch.setattr(parting, "AT_ONCE", 2)

    with headgate.init(tmp_path / "other") as other:
        other.dataset.commit("orders", ORDERS)
        by_city(other, body.strip())
        if how == "in processes":
            flow = tmp_path / "other" / "pipelines" / "flow.py"
            flow.write_text(flow.read_text().replace("@step(", "@step(process=True, "))
        first, second = run(other), run(other)

        assert (numbers(first), numbers(second)) == ((3, 0, 0, 0), (0, 3, 0, 0))
        assert root(other) == root(project)


def test_several_processes_that_run_a_pipeline_at_once_make_each_row_once(
    project: Project, context: Context
) -> None:
    names = [f"k{n:02}" for n in range(15)]
    project.dataset.commit("orders", {"city": names * 2, "n": list(range(30))})
    by_city(project, "return [{'sum': sum(orders['n'].to_pylist())}]")

    beside = [subprocess.Popen([sys.executable, "-c", RUNNING, project.address]) for _ in range(3)]

    assert [one.wait(60) for one in beside] == [0, 0, 0]
    rows = project.dataset.read("made").to_pydict()
    assert dict(zip(rows["city"], rows["sum"], strict=True)) == {
        name: 2 * n + 15 for n, name in enumerate(names)
    }
    assert len(rows["city"]) == len(names)
    assert numbers(run(project)) == (0, 15, 0, 0)
    assert fsck(context).problems == ()
