"""Steps that are SQL: what they read, what they were made of, and when they run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate import sql
from headgate.core.errors import Invalid, NotFound
from tests.pipeline.writing import planned, run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLOW = """
    from headgate import sql, step

    @step
    def paid(orders):
        return orders

    totals = sql("totals", '''
        select customer, sum(price) as total, list(_rid) as _parents
        from paid where price > $floor group by customer
    ''', settings={"floor": 5.0})
"""
ORDERS = {"id": [1, 2, 3, 4], "customer": ["a", "b", "a", "b"], "price": [10.0, 20.0, 30.0, 5.0]}


def build(project: Project) -> None:
    """Four orders of two customers, and a query over them."""
    project.dataset.commit("orders", ORDERS, key=["id"])
    write(project, flow=FLOW)


def test_a_query_makes_a_dataset_of_those_it_names(project: Project) -> None:
    build(project)

    report = project.pipeline.run("totals")

    assert [(one.name, one.state, one.lineage) for one in report.steps] == [
        ("paid", "ran", "row"),
        ("totals", "ran", "row"),
    ]
    found = project.dataset.read("totals").sort_by("customer")
    assert found.to_pydict() == {"customer": ["a", "b"], "total": [40.0, 20.0]}


def test_a_blast_crosses_a_query_by_the_row(project: Project) -> None:
    build(project)
    project.pipeline.run("flow")
    rids = project.dataset.read("orders", row_ids=True)["_rid"].to_pylist()

    reached = [
        {one.dataset: one.snapshots[-1].n_bad for one in project.blast(f"row:{rid}").datasets}
        for rid in rids
    ]

    assert [one.get("totals", 0) for one in reached] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("old", "new", "state", "why"),
    [
        ("from paid where", "from   paid -- only dear ones\n        WHERE", "cached", None),
        ("sum(price)", "max(price)", "run", "the query of totals changed"),
        ("5.0}", "6.0}", "run", "setting floor is 6.0, was 5.0"),
    ],
)
def test_a_query_runs_again_when_what_it_says_has_changed(
    project: Project, old: str, new: str, state: str, why: str | None
) -> None:
    build(project)
    run(project, "flow")

    assert old in FLOW
    write(project, flow=FLOW.replace(old, new))

    found, reasons = planned(project, "flow")["totals"]
    assert found == state
    assert why is None or reasons == (why,)


def test_a_setting_of_a_query_is_given_for_one_run(project: Project) -> None:
    build(project)

    run(project, "flow", floor="25")

    assert project.dataset.read("totals").to_pydict() == {"customer": ["a"], "total": [30.0]}


def test_a_query_may_read_no_file_and_says_so(project: Project) -> None:
    text = "select * from read_csv('/etc/hosts')"
    write(project, flow=f'from headgate import sql\nbad = sql("bad", "{text}")\n')

    (step,) = project.pipeline.run("flow").steps

    assert step.state == "failed"
    assert "the query may read datasets only" in str(step.error)


# ---- called as a function

LEFT = pa.table({"id": [1, 2], "who": ["a", "b"], "_rid": [10, 11]})
RIGHT = pa.table({"who": ["a"], "city": ["x"], "_rid": [20]})


def test_a_query_can_be_called_as_a_function_with_tables() -> None:
    joined = sql(
        "joined",
        "select id, city, [l._rid, r._rid] as _parents from l left join r using (who) order by id",
    )

    found = joined(l=LEFT, r=RIGHT)

    assert found["_parents"].to_pylist() == [[10, 20], [11, None]]
    assert joined.declared.reads == ("l", "r")


def test_the_ids_of_one_of_several_tables_are_not_taken_for_all_there_is() -> None:
    text = "select l.* from l join r using (who)"

    with pytest.raises(Invalid, match="joins tables and returns the _rid of one of them"):
        sql("joined", text)(l=LEFT, r=RIGHT)
    with pytest.raises(Invalid, match="joins tables"):
        sql("twice", "select a.* from l a join l b using (who)")(l=LEFT)

    assert sql("joined", text, rows_of="l")(l=LEFT, r=RIGHT)["_rid"].to_pylist() == [10]
    with pytest.raises(Invalid, match="rows that are not of r"):
        sql("joined", text, rows_of="r")(l=LEFT, r=RIGHT)


def test_sums_of_fractions_come_out_the_same_each_time() -> None:
    values = [1e16, 1.0, -1e16, 0.1] * 50_000
    step = sql("total", "select sum(x) as x from numbers")

    found = {step(numbers=pa.table({"x": values}))["x"][0].as_py() for _ in range(3)}

    assert len(found) == 1


@pytest.mark.parametrize(
    ("declare", "kind", "message"),
    [
        (lambda: sql("a", "delete from b"), Invalid, "is not one query"),
        (lambda: sql("a", "select from where"), Invalid, "cannot be read"),
        (lambda: sql("a", "select * from b@3"), Invalid, "'b@3', which cannot name a parameter"),
        (lambda: sql("a b", "select 1"), Invalid, "'a b' cannot name a dataset"),
        (lambda: sql("a", "select * from b", rows_of="c"), NotFound, "no dataset read by step a"),
        (lambda: sql("a", "from b", reads="b"), Invalid, "which is no list"),
        (lambda: sql("a", "from b", speed=1), Invalid, "unexpected keyword argument 'speed'"),
        (lambda: sql("a", "from b")(c=LEFT), Invalid, "step a was given c"),
        (lambda: sql("a", "from b", reads=["c"])(c=LEFT), NotFound, "named 'b'"),
        (sql("a", "select $x"), Invalid, "the query did not run"),
    ],
)
def test_a_query_that_cannot_be_a_step_says_why(
    declare: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        declare()

    assert message in str(caught.value)


def test_a_query_is_left_out_when_a_column_it_does_not_name_has_changed(project: Project) -> None:
    project.dataset.commit("orders", ORDERS, key=["id"])
    declared = 'columns={"orders": ["customer", "id"]}'
    text = "select id, customer, _rid from orders"
    write(project, flow=f"from headgate import sql\nwho = sql('who', '{text}', {declared})\n")
    run(project, "flow")

    project.dataset.commit("orders", ORDERS | {"price": [0.0] * 4}, key=["id"])
    unread = run(project, "flow")
    project.dataset.commit("orders", ORDERS | {"customer": ["c"] * 4}, key=["id"])

    assert (unread, run(project, "flow")) == ({"who": "cached"}, {"who": "ran"})
