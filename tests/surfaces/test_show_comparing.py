"""A terminal shows where two writings came apart, in the width it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.source import compare_lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def report(tmp_path: Path) -> Any:
    """What a comparison finds: a row that differs, one only here and one only there."""
    source = {"lsn": 7, "ts_ms": 1_559_033_904_863, "schema": "public", "table": "customers"}
    events = [
        {"op": "c", "before": None, "after": {"id": number, "city": city}, "source": source}
        for number, city in ((1, "Oslo"), (2, "Rome"), (3, "Bergen"))
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, events)))
    (tmp_path / "own.csv").write_text("id,city,note\n1,Oslo,x\n2,Roma,y\n4,Bonn,z\n")
    with headgate.init(tmp_path / "shop") as shop:
        shop.source.ingest("customers", str(tmp_path / "log.jsonl"), connector="debezium", key="id")
        shop.source.ingest("own", str(tmp_path / "own.csv"), at="2019-05-28T09:00:00Z")
        return shop.source.compare("customers", "own")


def test_counts_come_first_then_each_difference_with_its_times(report: Any) -> None:
    shown = compare_lines(report, Paint())

    assert shown[0] == "customers@1 beside own@1"
    assert [line.split()[-2] for line in shown[1:5]] == ["1", "1", "1", "1"]
    assert "not compared, for one has them: note" in shown
    assert any("differing" in line and "city" in line for line in shown[8:])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(report: Any, width: int) -> None:
    shown = compare_lines(report, Paint(width=width))

    assert [line for line in shown if len(line) > width] == []
