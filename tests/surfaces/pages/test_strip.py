"""Tests of windows side by side."""

from __future__ import annotations

from headgate.surfaces.pages.strip import Stop, strip
from tests.surfaces.pages.reading import read
from tests.surfaces.pages.reports import day


def test_every_window_says_when_it_was_and_what_was_to_be_done() -> None:
    drawn = strip(
        [
            Stop(day(1), "log"),
            Stop(day(2), "log", "concept drift (error)"),
            Stop(day(3), "ticket", "mean shift (age)"),
            Stop(day(4), "page", "performance (accuracy)"),
            Stop(day(5), "quarantine_source", "unit change (charge)"),
        ]
    )

    cells = read(drawn).attributes("li")

    assert [one["class"] for one in cells] == ["log", "noted", "ticket", "page", "page"]
    assert [one["aria-label"] for one in cells] == [
        "2026-11-01: as usual",
        "2026-11-02: log; concept drift (error)",
        "2026-11-03: ticket; mean shift (age)",
        "2026-11-04: page; performance (accuracy)",
        "2026-11-05: quarantine source; unit change (charge)",
    ]


def test_a_strip_explains_the_shapes_that_stand_on_it_between_its_ends() -> None:
    quiet = strip([Stop(day(1), "log"), Stop(day(2), "log")])
    loud = strip([Stop(day(1), "log", "a"), Stop(day(2), "ticket", "b"), Stop(day(3), "page", "c")])

    assert read(quiet).text == ["2026-11-01", "2026-11-03"]
    assert read(loud).text == ["△", "▲", "2026-11-01", "▁ log, △ ticket, ▲ page", "2026-11-04"]


def test_a_few_windows_are_not_drawn_over_the_whole_page() -> None:
    drawn = strip([Stop(day(1), "log")] * 3)

    assert read(drawn).attributes("ol") == [{"class": "strip", "style": "max-width:168px"}]


def test_no_window_is_no_strip() -> None:
    assert strip([]) == ""
