"""Tests of the page of a monitor."""

from __future__ import annotations

import msgspec
import pytest

import headgate
from headgate.core.errors import Invalid
from headgate.monitor.nouns import Decision
from tests.surfaces.pages.reading import read
from tests.surfaces.pages.reports import AGE, FINDING, PLAN, monitored


def n_outside(page: str) -> int:
    return page.count('stroke="var(--off)"')


def test_a_page_closes_what_it_opens_and_asks_nothing_of_others() -> None:
    page = headgate.page(monitored(findings=(FINDING,)))

    reader = read(page)

    assert reader.open == []
    assert "script" not in {tag for tag, _ in reader.tags}
    assert not [one for _, found in reader.tags for one in found if one in {"src", "href"}]
    assert "http://" not in page
    assert "https://" not in page


def test_the_verdict_comes_first() -> None:
    found = monitored(
        findings=(FINDING, msgspec.structs.replace(FINDING, subject="plan")),
        action=Decision(action="ticket", why="an important column is missing", rule="missing"),
    )

    page = headgate.page(found)

    head = page[page.index("<h1>") : page.index("<h2>")]
    assert "Age is missing in 30 % of rows, before in 1 %, and 1 more" in head
    assert "<b>ticket</b>. An important column is missing" in head
    assert "prod ← api@3 ← churn@2 ← customers@5" in head


def test_a_quiet_window_says_so() -> None:
    page = headgate.page(monitored())

    assert "<h1>Nothing to see to</h1>" in page
    assert "<h2>Findings</h2>" not in page


def test_a_column_with_a_finding_is_drawn_with_it_and_not_again() -> None:
    page = headgate.page(monitored(findings=(FINDING,)))

    findings, usual = page.split("<h2>Columns as usual</h2>")

    assert "<h3>age</h3>" in findings
    assert "△ warning" in findings
    for word in ("missing values", "different, not harmful", "important", "2 of 3 windows"):
        assert word in findings
    assert "<h3>age</h3>" not in usual
    assert "<h3>plan</h3>" in usual


def test_only_what_lies_outside_of_the_band_is_in_colour() -> None:
    off = msgspec.structs.replace(AGE, current=(0.1, 0.4, 0.5))

    quiet = headgate.page(monitored())
    loud = headgate.page(monitored(distributions=(off, PLAN)))

    assert n_outside(quiet) == 0
    assert n_outside(loud) == 2
    assert "0 to 30: 10.0 %, usually 25.0 % to 35.0 %" in loud


def test_a_category_outside_of_its_band_is_in_colour() -> None:
    off = msgspec.structs.replace(PLAN, current=(0.5, 0.2))

    page = headgate.page(monitored(distributions=(off,)))

    assert n_outside(page) == 1
    assert "basic: 50.0 %, usually 75.0 % to 85.0 %" in page


def test_at_most_eight_categories_are_drawn_the_largest_ones() -> None:
    n = 20
    shares = tuple((n - i) / 210 for i in range(n))
    names = tuple(f"c{i}" for i in range(n))
    many = msgspec.structs.replace(
        PLAN, labels=names, reference=shares, low=shares, high=shares, current=shares
    )

    page = headgate.page(monitored(distributions=(many,)))

    drawn = [name for name in names if f">{name}</text>" in page]
    assert drawn == list(names[:8])


def test_uneven_cells_are_drawn_equally_wide() -> None:
    uneven = msgspec.structs.replace(AGE, edges=(0.0, 1.0, 2.0, 1e6))

    page = headgate.page(monitored(distributions=(uneven,)))

    drawn = [
        float(found["width"] or 0)
        for tag, found in read(page).tags
        if tag == "rect" and found.get("fill") == "var(--band)"
    ]
    assert drawn == [104.0, 104.0, 104.0]


def test_missing_values_are_told_beside_a_column() -> None:
    lacking = msgspec.structs.replace(AGE, missing=0.2, missing_before=0.01)

    page = headgate.page(monitored(distributions=(lacking,)))

    assert "missing 20.0 %, before 1.0 %" in page


def test_numbers_worth_a_look_stand_first_and_estimates_are_marked() -> None:
    page = headgate.page(monitored())

    table = page[page.index("<h2>Every number</h2>") :]

    assert table.index("worth a look, estimated") < table.index("as usual")


@pytest.mark.parametrize("place", ["column", "finding", "label", "monitor"])
def test_names_from_data_stay_text(place: str) -> None:
    evil = "<script>alert(1)</script>"
    changes = {
        "column": {"distributions": (msgspec.structs.replace(AGE, column=evil),)},
        "finding": {"findings": (msgspec.structs.replace(FINDING, says=evil, subject=evil),)},
        "label": {"distributions": (msgspec.structs.replace(PLAN, labels=(evil, "x")),)},
        "monitor": {"monitor": evil},
    }[place]

    page = headgate.page(monitored(**changes))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert read(page).open == []


def test_only_reports_have_pages() -> None:
    with pytest.raises(Invalid, match="no page of a dict"):
        headgate.page({})
