"""Which rows keep their ids when a step says in another way what its rows were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.asking import fsck
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

STAYS = "return orders"
MADE = """return [
            {"id": one["id"], "city": one["city"], "_parents": [one["_rid"]]}
            for one in orders.to_pylist()
        ]"""
UNTOLD = 'return orders.drop_columns(["_rid"])'


PARTED = """
    from headgate import keys, step

    @step{how}
    def made(orders):
        {body}
"""


@pytest.fixture
def orders(project: Project) -> Project:
    """A project of three orders."""
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "x"]}, key=["id"])
    return project


def make(project: Project, body: str, how: str = "") -> dict[int, int]:
    """Write the step and run it; return the ids of what it made, by the column `id`."""
    write(project, flow=f"from headgate import step\n\n@step{how}\ndef made(orders):\n    {body}\n")
    assert run(project, "flow") == {"made": "ran"}
    return ids_of(project, "made")


def ids_of(project: Project, name: str) -> dict[int, int]:
    """Read the row ids of a dataset by the column `id`, of which no two rows are the same."""
    rows: dict[str, Any] = project.dataset.read(name, row_ids=True).to_pydict()
    found = dict(zip(rows["id"], rows["_rid"], strict=True))
    assert len(found) == len(rows["id"])
    return found


@pytest.mark.parametrize("how", ["", '(mode="upsert", key=["id"])'])
@pytest.mark.parametrize("body", [MADE, UNTOLD])
def test_what_was_made_of_a_row_is_not_that_row_although_it_once_was(
    orders: Project, body: str, how: str
) -> None:
    source = ids_of(orders, "orders")
    first = make(orders, STAYS, how)

    second = make(orders, body, how)
    back = make(orders, STAYS, how)
    again = make(orders, body, how)

    assert first == back == source
    assert not set(second.values()) & set(source.values())
    assert not set(again.values()) & {*source.values(), *second.values()}
    assert second.keys() == again.keys() == source.keys()


def test_the_content_root_is_the_same_whichever_ids_the_rows_have(orders: Project) -> None:
    roots: set[str] = set()

    for body in (STAYS, MADE, UNTOLD, STAYS):
        make(orders, body)
        roots.add(orders.dataset.show("made").snapshot.content_root)

    assert len(roots) == 1


@pytest.mark.parametrize(("before", "after"), [(MADE, UNTOLD), (UNTOLD, MADE), (MADE, MADE + " ")])
def test_a_row_that_was_made_keeps_its_id_while_its_content_is_the_same(
    orders: Project, before: str, after: str
) -> None:
    first = make(orders, before)
    orders.dataset.commit("orders", {"id": [4], "city": ["z"]}, mode="append")

    second = make(orders, after)

    assert {name: second[name] for name in first} == first
    assert second[4] not in {*first.values(), *ids_of(orders, "orders").values()}


def test_an_erased_row_takes_along_no_row_that_merely_has_its_content(orders: Project) -> None:
    make(orders, STAYS)
    made = make(orders, MADE.replace('[one["_rid"]]', "[]"))

    receipt = orders.dataset.erase("orders", where="id = 2", apply=True)

    assert ids_of(orders, "made") == made
    assert {one.name: one.versions for one in receipt.datasets} == {"orders": (1,), "made": (1,)}


def test_what_several_rows_were_parted_and_made_of_has_ids_of_its_own(orders: Project) -> None:
    parted = '(partitions=keys("city", "x", "y"))'
    write(orders, flow=PARTED.format(how=parted, body=STAYS))
    run(orders, "flow")
    write(orders, flow=PARTED.format(how=parted, body=MADE))

    run(orders, "flow")

    assert not set(ids_of(orders, "made").values()) & set(ids_of(orders, "orders").values())
    assert len(ids_of(orders, "made")) == 3


def test_rows_that_bring_their_ids_take_the_place_of_others_with_their_key(
    orders: Project, context: Context
) -> None:
    orders.dataset.commit("copies", {"id": [2, 9], "city": ["old", "old"]}, key=["id"])
    nine = ids_of(orders, "copies")[9]
    write(
        orders,
        flow="""
            from headgate import step

            @step(mode="upsert", key=["id"])
            def copies(orders):
                return orders
        """,
    )

    run(orders, "flow")

    assert ids_of(orders, "copies") == ids_of(orders, "orders") | {9: nine}
    assert not fsck(context).has_findings
