"""Which physical type, number format or span of dates holds which."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.compat.widths import physical_breach, range_breaches, width_breach
from headgate.contract.odcs.nouns import Property


def is_held(reader: str, writer: str) -> bool:
    mine, theirs = (Property(name="a", physical_type=one) for one in (reader, writer))
    return not list(physical_breach(mine, theirs, "a"))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("bigint", "int"),
        ("INTEGER", "smallint"),
        ("double precision", "real"),
        ("float8", "float4"),
        ("varchar", "varchar(9)"),
        ("varchar(20)", "character varying(10)"),
        ("text", "varchar(20)"),
        ("decimal(12,2)", "numeric(10,2)"),
        ("decimal(12,4)", "decimal(10,2)"),
        ("int64", "int32"),
        ("string", "varchar"),
    ],
)
def test_a_wider_type_holds_a_narrower_one_and_not_the_other_way(wide: str, narrow: str) -> None:
    assert is_held(wide, narrow)
    assert not is_held(narrow, wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("decimal(10,2)", "decimal(10,4)"),
        ("json", "text"),
        ("timestamp", "date"),
        ("array<int>(", "map<int>("),
    ],
)
def test_types_of_different_kinds_hold_nothing_of_each_other(one: str, other: str) -> None:
    assert not is_held(one, other)
    assert not is_held(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("bool", "BOOLEAN"), ("timestamptz", "timestamp with time zone"), ("", "int"), ("int", "")],
)
def test_the_same_type_by_another_name_is_the_same(one: str, other: str) -> None:
    assert is_held(one, other)
    assert is_held(other, one)


@pytest.mark.parametrize(
    ("reader", "writer", "is_wide"),
    [
        ("i64", "i32", True),
        ("i32", "i64", False),
        ("i32", "u16", True),
        ("i32", "u32", False),
        ("u32", "i16", False),
        ("f64", "f32", True),
        ("f64", "i32", True),
        ("f32", "i64", False),
        ("i32", None, False),
        (None, "i64", True),
        ("i8", "i8", True),
    ],
)
def test_a_number_format_holds_what_fits_into_its_bits(
    reader: str | None, writer: str | None, is_wide: bool
) -> None:
    held = [{} if one is None else {"format": one} for one in (reader, writer)]

    assert (not list(width_breach(held[0], held[1], "a"))) == is_wide


@pytest.mark.parametrize(
    ("reader", "writer", "where"),
    [
        ({}, {}, []),
        ({}, {"minimum": "2020-01-01"}, []),
        ({"minimum": "2020-01-01"}, {}, ["a.minimum"]),
        ({"minimum": "2020-01-01"}, {"minimum": "2021-01-01"}, []),
        ({"minimum": "2021-01-01"}, {"minimum": "2020-01-01"}, ["a.minimum"]),
        ({"maximum": "2020-01-01"}, {"maximum": "2021-01-01"}, ["a.maximum"]),
        ({"exclusiveMinimum": "2020-01-01"}, {"minimum": "2020-01-01"}, ["a.minimum"]),
        ({"minimum": "2020-01-01"}, {"exclusiveMinimum": "2020-01-01"}, []),
        ({"maximum": "09:00", "minimum": "08:00"}, {"maximum": "08:30"}, ["a.minimum"]),
    ],
)
def test_a_span_of_dates_holds_a_shorter_one(
    reader: dict[str, Any], writer: dict[str, Any], where: list[str]
) -> None:
    assert [one.path for one in range_breaches(reader, writer, "a")] == where
