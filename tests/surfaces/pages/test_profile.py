"""Tests of the page of a profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import headgate
from tests.surfaces.pages.reading import read, records, section

if TYPE_CHECKING:
    from headgate.monitor.profiling.reports import ProfileReport

ROWS = [
    {"plan": ("basic", "<b>gold")[n % 4 == 0], "age": 20 + n % 50, "note": None} for n in range(400)
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ProfileReport:
    place: Path = tmp_path_factory.mktemp("profile") / "p"
    with headgate.init(place) as project:
        project.dataset.commit("people", ROWS)
        return project.dataset.profile("people")


def test_a_category_stands_with_its_share_in_picture_and_table(report: ProfileReport) -> None:
    page = headgate.page(report)

    plan = page[page.index("<h3>plan</h3>") :]

    assert records(plan) == [
        {"plan": "basic", "share": "75.0 %"},
        {"plan": "<b>gold", "share": "25.0 %"},
    ]
    assert ">&lt;b&gt;gold</text>" in plan


def test_cells_of_numbers_hold_all_rows(report: ProfileReport) -> None:
    page = headgate.page(report)

    rows = records(page[page.index("<h3>age</h3>") :])

    assert sum(float(row["share"].removesuffix(" %")) for row in rows) == pytest.approx(100, abs=2)
    assert rows[0]["age"].startswith("20 to ")


def test_the_head_tells_what_was_looked_at(report: ProfileReport) -> None:
    page = headgate.page(report)

    assert "<h1>people@1: 400 rows</h1>" in page
    assert [one for one in read(page).text if one in {"plan", "age", "note"}] == [
        *("plan", "plan", "age", "age", "note"),
    ]
    assert "<dt>missing</dt><dd>100.0 %</dd>" in section(page, "Columns")
