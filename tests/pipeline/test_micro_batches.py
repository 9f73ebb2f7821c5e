"""The same transform over everything at once and after every few changes: the same result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import headgate
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from headgate.surfaces.python import Project

FLOW = """
    import pyarrow.compute as pc
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def dear(orders, partition):
        doubled = pc.multiply(orders["price"], 2)
        place = orders.column_names.index("price")
        return orders.set_column(place, "price", doubled).filter(pc.greater(doubled, 40))

    @step(partitions=keys_of("orders", "city"))
    def totals(dear):
        return [{"sum": pc.sum(dear["price"]).as_py(), "_parents": dear["_rid"].to_pylist()}]

    @step
    def whole(dear):
        return dear
"""
CHANGE = st.tuples(
    st.integers(1, 5), st.sampled_from(["north", "south", "west", None]), st.integers(0, 50)
)


def _event(change: tuple[int, str | None, int], lsn: int) -> dict[str, Any]:
    """Make a change: a row of a city, or that the row is gone."""
    key, city, price = change
    source = {"lsn": lsn, "ts_ms": lsn, "schema": "public", "table": "orders"}
    row = {"id": key, "city": city, "price": price}
    if city is None:
        return {"op": "d", "before": {"id": key}, "after": None, "source": source}
    return {"op": "u", "before": None, "after": row, "source": source}


def _take(project: Project, path: Path, events: Sequence[dict[str, Any]]) -> None:
    path.write_text("\n".join(map(json.dumps, events)))
    project.source.ingest("orders", str(path), connector="debezium", key=("id",))


def _roots(project: Project) -> dict[str, tuple[str, int]]:
    """Return what each step made, as content and number of rows."""
    shown = {name: project.dataset.show(name).snapshot for name in ("dear", "totals", "whole")}
    return {name: (one.content_root, one.n_rows) for name, one in shown.items()}


@pytest.mark.row("S3-40", part="batch and micro-batch")
@settings(
    max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(drawn=st.lists(st.lists(CHANGE, min_size=1, max_size=4), min_size=1, max_size=3))
def test_micro_batches_give_the_content_that_one_batch_gives(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[list[tuple[int, str | None, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("batches")
    first = _event((9, "north", 30), 1)
    parts = [
        [first],
        *[
            [_event(one, 10 * n + i + 10) for i, one in enumerate(part)]
            for n, part in enumerate(drawn)
        ],
    ]

    with headgate.init(folder / "micro") as micro, headgate.init(folder / "batch") as batch:
        write(micro, flow=FLOW)
        write(batch, flow=FLOW)
        for number, part in enumerate(parts):
            _take(micro, folder / f"{number}.jsonl", part)
            micro.pipeline.run("flow")
        _take(batch, folder / "all.jsonl", [event for part in parts for event in part])
        batch.pipeline.run("flow")
        in_parts, at_once = _roots(micro), _roots(batch)

    assert in_parts == at_once


def test_a_micro_batch_makes_only_the_partitions_that_changed(
    project: Project, tmp_path: Path
) -> None:
    write(project, flow=FLOW)
    north, south = _event((1, "north", 30), 1), _event((2, "south", 40), 2)
    _take(project, tmp_path / "a.jsonl", [north, south])
    project.pipeline.run("flow")

    _take(project, tmp_path / "b.jsonl", [_event((2, "south", 50), 3)])
    report = project.pipeline.run("flow")

    made = {one.name: one.partitions.n_ran for one in report.steps if one.partitions}
    assert made == {"dear": 1, "totals": 1}
