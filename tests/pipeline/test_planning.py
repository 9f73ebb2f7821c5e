"""What a plan says is what a run then does."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headgate
from headgate.core.errors import Invalid
from headgate.pipeline.planning import choose
from headgate.pipeline.steps import step, step_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLOW = """
    import pyarrow.compute as pc
    from headgate import keys, keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def kept(orders, *, least: int = 0):
        return orders.filter(pc.greater_equal(orders["n"], least))

    @step(partitions=keys("city", "a", "b"), columns={"orders": ["n"]})
    def sums(orders):
        return [{"sum": pc.sum(orders["n"]).as_py()}] if orders.num_rows else []

    @step(columns={"orders": ["n"]})
    def total(orders):
        return [{"sum": pc.sum(orders["n"]).as_py()}]
"""
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "", None]), st.integers(0, 3)), min_size=1, max_size=5
)
Rows = list[tuple[str | None, int]]
CHANGES = st.lists(
    st.tuples(ROWS, st.sampled_from(["orders", "kept", "sums"]), st.integers(0, 1)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=4, deadline=None)
@given(CHANGES)
def test_whatever_changes_a_run_does_what_its_plan_said_and_the_rows_are_those_of_now(
    changes: list[tuple[Rows, str, int]],
) -> None:
    with TemporaryDirectory() as folder, headgate.init(Path(folder) / "shop") as project:
        write(project, flow=FLOW)
        orders: Rows = [("a", 1)]
        commit(project, "orders", orders)
        for rows, changed, least in changes:
            orders = rows if changed == "orders" else orders
            commit(project, changed, rows)
            how: Any = {"set": {"least": str(least)}}
            told = project.pipeline.plan("flow", **how).steps

            made = project.pipeline.run("flow", **how).steps

            again = project.pipeline.plan("flow", **how).steps
            assert [_summary(one) for one in told] == [_summary(one) for one in made]
            assert {one.state for one in again} == {"cached"}
            expected = [(k, n) for k, n in orders if k is not None and n >= least]
            assert read(project, "kept", "city", "n") == sorted(expected)
            of_each = {k: [n for other, n in orders if other == k] for k in "ab"}
            expected = [(k, sum(found)) for k, found in of_each.items() if found]
            assert read(project, "sums", "city", "sum") == expected


def commit(project: Project, name: str, rows: Rows) -> None:
    """Put rows into a dataset by hand."""
    cities = pa.array([city for city, _ in rows], pa.string())
    project.dataset.commit(name, pa.table({"city": cities, "n": [n for _, n in rows]}))


def read(project: Project, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Read some columns of a dataset that may not be there yet, in order."""
    if name not in {one.name for one in project.dataset.list().datasets}:
        return []
    rows = project.dataset.read(name)
    if not set(columns) <= set(rows.column_names):
        return []
    return sorted(zip(*(rows[one].to_pylist() for one in columns), strict=True))


def _summary(one: Any) -> tuple[Any, ...]:
    """Put down of a step, planned or run, whether it runs, and how many partitions of it."""
    counts = one.partitions
    n_of = counts and (counts.n_total, counts.n_ran, counts.n_cached, counts.n_emptied)
    return one.name, one.state in ("run", "ran"), n_of


@pytest.fixture
def parted(project: Project) -> Project:
    """Three partitions of a step, and one that follows it."""
    project.dataset.commit("orders", {"city": ["a", "b", "c"], "n": [1, 2, 3]})
    write(
        project,
        flow="""
            from headgate import keys_of, step

            @step(partitions=keys_of("orders", "city"))
            def kept(orders, *, least: int = 0): return orders

            @step(partitions=keys_of("orders", "city"), cache=False)
            def made(kept): return kept

            @step
            def last(kept): return kept
        """,
    )
    return project


def test_what_stands_after_a_step_that_runs_waits_for_it(parted: Project) -> None:
    parted.pipeline.run("flow")

    plan = parted.pipeline.plan("flow", set={"least": "1"})

    kept, made, last = plan.steps
    assert (kept.state, kept.why) == ("run", ("setting least is 1, was 0",))
    assert (made.state, made.why) == ("run", ("it is declared with cache=False",))
    assert last.state == "wait"
    assert last.why == ("kept runs before it: it runs too unless that comes out as it was",)


def test_a_reason_that_holds_for_some_partitions_says_for_how_many(parted: Project) -> None:
    parted.pipeline.run("flow", partition="a")
    parted.dataset.commit("orders", {"city": ["a", "b", "c"], "n": [9, 2, 3]})

    kept = parted.pipeline.plan("flow").steps[0]

    assert kept.why == (
        "orders@2 holds other rows than orders@1 (1 of 3)",
        "it never ran (2 of 3)",
    )


def test_what_it_takes_is_reckoned_by_what_other_partitions_took(parted: Project) -> None:
    unknown: Any = parted.pipeline.plan("flow")
    parted.pipeline.run("flow", partition="a")

    known: Any = parted.pipeline.plan("flow")

    assert (unknown.seconds, unknown.steps[0].seconds) == (None, None)
    assert known.steps[0].seconds > 0
    assert known.seconds >= known.steps[0].seconds + known.steps[1].seconds


def test_a_run_again_makes_every_partition_and_comes_to_the_same(parted: Project) -> None:
    parted.pipeline.run("flow")
    before = parted.dataset.show("kept").snapshot.content_root

    report: Any = parted.pipeline.backfill("flow", again=True, apply=True)

    assert report.plan.steps[0].why == ("it was asked to run again",)
    assert [one.partitions and one.partitions.n_ran for one in report.run.steps] == [3, 3, None]
    assert parted.dataset.show("kept").snapshot.content_root == before


# ---- settings


@step
def with_settings(
    *,
    count: int = 1,
    ratio: float = 0.5,
    is_on: bool = False,
    label: str = "x",
    names: tuple[str, ...] = ("a",),
    anything: Any = None,
) -> None:
    """Take a setting of each kind."""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"count": "2"}, 2),
        ({"ratio": "2"}, 2.0),
        ({"is_on": "true"}, True),
        ({"label": ""}, ""),
        ({"anything": "7"}, "7"),
    ],
)
def test_a_setting_of_a_run_is_of_the_type_of_its_default(
    given: dict[str, str], expected: object
) -> None:
    declared = step_of(with_settings)
    assert declared

    chosen = choose([declared], given)["with_settings"]

    (name,) = given
    assert (chosen[name], type(chosen[name])) == (expected, type(expected))
    assert {key: value for key, value in chosen.items() if key != name} == {
        key: value for key, value in declared.settings.items() if key != name
    }


@pytest.mark.parametrize(
    ("given", "message", "mend"),
    [
        ({"count": "1.5"}, "setting count is '1.5', which is no int", "its own, 1$"),
        ({"is_on": "perhaps"}, "is 'perhaps', which is no bool", "its own, False"),
        ({"ratio": ""}, "setting ratio is '', which is no float", "its own, 0.5"),
        ({"counts": "1"}, "no step has a setting 'counts'", "anything, count, is_on"),
    ],
)
def test_a_setting_that_no_step_can_take_is_refused_with_a_mend(
    given: dict[str, str], message: str, mend: str
) -> None:
    declared = step_of(with_settings)
    assert declared

    with pytest.raises(Invalid, match=message) as caught:
        choose([declared], given)

    assert re.search(mend, caught.value.mend or "")
