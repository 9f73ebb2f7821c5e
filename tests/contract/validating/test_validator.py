"""A record is taken quickly, or told everything that is wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from headgate.contract.validating import Breach, validator
from headgate.core.errors import Invalid, NotFound
from tests.contract.sample import contract

OURS = {"type": "custom", "engine": "headgate"}
ORDERS = contract(
    {"name": "id", "logicalType": "integer", "required": True, "unique": True},
    {
        "name": "city",
        "logicalType": "string",
        "logicalTypeOptions": {"maxLength": 6, "pattern": "^[A-Z]"},
        "quality": [{"id": "sea", "metric": "invalidValues", "mustBe": 0,
                     "arguments": {"validValues": ["Oslo", "Bergen"]}}],
    },
    {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
    {
        "name": "placed",
        "logicalType": "date",
        "logicalTypeOptions": {"minimum": "2020-01-01"},
        "quality": [{"metric": "nullValues", "mustBeLessThan": 5, "unit": "percent"}],
    },
    {"name": "sent", "logicalType": "timestamp"},
    {"name": "note", "quality": [{"id": "given", "metric": "missingValues", "mustBe": 0}]},
    {
        "name": "sum",
        "quality": [
            {"id": "more", **OURS,
             "implementation": {"expectation": "compare_columns", "other": "amount",
                                "operator": ">="}},
            {"id": "shop", **OURS,
             "implementation": {"expectation": "sql_condition"}},
        ],
    },
)  # fmt: skip
GOOD: dict[str, Any] = {
    "id": 1,
    "city": "Oslo",
    "amount": 2,
    "placed": "2026-11-02",
    "sent": "2026-11-02T10:00:00Z",
    "note": "x",
    "sum": 2.5,
    "more": [1],
}
LOOKS = validator(ORDERS)


def broken_by(**changes: Any) -> list[str]:
    record = GOOD | changes
    found = [one.clause for one in LOOKS.check(record)]
    as_json = msgspec.json.encode(record)
    assert [one.clause for one in LOOKS.check(as_json)] == found
    return found


@pytest.mark.row("S2-30", part="validator")
def test_a_good_record_breaks_nothing_as_values_and_as_json() -> None:
    assert LOOKS.check(GOOD) == ()
    assert LOOKS.check(msgspec.json.encode(GOOD)) == ()
    assert LOOKS.check({"id": 1, "note": "x"}) == ()
    values = {"placed": date(2026, 1, 1), "sent": datetime(2026, 1, 1, tzinfo=UTC)}
    assert LOOKS.check(GOOD | values | {"amount": 2.0}) == ()


@pytest.mark.parametrize(
    ("changes", "clauses"),
    [
        ({"id": None}, ["id.required"]),
        ({"id": "1"}, ["id.logicalType"]),
        ({"id": True}, ["id.logicalType"]),
        ({"id": 1.0}, ["id.logicalType"]),
        ({"id": 2**63}, ["id.logicalType"]),
        ({"city": "Rome"}, ["city.sea"]),
        ({"city": "oslo and beyond"}, ["city.length", "city.pattern", "city.sea"]),
        ({"city": None}, []),
        ({"amount": -0.5, "sum": 0}, ["amount.range"]),
        ({"placed": "2019-12-31"}, ["placed.range"]),
        ({"placed": "yesterday"}, ["placed.logicalType", "placed.range"]),
        ({"sent": "2026-11-02"}, []),
        ({"sent": 5}, ["sent.logicalType"]),
        ({"note": " NA "}, ["note.given"]),
        ({"note": None}, ["note.given"]),
        ({"sum": 1}, ["sum.more"]),
        ({"sum": "much"}, ["sum.more"]),
    ],
)
def test_every_clause_that_a_record_breaks_is_told(
    changes: dict[str, Any], clauses: list[str]
) -> None:
    assert broken_by(**changes) == clauses


def test_a_breach_names_the_field_the_value_cut_and_the_clause() -> None:
    (found,) = LOOKS.check(GOOD | {"note": None})
    (long,) = LOOKS.check(GOOD | {"id": "9" * 300})

    assert found == Breach("note", "None", "note.given", "note is missing")
    assert (long.told, len(long.value), long.value[-3:]) == ("is no integer", 60, "...")


@pytest.mark.parametrize(
    "record", [b"", b"{", b"[1]", b"5", b"\xff", b"[" * 5000, b'{"id": 1e999}']
)
def test_what_is_no_record_is_told_so(record: bytes) -> None:
    (found,) = LOOKS.check(record)

    assert (found.field, found.clause) == ("", "record")


def test_what_one_record_cannot_show_is_listed() -> None:
    assert LOOKS.uncovered == (
        "id.unique: it needs all rows",
        "placed.nullValues: some rows may break it",
        "sum.shop: it is written for tables",
    )


def test_decimals_and_whole_numbers_are_numbers_but_truths_are_none() -> None:
    assert LOOKS.check(GOOD | {"amount": Decimal("2.5")}) == ()
    assert [one.clause for one in LOOKS.check(GOOD | {"amount": True})] == ["amount.logicalType"]


def test_a_rule_named_as_an_option_of_the_type_is_looked_at_all_the_same() -> None:
    rule = {"id": "range", "metric": "invalidValues", "mustBe": 0,
            "arguments": {"validValues": [1, 2]}}  # fmt: skip
    looks = validator(contract({"name": "a", "logicalType": "integer", "quality": [rule]}))

    assert [one.clause for one in looks.check({"a": 3})] == ["a.range"]


def test_a_contract_of_several_tables_is_asked_for_one() -> None:
    two = contract(schema=[{"name": "a"}, {"name": "b", "properties": [{"name": "x"}]}])

    assert validator(two, "b").check({}) == ()
    with pytest.raises(NotFound):
        validator(two, "c")
    with pytest.raises(Invalid, match="is about nothing"):
        validator(contract(schema=[]))
