"""What Great Expectations answers is told as JSON can hold it, in version 1 and in 0.18."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from headgate.contract.switching import in_gx

RAISED = {"raised_exception": True, "exception_message": "no column 'a'"}
NOT_RAISED = {"raised_exception": False, "exception_message": None}


class Answer:
    """An answer as Great Expectations gives it."""

    def __init__(self, **held: Any) -> None:
        self.held = {"success": True, "result": {}, "exception_info": NOT_RAISED} | held

    def to_json_dict(self) -> dict[str, Any]:
        return self.held


class Number:
    """A number of numpy."""

    def __init__(self, value: float) -> None:
        self.value = value

    def item(self) -> float:
        return self.value


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Answer(success=False, result={"unexpected_count": 3}),
            {"success": False, "count": 3, "observed": None},
        ),
        (
            Answer(result={"observed_value": Number(1.5)}),
            {"success": True, "count": None, "observed": 1.5},
        ),
        (
            Answer(result={"observed_value": math.nan}),
            {"success": True, "count": None, "observed": None},
        ),
        (
            Answer(result={"observed_value": ["a", "b"]}),
            {"success": True, "count": None, "observed": "['a', 'b']"},
        ),
        (
            Answer(success=False, exception_info=RAISED),
            {"success": None, "error": "no column 'a'"},
        ),
        (
            Answer(success=False, exception_info={"a metric": RAISED, "another": NOT_RAISED}),
            {"success": None, "error": "no column 'a'"},
        ),
    ],
)
def test_an_answer_is_read(answer: Answer, told: dict[str, Any]) -> None:
    expectation = {"type": "expect_x", "kwargs": {"column": "a"}}

    found = in_gx._said(lambda _kind, _kwargs: answer, expectation)

    assert json.loads(json.dumps(found)) == told


def test_it_is_asked_as_the_suite_has_it_but_for_how_results_are_shown() -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def look(kind: str, kwargs: dict[str, Any]) -> Answer:
        asked.append((kind, kwargs))
        return Answer()

    for key in ("type", "expectation_type"):
        in_gx._said(look, {key: "expect_x", "kwargs": {"column": "a", "result_format": "BASIC"}})

    assert asked == [("expect_x", {"column": "a"})] * 2


def test_one_that_is_not_known_there_ends_nothing() -> None:
    def look(kind: str, _kwargs: dict[str, Any]) -> Answer:
        raise LookupError(kind)

    found = in_gx._said(look, {"type": "expect_mine", "kwargs": {}})

    assert found == {"success": None, "error": "LookupError: expect_mine"}
