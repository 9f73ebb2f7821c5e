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


@pytest.mark.parametrize(
    "made",
    [
        'orders.to_pandas().groupby("city").agg(n=("id", "size"), _parents=("_rid", list))',
        """orders.to_pandas().merge(
            pd.DataFrame({"city": ["x"], "other": [float(orders["_rid"][1].as_py())]}), how="left"
        ).assign(_parents=lambda all: [[a, b] for a, b in zip(all["_rid"], all["other"])]).groupby(
            "city").agg(n=("id", "size"), _parents=("_parents", "sum"))""",
    ],
)
def test_a_blast_crosses_a_grouped_pandas_frame(project: Project, made: str) -> None:
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "x"]})
    write(
        project,
        flow=f"""
            import pandas as pd
            from headgate import step

            @step
            def cities(orders):
                return {made}
        """,
    )

    (step,) = project.pipeline.run("flow").steps
    assert (step.state, step.lineage) == ("ran", "row")

    rows = project.dataset.read("orders", row_ids=True).to_pylist()
    reached = [
        project.blast(f"row:{row['_rid']}").datasets[-1] for row in rows if row["city"] == "x"
    ]
    assert [(one.dataset, one.snapshots[-1].n_bad) for one in reached] in (
        [("cities", 1)] * 2,
        [("orders", 1)] * 2,
    )


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
