"""Frames and lists that steps return, with what became of the ids in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.pipeline.returned import as_table
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.pipeline.reports import StepRun
    from headgate.surfaces.python import Project

FRAME = pd.DataFrame({"id": [1, 2, 3, 4], "_rid": [10, 11, 12, 13]})


def test_a_filtered_pandas_frame_brings_no_column_of_its_index() -> None:
    rows = as_table("kept", FRAME[FRAME["id"].isin([1, 2, 4])])

    assert rows.to_pydict() == {"id": [1, 2, 4], "_rid": [10, 11, 13]}


def test_ids_that_pandas_made_floats_of_are_ids_again() -> None:
    rows = as_table("kept", FRAME.astype({"_rid": "float64"}))

    assert rows["_rid"].type == pa.int64()
    assert rows["_rid"].to_pylist() == [10, 11, 12, 13]


@pytest.mark.parametrize("missing", [np.nan, None])
def test_rows_without_an_id_among_others_are_refused(missing: Any) -> None:
    more = pd.concat([FRAME, pd.DataFrame({"id": [9], "_rid": [missing]}).astype({"_rid": "f8"})])

    with pytest.raises(Invalid, match="1 of 5 rows of step kept have no _rid") as caught:
        as_table("kept", more)

    assert "_parents" in caught.value.mend


def test_numbers_that_are_no_ids_are_refused() -> None:
    with pytest.raises(Invalid, match="column _rid of step kept holds no row ids"):
        as_table("kept", {"_rid": [1.5]})


def test_dicts_with_different_keys_make_a_table_of_all_of_them() -> None:
    rows = as_table("made", [{"a": 1}, {"b": 2, "a": 3}])

    assert rows.to_pydict() == {"a": [1, 3], "b": [None, 2]}


GROUPED = """
    import pandas as pd
    from headgate import step

    @step
    def cities(orders):
        return orders.to_pandas().groupby("city").agg(n=("id", "size"), _parents=("_rid", list))
"""
MERGED = """
    import pandas as pd
    from headgate import step

    @step
    def pairs(orders):
        one = orders.to_pandas()
        other = one[one["id"] == 3].rename(columns={"id": "other", "_rid": "also"})
        both = one.merge(other, on="city", how="left")
        parents = [list(pair) for pair in zip(both.pop("_rid"), both.pop("also"))]
        return both.assign(_parents=parents)
"""


@pytest.mark.parametrize(
    ("flow", "dataset", "expected"),
    [(GROUPED, "cities", [1, 1, 1]), (MERGED, "pairs", [1, 1, 2])],
)
def test_a_blast_crosses_what_pandas_grouped_or_merged(
    project: Project, flow: str, dataset: str, expected: list[int]
) -> None:
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "x"]})
    write(project, flow=flow)

    (step,) = project.pipeline.run("flow").steps

    assert (step.state, step.lineage, step.error) == ("ran", "row", None)
    orders = project.dataset.read("orders", row_ids=True).sort_by("id")
    reached = [
        {one.dataset: one.snapshots[-1].n_bad for one in project.blast(f"row:{rid}").datasets}
        for rid in orders["_rid"].to_pylist()
    ]
    assert [one[dataset] for one in reached] == expected


@pytest.mark.parametrize("how", ["list", "large_list"])
def test_a_list_of_any_kind_names_parents(project: Project, how: str) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    write(
        project,
        flow=f"""
            import pyarrow as pa
            from headgate import step

            @step
            def both(orders):
                parents = pa.array([orders["_rid"].to_pylist()], pa.{how}_(pa.int64()))
                return pa.table({{"n": [2], "_parents": parents}})
        """.replace("pa.large_list_", "pa.large_list"),
    )

    assert run(project, "flow") == {"both": "ran"}

    (made,) = project.dataset.read("both", row_ids=True)["_rid"].to_pylist()
    assert len([one for one in project.trace(f"row:{made}").nodes if one.kind == "row"]) == 3


# ---- nothing


NOTHING = """
    from headgate import step

    @step{how}
    def made(orders):
        rows = [{{"id": one["id"]}} for one in orders.to_pylist() if one["price"] > 10]
        return {given}
"""


def ask(project: Project, price: float, given: str = "rows", how: str = "") -> StepRun:
    """Commit an order of a price and run a step that makes a row of each that is above ten."""
    project.dataset.commit("orders", {"id": [1], "price": [price]})
    write(project, flow=NOTHING.format(given=given, how=how))
    return project.pipeline.run("flow").steps[0]


@pytest.mark.parametrize("how", ["", '(mode="append")', '(mode="upsert", key=["id"])'])
def test_no_rows_the_first_time_is_refused_as_nothing_tells_the_columns(
    project: Project, how: str
) -> None:
    step = ask(project, 5.0, how=how)

    assert step.state == "failed"
    assert str(step.error).startswith("Invalid: step made returned no rows the first time it ran")
    assert "mend: say what columns rows would have: return {'id': []" in str(step.error)


@pytest.mark.parametrize(
    ("how", "n_rows"), [("", 0), ('(mode="append")', 1), ('(mode="upsert", key=["id"])', 1)]
)
def test_no_rows_later_leaves_the_columns_as_they_are(
    project: Project, how: str, n_rows: int
) -> None:
    ask(project, 20.0, how=how)

    step = ask(project, 5.0, how=how)

    rows = project.dataset.read("made")
    assert (step.state, step.n_rows, rows.num_rows) == ("ran", n_rows, n_rows)
    assert str(rows.schema.field("id").type) == "int64"


@pytest.mark.parametrize(
    "given", ['rows or {"id": []}', "rows or __import__('pyarrow').table({'id': []})"]
)
def test_columns_without_rows_are_an_empty_snapshot_to_which_rows_come_later(
    project: Project, given: str
) -> None:
    empty = ask(project, 5.0, given)

    full = ask(project, 20.0, given)

    assert (empty.state, empty.snapshot, empty.n_rows) == ("ran", "made@1", 0)
    assert (full.state, full.snapshot, full.n_rows) == ("ran", "made@2", 1)
    assert project.dataset.read("made").to_pylist() == [{"id": 1}]


def test_a_step_that_made_no_rows_is_left_out_the_next_time(project: Project) -> None:
    ask(project, 20.0)
    ask(project, 5.0)

    (again,) = project.pipeline.run("flow").steps

    assert (again.state, again.snapshot) == ("cached", "made@2")
