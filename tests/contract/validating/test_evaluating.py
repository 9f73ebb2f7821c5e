"""A condition has the answer that the engine of tables gives, unknown ones too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.compiling import Writer
from headgate.contract.validating.evaluating import asking
from headgate.core.checks import Call, Form, Written, call, column
from headgate.spine.store.sql import run_query

A, B = column("a"), column("b")
NAN = float("nan")


def answer(form: Form, **row: Any) -> Any:
    asks = asking(form)
    assert asks is not None
    return asks(row)


def engine_answer(form: Form, **row: Any) -> Any:
    """The answer of the engine, over a table of this one row."""
    rows = pa.table({name: pa.array([value]) for name, value in row.items()})
    return run_query(f"select {Writer().form(form)} as f from checked", lambda _: rows)["f"][
        0
    ].as_py()


@pytest.mark.parametrize(
    ("form", "row"),
    [
        (call("and", call("=", A, 1), call("=", B, 1)), {"a": 1, "b": None}),
        (call("and", call("=", A, 2), call("=", B, 1)), {"a": 1, "b": None}),
        (call("or", call("=", A, 1), call("=", B, 1)), {"a": 1, "b": None}),
        (call("or", call("=", A, 2), call("=", B, 1)), {"a": 1, "b": None}),
        (call("not", call("=", A, 1)), {"a": None}),
        (call("in", A, "x", "y"), {"a": "y"}),
        (call("in", A, "x", "y"), {"a": "z"}),
        (call("in", A, "x", "y"), {"a": pa.scalar(None, pa.string()).as_py()}),
        (call("in", A, 1, None), {"a": 2}),
        (call("in", A, 1, None), {"a": 1}),
        (call("in", A, 1, 2.0), {"a": 2}),
        (call("<", A, 5), {"a": NAN}),
        (call(">", A, 5), {"a": NAN}),
        (call("=", A, NAN), {"a": NAN}),
        (call("<>", A, NAN), {"a": 1.0}),
        (call("<=", A, B), {"a": 1, "b": 1.0}),
        (call(">=", A, B), {"a": 0.5, "b": 1}),
        (call("<", A, date(2026, 1, 2)), {"a": date(2026, 1, 1)}),
        (call("<", A, date(2026, 1, 2)), {"a": datetime(2026, 1, 1, 23)}),  # noqa: DTZ001 - a moment without a zone
        (call("is_null", A), {"a": 0}),
        (call("is_nan", A), {"a": NAN}),
        (call("length", A), {"a": "é👍"}),
        (call("trim", A), {"a": " a\t"}),
        (call("text", A), {"a": 1.0}),
        (call("text", A), {"a": 1e16}),
        (call("text", A), {"a": True}),
        (call("text", A), {"a": date(2026, 1, 2)}),
        (call("text", A), {"a": datetime(2026, 1, 2, 3, 4, 5, 600_000)}),  # noqa: DTZ001 - a moment without a zone
        (call("text", A), {"a": datetime(2026, 1, 2)}),  # noqa: DTZ001 - a moment without a zone
        (call("parses", A, "date"), {"a": "2024-02-29"}),
        (call("parses", A, "date"), {"a": "2026-02-29"}),
        (call("parses", A, "integer"), {"a": "9223372036854775807"}),
        (call("parses", A, "integer"), {"a": "9223372036854775808"}),
        (call("parses", A, "number"), {"a": "1e5"}),
        (call("matches", A, "^a.c$"), {"a": "abc"}),
    ],
)  # fmt: skip
def test_a_condition_has_the_engines_answer(form: Form, row: dict[str, Any]) -> None:
    assert answer(form, **row) == engine_answer(form, **row)


@pytest.mark.parametrize(
    "form",
    [
        Written("a > 1"),
        call("age_s", A),
        call("is_json", A),
        call("not", Written("a")),
        call("matches", A, "(?=a)"),
        call("matches", A, B),
        call("parses", A, "colour"),
        call("in", Written("a"), "x"),
        Call("count", ()),
    ],
)
def test_what_a_record_alone_cannot_answer_is_no_function(form: Form) -> None:
    assert asking(form) is None


def test_values_of_different_kinds_are_refused_as_the_engine_refuses_them() -> None:
    with pytest.raises(TypeError):
        answer(call("<", A, 5), a="12")
    with pytest.raises(TypeError):
        answer(call("<", A, 5), a=[1])
    with pytest.raises(TypeError):
        answer(call("length", A), a=5)
    with pytest.raises(TypeError):
        answer(call("text", A), a={"b": 1})
