"""Arrow finds the rows that DuckDB finds: each sieve is held against the plain query."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.checking import Arrow, writer_for
from headgate.contract.sieves import Sieves
from headgate.core.checks import Check, EachRow, call, column
from tests.contract import engines
from tests.contract.test_expectations import check_of

NAN, INF = float("nan"), float("inf")
TEXTS = st.sampled_from(
    ["", " ", "ab", " ab ", "AB", "é", "👍🏽", "a\nb", "a\x00b", "12", "N/A", "nan"]
)
WHOLE = st.sampled_from([0, 1, -1, 7, 127, -128, 2**24, 2**31 - 1, 2**53, 2**53 + 1, 2**63 - 1])
REAL = st.sampled_from([0.0, -0.0, 0.1, 1.5, -7.0, NAN, INF, -INF, 2.0**24, 2.0**53, 1e300, 7.0])
DAYS = st.sampled_from([date(1, 1, 1), date(2026, 1, 1), date(2026, 1, 2), date(9999, 12, 31)])
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONED = [pa.timestamp("us", "UTC"), pa.timestamp("us", "Asia/Tokyo"), pa.timestamp("ms", "UTC")]
EAST = timezone(timedelta(hours=5, minutes=30))
MOMENTS = st.sampled_from([NEW_YEAR, NEW_YEAR.replace(microsecond=1), NEW_YEAR.replace(year=1900)])
PATTERNS = st.sampled_from(
    ["^a", "b$", r"^\d+$", "a.b", "(?i)^ab$", "", "^$", "é", r"\s", "a|", "(?s)a.b"]
)
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def asked(rows: pa.Table, promise: EachRow) -> list[bool] | None:
    """Ask a promise's sieve of all rows; nothing if there is no sieve."""
    sieve = Sieves(rows.schema).of(promise)
    if sieve is None:
        return None
    arrays = {name: rows[name].combine_chunks() for name in sieve.columns}
    return [one is True for one in pa.array(sieve.ask(arrays)).to_pylist()]


def plainly(rows: pa.Table, promise: EachRow, others: Any = str) -> list[bool]:
    """Ask DuckDB of all rows by the query that engines are asked by."""
    numbered = rows.append_column("_rid", pa.array(range(rows.num_rows), pa.int64()))
    engine = Arrow(numbered, others)
    found = engine.ask(writer_for(engine).broken([promise], ["_rid"]))
    places = set(found.column(0).to_pylist())
    return [place in places for place in range(rows.num_rows)]


def held(values: list[Any], kind: pa.DataType) -> pa.Table:
    """Make rows of one column `a`, of values that its type may hold."""
    kept: list[Any] = []
    for one in values:
        try:
            kept.append(pa.scalar(one, kind).as_py())
        except (pa.ArrowException, OverflowError):
            kept.append(None)
    return pa.table({"a": pa.array(kept, kind)})


def promise_of(check: Check) -> EachRow:
    assert isinstance(check.promise, EachRow)
    return check.promise


ROWS = engines.rows()
EACH = [
    (name, words, given_)
    for name, words, given_ in engines.CASES
    if isinstance(check_of(name, words, given_).promise, EachRow)
]


@pytest.mark.parametrize(("name", "words", "given_"), EACH)
def test_on_the_rows_that_engines_disagree_on_a_sieve_finds_what_duckdb_finds(
    name: str, words: tuple[str, ...], given_: dict[str, Any]
) -> None:
    promise = promise_of(check_of(name, words, given_))

    found = asked(ROWS, promise)

    assert found is None or found == plainly(ROWS, promise)


def test_of_these_rows_most_checks_have_a_sieve() -> None:
    made = [Sieves(ROWS.schema).of(promise_of(check_of(*one))) is not None for one in EACH]

    assert sum(made) >= 0.6 * len(made)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.none() | WHOLE, max_size=12),
    kind=st.sampled_from([pa.int8(), pa.uint8(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]),
    sign=SIGNS,
    limit=WHOLE | REAL | st.just(-(2**63)) | st.just(10**30),
)
def test_whole_numbers_are_compared_as_duckdb_compares_them(
    values: list[int | None], kind: pa.DataType, sign: Any, limit: float
) -> None:
    rows = held(values, kind)
    promise = EachRow(call("not", call(sign, column("a"), limit)))

    found = asked(rows, promise)

    assert found is None or found == plainly(rows, promise)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.none() | REAL, max_size=12),
    kind=st.sampled_from([pa.float32(), pa.float64(), pa.float16()]),
    sign=SIGNS,
    limit=WHOLE | REAL,
)
def test_fractions_are_compared_as_duckdb_compares_them(
    values: list[float | None], kind: pa.DataType, sign: Any, limit: float
) -> None:
    rows = held(values, kind)
    promise = EachRow(call(sign, column("a"), limit))

    found = asked(rows, promise)

    assert found is None or found == plainly(rows, promise)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.none() | TEXTS, max_size=12),
    pattern=PATTERNS,
    among=st.lists(TEXTS, min_size=1, max_size=3),
    sign=SIGNS,
    is_worded=st.booleans(),
)
def test_texts_are_looked_at_as_duckdb_looks_at_them(
    values: list[str | None], pattern: str, among: list[str], sign: Any, is_worded: bool
) -> None:
    rows = held(values, pa.string())
    rows = rows.set_column(0, "a", rows["a"].dictionary_encode()) if is_worded else rows
    checks = [
        check_of("matches_pattern", ("a",), {"pattern": pattern}),
        check_of("lacks_pattern", ("a",), {"pattern": pattern}),
        check_of("invalid_values", ("a",), {"values": tuple(among), "pattern": pattern}),
        check_of("missing_values", ("a",), {"values": tuple(among)}),
        check_of("text_length", ("a",), {"minimum": 1, "maximum": 2}),
    ]
    promises = [promise_of(one) for one in checks]
    promises.append(EachRow(call("not", call(sign, column("a"), among[0]))))

    found = [asked(rows, one) for one in promises]

    assert found == [plainly(rows, one) for one in promises]


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.none() | REAL | WHOLE, max_size=12),
    among=st.lists(WHOLE | REAL | TEXTS, min_size=1, max_size=4),
    kind=st.sampled_from([pa.int16(), pa.uint64(), pa.int64(), pa.float32(), pa.float64()]),
)
def test_numbers_that_stand_for_nothing_are_those_that_duckdb_finds(
    values: list[float | None], among: list[Any], kind: pa.DataType
) -> None:
    rows = held(values, kind)
    numbers = tuple(one for one in among if not isinstance(one, str))
    promises = [promise_of(check_of("missing_values", ("a",), {"values": tuple(among)}))]
    if numbers:
        promises.append(promise_of(check_of("in_set", ("a",), {"values": numbers})))

    found = [asked(rows, one) for one in promises]

    for one, promise in zip(found, promises, strict=True):
        assert one is None or one == plainly(rows, promise)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.none() | MOMENTS, max_size=9),
    limit=MOMENTS,
    sign=SIGNS,
    kind=st.sampled_from([pa.timestamp("us"), pa.timestamp("ns"), *ZONED]),
    is_naive=st.booleans(),
)
def test_moments_are_compared_as_duckdb_compares_them(
    values: list[Any], limit: datetime, sign: Any, kind: Any, is_naive: bool
) -> None:
    given_ = limit.replace(tzinfo=None) if is_naive else limit.astimezone(EAST)
    plain = [None if one is None else one.replace(tzinfo=None) for one in values]
    rows = held(values if kind in ZONED else plain, kind)
    promise = EachRow(call(sign, column("a"), given_))

    found = asked(rows, promise)

    assert found is None or found == plainly(rows, promise)


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(st.none() | DAYS, st.none() | DAYS), max_size=9),
       limit=DAYS, sign=SIGNS)  # fmt: skip
def test_days_and_two_columns_are_compared_as_duckdb_compares_them(
    pairs: list[tuple[Any, Any]], limit: date, sign: Any
) -> None:
    rows = pa.table({"a": pa.array([one for one, _ in pairs], pa.date32()),
                     "b": pa.array([one for _, one in pairs], pa.date32())})  # fmt: skip
    both = [
        EachRow(call(sign, column("a"), column("b"))),
        EachRow(call("or", call("is_null", column("b")), call(sign, column("a"), limit))),
    ]

    found = [asked(rows, one) for one in both]

    assert found == [plainly(rows, one) for one in both]
