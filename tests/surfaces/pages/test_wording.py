"""Tests of the page of what sources say otherwise."""

from __future__ import annotations

import headgate
from headgate.monitor.sources.reports import Difference, SourceDiffReport, SourceWording
from tests.surfaces.pages.reading import records, section

FORMAT = Difference(
    column="day",
    kind="format",
    what="99/99/9999",
    ratio=1.0,
    ratio_elsewhere=0.0,
    says="format '99/99/9999' in 100% of its day, elsewhere in 0",
    rows=(9, 10),
    examples=("01/11/2026", "02/11/2026"),
)
WEB = SourceWording(
    source="web",
    first_at="2026-11-03T12:00:00Z",
    n_rows=8,
    n_quarantined=1,
    differences=(FORMAT,),
    n_more=4,
)
SHOP = SourceWording(
    source="shop",
    first_at="2026-11-01T12:00:00Z",
    n_rows=1200,
    n_quarantined=0,
    differences=(),
    n_more=0,
)


def test_every_source_stands_under_its_name_with_what_it_says_otherwise() -> None:
    page = headgate.page(SourceDiffReport("days@2", (WEB, SHOP)))

    (row,) = records(section(page, "web"))

    assert "<h1>5 differences of 2 sources</h1>" in page
    assert row == {
        "column": "day",
        "kind": "format",
        "what is otherwise": FORMAT.says,
        "here": "100.0 %",
        "elsewhere": "0.0 %",
        "such as": "01/11/2026, 02/11/2026",
        "rows": "9, 10",
    }
    assert "4 more with --limit" in section(page, "web")


def test_what_waits_and_what_is_alike_is_told() -> None:
    page = headgate.page(SourceDiffReport("days@2", (WEB, SHOP)))

    assert "8 rows, first on 2026-11-03; 1 record did not fit" in section(page, "web")
    assert "1,200 rows, first on 2026-11-01<" in section(page, "shop")
    assert "says nothing otherwise than the others" in section(page, "shop")


def test_sources_that_agree_say_so_at_the_head() -> None:
    page = headgate.page(SourceDiffReport("days@2", (SHOP,)))

    assert "<h1>All sources say it alike</h1>" in page
    assert "<table" not in page
