"""Rows that engines love to disagree on, checks of them, and what one engine says of both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.contract.checking import Rule, look, sayable
from headgate.spine.registry import Registry

if TYPE_CHECKING:
    from headgate.contract.checking import Engine

NAN, INF = float("nan"), float("inf")
EAST = timezone(timedelta(hours=5, minutes=30))
TEXTS = [
    None, "", " ", "abc", "ABC", "é", "e\u0301", "👍🏽", "a\nb", "a\n", "٣٤", "\u212a", "12", "N/A",
    "a@b.c", "it's", "a\\b", "[x]", "ß", "Z", "z", "_", "ab12", "straße 9", "x\ty", "abc", "nan",
    "\u00a0", "\u017f", "Éa",
]  # fmt: skip
FLOATS = [
    None, NAN, INF, -INF, 0.0, -0.0, 1.5, -1.0, 1e-7, 12345678.5, NAN, 0.1, 1e300, -99.9, 3.0,
]  # fmt: skip
WHOLE = [None, 2**63 - 1, 2**63 - 1, -5, 0, 7, -1, 7, 2**53 + 1]
JSONS = [
    None, '{"a": 1}', '{"a": 1} x', "null", "1", "[1,]", "[1", '{"a":1,"a":2}', "{'a': 1}", "NaN",
    '{"a": NaN}', "", "01", "1e999", "[1] [2]", '"a\tb"', "-Infinity", '"nan, ]"', '{"a":1}}',
    "1, 2", "1] [2", '1, "b": 2', '["\\"", "inf"]', "// c\n1",
]  # fmt: skip
WRITTEN = [
    None, "2026-11-03", "2026-02-30", "0000-01-01", "2026-1-3", "12", "-7", "1e400", "1e-400", ".5",
    "5.", "99999999999999999999", "+7", "2026-11-03T10:00:00Z", "2026-11-03 24:00:00", "1_0",
    "2026-11-03 10:00:00.123456789", "2026-11-03T10:00:00+0530", "2026-11-03 10:00+05:30", "inf",
    "2026-11-03 23:59:60", "9223372036854775807", "9223372036854775808", "1e308", "nan", "",
]  # fmt: skip
AMOUNTS = [None, Decimal("1.05"), Decimal("2.07"), Decimal("-1.00"), Decimal("99999999.99")]
DAYS = [None, date(2026, 11, 3), date(1, 1, 1), date(9999, 12, 31), date(2026, 1, 1)]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
MOMENTS = [None, NEW_YEAR, NEW_YEAR.replace(microsecond=1), NEW_YEAR.replace(year=1900)]
ZONED = [
    None,
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 5, 30, tzinfo=EAST),
    datetime(2026, 1, 1, 5, 29, tzinfo=EAST),
]
PATTERNS = (
    "^a", "c$", r"^\d+$", r"\w", r"\s", "a.b", "a[^x]", "(?i)^abc$", "(?i)k", "(?i)s", "é",
    "[[:alpha:]]{2,}", r"^[^@\s]+@[^@\s]+\.[a-z]+$", r"\bab", r"\\", r"[\[\]]", "^(a|b)+c?$", "",
    r"\D", r"[\w.-]+\d", "(?s)a.b", "^$", "[a-c&&b]", "x{0}a", "^.$", "(?i)É", r"\x41", "[^a-z]",
    "(?P<n>a)b", "a|", "[]x]", r"'", r"^\S+ \d$", "(?i:Z)", "[a-z]+?", "$", r"\pL",
)  # fmt: skip
"""The last one only some engines know."""
CASES: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    *(("matches_pattern", ("t",), {"pattern": one}) for one in PATTERNS),
    ("lacks_pattern", ("t",), {"pattern": "[0-9]"}),
    ("matches_pattern", ("f",), {"pattern": "^1"}),
    ("matches_pattern", ("i",), {"pattern": "^7$"}),
    ("matches_pattern", ("tz",), {"pattern": "^2026"}),
    ("invalid_values", ("t",), {"pattern": "^a", "values": ("abc", "é")}),
    ("invalid_values", ("f",), {"values": (1.5, NAN)}),
    *(("null_values", (name,), {}) for name in ("t", "f", "i", "m", "tz", "q")),
    *(("missing_values", (name,), {}) for name in ("t", "f", "i", "m", "d", "b", "ts")),
    ("missing_values", ("f",), {"values": (-1, -99.9, "nan", "12345678.5", "1e-7")}),
    ("missing_values", ("m",), {"values": ("-1",)}),
    ("missing_values", ("i",), {"values": (-1, "7")}),
    ("missing_values", ("b",), {"values": (True,)}),
    *(("duplicate_values", (name,), {}) for name in ("t", "f", "i", "m", "tz", "ts", "g")),
    ("duplicate_values", ("b", "i"), {}),
    ("in_range", ("f",), {"minimum": 0, "maximum": 10}),
    ("in_range", ("f",), {"minimum": 0.0, "is_minimum_out": True}),
    ("in_range", ("f",), {"maximum": INF, "is_maximum_out": True}),
    ("in_range", ("g",), {"maximum": 0.1}),
    ("in_range", ("i",), {"minimum": 0, "maximum": 10**30}),
    ("in_range", ("i",), {"maximum": float(2**53)}),
    ("in_range", ("m",), {"minimum": Decimal("1.05"), "maximum": 2.07}),
    ("in_range", ("d",), {"minimum": date(2026, 1, 1), "is_minimum_out": True}),
    ("in_range", ("ts",), {"minimum": NEW_YEAR, "is_minimum_out": True}),
    ("in_range", ("tz",), {"minimum": datetime(2026, 1, 1, 2, tzinfo=EAST)}),
    ("in_range", ("tz",), {"minimum": NEW_YEAR}),
    ("in_range", ("t",), {"minimum": "Z", "maximum": "é"}),
    ("not_nan", ("f",), {}),
    ("not_nan", ("i",), {}),
    ("text_length", ("t",), {"minimum": 1, "maximum": 3}),
    ("in_set", ("f",), {"values": (0, 1.5, INF)}),
    ("in_set", ("i",), {"values": ("7", "-5")}),
    ("in_set", ("t",), {"values": ("abc", "it's", "a\\b", "a\nb")}),
    ("in_set", ("d",), {"values": (date(2026, 11, 3),)}),
    ("in_set", ("b",), {"values": (True,)}),
    ("not_in_set", ("m",), {"values": (Decimal("1.05"), 2.07)}),
    ("no_new_categories", ("t",), {"known": ("", "abc")}),
    ("compare_columns", ("i",), {"other": "f"}),
    ("compare_columns", ("t",), {"other": "w"}),
    ("compare_columns", ("ts",), {"other": "tz", "operator": "="}),
    ("compare_columns", ("m",), {"other": "f", "operator": ">"}),
    ("monotonic", ("f",), {"by": "no"}),
    ("monotonic", ("i",), {"by": "t"}),
    ("monotonic", ("i",), {"by": "b", "is_strict": True}),
    ("monotonic", ("t",), {"by": "no", "is_falling": True}),
    ("monotonic", ("no",), {"by": "f", "is_falling": True}),
    *(("parses_as", ("w",), {"kind": kind}) for kind in ("date", "timestamp", "integer", "number")),
    ("valid_json", ("j",), {}),
    ("in_dataset", ("i",), {"dataset": "o", "columns": ("id",)}),
    ("in_dataset", ("i", "t"), {"dataset": "o", "columns": ("id", "k")}),
    ("in_dataset", ("f",), {"dataset": "o", "columns": ("x",)}),
    ("sql_condition", ("i < 5 or f is null",), {}),
    ("sql_condition", ("length(t) / 2 >= 1",), {}),
    ("row_count", (), {}),
    *(
        (figure, (name,), {})
        for figure in ("mean", "std", "quantile", "minimum", "maximum", "total")
        for name in ("f", "i", "m", "g", "finite")
    ),
    ("quantile", ("finite",), {"q": 0.37}),
    ("quantile", ("i",), {"q": 0.1}),
    ("minimum", ("d",), {}),
    ("maximum", ("t",), {}),
    ("fresh", ("ts",), {}),
    ("fresh", ("tz",), {}),
    ("fresh", ("d",), {}),
    *(("distinct_count", (name,), {}) for name in ("t", "f", "i", "m", "tz", "b")),
    ("distinct_ratio", ("f",), {}),
    ("distinct_ratio", ("q",), {}),
    ("row_count_change", (), {"before": 7}),
    ("null_rate_change", ("t",), {"before": 0.25}),
)
UNABLE: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("in_range", ("t",), {"minimum": 3}),
    ("in_range", ("w",), {"minimum": 3}),
    ("not_nan", ("t",), {}),
    ("text_length", ("i",), {"minimum": 1, "maximum": 3}),
    ("in_set", ("w",), {"values": (12, -7)}),
    ("sql_condition", ("nonsense(t)",), {}),
    ("mean", ("t",), {}),
    ("total", ("digits",), {}),
)
"""What no engine can look at; each says so."""
NAMES = [
    f"{n:03d}-{name}-{'-'.join(words)}" for n, (name, words, _) in enumerate((*CASES, *UNABLE))
]


def rows() -> pa.Table:
    """Return the rows, numbered by `no`; short columns begin again from their top."""
    n = len(TEXTS)

    def again(values: list[Any], kind: pa.DataType) -> pa.Array:
        return pa.array([values[at % len(values)] for at in range(n)], kind)

    return pa.table(
        {
            "no": pa.array(range(1, n + 1), pa.int64()),
            "t": pa.array(TEXTS),
            "f": again(FLOATS, pa.float64()),
            "finite": again([None, 0.1, 1.5, -99.9, 1e9, 0.1], pa.float64()),
            "g": again([None, 0.1, 2.5, -0.1], pa.float32()),
            "i": again(WHOLE, pa.int64()),
            "m": again(AMOUNTS, pa.decimal128(10, 2)),
            "d": again(DAYS, pa.date32()),
            "ts": again(MOMENTS, pa.timestamp("us")),
            "tz": again(ZONED, pa.timestamp("us", "UTC")),
            "b": again([None, True, False], pa.bool_()),
            "j": again(JSONS, pa.string()),
            "w": again(WRITTEN, pa.string()),
            "digits": again(["1", "2"], pa.string()),
            "q": again([None], pa.float64()),
        }
    )


def others() -> pa.Table:
    """Return the rows of the other dataset."""
    return pa.table(
        {
            "id": pa.array([7, 2**63 - 1, None], pa.int64()),
            "k": pa.array(["abc", None, "x"]),
            "x": pa.array([NAN, 0.0, 1.5], pa.float64()),
        }
    )


def said_by(engine: Engine) -> dict[str, dict[str, Any]]:
    """Ask an engine everything; of each case what it says, as JSON can hold it."""
    registry = Registry()
    rules = [
        Rule(name, registry.load("expectations", case[0])(*case[1], **case[2]))
        for name, case in zip(NAMES, (*CASES, *UNABLE), strict=True)
    ]
    return _said(engine, rules[: len(CASES)]) | _said(engine, rules[len(CASES) :])


def _said(engine: Engine, rules: list[Rule]) -> dict[str, dict[str, Any]]:
    kept, untold = sayable(engine, rules)
    looked = look(engine, kept)
    answers: dict[str, dict[str, Any]] = {
        name: {"untold": why} for name, _, why in (one.partition(": ") for one in untold)
    }
    for one in looked.found:
        figure = None if one.figure is None else repr(float(one.figure))
        told = one.told if one.figure is None else ""
        answers[one.rule] = {"figure": figure, "told": told, "keys": [], "is_kept": one.is_kept}
    for broken in looked.broken:
        numbers: list[Any] = broken.keys.column(0).to_pylist()
        answers[broken.rule.name]["keys"] = sorted(numbers)
    return answers


def differing(own: dict[str, Any], others: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """List the cases in which two engines say different things, ages apart; untold is no answer."""
    return {
        name: (said, others[name])
        for name, said in own.items()
        if "untold" not in others[name] and not _is_same(name, said, others[name])
    }


def _is_same(name: str, own: dict[str, Any], other: dict[str, Any]) -> bool:
    if (own["keys"], own["is_kept"]) != (other["keys"], other["is_kept"]):
        return False
    if own["figure"] is None or other["figure"] is None:
        return own["figure"] == other["figure"] and bool(own["told"]) == bool(other["told"])
    figures = float(own["figure"]), float(other["figure"])
    most = 3600 if "fresh" in name else 1e-9 * max(abs(figures[0]), 1)
    both_nan = all(figure != figure for figure in figures)  # noqa: PLR0124 - NaN is not itself
    return both_nan or figures[0] == figures[1] or abs(figures[0] - figures[1]) <= most
