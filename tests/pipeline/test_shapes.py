"""A blast crosses every shape of a step exactly, and says where it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

BASKETS = """
    from headgate import rows, step

    @step
    def items(orders):
        texts = [(text or '').split() for text in orders["items"].to_pylist()]
        return rows.explode(rows.with_column(orders, "items", texts), "items")

    @step
    def priced(items, prices):
        return rows.join(items, prices, {"items": "item"})

    @step
    def by_item(priced):
        return rows.group(priced, "items", total=("price", "sum"))

    @step
    def buyers(orders):
        return rows.deduplicate(rows.select(orders, ["buyer"]), "buyer")

    @step
    def everything(orders, prices):
        return rows.concat(rows.select(orders, ["buyer"]), rows.select(prices, ["item"]))

    @step
    def counted(orders):
        return [{"n": orders.num_rows}]

    @step
    def made_up():
        return [{"n": 1}]
"""
FILES = {
    "orders": {
        "north": "id,buyer,items\n1,ann,tea jam\n2,bob,jam\n",
        "south": "id,buyer,items\n3,ann,tea milk\n4,eve,\n",
    },
    "prices": {"east": "item,price\ntea,2\njam,3\n", "west": "item,price\nmilk,1\n"},
}


@pytest.fixture
def baskets(project: Project, tmp_path: Path) -> Project:
    """Orders of two sources and prices of two others, with every shape of step over them."""
    for dataset, sources in FILES.items():
        for source, text in sources.items():
            place = tmp_path / f"{source}.csv"
            place.write_text(text, encoding="utf-8")
            project.source.ingest(dataset, str(place), source=source)
    write(project, baskets=BASKETS)
    assert set(run(project, "baskets").values()) == {"ran"}
    return project


def bad_rows(project: Project, source: str, dataset: str) -> list[dict[str, Any]]:
    """Return the rows of a dataset from which a trace leads up, over rows alone, to a source."""
    made = project.dataset.read(dataset, row_ids=True).to_pylist()
    return [row for row in made if source in sources_of(project, row.pop("_rid"))]


def sources_of(project: Project, rid: int) -> set[str]:
    """Follow a trace from row to row up to the sources."""
    nodes = {node.ref: node for node in project.trace(f"row:{rid}").nodes}
    found: set[str] = set()
    ahead = [f"row:{rid}"]
    while ahead:
        kind, _, name = (ref := ahead.pop()).partition(":")
        found |= {name} if kind == "source" else set()
        ahead += nodes[ref].parents if kind == "row" else []
    return found


def n_bad(project: Project, source: str) -> dict[str, int]:
    """Count the rows of each dataset that a blast of a source reaches."""
    report = project.blast(f"source:{source}")
    return {one.dataset: one.snapshots[-1].n_bad for one in report.datasets}


def test_a_blast_reaches_exactly_what_was_made_of_a_source_s_rows(baskets: Project) -> None:
    north, south = n_bad(baskets, "north"), n_bad(baskets, "south")
    east, west = n_bad(baskets, "east"), n_bad(baskets, "west")

    assert {name: north.get(name, 0) for name in FILES} == {"orders": 2, "prices": 0}
    # tea and jam of order 1, jam of order 2; of the two items tea is also in the south
    assert (north["items"], north["priced"], north["by_item"]) == (3, 3, 2)
    assert (south["items"], south["priced"], south["by_item"]) == (2, 2, 2)
    assert (east["priced"], east["by_item"]) == (4, 2)
    assert (west["priced"], west["by_item"]) == (1, 1)
    # ann bought in both; whoever survived of the two has both origins
    assert (north["buyers"], south["buyers"]) == (2, 2)
    assert (north["everything"], east["everything"]) == (2, 2)


def test_a_trace_leads_up_to_the_rows_that_a_blast_leads_down_from(baskets: Project) -> None:
    milk, buyers = bad_rows(baskets, "west", "by_item"), bad_rows(baskets, "south", "buyers")

    assert milk == [{"items": "milk", "total": 1}]
    assert [row["buyer"] for row in buyers] == ["ann", "eve"]


def test_what_is_erased_takes_along_what_was_made_of_it_and_no_row_beside_it(
    baskets: Project,
) -> None:
    baskets.dataset.erase("orders", "id = 3", apply=True)

    # ann's other order stays, though what survived of both names is gone with this one
    left = {
        name: baskets.dataset.read(name)[column].to_pylist()
        for name, column in (("orders", "id"), ("buyers", "buyer"), ("by_item", "items"))
    }
    assert left == {"orders": [1, 2, 4], "buyers": ["bob", "eve"], "by_item": ["jam"]}


def test_what_gives_no_rows_origins_is_said_to_be_known_between_datasets_only(
    baskets: Project,
) -> None:
    report = baskets.blast("source:north")
    again = baskets.pipeline.run("baskets")
    planned = baskets.pipeline.plan("baskets")

    levels = {one.dataset: one.level for one in report.datasets}
    assert (levels["counted"], levels["by_item"], levels["buyers"]) == ("dataset", "row", "row")
    assert "made_up" not in levels
    told = {step.name: step.lineage for step in again.steps}
    assert told == {step.name: step.lineage for step in planned.steps}
    assert {name for name, level in told.items() if level == "dataset"} == {"counted"}
    assert {name for name, level in told.items() if level is None} == {"made_up"}


def test_a_step_that_has_not_run_has_no_lineage_yet(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1], "price": [2]})
    write(
        project, flow="from headgate import step\n\n@step\ndef kept(orders):\n    return orders\n"
    )

    (planned,) = project.pipeline.plan("flow").steps
    (ran,) = project.pipeline.run("flow").steps

    assert (planned.lineage, ran.lineage) == (None, "row")
