"""A check is written in the words of each engine, or it is said why it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.checking import Arrow, Rule, sayable
from headgate.contract.compiling import Writer, value_of
from headgate.contract.dialects import POSTGRES, SPARK, translated
from headgate.contract.words import OWN, Dialect, Unspoken
from headgate.core.checks import EachRow, InOrder, Known, call, column
from headgate.core.errors import Invalid
from tests.contract.test_expectations import check_of

KINDS = {"t": "text", "f": "float", "i": "integer", "m": "decimal", "tz": "zoned", "o": "other"}


def written(dialect: Dialect, name: str, *words: str, **settings: Any) -> str:
    """Write what an expectation counts, as the engine reads it."""
    promise = check_of(name, words, settings).promise
    sql = Writer(dialect, KINDS, ("no",)).counting(promise)
    return translated(f"select {sql} from r", dialect)


@pytest.mark.parametrize(
    ("name", "column_name", "part"),
    [
        ("total", "i", "SUM(CAST(`i` AS DECIMAL(38, 0)))"),
        ("total", "f", "SUM(`f`)"),
        ("mean", "i", "NULLIF(COUNT(`i`), 0)"),
        ("quantile", "m", "PERCENTILE(CAST(`m` AS DOUBLE), "),
        ("valid_json", "t", "TRY_PARSE_JSON"),
    ],
)
def test_spark_is_asked_by_the_kind_of_the_column(name: str, column_name: str, part: str) -> None:
    sql = written(SPARK, name, column_name)

    assert part.lower() in sql.lower()


@pytest.mark.parametrize("dialect", [OWN, POSTGRES, SPARK], ids=lambda one: one.name)
def test_texts_that_stand_for_nothing_are_compared_with_numbers_as_numbers(
    dialect: Dialect,
) -> None:
    sql = written(dialect, "missing_values", "i", values=("-1", "N/A", "-1.0"))

    assert "N/A" not in sql
    assert "-1" in sql
    assert "varchar" not in sql.lower()


@pytest.mark.parametrize(
    ("dialect", "name", "column_name", "settings"),
    [
        (POSTGRES, "matches_pattern", "f", {"pattern": "1"}),
        (POSTGRES, "matches_pattern", "t", {"pattern": r"\pL"}),
        (POSTGRES, "lacks_pattern", "o", {"pattern": "1"}),
        (SPARK, "matches_pattern", "tz", {"pattern": "1"}),
        (SPARK, "matches_pattern", "t", {"pattern": "(?=a)"}),
        (SPARK, "mean", "t", {}),
        (SPARK, "total", "t", {}),
    ],
)
def test_what_would_mean_something_else_there_is_not_asked(
    dialect: Dialect, name: str, column_name: str, settings: dict[str, Any]
) -> None:
    with pytest.raises(Unspoken) as told:
        written(dialect, name, column_name, **settings)

    assert dialect.name in told.value.message
    assert told.value.mend


@pytest.mark.parametrize("dialect", [OWN, POSTGRES, SPARK], ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("name", "column_name", "settings"),
    [
        ("in_range", "t", {"minimum": 3}),
        ("in_set", "t", {"values": (1, 2)}),
        ("compare_columns", "t", {"other": "i"}),
        ("text_length", "i", {"minimum": 1}),
        ("not_nan", "t", {}),
    ],
)
def test_what_no_engine_can_mean_is_refused_by_all(
    dialect: Dialect, name: str, column_name: str, settings: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as told:
        written(dialect, name, column_name, **settings)

    assert not isinstance(told.value, Unspoken)


def test_texts_stand_by_their_signs_where_a_server_has_a_collation() -> None:
    promise = InOrder("t", by="i")

    own, there = (Writer(one, KINDS, ("no",)).breaking(promise) for one in (OWN, POSTGRES))

    assert "collate" not in own
    assert there.count('"t" collate "C"') == 3
    assert 'order by "i", "t" collate "C", "no"' in there


def test_another_dataset_is_found_where_it_lies() -> None:
    promise = Known(("i",), "customers", ("id",))

    sql = Writer(SPARK._replace(places={"customers": "view_1"})).breaking(promise)

    assert "from view_1 where" in sql


def test_moments_are_written_in_utc() -> None:
    east = timezone(timedelta(hours=2))

    texts = [
        value_of(datetime(2026, 1, 1, 2, tzinfo=east)),
        value_of(datetime(2026, 1, 1, tzinfo=UTC)),
    ]

    assert set(texts) == {"timestamp '2026-01-01 00:00:00'"}


def test_checks_that_are_not_asked_are_told_apart_from_those_that_are() -> None:
    engine = Arrow(pa.table({"_rid": [1], "f": [1.5]}), lambda name: name)
    engine.dialect = POSTGRES
    rules = [
        Rule("range", check_of("in_range", ("f",), {"minimum": 0})),
        Rule("pattern", check_of("matches_pattern", ("f",), {"pattern": "1"})),
        Rule("length", check_of("text_length", ("f",), {"minimum": 1})),
        Rule("type", check_of("has_type", ("f",), {"kind": "number"})),
    ]

    kept, untold = sayable(engine, rules)

    assert [one.name for one in kept] == ["range", "length", "type"]
    assert [one.partition(":")[0] for one in untold] == ["pattern"]


def test_a_set_of_nothing_holds_nothing() -> None:
    promise = EachRow(call("in", call("trim", call("text", column("i"))), "N/A"))

    assert "false" in Writer(OWN, KINDS).breaking(promise)
