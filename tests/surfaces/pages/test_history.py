"""Tests of the page of a monitor's newest windows, and of that of training beside production."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import headgate
from headgate.monitor.nouns import Span
from headgate.monitor.requests import ColumnLine, MonitorDetail, WindowLine
from headgate.monitor.sources.reports import Difference
from headgate.monitor.versus.reports import Comparison
from headgate.surfaces.pages.charts import line
from headgate.surfaces.pages.history import MOST_QUIET
from tests.surfaces.pages.reports import FINDING, monitored

FIRST = datetime(2026, 11, 16, tzinfo=UTC)


def windows(*n_findings: int) -> tuple[WindowLine, ...]:
    return tuple(
        WindowLine(
            span=Span(FIRST + timedelta(days=n), FIRST + timedelta(days=n + 1), 8000),
            reference=1,
            action="page" if found else "log",
            findings=(FINDING,) * found,
        )
        for n, found in enumerate(n_findings)
    )


def number(
    *values: float | None, threshold: float | None = 0.1, subject: str = "age"
) -> ColumnLine:
    return ColumnLine(
        check="data_drift",
        subject=subject,
        metric="psi",
        values=values,
        threshold=0.1,
        exceeded=tuple((one or 0) > 0.1 for one in values),
    )


def detail(*columns: ColumnLine, n_findings: tuple[int, ...] = (0, 1)) -> MonitorDetail:
    return MonitorDetail(
        monitor="churn",
        watches="deployment:prod",
        owner="ann & bob",
        reference=None,
        windows=windows(*n_findings),
        columns=columns,
    )


@pytest.mark.row("S2-10", part="page")
def test_windows_stand_the_newest_first_with_what_they_asked_for() -> None:
    page = headgate.page(detail(number(0.02, 0.3)))

    assert "<h1>churn: 1 of 2 windows with findings</h1>" in page
    assert "<dd>2026-11-16 00:00 to 2026-11-18 00:00</dd>" in page
    assert "<dd>ann &amp; bob</dd>" in page
    rows = page[page.index("<h2>Windows</h2>") :]
    assert rows.index("2026-11-17 00:00") < rows.index("2026-11-16 00:00")
    assert "missing values (age)" in rows


def test_numbers_worth_a_look_stand_before_the_others_and_say_their_newest_value() -> None:
    page = headgate.page(detail(number(0.01, 0.02, subject="calm"), number(0.02, 0.3)))

    loud, quiet = page.index("<h2>Worth a look</h2>"), page.index("<h2>As usual</h2>")
    assert loud < page.index("data drift: psi 0.3, threshold 0.1") < quiet
    assert quiet < page.index("<h3>calm</h3>")


def test_a_number_of_no_window_is_not_drawn_and_many_are_counted() -> None:
    many = [number(0.01, 0.02, subject=f"c{n}") for n in range(MOST_QUIET + 3)]

    page = headgate.page(detail(number(None, None, subject="never"), *many))

    assert "never" not in page
    assert page.count("<svg") == MOST_QUIET
    assert "3 more are not drawn" in page


def test_a_monitor_that_saw_nothing_yet_has_a_page_too() -> None:
    page = headgate.page(detail(n_findings=()))

    assert "<h1>churn: 0 of 0 windows with findings</h1>" in page
    assert "<h2>" not in page


def test_a_line_has_gaps_where_there_was_no_number_and_dots_where_it_was_off() -> None:
    drawn = line((0.0, None, 0.5, 1.0), 0.5, (False, False, False, True), "psi <of> age")

    path = drawn.split('d="')[2].partition('"')[0]
    assert path.count("M") == 2
    assert path.count("L") == 1
    assert drawn.count("<circle") == 1
    assert 'aria-label="psi &lt;of&gt; age"' in drawn


def test_a_line_of_one_value_and_of_none_can_be_drawn() -> None:
    assert "M4.0" in line((0.3,), None, (False,), "one")
    assert "<circle" not in line((), None, (), "none")


def test_what_moved_between_training_and_production_is_drawn_side_by_side() -> None:
    new = Difference(
        column="note",
        kind="term",
        what="<gearbox>",
        ratio=0.5,
        ratio_elsewhere=0.0,
        says="term '<gearbox>' in 50% of its note, elsewhere in none",
        rows=(1, 2),
        examples=("<gearbox> broke", "<gearbox> broke"),
    )
    seen = monitored(findings=(FINDING,), has_findings=True)

    page = headgate.page(Comparison(seen=seen, wording=(new,), n_more=2, has_findings=True))

    assert "<h1>4 things moved</h1>" in page
    assert page.index("<h2>Findings</h2>") < page.index("<h2>Said otherwise</h2>")
    assert page.count("&lt;gearbox&gt; broke") == 2
    assert "2 more with --limit" in page
    assert "<dd>prod ← api@3 ← churn@2 ← customers@5</dd>" in page


def test_nothing_moved_says_so() -> None:
    page = headgate.page(Comparison(seen=monitored(), wording=(), n_more=0, has_findings=False))

    assert "<h1>As in training</h1>" in page
    assert "Said otherwise" not in page
    assert "<h2>Columns as usual</h2>" in page
