"""Rows are sifted in one reading: what comes through holds all that break a promise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.checking import Arrow, Rule, look, writer_for
from headgate.contract.sifting import BATCH, repeated, sift
from headgate.core.checks import Check, NoRepeats, Written, call, column, each_row
from headgate.spine.store.scanning import Batches
from tests.contract.test_expectations import check_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


CHECKS: list[Check] = [
    check_of("null_values", ("a",), {}),
    check_of("duplicate_values", ("a",), {}),
    check_of("in_range", ("a",), {"minimum": 0, "maximum": 50}),
    check_of("in_set", ("t",), {"values": ("x", "é", "")}),
    check_of("matches_pattern", ("t",), {"pattern": "^[a-z]*$"}),
    check_of("in_range", ("f",), {"minimum": -1, "maximum": 1.5}),
    check_of("duplicate_values", ("t", "a"), {}),
    check_of("compare_columns", ("a",), {"other": "b"}),
    check_of("sql_condition", ("f < 1 or t is null",), {}),
]
ROW = st.tuples(
    st.none() | st.integers(-3, 60),
    st.none() | st.sampled_from(["x", "é", "", "Y", "z\n"]),
    st.none() | st.sampled_from([0.0, 1.5, 2.0, float("nan"), -1.0]),
    st.integers(0, 9),
)


def table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    kinds = {"a": pa.int64(), "t": pa.string(), "f": pa.float64(), "b": pa.int64()}
    made = [pa.array(one, kind) for one, kind in zip(columns, kinds.values(), strict=True)]
    return pa.table([pa.array(range(len(rows)), pa.int64()), *made], names=["_rid", *kinds])


def plainly(rows: pa.Table, check: Check) -> list[tuple[int, tuple[Any, ...]]]:
    """Ask the engine of all rows, as it is asked where nothing is sifted."""
    engine = Arrow(rows, str)
    shown = [one for one in check.shows if one in rows.column_names]
    found = engine.ask(writer_for(engine).broken([check.promise], ["_rid"], shown))
    return sorted(
        (int(one["k0"]), tuple(repr(one[f"k{n}"]) for n in range(1, len(shown) + 1)))
        for one in found.to_pylist()
    )


def looked(rows: Any, checks: list[Check]) -> list[Any]:
    """Look at all checks together; of each the rows that break it, with their values."""
    rules = [Rule(f"r{n}", one) for n, one in enumerate(checks)]
    broken = {one.rule.name: one for one in look(Arrow(rows, str), rules).broken}
    found: list[Any] = []
    for rule in rules:
        one = broken.get(rule.name)
        keys = one.keys["_rid"].to_pylist() if one else []
        values = one.values.to_pylist() if one and one.values.num_columns else [{}] * len(keys)
        told = [tuple(map(repr, each.values())) for each in values]
        found.append(sorted(zip(keys, told, strict=True), key=str))
    return found


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(ROW, max_size=30), n_chunks=st.integers(1, 4))
def test_all_checks_together_find_what_each_finds_alone_in_the_plain_query(
    rows: list[tuple[Any, ...]], n_chunks: int
) -> None:
    whole = table(rows)
    size = max(1, len(rows) // n_chunks)
    parts = [whole.slice(start, size) for start in range(0, len(rows), size)] or [whole]

    found = looked(pa.concat_tables(parts), CHECKS)

    assert found == [plainly(whole, one) for one in CHECKS]


@settings(max_examples=10, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=40))
def test_files_are_sifted_as_tables_are(
    rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(table(rows), path, row_group_size=7)

    found = looked(ds.dataset(path), CHECKS)

    assert found == looked(table(rows), CHECKS)


def test_rows_that_are_made_when_they_are_read_are_sifted_too() -> None:
    whole = table([(n % 70, "x", 0.0, 1) for n in range(100)])

    def produce(names: list[str], _: Any) -> Iterator[pa.RecordBatch]:
        yield from whole.select(names).to_batches(33)

    found = looked(Batches(whole.schema, produce), CHECKS)

    assert found == looked(whole, CHECKS)


def test_rows_that_surely_keep_their_promises_reach_no_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = table([(n, "x", 0.0, 50) for n in range(40)])
    asked: list[str] = []
    monkeypatch.setattr(Arrow, "ask", lambda _, sql: asked.append(sql))

    found = look(Arrow(rows, str), [Rule(f"r{n}", one) for n, one in enumerate(CHECKS[:6])])

    assert [one.figure for one in found.found] == [0] * 6
    assert (found.n_rows, found.broken, asked) == (40, [], [])


def test_only_rows_that_may_break_a_promise_come_through_in_their_order() -> None:
    n_rows = 3 * BATCH
    numbers = np.arange(n_rows)
    numbers[[5, BATCH, n_rows - 1]] = [-1, -2, -3]
    columns: Any = {"_rid": np.arange(n_rows), "a": numbers, "u": np.arange(n_rows) // 2 * 2 + 7}
    rows = pa.table(columns)

    through = sift(rows, [CHECKS[2], each_row("a", call("<", column("a"), 0), "")])
    twice = sift(rows.slice(0, 4), [Check(NoRepeats(("u",)))])

    assert through.checks == {0, 1}
    assert through.rows.num_rows == n_rows - 50
    assert through.rows["a"].to_pylist()[-1] == -3
    assert twice.rows.to_pylist() == [{"_rid": n, "u": 7 + n // 2 * 2} for n in range(4)]


@pytest.mark.parametrize("type_", [pa.int8(), pa.uint64(), pa.int64()])
def test_repeated_whole_numbers_are_those_that_are_counted_twice(type_: Any) -> None:
    values = [int(one) for one in np.random.default_rng(3).integers(0, 100, 150)]
    many = Counter(values)

    found = repeated(pa.chunked_array([[*values[:70], None], [*values[70:], None]], type_))

    given_ = [*values[:70], None, *values[70:], None]
    assert found.tolist() == [one is not None and many[one] > 1 for one in given_]


@pytest.mark.parametrize("far", [10, 2**40, 2**63 - 1])
def test_repeated_numbers_may_lie_far_apart(far: int) -> None:
    values = [far, 3, None, -far, 3, far, 4]

    found = repeated(pa.chunked_array([values], pa.int64()))

    assert found.tolist() == [True, True, False, False, True, True, False]


def test_what_arrow_cannot_read_is_left_to_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(table([(1, "x", 0.0, 1)]), path)
    rows = ds.dataset(path)
    path.write_bytes(path.read_bytes()[:100])

    through = sift(rows, [CHECKS[0], CHECKS[3]])

    assert (through.checks, through.kept, through.rows.num_rows) == (set(), set(), 0)


def test_promises_of_all_rows_together_or_in_sql_are_left_to_the_engine() -> None:
    rows = table([(1, "x", 0.0, 1)])
    written = each_row("a", Written("a > 1"), "")
    checks = [Check(NoRepeats(("t",))), Check(NoRepeats(("a", "b"))), written]

    through = sift(rows, checks)

    assert (through.checks, through.kept) == (set(), set())


@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.none() | st.integers(-4, 4), min_size=1, max_size=12),
       low=st.integers(-4, 2), is_strict=st.booleans())  # fmt: skip
def test_what_statistics_tell_is_so(
    numbers: list[int | None],
    low: int,
    is_strict: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    rows = table([(one, None, 1.5, 0) for one in numbers])
    pq.write_table(rows, path, row_group_size=4)
    checks = [
        check_of("null_values", ("a",), {}),
        check_of("in_range", ("a",), {"minimum": low, "maximum": 3, "is_minimum_out": is_strict}),
        check_of("in_range", ("f",), {"maximum": 3}),
        each_row("a", call("not", call("<=", column("a"), low)), ""),
    ]

    through = sift(ds.dataset(path), checks)

    kept = {place for place, one in enumerate(checks) if not plainly(rows, one)}
    surely = {0} if None in numbers else {0, 1, 3}
    assert kept & surely <= through.kept <= kept - {2}
    assert through.checks == set(range(4)) - through.kept


def test_statistics_of_another_type_of_a_fraction_or_of_other_rows_tell_nothing(
    tmp_path: Path,
) -> None:
    rows = table([(n, "x", 0.5, 1) for n in range(9)])
    pq.write_table(rows, tmp_path / "rows.parquet")
    wide = rows.schema.set(1, pa.field("a", pa.float64()))
    checks = [check_of("in_range", (name,), {"maximum": 99}) for name in ("a", "f")]

    read = [ds.dataset(tmp_path / "rows.parquet", schema=one) for one in (rows.schema, wide)]

    assert [sift(one, checks).kept for one in (*read, rows)] == [{0}, set(), set()]
