"""Steps of pipelines before a gate: what they make waits, and their lineage stays whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.guarded import AMOUNT, ID, guarded, reasons
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLOW = """
    import pyarrow as pa
    import pyarrow.compute as pc
    from headgate import step

    @step
    def priced(orders, *, rate: float = 1.0):
        place = orders.column_names.index("amount")
        return orders.set_column(place, "amount", pc.multiply(orders["amount"], rate))

    @step
    def doubled(priced):
        rows = pa.concat_tables([priced, priced])
        parents = pa.array([[one] for one in rows["_rid"].to_pylist()])
        return rows.drop_columns(["_rid"]).append_column("_parents", parents)
"""
ROWS = [{"id": n, "amount": 1.0 * n} for n in range(1, 5)]


def test_a_step_that_makes_some_bad_rows_hands_on_the_others(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", [*ROWS, {"id": 9, "amount": -5.0}])
    write(project, flow=FLOW)

    states = run(project, "flow")

    assert states == {"priced": "ran", "doubled": "ran"}
    assert project.dataset.read("doubled")["id"].to_pylist() == [1, 2, 3, 4] * 2
    assert reasons(project, "priced") == [
        "amount.range: amount is out of its range: -5.0 (priced 1.0.0)"
    ]


def test_edges_of_rows_that_wait_are_left_out(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="doubled")
    project.dataset.commit("orders", [*ROWS, {"id": 9, "amount": -5.0}])
    write(project, flow=FLOW)
    run(project, "flow")

    rows = project.dataset.read("doubled", row_ids=True)

    assert rows["id"].to_pylist() == [1, 2, 3, 4] * 2
    traced = project.trace(f"row:{rows['_rid'][7]}")
    assert "orders" in str(traced)


def test_a_step_all_of_whose_rows_wait_leaves_its_dataset_and_runs_again(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", ROWS)
    write(project, flow=FLOW)
    run(project, "flow")

    broken = run(project, "flow", rate="-1")
    again = run(project, "flow", rate="-1")
    mended = run(project, "flow", rate="2")

    assert (broken["priced"], again["priced"], mended["priced"]) == ("ran", "ran", "ran")
    assert project.dataset.show("priced").snapshot.number == 2
    assert project.dataset.read("priced")["amount"].to_pylist() == [2.0, 4.0, 6.0, 8.0]
    assert len(reasons(project, "priced")) == 8
