"""Tests of what a chart of a distribution says of its cells."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headgate.surfaces.pages.charts import cell_of, distribution
from tests.surfaces.pages.reports import AGE, PLAN


def names(*current: float) -> list[str]:
    drawn = replace(AGE, current=current)
    return [cell_of(drawn, i) for i in range(len(current))]


@pytest.mark.parametrize(
    ("current", "told"),
    [
        ((0.3, 0.4, 0.3), ["0 to 30", "30 to 60", "60 to 90"]),
        ((0.0, 0.0, 1.0), ["0 to 30", "30 to 60", "60 or more"]),
        ((1.0, 0.0, 0.0), ["30 or less", "30 to 60", "60 to 90"]),
        ((0.0, 1.0, 0.0), ["0 to 30", "30 to 60", "60 to 90"]),
    ],
)
def test_a_cell_at_an_end_that_is_fuller_than_usual_may_hold_what_lies_beyond(
    current: tuple[float, ...], told: list[str]
) -> None:
    assert names(*current) == told


def test_the_axis_and_the_words_for_a_reader_of_screens_say_so_too() -> None:
    usual = distribution(AGE)
    beyond = distribution(replace(AGE, current=(0.0, 0.0, 1.0)))

    assert ">90</text>" in usual
    assert ">90 or more</text>" in beyond
    assert "60 or more: 100.0 %, usually 25.0 % to 35.0 %" in beyond


def test_a_category_is_named_by_its_label_and_none_by_nothing() -> None:
    assert [cell_of(PLAN, i) for i in range(3)] == ["basic", "gold", ""]
