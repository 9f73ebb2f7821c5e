"""Steps that are mapped over a dataset come to what one call with all rows comes to."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.pipeline.pieces import Called, gathered, pieces_of, put_together
from headgate.pipeline.steps import step, step_of
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.pipeline.steps import Step
    from headgate.surfaces.python import Project

FLOW = """
    import os, time
    from headgate import rows, step

    @step({how})
    def kept(orders, rates):
        time.sleep(0.05 if orders["id"][0].as_py() == 0 else 0)
        assert rates.num_rows == 2
        return rows_of(orders)

    @step({how})
    def split(orders, rates):
        return rows.explode(rows.with_column(orders, "n", [[1, 2]] * len(orders)), "n")

    def rows_of(orders):
        return orders.filter([one != 5 for one in orders["id"].to_pylist()])
"""
MAPPED = 'map_over="orders", piece_rows=4'


def flow(project: Project, how: str) -> dict[str, str]:
    """Run a pipeline of two steps, declared in one way or another; return their content roots."""
    write(project, flow=FLOW.format(how=how))
    assert set(run(project, "flow").values()) == {"ran"}
    names = ("kept", "split")
    return {name: project.dataset.show(name).snapshot.content_root for name in names}


@pytest.fixture
def mapped() -> Step:
    """A step that is mapped over pieces of two rows."""

    @step(map_over="orders", piece_rows=2)
    def made(orders: Any) -> Any:
        return orders

    found = step_of(made)
    assert found is not None
    return found


@pytest.mark.parametrize("how", [MAPPED, f"{MAPPED}, process=True"])
def test_pieces_come_to_the_rows_and_ids_of_one_call(project: Project, how: str) -> None:
    project.dataset.commit("orders", {"id": list(range(10))})
    project.dataset.commit("rates", {"r": [1, 2]})

    whole = flow(project, "")
    before = project.dataset.read("kept", row_ids=True)
    in_pieces = flow(project, how)

    assert in_pieces == whole
    assert project.dataset.read("kept", row_ids=True).equals(before)
    reached = project.blast("row:3").datasets
    assert {one.dataset: one.level for one in reached} == dict.fromkeys(
        ("orders", "kept", "split"), "row"
    )


def test_a_piece_that_fails_fails_the_step(project: Project) -> None:
    project.dataset.commit("orders", {"id": list(range(10))})
    write(
        project,
        flow="""
            from headgate import step

            @step(map_over="orders", piece_rows=3, process=True)
            def made(orders):
                if 7 in orders["id"].to_pylist():
                    raise ValueError("seven")
                return orders
        """,
    )

    (failed,) = project.pipeline.run("flow").steps

    assert (failed.state, failed.error, failed.n_tries) == ("failed", "ValueError: seven", 1)


def test_no_rows_are_one_piece(mapped: Step) -> None:
    empty = pa.table({"id": pa.array([], pa.int64())})

    assert [one["orders"].num_rows for one in pieces_of(mapped, {"orders": empty})] == [0]
    assert [
        one["orders"].num_rows for one in pieces_of(mapped, {"orders": pa.table({"id": [1, 2, 3]})})
    ] == [2, 1]


def test_what_pieces_return_is_put_under_one_another(mapped: Step) -> None:
    none = pa.table({"a": pa.array([], pa.null())})

    made = put_together(
        mapped,
        [Called(none, 1, 0.5), Called(pa.table({"a": [1]}), 3, 0.5), Called(none, 1, 0.0)],
    )
    nothing = put_together(mapped, [Called(None, 1, 0.0)] * 2)

    assert made.rows is not None
    assert made.rows.to_pylist() == [{"a": 1}]
    assert (made.n_tries, made.seconds) == (3, 1.0)
    assert nothing.rows is None


def test_what_does_not_fit_is_refused(mapped: Step) -> None:
    one, other = Called(pa.table({"a": [1]}), 1, 0.0), Called(pa.table({"a": ["x"]}), 1, 0.0)

    with pytest.raises(Invalid, match="does not fit together"):
        put_together(mapped, [one, other])
    with pytest.raises(Invalid, match="returned nothing for some pieces"):
        put_together(mapped, [one, Called(None, 1, 0.0)])


def test_what_is_gathered_ends_with_the_last_or_with_the_first_error(mapped: Step) -> None:
    good, other, odd, bad, left = (Future[Called]() for _ in range(5))
    fine = gathered(mapped, [good, good])
    unfit, failed = (gathered(mapped, parts) for parts in ([good, odd], [other, bad, left]))

    bad.set_exception(ValueError("no price"))
    odd.set_result(Called(None, 1, 0.0))
    good.set_result(Called(pa.table({"a": [1]}), 1, 0.0))

    whole = fine.result(1).rows
    assert whole is not None
    assert whole.num_rows == 2
    assert isinstance(unfit.exception(1), Invalid)
    assert isinstance(failed.exception(1), ValueError)
    assert left.cancelled()


def test_being_mapped_is_part_of_what_a_step_depends_on(project: Project) -> None:
    project.dataset.commit("orders", {"id": list(range(10))})
    project.dataset.commit("rates", {"r": [1, 2]})
    flow(project, "")
    write(project, flow=FLOW.format(how=MAPPED))

    planned = {one.name: one.why for one in project.pipeline.plan("flow").steps}
    seeded = FLOW.format(how=f"{MAPPED}, seed=1")
    write(project, flow=seeded)
    run(project, "flow")
    write(project, flow=seeded.replace("piece_rows=4", "piece_rows=5"))

    assert planned["kept"] == ("map_over is 'orders', was None",)
    why = {one.name: one.why for one in project.pipeline.plan("flow").steps}
    assert why["kept"] == ("piece_rows is 5, was 4",)
