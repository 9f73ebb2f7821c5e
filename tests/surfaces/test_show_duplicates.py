"""A terminal shows what is said twice, what that wastes, and what leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.duplicating import duplicates_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

SAID = "the parcel was left in the rain and nobody rang the bell"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A fresh, empty shop."""
    with headgate.init(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def report(shop: Project) -> Any:
    """What is found where a note stands seven times, and nearly so in what is held back."""
    rows = [{"id": each, "note": SAID} for each in range(7)]
    shop.dataset.commit("notes", rows, key=["id"])
    shop.dataset.commit("held", [{"id": 9, "note": f"{SAID} at all"}], key=["id"])
    return shop.dataset.duplicates("notes", against="held", cost_per_token=0.5)


def test_counts_come_first_then_groups_and_leaks(report: Any) -> None:
    shown = duplicates_lines(report, Paint())

    text = "\n".join(shown)
    assert shown[0] == "notes@1"
    assert "85.71% of 7 rows" in text
    assert "72 of 84 tokens, cost 36" in text
    assert "1 row of held@1 (100.00%)" in text
    assert "1, 2, 3, 4, 5 ..." in text
    assert "83%" in text


def test_where_there_are_none_it_says_so(shop: Project) -> None:
    shop.dataset.commit("plans", [{"plan": "gold"}, {"plan": "basic"}])

    shown = duplicates_lines(shop.dataset.duplicates("plans"), Paint())

    assert shown[-1] == "no row says what another one says"
    assert any("no column of free text" in line for line in shown)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(report: Any, width: int) -> None:
    shown = duplicates_lines(report, Paint(width=width))

    assert [line for line in shown if len(line) > width] == []
