"""Tests of the page of a backtest."""

from __future__ import annotations

from typing import Any

import msgspec

import headgate
from headgate.monitor.requests import Backtest, Call
from tests.surfaces.pages.reading import read, section
from tests.surfaces.pages.reports import DRIFT, day, line


def tried(**changes: Any) -> Backtest:
    """Make a backtest of three days, on the second of which there is a ticket."""
    report = Backtest(
        monitor="churn",
        since=day(1).since,
        until=day(3).until,
        n_windows=3,
        n_pages=0,
        n_tickets=1,
        pages=0.1,
        tickets=0.3,
        calls=(
            Call(
                span=day(2),
                action="ticket",
                why="broken column: age lies 9 higher (psi 0.4, threshold 0.1)",
                findings=(DRIFT,),
            ),
        ),
        smallest_shift=0.14,
        spans=(day(1), day(2), day(3)),
        columns=(line(0.01, 0.4, 0.02, over=(1,)),),
    )
    return msgspec.structs.replace(report, **changes)


def test_alerts_are_counted_beside_their_budget() -> None:
    page = headgate.page(tried(n_pages=0, n_tickets=1, tickets=0.3, pages=0.1))

    assert "<h1>1 ticket and no page in 3 windows</h1>" in page
    assert "<dt>tickets</dt><dd>1, more than the budget of 0.3</dd>" in page
    assert "<dt>pages</dt><dd>0, within the budget of 0.1</dd>" in page


def test_every_window_stands_on_the_strip_and_the_alert_at_its_day() -> None:
    page = headgate.page(tried())

    cells = read(section(page, "Windows")).attributes("li")

    assert [one["class"] for one in cells] == ["log", "ticket", "log"]
    assert cells[1]["aria-label"] == "2026-11-02: ticket; mean shift (age)"


def test_a_number_is_drawn_over_all_windows_with_its_values_in_a_table() -> None:
    report = tried()

    part = section(headgate.page(report), "Worth a look")

    rows = read(part).tables[0][1:]
    values = [row[1].removeprefix("△ ") for row in rows]
    assert [float(value) for value in values] == list(report.columns[0].values)
    assert [row[1].startswith("△") for row in rows] == list(report.columns[0].exceeded)


def test_an_alert_tells_why_with_its_figures_once() -> None:
    page = headgate.page(tried())

    part = section(page, "2026-11-02: ticket")

    assert "Broken column: age lies 9 higher<" in part
    assert part.count("psi 0.4, threshold 0.1") == 1


def test_a_quiet_backtest_has_windows_only() -> None:
    page = headgate.page(tried(n_tickets=0, calls=(), columns=()))

    assert "<h1>No ticket and no page in 3 windows</h1>" in page
    assert "<svg" not in page
    assert len(read(page).attributes("li")) == 3
