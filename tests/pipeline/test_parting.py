"""Steps that are made in partitions: what is kept of them, what makes way, and what fails."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import headgate
from headgate.pipeline import parting
from tests.asking import fsck
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ORDERS = {
    "id": [1, 2, 3, 4, 5],
    "city": ["north", "north", "south", "south", "west"],
    "price": [1.0, 2.0, 3.0, 4.0, 5.0],
}
BY_CITY = """
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def made(orders, partition):
        {body}
"""
DAYS = """
    from headgate import daily, step

    @step(partitions=daily("day", "2026-10-01", until="2026-10-03"))
    def made(visits):
        return [
            {"day": day, "n": n}
            for day, n in zip(visits["day"].to_pylist(), visits["n"].to_pylist())
        ]
"""
RUNNING = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    sys.exit(project.pipeline.run("flow").has_findings)
"""


def by_city(project: Project, body: str) -> None:
    """Write a pipeline of one step that is made city by city."""
    write(project, flow=BY_CITY.format(body=body))


def run(project: Project, **how: Any) -> Any:
    """Run the pipeline; return what became of its last step."""
    return project.pipeline.run("flow", **how).steps[-1]


def numbers(step: Any) -> tuple[int, int, int, int]:
    """Count the partitions of a step that ran, were left out, failed and were emptied."""
    counts = step.partitions
    return counts.n_ran, counts.n_cached, counts.n_failed, counts.n_emptied


def column(project: Project, name: str) -> list[Any]:
    """Read a column of what was made, in order."""
    values: list[Any] = project.dataset.read("made")[name].to_pylist()
    return sorted(values)


def root(project: Project, name: str = "made") -> str:
    """Read the content root of what was made."""
    return project.dataset.show(name).snapshot.content_root


# ---- types


def test_a_partition_without_rows_says_nothing_of_types(project: Project) -> None:
    days = pa.array([date(2026, 10, 1), date(2026, 10, 3)])
    project.dataset.commit("visits", pa.table({"day": days, "n": [1, 2]}))
    write(project, flow=DAYS)

    step = run(project)

    assert numbers(step) == (3, 0, 0, 0)
    assert project.dataset.read("made").to_pylist() == [
        {"day": date(2026, 10, 1), "n": 1},
        {"day": date(2026, 10, 3), "n": 2},
    ]


def test_rows_that_come_after_nothing_but_empty_partitions_keep_their_type(
    project: Project,
) -> None:
    later = pa.table({"day": pa.array([date(2026, 11, 9)]), "n": [0]})
    project.dataset.commit("visits", later)
    write(project, flow=DAYS)
    assert run(project).n_rows == 0
    project.dataset.commit("visits", pa.table({"day": pa.array([date(2026, 10, 2)]), "n": [7]}))

    first, second = run(project), run(project)

    assert (numbers(first), numbers(second)) == ((1, 2, 0, 0), (0, 3, 0, 0))
    assert project.dataset.read("made").to_pylist() == [{"day": date(2026, 10, 2), "n": 7}]


def test_a_wider_type_in_one_partition_leaves_the_others_as_they_were(project: Project) -> None:
    project.dataset.commit("orders", ORDERS)
    by_city(project, "return [{'x': 1 if partition == 'north' else 1.5, partition: 'new'}]")
    run(project, partition="north")

    first, second = run(project), run(project)

    assert (numbers(first), numbers(second)) == ((2, 1, 0, 0), (0, 3, 0, 0))
    assert column(project, "x") == [1.0, 1.5, 1.5]


@pytest.mark.parametrize(
    "values",
    [
        [3, 3, None, 40],
        [True, True, None, False],
        [1.5, 1.5, None, -0.0],
        ["", "", None, "ä b/c"],
        [date(2026, 1, 1), date(2026, 1, 1), None, date(1969, 1, 1)],
        [datetime(2026, 1, 1, 5), datetime(2026, 1, 1, 5), None, datetime(1969, 1, 1)],  # noqa: DTZ001 - moments without a zone
        pa.array(["b", "b", None, "a"]).dictionary_encode(),
        pa.array([1, 1, None, 2000], pa.timestamp("s", "Europe/Berlin")),
        pa.array([1, 1, None, 2001], pa.timestamp("ns")),
    ],
    ids=str,
)
def test_a_column_of_any_plain_type_parts_rows(project: Project, values: Any) -> None:
    project.dataset.commit("orders", pa.table({"k": pa.array(values), "n": [1, 2, 4, 8]}))
    write(
        project,
        flow="""
            import pyarrow.compute as pc
            from headgate import keys_of, step

            @step(partitions=keys_of("orders", "k"))
            def kept(orders):
                return orders

            @step(partitions=keys_of("orders", "k"))
            def made(kept):
                return [{"sum": pc.sum(kept["n"]).as_py()}]
        """,
    )

    first, second = run(project), run(project)

    assert (numbers(first), numbers(second)) == ((2, 0, 0, 0), (0, 2, 0, 0))
    assert column(project, "sum") == [3, 8]


def test_moments_finer_than_those_kept_are_of_the_partition_they_lie_in(project: Project) -> None:
    project.dataset.commit("visits", [{"day": "2026-10-02", "n": 1}])
    write(
        project,
        flow="""
            import pyarrow as pa
            from headgate import daily, step

            @step(partitions=daily("at", "2026-10-02", until="2026-10-02"))
            def made(visits):
                last = 1_790_985_599_999_999_999
                return pa.table({"at": pa.array([last], pa.timestamp("ns")), "n": [1]})
        """,
    )

    first, second = run(project), run(project)

    assert (numbers(first), numbers(second)) == ((1, 0, 0, 0), (0, 1, 0, 0))
    last = datetime(2026, 10, 2, 23, 59, 59, 999_999)  # noqa: DTZ001 - a moment without a zone
    assert project.dataset.read("made")["at"].to_pylist() == [last]


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
    names = [f"k{n:02}" for n in range(40)]
    project.dataset.commit("orders", {"city": names * 2, "n": list(range(80))})
    by_city(project, "return [{'sum': sum(orders['n'].to_pylist())}]")

    beside = [subprocess.Popen([sys.executable, "-c", RUNNING, project.address]) for _ in range(3)]

    assert [one.wait(60) for one in beside] == [0, 0, 0]
    rows = project.dataset.read("made").to_pydict()
    assert dict(zip(rows["city"], rows["sum"], strict=True)) == {
        name: 2 * n + 40 for n, name in enumerate(names)
    }
    assert len(rows["city"]) == len(names)
    assert numbers(run(project)) == (0, 40, 0, 0)
    assert fsck(context).problems == ()


# ---- what they read


def test_keys_are_those_that_a_step_before_has_just_made(project: Project) -> None:
    project.dataset.commit("orders", ORDERS)
    write(
        project,
        flow="""
            from headgate import keys_of, step

            @step
            def cities(orders):
                return [{"city": one} for one in sorted(set(orders["city"].to_pylist()))]

            @step(partitions=keys_of("cities", "city"), columns={"orders": ["id"]})
            def made(orders):
                return [{"n": orders.num_rows, "columns": ",".join(orders.column_names)}]
        """,
    )
    run(project)
    project.dataset.commit("orders", ORDERS | {"city": ["north", "south", "south", "east", "east"]})

    step = run(project)

    assert numbers(step) == (3, 0, 0, 1)
    rows = project.dataset.read("made").to_pydict()
    assert dict(zip(rows["city"], rows["n"], strict=True)) == {"north": 1, "south": 2, "east": 2}
    assert set(rows["columns"]) == {"_rid,id"}


def test_a_column_that_is_not_read_makes_no_partition_again_unless_it_parts_them(
    project: Project,
) -> None:
    project.dataset.commit("orders", ORDERS, key=["id"])
    write(
        project,
        flow="""
            from headgate import keys_of, step

            @step(partitions=keys_of("orders", "city"), columns={"orders": ["id"]})
            def made(orders):
                return orders
        """,
    )
    run(project)

    project.dataset.commit("orders", ORDERS | {"price": [9.0] * 5}, key=["id"])
    unread = run(project)
    project.dataset.commit("orders", ORDERS | {"city": [*ORDERS["city"][:4], "south"]}, key=["id"])
    moved = run(project)

    assert numbers(unread) == (0, 3, 0, 0)
    assert numbers(moved) == (1, 1, 0, 1)


def test_each_step_has_the_partitions_of_its_own_column(project: Project) -> None:
    project.dataset.commit("orders", ORDERS | {"day": ["1", "2", "1", "2", "1"]})
    write(
        project,
        flow="""
            from headgate import keys_of, step

            @step(partitions=keys_of("orders", "city"))
            def kept(orders): return orders

            @step(partitions=keys_of("orders", "day"))
            def made(kept): return [{"n": kept.num_rows}]
        """,
    )
    run(project)

    kept, made = project.pipeline.run("flow", partition="2", set={}).steps

    assert (numbers(kept), numbers(made)) == ((0, 0, 0, 0), (0, 1, 0, 0))
    assert project.dataset.read("made")["n"].to_pylist() == [3, 2]


def test_an_input_that_was_put_back_brings_the_rows_back(project: Project) -> None:
    project.dataset.commit("orders", ORDERS, key=["id"])
    by_city(project, "return orders")
    run(project)
    before = root(project)
    project.dataset.commit("orders", ORDERS | {"price": [1.0, 9.0, 3.0, 4.0, 5.0]}, key=["id"])
    run(project)
    project.dataset.restore("orders", to="1")

    told, step = project.pipeline.plan("flow").steps[0], run(project)

    assert (told.keys, numbers(step)) == (("north",), (1, 2, 0, 0))
    assert root(project) == before


def test_the_hour_that_comes_twice_is_one_partition(project: Project) -> None:
    start = datetime(2026, 10, 24, 23)  # noqa: DTZ001 - a moment without a zone is UTC
    at = [start + timedelta(minutes=30 * n) for n in range(8)]
    project.dataset.commit("visits", {"at": at, "n": list(range(8))})
    write(
        project,
        flow="""
            from headgate import spans, step

            nights = spans(
                "hour", "at", "2026-10-25T01", until="2026-10-25T03", timezone="Europe/Berlin"
            )

            @step(partitions=nights)
            def made(visits, partition):
                return [{"hour": partition, "at": one} for one in visits["at"].to_pylist()]
        """,
    )

    step = run(project)

    rows = project.dataset.read("made").to_pydict()
    assert numbers(step) == (3, 0, 0, 0)
    assert [rows["hour"].count(f"2026-10-25T0{hour}") for hour in (1, 2, 3)] == [2, 4, 2]
    assert sorted(rows["at"]) == at


# ---- who is forgotten


def test_people_by_whom_rows_were_parted_are_forgotten_with_their_rows(
    project: Project, context: Context
) -> None:
    people = ["ann@example.org", "bob@example.org", "joann@example.org"]
    project.dataset.commit("orders", {"city": people * 2, "n": list(range(6))})
    by_city(project, "return [{'n': orders.num_rows, '_parents': orders['_rid'].to_pylist()}]")
    run(project)
    project.pipeline.backfill("flow", partitions=people, again=True, apply=True)

    for person in people[:2]:
        receipt = project.dataset.erase("orders", where=f"city = '{person}'", apply=True)
        assert {one.name: one.n_rows for one in receipt.datasets} == {"orders": 2, "made": 1}
    step = run(project)

    catalog = (context.root / ".headgate" / "catalog.db").read_bytes()
    assert not re.search(rb"(?<!jo)ann@example|bob@example", catalog)
    assert project.pipeline.history().runs[1].parts == {"ran": 3}
    assert numbers(step) == (0, 1, 0, 1)
    assert project.dataset.read("made").to_pylist() == [{"n": 2, "city": "joann@example.org"}]
