"""What a monitor remembers of its reference: profiles of data and answers, and how things were.

Nothing of it grows with the reference, and none of it is a row. It is stored once, by the digest
of its bytes, and every window is held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.types as kinds

from headgate.core.errors import HeadgateError
from headgate.monitor.nulls import bridge_moments, grid_of
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import Column, Profile, fit_column

ANSWERED = ("prediction", "confidence")
"""What is profiled of answers."""
TOLD = frozenset(
    {
        "at",
        *ANSWERED,
        "label",
        "labelled_at",
        "prediction_id",
        "release",
        "latency_ms",
        "n_tokens_in",
        "n_tokens_out",
        "cost",
    }
)
"""Columns of a deployment's rows that are no data it was asked with."""
PARTS = ("output.", "label.")
"""How columns begin that are parts of an answer, or of what came true."""
FAMILIES: tuple[tuple[str, tuple[Callable[[Any], bool], ...]], ...] = (
    ("nothing", (kinds.is_null,)),
    ("boolean", (kinds.is_boolean,)),
    ("number", (kinds.is_integer, kinds.is_floating, kinds.is_decimal)),
    ("text", (kinds.is_string, kinds.is_large_string, kinds.is_string_view)),
    ("time", (kinds.is_temporal,)),
    ("list", (kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list)),
    ("object", (kinds.is_struct, kinds.is_map)),
    ("bytes", (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary)),
)
COUNTED = frozenset({"number", "boolean", "text"})
"""Kinds of columns that have a profile."""
N_LOOKED = 10_000
"""Values by which free text is told from categories [count]."""
MAX_SIGNS, MAX_DISTINCT = 60, 0.5
"""Mean length [signs] and share of different values above which text is no category [ratio]."""
N_JUDGED = 50
"""So few values say nothing of how many different ones there are [count]."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A reference, fitted.

    Args:
        data: profile of each column of numbers and categories.
        answers: profile of predictions and their confidence, as far as they are known.
        types: the kind of each column that is expected, such as `number`.
        spreads: of each column of numbers mean, deviation and skewness of its Wasserstein distance
            without drift, times the root of the window's size.
        n: rows of data [count].
        n_answers: rows of answers [count].
        fitted: what each check that needs more remembers, by its name, as msgpack.
        outcome: metrics of performance as realised on the answers whose label is known.
    """

    data: Profile
    answers: Profile = Profile({})
    types: dict[str, str] = {}
    spreads: dict[str, tuple[float, float, float]] = {}
    n: int = 0
    n_answers: int = 0
    fitted: dict[str, bytes] = {}
    outcome: dict[str, float] = {}

    def encoded(self) -> bytes:
        """Write it as bytes, the same for the same reference."""
        return msgspec.msgpack.encode(self, order="deterministic")

    @classmethod
    def decoded(cls, data: bytes) -> Baseline:
        """Read what `encoded` wrote."""
        return msgspec.msgpack.decode(data, type=cls)


def family(kind: Any) -> str:
    """Return what kind of column an Arrow type is, such as `number`; a dictionary is its values.

    >>> family(pa.int8()), family(pa.date32()), family(pa.dictionary(pa.int8(), pa.string()))
    ('number', 'time', 'text')
    """
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    return next((name for name, tests in FAMILIES if any(test(kind) for test in tests)), "other")


def types_of(schema: pa.Schema) -> dict[str, str]:
    """Return the kind of each column."""
    return {field.name: family(field.type) for field in schema}


def is_told(name: str) -> bool:
    """Say whether a column of a deployment is no data that it was asked with."""
    return name in TOLD or name.startswith(PARTS)


def plain(column: Any) -> Any:
    """Return a column as profiles take it: no dictionary, decimals as floats, its nulls kept."""
    kind = column.type
    if kinds.is_dictionary(kind):
        column = column.cast(kind.value_type)
    return column.cast(pa.float64()) if kinds.is_decimal(column.type) else column


def is_free_text(column: Any) -> bool:
    """Tell text from categories: long on average, or mostly different."""
    some = column.slice(0, N_LOOKED).drop_null()
    if family(column.type) != "text" or len(some) < N_JUDGED:
        return False
    values = some.to_pylist()
    mean_signs = sum(map(len, values)) / len(values)
    return mean_signs > MAX_SIGNS or len(set(values)) > MAX_DISTINCT * len(values)


def fit_columns(columns: Iterable[tuple[str, Any]], *, hidden: bool) -> Profile:
    """Fit the columns that are numbers or categories, one after the other.

    Args:
        columns: names, and Arrow columns that may be read as they are asked for.
        hidden: keep digests in place of names.
    """
    fitted: dict[str, Column] = {}
    for name, column in columns:
        values = plain(column)
        if family(values.type) in COUNTED and not is_free_text(values):
            try:
                fitted[name] = fit_column(values, hidden=hidden)
            except HeadgateError:
                continue
    return Profile(fitted)


def spreads_of(*profiles: Profile) -> dict[str, tuple[float, float, float]]:
    """Reckon for each column of numbers how its Wasserstein distance spreads without drift."""
    found: dict[str, tuple[float, float, float]] = {}
    for profile in profiles:
        for name, column in profile.columns.items():
            if isinstance(column, NumberColumn) and column.std:
                grid, at = grid_of(column)
                if len(grid) > 1:
                    found[name] = bridge_moments(grid, at, power=1)
    return found
