"""How a terminal shows what is wrong with a file."""

from __future__ import annotations

import pytest

from headgate.spine.problems import Problem
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.problems import problem_lines

PROBLEM = Problem(
    3, 9, "schema[0].properties[12].quality[3].mustBeBetween", "must be " + "true " * 20, "write it"
)


def test_each_problem_is_told_with_its_place_and_its_mend() -> None:
    paint = Paint(width=80)

    lines = problem_lines(
        "orders", [PROBLEM, Problem(4, 1, "id", "id is missing", "add it")], paint
    )

    assert lines[0] == "orders: 2 problems"
    assert [line.split() for line in lines[-4:]] == [
        ["id"],
        ["at", "line", "4,", "column", "1"],
        ["is", "id", "is", "missing"],
        ["mend", "add", "it"],
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_long_problem_fits_the_terminal(width: int) -> None:
    lines = problem_lines("orders", [PROBLEM], Paint(width=width))

    assert max(map(len, lines)) <= width
