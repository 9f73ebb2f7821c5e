"""Tests of the page of training beside production."""

from __future__ import annotations

from typing import Any

import msgspec

import headgate
from headgate.monitor.sources.reports import Difference
from headgate.monitor.versus.reports import Comparison
from tests.surfaces.pages.reading import read, records, section
from tests.surfaces.pages.reports import AGE, DRIFT, PLAN, monitored

WORD = Difference(
    column="plan",
    kind="term",
    what="student",
    ratio=0.2,
    ratio_elsewhere=0.001,
    says="term 'student' in 20% of its plan, elsewhere in 0.001",
    rows=(),
    examples=("student", "student", "a student"),
)
UNIT = msgspec.structs.replace(
    WORD, column="age", kind="unit", what="12", ratio=1.0, examples=(360.0, 408.5)
)
MOVED = msgspec.structs.replace(AGE, current=(0.1, 0.4, 0.5))


def compared(**changes: Any) -> Comparison:
    """Make a comparison in which age moved and plan holds a new word."""
    found = Comparison(
        seen=monitored(findings=(DRIFT,), distributions=(MOVED, PLAN)),
        wording=(WORD,),
        n_more=0,
        has_findings=True,
    )
    return msgspec.structs.replace(found, **changes)


def test_what_moved_is_said_first_without_its_figures() -> None:
    page = headgate.page(compared())

    assert "<h1>Age lies 9 higher</h1>" in page
    assert "psi 0.4, threshold 0.1" in section(page, "Findings")


def test_the_two_sides_are_called_training_and_production() -> None:
    page = headgate.page(compared())

    legend = section(page, "Findings")

    assert "</i>training</span>" in legend
    assert "</i>production</span>" in legend
    assert "this window" not in page
    assert "<dt>training</dt><dd>prod ← api@3 ← churn@2 ← customers@5</dd>" in page
    assert "first seen" not in page


def test_a_distribution_stands_in_a_table_with_the_numbers_of_the_report() -> None:
    page = headgate.page(compared())

    rows = records(section(page, "Findings"))

    assert [row["age"] for row in rows] == ["0 to 30", "30 to 60", "60 or more"]
    assert [row["training"] for row in rows] == [f"{100 * n:.1f} %" for n in MOVED.reference]
    assert [row["production"] for row in rows] == [f"{100 * n:.1f} %" for n in MOVED.current]
    assert rows[0]["usual"] == "25.0 to 35.0 %"


def test_only_cells_outside_of_their_band_ask_for_a_look_in_the_table() -> None:
    page = headgate.page(compared())

    cells = read(section(page, "Findings")).attributes("td")

    classes = [one["class"] for one in cells if one["data-of"] == "production"]
    assert classes == ["number off", "number", "number off"]


def test_words_stand_with_their_shares_and_examples_and_units_without() -> None:
    page = headgate.page(compared(wording=(WORD, UNIT), n_more=3))

    part = section(page, "Words, formats and units that training had not")
    term, unit = records(part)

    assert (term["here"], term["training"]) == ("20.0 %", "0.1 %")
    assert term["such as"] == "student, a student"
    assert (unit["here"], unit["such as"]) == ("-", "360, 408.5")
    assert "3 more with --limit" in part


def test_where_only_words_differ_that_is_the_verdict() -> None:
    quiet = monitored()

    words = headgate.page(compared(seen=quiet, wording=(WORD,), n_more=2))
    alike = headgate.page(compared(seen=quiet, wording=()))

    assert "<h1>Columns are as in training, but for 3 differences in words</h1>" in words
    assert "<h1>Production is as training was</h1>" in alike
    assert "Words, formats" not in alike
