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


LOOSE = AMOUNT | {"logicalTypeOptions": {"minimum": -10}}
ONE_BAD = [*ROWS, {"id": 9, "amount": -5.0}]
BY_CITY = """
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def priced(orders, partition):
        return orders
"""


def why(project: Project) -> tuple[str, ...]:
    """Plan the pipeline; say why its first step runs or does not."""
    return project.pipeline.plan("flow").steps[0].why


def test_rows_that_waited_come_once_another_contract_is_in_force(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", ONE_BAD)
    write(project, flow=FLOW)
    run(project, "flow")
    guarded(project, ID, LOOSE, name="priced", version="1.1.0")
    planned = why(project)

    states = [run(project, "flow") for _ in range(2)]

    assert planned == (
        "1 row of it did not go in by priced 1.0.0 number 1, and now stands priced 1.1.0 number 2",
    )
    assert [one["priced"] for one in states] == ["ran", "cached"]
    assert project.dataset.read("doubled")["id"].to_pylist() == [1, 2, 3, 4, 9] * 2
    assert why(project) == ("nothing it depends on has changed",)


def test_a_step_that_is_left_out_says_how_many_of_its_rows_did_not_go_in(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", [*ONE_BAD, {"id": 10, "amount": -6.0}])
    write(project, flow=FLOW)
    run(project, "flow")

    step = project.pipeline.run("flow").steps[0]

    assert step.state == "cached"
    assert step.why == (
        "nothing it depends on has changed",
        "2 rows of it did not go in: headgate quarantine show priced",
    )
    assert len(reasons(project, "priced")) == 2


def test_rows_that_waited_come_once_their_contract_is_withdrawn(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", ONE_BAD)
    write(project, flow=FLOW)
    run(project, "flow")

    project.contract.withdraw("priced")

    assert why(project)[0].endswith("and now stands no contract")
    assert run(project, "flow")["priced"] == "ran"
    assert project.dataset.read("priced").num_rows == 5


def test_rows_that_waited_come_once_their_values_are_found_in_the_other_dataset(
    project: Project,
) -> None:
    project.dataset.commit("known", [{"id": n} for n in range(1, 5)])
    guarded(project, ID | {"relationships": [{"to": "known.id"}]}, name="priced")
    project.dataset.commit("orders", [*ROWS, {"id": 9, "amount": 9.0}])
    write(project, flow=FLOW)
    run(project, "flow")
    before = project.dataset.read("priced").num_rows

    project.dataset.commit("known", [{"id": 9}], mode="append")

    assert run(project, "flow")["priced"] == "ran"
    assert (before, project.dataset.read("priced").num_rows) == (4, 5)


def test_what_a_step_appends_is_not_appended_twice_for_rows_that_waited(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    project.dataset.commit("orders", ONE_BAD)
    write(
        project, flow=FLOW.replace("@step\n    def priced", '@step(mode="append")\n    def priced')
    )
    run(project, "flow")
    guarded(project, ID, LOOSE, name="priced", version="1.1.0")

    states = run(project, "flow")

    assert states["priced"] == "cached"
    assert why(project)[1] == "1 row of it did not go in: headgate quarantine show priced"
    assert project.dataset.read("priced").num_rows == 4


def test_a_partition_of_which_rows_wait_runs_again_until_all_go_in(project: Project) -> None:
    guarded(project, ID, AMOUNT, name="priced")
    cities = ["north", "north", "south", "south", "south"]
    rows = [one | {"city": city} for one, city in zip(ONE_BAD, cities, strict=True)]
    project.dataset.commit("orders", rows)
    write(project, flow=BY_CITY)
    project.pipeline.run("flow")
    guarded(project, ID, LOOSE, name="priced", version="1.1.0")

    counts = [project.pipeline.run("flow").steps[0].partitions for _ in range(2)]

    assert [(one.n_ran, one.n_cached) for one in counts if one is not None] == [(1, 1), (0, 2)]
    assert project.dataset.read("priced").num_rows == 5
