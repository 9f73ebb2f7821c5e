"""Problems of a file are told once each, in its order, and all of them in one error."""

from __future__ import annotations

import pytest

from headgate.spine.documents import Mark
from headgate.spine.problems import MAX_PROBLEMS, Problem, Problems, Steps, refusal


def noted(*steps: Steps, line: int = 1) -> Problems:
    problems = Problems()
    for column, each in enumerate(steps, start=1):
        problems.add(each, Mark(line, column), "is wrong", "mend it")
    return problems


def test_problems_are_listed_in_the_order_of_the_file() -> None:
    problems = Problems()
    for line, column in ((9, 1), (2, 7), (2, 3)):
        problems.add(("a",), Mark(line, column), "is wrong", "mend it")

    listed = problems.listed()

    assert [(one.line, one.column) for one in listed] == [(2, 3), (2, 7), (9, 1)]


def test_of_two_problems_of_one_place_and_clause_the_first_is_listed() -> None:
    problems = Problems()
    for message in ("is text", "is empty"):
        problems.add(("a", 0), Mark(1, 1), message, "mend it")
    problems.add(("b",), Mark(1, 1), "is text", "mend it")

    listed = problems.listed()

    assert [(one.clause, one.message) for one in listed] == [("a[0]", "is text"), ("b", "is text")]


@pytest.mark.parametrize(
    ("path", "is_beneath"),
    [(("schema",), True), (("schema", 0), True), (("schema", 1), False), (("servers",), False)],
)
def test_a_place_knows_of_problems_in_it(path: Steps, is_beneath: bool) -> None:
    problems = noted(("schema", 0, "name"))

    assert problems.beneath(path) == is_beneath


def test_a_hundred_problems_are_kept() -> None:
    problems = noted(*[(f"x{n}",) for n in range(MAX_PROBLEMS + 20)])

    assert len(problems.found) == MAX_PROBLEMS


@pytest.mark.parametrize(
    ("n_others", "rest"),
    [
        (0, ""),
        (1, "; also wrong: line 4 x1"),
        (5, "; also wrong: line 4 x1, line 4 x2, line 4 x3, line 4 x4, line 4 x5"),
        (6, "; also wrong: line 4 x1, line 4 x2, line 4 x3, line 4 x4, line 4 x5 and more"),
    ],
)
def test_an_error_tells_the_first_problem_and_the_lines_of_some_others(
    n_others: int, rest: str
) -> None:
    problems = noted(*[(f"x{n}",) for n in range(n_others + 1)], line=4)

    error = refusal("box.yaml", problems.listed())

    assert error.message == f"box.yaml:4:1: x0: is wrong{rest}"
    assert error.mend == "mend it"


def test_a_problem_of_the_whole_document_is_told_as_such() -> None:
    problem = Problem(1, 1, "the document", "must be a mapping, not a list", "write a mapping")

    error = refusal("box.yaml", [problem])

    assert error.message == "box.yaml:1:1: the document: must be a mapping, not a list"
