"""What steps that are made in partitions read: types, keys, columns, and people in them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.pipeline.parted import DAYS, ORDERS, by_city, column, numbers, root, run
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


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
