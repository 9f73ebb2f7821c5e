"""What a stranger reads at a terminal about a run: how finely lineage is known, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.pipeline import run_lines
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

FLOW = """
    from headgate import shell, sql

    counted = sql("counted", "select count(*) as n from orders")
    named = sql("named", "select * from orders")
    broken = shell("broken", "echo first >&2; echo second >&2; exit 4", reads=["orders"])
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """An empty project with every verb."""
    with headgate.init(tmp_path / "shop") as project:
        yield project


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_run_names_the_steps_whose_rows_cannot_be_followed(shop: Project, width: int) -> None:
    shop.dataset.commit("orders", {"id": [1, 2]})
    write(shop, flow=FLOW)

    lines = run_lines(shop.pipeline.run("flow"), Paint(width=width))

    shown = " ".join(" ".join(lines).split())
    assert "lineage between datasets only: counted; rows returned with _rid or _parents" in shown
    assert "broken failed: CommandFailed: exit code 4: first second" in shown
    assert max(map(len, lines)) <= width
