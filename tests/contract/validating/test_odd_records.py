"""Records that a gateway is sent and nobody would write by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from headgate.contract.validating import Validator, validator
from tests.contract.sample import contract

NAN = float("nan")


def rule(name: str, expectation: str, **settings: Any) -> dict[str, Any]:
    implementation = {"expectation": expectation} | settings
    return {"id": name, "type": "custom", "engine": "headgate", "implementation": implementation}


def looks_at(**column: Any) -> Validator:
    """The validator of a contract of one column a."""
    return validator(contract({"name": "a", **column}))


def clauses(looks: Validator, value: object) -> list[str]:
    return [one.clause for one in looks.check({"a": value})]


@pytest.mark.parametrize(
    ("options", "value", "broken"),
    [
        ({"minimum": 0}, Decimal("NaN"), []),
        ({"maximum": 0}, Decimal("NaN"), ["a.range"]),
        ({"maximum": 0}, Decimal("sNaN"), ["a.range"]),
        ({"maximum": 0}, NAN, ["a.range"]),
        ({"minimum": 0}, NAN, []),
        ({"maximum": 5}, Decimal("Infinity"), ["a.range"]),
        ({"minimum": 0.1}, Decimal("0.05"), ["a.range"]),
        ({"minimum": 0.1}, Decimal("0.1"), []),
        ({"minimum": 0}, 10**400, []),
        ({"minimum": 0}, -(10**400), ["a.range"]),
        ({"exclusiveMinimum": 0}, 0, ["a.exclusive_range"]),
        ({"exclusiveMinimum": 0}, 5e-324, []),
        ({"exclusiveMaximum": 2**60}, 2**60 - 1, []),
        ({"exclusiveMaximum": 2**60}, 2**60, ["a.exclusive_range"]),
        ({"minimum": 1, "exclusiveMinimum": 1}, 1, ["a.exclusive_range"]),
    ],
)
def test_odd_numbers_lie_where_they_lie(
    options: dict[str, Any], value: object, broken: list[str]
) -> None:
    looks = looks_at(logicalType="number", logicalTypeOptions=options)

    assert clauses(looks, value) == broken


@pytest.mark.parametrize(
    ("value", "is_broken"),
    [(2**63 - 1, False), (-(2**63), False), (2**63, True), (-(2**63) - 1, True), (0.0, True)],
)
def test_a_whole_number_has_64_bits(value: object, is_broken: bool) -> None:
    assert clauses(looks_at(logicalType="integer"), value) == ["a.logicalType"] * is_broken


@pytest.mark.parametrize(
    ("options", "value", "broken"),
    [
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 2}, 1, []),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 2}, 0, ["a.exclusive_range"]),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 2}, 2, ["a.exclusive_range"]),
        ({"minimum": 0.5}, 0, ["a.range"]),
        ({"minimum": 0.5}, 1, []),
        ({"minimum": 2**53 + 1}, 2**53, ["a.range"]),
        ({"minimum": 2**53 + 1}, 2**53 + 1, []),
    ],
)
def test_ends_of_whole_numbers_are_exact(
    options: dict[str, Any], value: int, broken: list[str]
) -> None:
    looks = looks_at(logicalType="integer", logicalTypeOptions=options)

    assert clauses(looks, value) == broken
    assert [one.clause for one in looks.check(b'{"a": %d}' % value)] == broken


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("time", [time(1, 2), "01:02:03", "23:59:59.5"], ["25:00", 5, True]),
        (
            "date",
            [date(2026, 1, 1), "2026-01-01"],
            [datetime(2026, 1, 1, tzinfo=UTC), "2026-02-30"],
        ),
        ("timestamp", ["2026-01-01T00:00:00", "2026-01-01T00:00:00+05:30"], ["soon", 1.5]),
        ("boolean", [True, False], [0, 1, "true"]),
        ("array", [[], [1], (1,), {"b": 1}], ["x", 5]),
        ("object", [{}, {"b": [1]}], [[1], "x"]),
        ("string", ["", "é", "👍🏽"], [b"x", 1, ["x"]]),
    ],
)
def test_every_kind_is_told_from_the_others(kind: str, good: list[Any], bad: list[Any]) -> None:
    looks = looks_at(logicalType=kind)

    assert [clauses(looks, one) for one in [None, *good]] == [[]] * (len(good) + 1)
    assert [clauses(looks, one) for one in bad] == [["a.logicalType"]] * len(bad)


def test_a_length_is_of_signs_not_of_bytes() -> None:
    looks = looks_at(logicalType="string", logicalTypeOptions={"minLength": 2, "maxLength": 2})

    found = [clauses(looks, one) for one in ("👍🏽", "é", "éé", "")]

    assert found == [[], ["a.length"], [], ["a.length"]]


@pytest.mark.parametrize(
    "name", ['six "inch"', "back\\slash", "tab\there", "naïve 名前", " ", "a.b"]
)
def test_a_column_of_any_name_is_looked_at(name: str) -> None:
    options = {"minimum": 0}
    column = {"name": name, "logicalType": "integer", "logicalTypeOptions": options}
    looks = validator(contract(column, {"name": "b", "logicalType": "string", "required": True}))

    found = looks.check(msgspec.json.encode({name: -1}))

    assert [one.clause for one in found] == [f"{name}.range", "b.required"]
    assert looks.check({name: 1, "b": "x"}) == ()


def test_numbers_are_looked_at_as_the_texts_that_a_table_makes_of_them() -> None:
    looks = looks_at(quality=[rule("one", "matches_pattern", pattern="^1[.]50?$")])

    found = [clauses(looks, one) for one in (1.5, Decimal("1.50"), Decimal("1.5"), "1.5", 15)]

    assert found == [[], [], [], [], ["a.one"]]


@pytest.mark.parametrize(
    ("value", "is_missing"),
    [
        (None, True),
        ("", True),
        (" N/A ", True),
        ("nan", True),
        (NAN, True),
        ("NaN", False),
        ("\tNA", False),
        (0, False),
        (Decimal(0), False),
        (False, False),
    ],
)
def test_what_stands_for_nothing_is_missing(value: object, is_missing: bool) -> None:
    looks = looks_at(quality=[rule("given", "missing_values")])

    assert bool(clauses(looks, value)) == is_missing


def test_what_is_let_through_and_what_is_not_looked_at_is_listed_with_the_reason() -> None:
    looks = validator(
        contract(
            {
                "name": "a",
                "unique": True,
                "quality": [
                    {"id": "some", "metric": "nullValues", "mustBeLessThan": 3},
                    rule("mean", "mean"),
                    rule("json", "valid_json"),
                ],
            },
        )
    )

    assert {one.split(": ")[1] for one in looks.uncovered} == {
        "it needs all rows",
        "some rows may break it",
        "it is written for tables",
    }
    assert len(looks.uncovered) == 4
    assert looks.check({"a": "{"}) == ()


@pytest.mark.parametrize(
    "record",
    [b"null", b'"x"', b"\xef\xbb\xbf{}", b'{"a": NaN}', b'{"a": 1,}', b'{"a": 1} {}', b"\x00"],
)
def test_bytes_that_are_no_object_break_the_record_alone(record: bytes) -> None:
    (found,) = looks_at(logicalType="integer").check(record)

    assert (found.clause, found.field) == ("record", "")


@pytest.mark.parametrize("record", [None, [], "x", 5, bytearray(b"{}")])
def test_what_is_no_mapping_breaks_the_record(record: Any) -> None:
    (found,) = looks_at(logicalType="integer").check(record)

    assert found.told == "no mapping of columns to values"


def test_keys_that_are_no_texts_are_let_through() -> None:
    assert looks_at(logicalType="integer").check({1: 2, "a": 3}) == ()  # pyright: ignore[reportArgumentType] - what a careless caller hands over


def test_many_threads_ask_one_validator() -> None:
    looks = looks_at(logicalType="integer", logicalTypeOptions={"minimum": 0, "maximum": 499})
    numbers = list(range(-500, 1000))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: bool(clauses(looks, one)), numbers))

    assert found == [not 0 <= one < 500 for one in numbers]
