"""Tests of the page of a monitor's past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

import headgate
from headgate.monitor.kept import FittedReference
from headgate.monitor.requests import MonitorDetail, WindowLine
from headgate.spine.ports import Reference
from headgate.surfaces.pages.findings import MOST_QUIET
from tests.surfaces.pages.reading import read, records, section
from tests.surfaces.pages.reports import DRIFT, FINDING, day, line

FITTED = FittedReference(
    monitor="churn",
    number=2,
    target="deployment:prod",
    references=(Reference("customers", 5, ("prod",)),),
    n_columns=3,
    n_rows=8000,
    n_answers=0,
    outcome={},
    after=None,
    fitted_at=datetime(2026, 10, 31, 4, 5, tzinfo=UTC),
    fitted_by="ann",
    blob="",
    said="",
)


def shown(**changes: Any) -> MonitorDetail:
    """Make a monitor with two windows, the newer of which asks for a ticket."""
    detail = MonitorDetail(
        monitor="churn",
        watches="deployment:prod",
        owner="ann",
        reference=FITTED,
        windows=(
            WindowLine(span=day(1), reference=2, action="log", findings=()),
            WindowLine(span=day(2), reference=2, action="ticket", findings=(DRIFT, FINDING)),
        ),
        columns=(line(0.01, 0.4, over=(1,)), line(0.0, 0.01, subject="plan")),
    )
    return msgspec.structs.replace(detail, **changes)


def test_the_newest_window_stands_first_with_what_it_asks_for() -> None:
    page = headgate.page(shown())

    rows = records(section(page, "Every window"))

    assert rows == [
        {
            "window": "2026-11-02",
            "rows": "1,000",
            "asks for": "ticket",
            "findings": "mean shift (age), missing values (age)",
        },
        {"window": "2026-11-01", "rows": "1,000", "asks for": "log", "findings": "-"},
    ]


def test_what_is_watched_and_against_what_is_told() -> None:
    page = headgate.page(shown())

    assert "<h1>1 of 2 windows have findings</h1>" in page
    assert "<dd>deployment:prod</dd>" in page
    assert "<dd>customers@5</dd>" in page
    assert "<dd>2026-10-31 04:05, version 2</dd>" in page


def test_numbers_worth_a_look_stand_before_the_others() -> None:
    page = headgate.page(shown())

    assert "<h3>age</h3>" in section(page, "Worth a look")
    assert "<h3>plan</h3>" not in section(page, "Worth a look")
    assert "<h3>plan</h3>" in section(page, "Other numbers")


def test_the_legend_stands_once_above_the_first_charts() -> None:
    loud = headgate.page(shown())
    quiet = headgate.page(shown(columns=(line(0.0, 0.01),)))

    assert "from here on it is worth a look" in section(loud, "Worth a look")
    assert "from here on it is worth a look" in section(quiet, "Other numbers")
    assert loud.count("from here on it is worth a look") == 1


def test_a_monitor_that_never_looked_says_so() -> None:
    page = headgate.page(shown(windows=(), columns=(), reference=None))

    assert "<h1>No window was looked at yet</h1>" in page
    assert "<h2>" not in page


def test_quiet_windows_have_nothing_to_see_to() -> None:
    calm = WindowLine(span=day(1), reference=2, action="log", findings=())

    page = headgate.page(shown(windows=(calm,), columns=(line(0.0),)))

    assert "<h1>Nothing to see to in 1 window</h1>" in page
    assert read(page).attributes("li")[0]["class"] == "log"


def test_of_very_many_quiet_numbers_the_rest_is_counted() -> None:
    many = tuple(line(0.0, 0.01, subject=f"c{n}") for n in range(MOST_QUIET + 5))

    page = headgate.page(shown(columns=many))

    assert page.count("<svg") == MOST_QUIET
    assert "5 more are not drawn" in page
