"""Every expectation finds the rows that break it, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.contract import expectations
from headgate.contract.checking import Arrow, Rule, look
from headgate.core.checks import Bounds
from headgate.core.errors import Invalid, NotFound
from headgate.spine.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.contract.checking import Found
    from headgate.core.checks import Check

NAN = float("nan")
NAMES = sorted(
    file.stem
    for file in Path(str(expectations.__file__)).parent.glob("*.py")
    if file.stem[0] != "_"
)
ROWS: list[tuple[str, tuple[Any, ...], dict[str, Any], dict[str, list[Any]], list[int]]] = [
    ("null_values", ("a",), {}, {"a": [1, None, 3]}, [2]),
    ("null_values", ("a",), {}, {"a": [NAN, None]}, [2]),
    ("missing_values", ("a",), {}, {"a": ["x", " N/A ", "", None, "NAN"]}, [2, 3, 4]),
    ("missing_values", ("a",), {"values": (-1, None)}, {"a": [-1, 0, None]}, [1, 3]),
    ("invalid_values", ("a",), {"values": ("x", "y")}, {"a": ["x", "z", None]}, [2]),
    ("invalid_values", ("a",), {"pattern": "^[0-9]+$"}, {"a": ["7", "7x", None]}, [2]),
    ("duplicate_values", ("a",), {}, {"a": [1, 2, 1, None, None]}, [1, 3]),
    ("duplicate_values", ("a", "b"), {}, {"a": [1, 1, 1], "b": ["x", "y", "x"]}, [1, 3]),
    ("in_range", ("a",), {"minimum": 0, "maximum": 9}, {"a": [0, -1, 9, 10, None]}, [2, 4]),
    ("in_range", ("a",), {"minimum": 0, "is_minimum_out": True}, {"a": [0, 1]}, [1]),
    ("in_range", ("a",), {"maximum": 9, "is_maximum_out": True}, {"a": [8.9, 9.0]}, [2]),
    ("in_range", ("a",), {"minimum": date(2026, 1, 1)}, {"a": [date(2025, 1, 1), None]}, [1]),
    ("in_range", ("a",), {"minimum": "b"}, {"a": ["a", "b"]}, [1]),
    ("not_nan", ("a",), {}, {"a": [1.0, NAN, None]}, [2]),
    ("text_length", ("a",), {"minimum": 2, "maximum": 3}, {"a": ["x", "äö", "four", None]}, [1, 3]),
    ("matches_pattern", ("a",), {"pattern": "@"}, {"a": ["a@b", "ab", None]}, [2]),
    ("matches_pattern", ("a",), {"pattern": "it's \\d"}, {"a": ["it's 1", "it's"]}, [2]),
    ("lacks_pattern", ("a",), {"pattern": "@"}, {"a": ["a@b", "ab", None]}, [1]),
    ("in_set", ("a",), {"values": (1, 2)}, {"a": [1, 3, None]}, [2]),
    ("in_set", ("a",), {"values": ()}, {"a": [1]}, [1]),
    ("not_in_set", ("a",), {"values": ("x",)}, {"a": ["x", "y", None]}, [1]),
    ("in_dataset", ("a",), {"dataset": "o", "columns": ("id",)}, {"a": [1, 9, None]}, [2]),
    ("in_dataset", ("id", "k"), {"dataset": "o"}, {"id": [1, 2], "k": ["x", "x"]}, [2]),
    ("monotonic", ("a",), {}, {"a": [1, 1, None, 0, 2]}, [4]),
    ("monotonic", ("a",), {"is_strict": True}, {"a": [1, 1, 2]}, [2]),
    ("monotonic", ("a",), {"is_falling": True}, {"a": [3, 1, 2]}, [3]),
    ("monotonic", ("a",), {"by": "t"}, {"a": [3, 1, 2], "t": [3, 1, 2]}, []),
    ("no_new_categories", ("a",), {"known": ("x",)}, {"a": ["x", "y", None]}, [2]),
    ("compare_columns", ("a",), {"other": "b"}, {"a": [1, 2, None], "b": [2, 1, 1]}, [2]),
    ("compare_columns", ("a",), {"other": "b", "operator": "="}, {"a": [1, 2], "b": [1, 3]}, [2]),
    ("parses_as", ("a",), {}, {"a": ["2026-11-03", "03.11.2026", None, "2026-02-30"]}, [2, 4]),
    (
        "parses_as",
        ("a",),
        {},
        {"a": ["2026-1-3", "2026/01/03", " 2026-01-03", "today"]},
        [1, 2, 3, 4],
    ),
    (
        "parses_as",
        ("a",),
        {"kind": "number"},
        {"a": ["1e3", "-.5", "one", "1_0", "nan"]},
        [3, 4, 5],
    ),
    (
        "parses_as",
        ("a",),
        {"kind": "integer"},
        {"a": ["-7", "7.0", "99999999999999999999"]},
        [2, 3],
    ),
    (
        "parses_as",
        ("a",),
        {"kind": "timestamp"},
        {"a": ["2026-11-03T10:00:00Z", "2026-11-03 10:00", "2026-11-03T25:00", "noon"]},
        [3, 4],
    ),
    ("valid_json", ("a",), {}, {"a": ['{"a": [1]}', "{", None]}, [2]),
    ("sql_condition", ("a + b > 2 -- sum",), {}, {"a": [1, 2, None], "b": [1, 2, 3]}, [1]),
]
OLD = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2)
FIGURES: list[tuple[str, tuple[Any, ...], dict[str, Any], dict[str, list[Any]], float]] = [
    ("row_count", (), {}, {"a": [1, None]}, 2),
    ("fresh", ("a",), {}, {"a": [OLD, None]}, 7200),
    ("mean", ("a",), {}, {"a": [1, 2, 6, None]}, 3),
    ("std", ("a",), {}, {"a": [1, 2, 3]}, 1),
    ("quantile", ("a",), {"q": 0.25}, {"a": [0, 10, 20, 30]}, 7.5),
    ("minimum", ("a",), {}, {"a": [3, 1, None]}, 1),
    ("maximum", ("a",), {}, {"a": [3, 1, None]}, 3),
    ("total", ("a",), {}, {"a": [3, 1, None]}, 4),
    ("distinct_count", ("a",), {}, {"a": ["x", "x", "y", None]}, 2),
    ("distinct_ratio", ("a",), {}, {"a": ["x", "x", "y", "y", None]}, 0.5),
    ("row_count_change", (), {"before": 4}, {"a": [1, 2, 3]}, -0.25),
    ("null_rate_change", ("a",), {"before": 0.25}, {"a": [1, None]}, 0.25),
]
SHAPES: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("has_columns", ("a", "b"), {}, ""),
    ("has_columns", ("a", "z"), {}, "there is no column z"),
    ("has_columns", ("a",), {"is_closed": True}, "column b was not promised"),
    ("column_order", ("a", "b"), {}, ""),
    ("column_order", ("b", "a"), {}, "columns stand as a, b"),
    ("has_type", ("a",), {"kind": "integer"}, ""),
    ("has_type", ("a",), {"kind": "number"}, ""),
    ("has_type", ("b",), {"kind": "integer"}, "b holds string, not integer"),
]
OTHERS = {"o": pa.table({"id": [1, 2, None], "k": ["x", "y", "z"]})}


def check_of(name: str, words: tuple[Any, ...], settings: dict[str, Any]) -> Check:
    """Ask the plugin of a name for its check."""
    made: Callable[..., Check] = Registry().load("expectations", name)
    return made(*words, **settings)


def rows_of(columns: dict[str, Any]) -> pa.Table:
    """Number rows from 1."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return table.append_column("_rid", pa.array(range(1, table.num_rows + 1), pa.int64()))


def found_in(columns: dict[str, Any], *checks: Check) -> tuple[list[Found], list[list[Any]]]:
    """Look at checks; return what came of them and the rows that break those which are broken."""
    rules = [Rule(f"r{number}", check) for number, check in enumerate(checks)]
    looked = look(Arrow(rows_of(columns), OTHERS.__getitem__), rules)
    return looked.found, [one.keys.sort_by("_rid")["_rid"].to_pylist() for one in looked.broken]


@pytest.mark.parametrize(("name", "words", "settings", "columns", "broken"), ROWS)
def test_the_rows_that_break_it_are_found(
    name: str,
    words: tuple[Any, ...],
    settings: dict[str, Any],
    columns: dict[str, list[Any]],
    broken: list[int],
) -> None:
    found, rows = found_in(columns, check_of(name, words, settings))

    assert rows == ([broken] if broken else [])
    assert (found[0].figure, found[0].is_kept) == (len(broken), not broken)


@pytest.mark.parametrize(("name", "words", "settings", "columns", "figure"), FIGURES)
def test_the_figure_is_what_it_says(
    name: str,
    words: tuple[Any, ...],
    settings: dict[str, Any],
    columns: dict[str, list[Any]],
    figure: float,
) -> None:
    found, rows = found_in(columns, check_of(name, words, settings))

    assert found[0].figure == pytest.approx(figure, abs=600 if name == "fresh" else 1e-12)
    assert rows == []


@pytest.mark.parametrize(("name", "words", "settings", "told"), SHAPES)
def test_columns_are_looked_at_without_a_row(
    name: str, words: tuple[Any, ...], settings: dict[str, Any], told: str
) -> None:
    found, _ = found_in({"a": [1], "b": ["x"]}, check_of(name, words, settings))

    assert (found[0].told, found[0].is_kept) == (told, not told)


def test_every_expectation_is_tried() -> None:
    tried = {one[0] for one in (*ROWS, *FIGURES, *SHAPES)}

    assert sorted(tried) == NAMES
    assert len(NAMES) >= 30


@pytest.mark.parametrize(
    ("name", "words", "settings"),
    [
        ("in_range", ("a",), {}),
        ("invalid_values", ("a",), {}),
        ("quantile", ("a",), {"q": 2}),
        ("row_count_change", (), {"before": 0}),
        ("compare_columns", ("a",), {"other": "b", "operator": "~"}),
        ("parses_as", ("a",), {"kind": "colour"}),
        ("has_type", ("a",), {"kind": "colour"}),
        ("sql_condition", ("  ",), {}),
        ("in_dataset", ("a",), {"dataset": "o", "columns": ("a", "b")}),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_mend(
    name: str, words: tuple[Any, ...], settings: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as told:
        check_of(name, words, settings)

    assert told.value.mend


def test_a_check_that_cannot_be_looked_at_says_why_and_the_others_are_looked_at() -> None:
    checks = [
        check_of("in_range", ("a",), {"minimum": 3}),
        check_of("mean", ("a",), {}),
        check_of("null_values", ("z",), {}),
        check_of("sql_condition", ("nonsense(",), {}),
        check_of("null_values", ("a",), {}),
    ]

    found, rows = found_in({"a": ["x", None]}, *checks)

    assert [one.figure for one in found] == [None, None, None, None, 1]
    assert all(one.told for one in found)
    assert found[2].told == "there is no column z"
    assert rows == [[2]]


@pytest.mark.parametrize(
    ("bounds", "is_ratio", "is_kept"),
    [
        (Bounds(high=0), False, False),
        (Bounds(high=2), False, True),
        (Bounds(below=0.5), True, False),
        (Bounds(high=0.5), True, True),
        (Bounds(low=3), False, False),
    ],
)
def test_so_many_rows_may_break_it(bounds: Bounds, is_ratio: bool, is_kept: bool) -> None:
    check = check_of("null_values", ("a",), {})
    found, rows = found_in({"a": [1, None, None, 4]}, with_bounds(check, bounds, is_ratio))

    assert found[0].is_kept == is_kept
    assert bool(rows) == (not is_kept)


def with_bounds(check: Check, bounds: Bounds, is_ratio: bool) -> Check:
    from msgspec.structs import replace

    return replace(check, bounds=bounds, is_ratio=is_ratio)


def test_no_rows_at_all_break_nothing() -> None:
    columns = {"a": pa.array([], pa.float64())}

    found, rows = found_in(columns, *(check_of(n, ("a",), {}) for n in ("null_values", "not_nan")))

    assert [one.is_kept for one in found] == [True, True]
    assert rows == []


def test_a_name_with_a_quote_in_it_stays_a_name() -> None:
    found, rows = found_in(
        {'a" or 1=1 --': [1, None]}, check_of("null_values", ('a" or 1=1 --',), {})
    )

    assert (found[0].figure, rows) == (1, [[2]])


def test_a_query_that_reads_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    condition = f"a in (select a from read_csv('{tmp_path}/secret.csv'))"

    found, _ = found_in({"a": [1]}, check_of("sql_condition", (condition,), {}))

    assert not found[0].is_kept
    assert "datasets only" in found[0].told


def test_a_check_against_a_dataset_that_is_not_there_says_so() -> None:
    def broken(name: str) -> Any:
        raise NotFound(f"no dataset {name}", mend="make it")

    check = check_of("in_dataset", ("a",), {"dataset": "away"})
    looked = look(Arrow(rows_of({"a": [1]}), broken), [Rule("r", check)])

    assert looked.found[0].told == "no dataset away"
