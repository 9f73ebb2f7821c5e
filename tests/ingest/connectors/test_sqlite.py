"""The sqlite connector: tables and queries, types of values, and nothing is ever written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.connectors import sqlite as module
from headgate.ingest.connectors.sqlite import sqlite
from tests.ingest.connectors.reading import rejections_of, rows_of, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


def _made(file: Path, script: str) -> str:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(script)
    return str(file)


@pytest.mark.row("S3-04", part="sql")
def test_a_tables_rows_come_with_their_place(file: Path) -> None:
    path = _made(
        file, "create table o (id, price, note); insert into o values (1, 2.5, 'x'), (2, 3, null)"
    )

    rows, rejected = whole(sqlite(path, table="o"))

    assert rows.to_pylist() == [
        {"id": 1, "price": 2.5, "note": "x", "_line": 1},
        {"id": 2, "price": 3.0, "note": None, "_line": 2},
    ]
    assert rejected == []


@pytest.mark.row("S3-04", part="sql")
def test_a_query_chooses_rows_and_names(file: Path) -> None:
    path = _made(file, "create table o (id, n); insert into o values (1, 5), (2, 7), (3, 9)")

    rows = rows_of(sqlite(path, query="select id, n * 2 as double from o where n > 5 order by id"))

    assert [(row["id"], row["double"], row["_line"]) for row in rows] == [(2, 14, 1), (3, 18, 2)]


def test_a_value_of_another_type_rejects_its_row(file: Path) -> None:
    path = _made(file, "create table p (age); insert into p values (36), ('abc'), (41), (x'00')")

    assert rejections_of(sqlite(path, table="p")) == [
        (2, '{"age":"abc"}', "type:age: 'abc' is not int64"),
        (4, '{"age":"AA=="}', "type:age: b'\\x00' is not int64"),
    ]


def test_blobs_are_bytes_and_empty_columns_null(file: Path) -> None:
    path = _made(file, "create table b (data, void); insert into b values (x'00ff', null)")

    rows, _ = whole(sqlite(path, table="b"))

    assert rows.to_pylist() == [{"data": b"\x00\xff", "void": None, "_line": 1}]
    assert [str(field.type) for field in rows.schema] == ["binary", "null", "int64"]


def test_the_only_table_needs_no_name_and_several_do(file: Path) -> None:
    path = _made(file, "create table a (x); insert into a values (1)")
    assert rows_of(sqlite(path)) == [{"x": 1, "_line": 1}]

    _made(file, "create view b as select x from a")
    with pytest.raises(Invalid, match="holds 2 tables and none is named") as caught:
        list(sqlite(path))
    assert "(a, b)" in caught.value.mend
    assert rows_of(sqlite(path, table="b")) == [{"x": 1, "_line": 1}]


def test_a_table_without_rows_keeps_its_columns(file: Path) -> None:
    path = _made(file, 'create table "odd ""name" (a, b)')

    rows, _ = whole(sqlite(path, table='odd "name'))

    assert rows.column_names == ["a", "b", "_line"]
    assert rows.num_rows == 0


def test_an_unknown_table_names_the_nearest(file: Path) -> None:
    path = _made(file, "create table orders (a)")

    with pytest.raises(NotFound, match="named 'order'") as caught:
        list(sqlite(path, table="order"))

    assert caught.value.mend == "did you mean orders?"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select * from void", "no such table: void"),
        ("selec 1", "syntax error"),
        ("insert into a values (2)", "readonly|read-only|query_only"),
        ("pragma user_version = 3", "readonly"),
        ("begin", "gives no rows|within a transaction"),
        ("select x, x from a", "two columns 'x'"),
        ("select 1; select 2", "one statement"),
    ],
)
def test_a_query_that_cannot_be_read_changes_nothing(file: Path, query: str, told: str) -> None:
    path = _made(file, "create table a (x); insert into a values (1)")
    before = file.read_bytes()

    with pytest.raises(Invalid, match=told) as caught:
        list(sqlite(path, query=query))

    assert caught.value.mend
    assert file.read_bytes() == before


def test_a_table_and_a_query_together_are_refused(file: Path) -> None:
    with pytest.raises(Invalid, match="both a table and a query"):
        list(sqlite(str(file), table="a", query="select 1"))


def test_what_is_no_database_is_told(file: Path) -> None:
    file.write_bytes(b"id,name\n" * 200)

    with pytest.raises(Invalid, match="is no SQLite database"):
        list(sqlite(str(file), table="a"))

    file.unlink()
    with pytest.raises(NotFound, match="no file"):
        list(sqlite(str(file), table="a"))
    assert not file.exists()


def test_types_are_those_of_all_blocks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_RECORDS", 2)
    path = _made(file, "create table t (v); insert into t values (1), (2), (3), (4.5), ('x')")

    rows, rejected = whole(sqlite(path, table="t"))

    assert rows["v"].to_pylist() == [1.0, 2.0, 3.0, 4.5]
    assert rows["_line"].to_pylist() == [1, 2, 3, 4]
    assert [one.line for one in rejected] == [5]


VALUE = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=3), st.binary(max_size=3)
)


@settings(max_examples=60)
@given(values=st.lists(st.tuples(VALUE, VALUE), max_size=20))
def test_counts_add_up_and_rows_hold_what_the_table_holds(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[object, object]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "generated.db"
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("create table t (a, b)")
        database.executemany("insert into t values (?, ?)", values)

    rows, rejected = whole(sqlite(str(file), table="t"))

    assert rows.num_rows + len(rejected) == len(values)
    assert all((row["a"], row["b"]) == values[row["_line"] - 1] for row in rows.to_pylist())
