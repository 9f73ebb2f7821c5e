"""The validator's verdict on a record is that of a check of a table with this row alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headgate.contract.checking import Arrow, look
from headgate.contract.odcs.nouns import Contract
from headgate.contract.promises import promises_of
from headgate.contract.validating import validator
from headgate.contract.validating.patterns import carried
from headgate.spine.registry import Registry
from headgate.spine.store.sql import run_query
from tests.contract.sample import contract

REGISTRY = Registry()
TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
WORDS = ["", "a", "Oslo", "NO-1234", " NA ", "null", "ab\n", "é", "12", "2026-02-29", "2024-02-29",
         "-3.5e2", "1e999", "x\x0by", "3" * 25]  # fmt: skip
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-60, 60) | st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1]),
    "number": st.floats(-60, 60) | st.sampled_from([float("nan"), float("inf"), -0.0, 1e300]),
    "string": st.sampled_from(WORDS) | st.text(max_size=6).filter(lambda text: "\0" not in text),
    "boolean": st.booleans(),
    "date": st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    "timestamp": st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - as the table has them
}
PATTERNS = ["^[A-Z]", "^[A-Z]{2}-[0-9]+$", "a|b", r"\d", r"^\S+\s?$", "(?i)^o", "[$]|x.y", r"\w$"]


def rule(name: str, expectation: str, **settings: Any) -> dict[str, Any]:
    implementation = {"expectation": expectation} | settings
    return {"id": name, "type": "custom", "engine": "headgate", "implementation": implementation}


@st.composite
def clauses(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A column of a kind with some clauses that one record can break."""
    column: dict[str, Any] = {"logicalType": kind, "required": draw(st.booleans())}
    options: dict[str, Any] = {}
    if kind in {"integer", "number"}:
        ends = draw(st.sampled_from(["", "minimum", "exclusiveMinimum", "maximum"]))
        options = {ends: draw(st.integers(-20, 20))} if ends else {}
    if kind in {"date", "timestamp"} and draw(st.booleans()):
        moment = draw(VALUES[kind])
        options = {"minimum": moment.isoformat()}
    if kind == "string":
        options = draw(st.fixed_dictionaries({}, optional={
            "minLength": st.integers(0, 2), "maxLength": st.integers(2, 6),
            "pattern": st.sampled_from(PATTERNS)}))  # fmt: skip
    column |= {"logicalTypeOptions": options} if options else {}
    column["quality"] = [one for one in _rules(draw, kind) if draw(st.booleans())]
    return column


def _rules(draw: st.DrawFn, kind: str) -> list[dict[str, Any]]:
    if kind == "string":
        known = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
        return [
            rule("known", "in_set", values=known),
            rule("not", "not_in_set", values=known),
            rule("lacks", "lacks_pattern", pattern=draw(st.sampled_from(PATTERNS))),
            rule("given", "missing_values"),
            rule("reads", "parses_as", kind=draw(st.sampled_from(["date", "integer", "number"]))),
        ]
    if kind == "integer":
        return [
            rule("known", "in_set", values=draw(st.lists(st.integers(-3, 3), min_size=1))),
            rule("digits", "matches_pattern", pattern="^-?[0-9]{1,2}$"),
            rule("given", "missing_values", values=[0, 7]),
        ]
    return [rule("nan", "not_nan")] if kind == "number" else []


@st.composite
def cases(draw: st.DrawFn) -> tuple[Contract, dict[str, Any]]:
    """A contract of some columns, and a record for it."""
    kinds = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=4))
    columns: list[dict[str, object]] = [
        {"name": f"{kind} {n}", **draw(clauses(kind))} for n, kind in enumerate(kinds)
    ]
    record = {f"{kind} {n}": draw(st.none() | VALUES[kind]) for n, kind in enumerate(kinds)}
    return contract(*columns), record


def checked(made: Contract, record: dict[str, Any]) -> set[str]:
    """Look at a table of one record: the clauses it breaks."""
    fields = {name: TYPES[name.partition(" ")[0]] for name in record}
    columns = {name: pa.array([record[name]], type_) for name, type_ in fields.items()}
    rules = promises_of(made, "t", REGISTRY).rules
    rows = pa.table({"_rid": pa.array([1], pa.int64()), **columns})
    return {one.rule for one in look(Arrow(rows, str), rules).found if not one.is_kept}


@settings(max_examples=75)
@given(case=cases())
@example(
    case=(
        contract(
            {"name": "number 0", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}}
        ),
        {"number 0": float("nan")},
    )
)
@example(
    case=(
        contract(
            {"name": "number 0", "logicalType": "number", "logicalTypeOptions": {"maximum": 0}}
        ),
        {"number 0": float("nan")},
    )
)
def test_a_record_breaks_what_a_table_of_it_breaks(case: tuple[Contract, dict[str, Any]]) -> None:
    made, record = case
    looks = validator(made, registry=REGISTRY)

    found = {one.clause for one in looks.check(record)}

    assert looks.uncovered == ()
    assert found == checked(made, record)


@settings(max_examples=50)
@given(case=cases())
def test_a_record_as_json_breaks_what_it_breaks_as_values(
    case: tuple[Contract, dict[str, Any]],
) -> None:
    made, record = case
    looks = validator(made, registry=REGISTRY)
    numbers = [one for one in record.values() if isinstance(one, float)]

    if all(abs(one) < float("inf") for one in numbers):
        assert looks.check(msgspec.json.encode(record)) == looks.check(record)


@settings(max_examples=40)
@given(case=cases(), other=st.sampled_from([5, 5.5, "x", True, None, [1], {"a": 1}]))
def test_a_value_of_another_kind_is_broken_as_a_column_of_it_would_be(
    case: tuple[Contract, dict[str, Any]], other: Any
) -> None:
    made, record = case
    name = next(iter(record))
    kind = name.partition(" ")[0]
    known = {"integer": (int,), "number": (int, float), "string": (str,), "boolean": (bool,)}
    is_right = other is None or type(other) in known.get(kind, ())

    found = {one.clause for one in validator(made).check({**record, name: other})}

    assert (f"{name}.logicalType" in found) == (not is_right)


@pytest.mark.parametrize(
    "pattern",
    [
        *PATTERNS,
        "^$",
        "a.b",
        "[^a]$",
        r"\.",
        "x{2}",
        "(?s)x.y",
        "é+",
        "[[:alpha:]]",
        r"[\S]",
        "(?P<n>a)",
        "[a&&b]",
        "[a||$]",
        "[]$]",
        "a{,2}",
        r"\B",
        "(?i)k",
        "(?i)É",
        r"(?i)\W",
    ],
)
@settings(max_examples=25)
@given(text=st.sampled_from(WORDS) | st.text("ab\n xX.é$1\x0b", max_size=5))
def test_a_pattern_means_the_same_to_both(pattern: str, text: str) -> None:
    import re

    made = carried(pattern)

    assert made is not None
    found = run_query("select regexp_matches($text, $pattern) as f", str,
                      values={"text": text, "pattern": pattern})  # fmt: skip
    assert bool(re.search(made, text)) == found["f"][0].as_py()


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "a++", r"\pL", r"(a)\1", "(", "(?<n>a)", "a\\", r"[\b]", "a{1001}"]
)
def test_a_pattern_that_python_reads_otherwise_is_left_to_tables(pattern: str) -> None:
    made = contract({"name": "a", "logicalType": "string", "quality": [
        rule("form", "matches_pattern", pattern=pattern)]})  # fmt: skip

    looks = validator(made)

    assert carried(pattern) is None
    assert looks.uncovered == ("a.form: it is written for tables",)
    assert looks.check({"a": "a"}) == ()
