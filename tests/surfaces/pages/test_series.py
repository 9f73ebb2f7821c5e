"""Tests of a number over windows."""

from __future__ import annotations

import re

import pytest

from headgate.surfaces.pages.series import follow, lines_of, series
from tests.surfaces.pages.reading import read
from tests.surfaces.pages.reports import day, line

DAYS = [day(1), day(2), day(3), day(4)]


def path_of(drawn: str) -> str:
    """Find the line that is drawn through the values."""
    found = re.search(r'<path d="([^"]*)" fill="none" stroke="var\(--text\)"', drawn)
    assert found is not None
    return found[1]


def points(drawn: str) -> list[tuple[float, float]]:
    """Read where the points stand that are worth a look."""
    circles = read(drawn).attributes("circle")
    return [(float(one["cx"] or 0), float(one["cy"] or 0)) for one in circles]


def bands(drawn: str) -> list[tuple[float, float]]:
    """Read from where to where down the page each window is shaded."""
    found = [(float(one["y"] or 0), one["height"]) for one in read(drawn).attributes("rect")]
    return [(top, top + float(height or 0)) for top, height in found]


def test_only_windows_that_are_worth_a_look_have_a_point() -> None:
    drawn = series(line(0.01, 0.02, 0.4, 0.03, over=(2,)), DAYS)

    ((x, y),) = points(drawn)

    assert x == pytest.approx(4 + 312 * 2.5 / 4, abs=0.1)
    assert y < bands(drawn)[2][0]
    assert "2026-11-03: 0.4" in read(drawn).text


def test_the_shade_lies_where_quiet_values_lie() -> None:
    drift = series(line(0.01, 0.02, 0.4, 0.03, over=(2,)), DAYS)
    accuracy = series(line(0.91, 0.9, 0.2, 0.92, over=(2,), limit=0.85), DAYS)

    (top, bottom), *_ = bands(drift)
    assert (top, bottom) == (pytest.approx(78.7, abs=1), pytest.approx(98, abs=0.1))
    (top, bottom), *_ = bands(accuracy)
    assert top == pytest.approx(16, abs=0.1)
    assert bottom < points(accuracy)[0][1]


def test_each_window_is_held_against_its_own_threshold() -> None:
    drawn = series(line(0.1, 0.1, 0.1, 0.1, thresholds=(0.2, 0.3, None, 0.4)), DAYS)

    tops = [top for top, _ in bands(drawn)]

    assert len(tops) == 3
    assert tops == sorted(tops, reverse=True)


@pytest.mark.parametrize("lacking", [None, float("nan"), float("inf")])
def test_a_line_is_torn_where_no_value_could_be_computed(lacking: float | None) -> None:
    drawn = series(line(0.1, lacking, 0.2, 0.3, limit=None), DAYS)

    path = path_of(drawn)

    assert path.count("M") == 2
    assert path.count("L") == 1
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_an_axis_tells_its_ends_and_when_it_begins() -> None:
    drawn = series(line(0.3, 0.1, 0.2, 0.15, limit=None), DAYS)

    assert read(drawn).text == ["0.1 to 0.3", "2026-11-01", "2026-11-04"]


def test_values_that_never_change_are_drawn_too() -> None:
    drawn = series(line(5.0, 5.0, limit=None), DAYS[:2])

    assert read(drawn).text[0] == "5 to 5"
    assert path_of(drawn).count("L") == 1


def test_a_chart_says_what_it_shows() -> None:
    loud = series(line(0.01, 0.4, 0.5, over=(1, 2)), DAYS[:3])
    quiet = series(line(0.01, 0.02), DAYS[:2])

    (told,) = [one["aria-label"] for one in read(loud).attributes("svg")]
    assert told == "psi of age over 3 windows, worth a look in 2"
    (told,) = [one["aria-label"] for one in read(quiet).attributes("svg")]
    assert told == "psi of age over 2 windows, as usual in all"


def test_numbers_of_a_subject_stand_together_the_loudest_first() -> None:
    quiet = line(0.1, 0.1, metric="wasserstein")
    loud = line(0.1, 0.4, over=(1,))
    empty = line(None, None, subject="plan")
    other = line(0.0, 0.0, check="missing", metric="missing_share")

    found = lines_of([quiet, loud, empty, other])

    assert found == [(loud, quiet), (other,)]


def test_a_card_tells_every_number_of_every_window_in_a_table() -> None:
    psi = line(0.01, 0.4, None, over=(1,))
    far = line(0.2, 3.0, 0.1, metric="wasserstein", limit=None)

    card = follow((psi, far), DAYS[:3])

    assert read(card).tables == [
        [
            ["window", "psi", "wasserstein"],
            ["2026-11-01", "0.01", "0.2"],
            ["2026-11-02", "△ 0.4", "3"],
            ["2026-11-03", "-", "0.1"],
        ]
    ]
    assert "data drift, psi: newest 0.4" in card
    assert "in 1 of 3 windows" in card
