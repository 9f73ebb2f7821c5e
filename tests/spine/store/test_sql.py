"""Users' SQL: snapshots by name, and nothing else in reach."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.sql import filter_rows, parsed, quoted, run_query

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES: dict[str, Any] = {
    "orders": pa.table({"id": [1, 2], "note": ["a", "b@1"]}),
    "orders@1": pa.table({"id": [1], "note": ["a"]}),
    "users-eu@2": pa.table({"id": [2], "name": ["ann"]}),
}


@pytest.fixture
def asked() -> list[str]:
    """The names a query loaded."""
    return []


@pytest.fixture
def ask(asked: list[str]) -> Callable[[str], list[dict[str, Any]]]:
    """Run SQL over the tables."""

    def load(name: str) -> Any:
        if name not in TABLES:
            raise NotFound.among("dataset", name, TABLES)
        asked.append(name)
        return TABLES[name]

    return lambda sql: run_query(sql, load).to_pylist()


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("from orders@3", 'from "orders@3"'),
        ("from orders@v1.2-final", 'from "orders@v1.2-final"'),
        ("from orders@2026-11-03T10:00:00Z", 'from "orders@2026-11-03T10:00:00Z"'),
        ("from orders@3,users@4", 'from "orders@3","users@4"'),
        ("from orders@3.", 'from "orders@3".'),
        ('from "orders@3"', 'from "orders@3"'),
        ("select 'a@b'", "select 'a@b'"),
        ("select 'it''s a@b'", "select 'it''s a@b'"),
        ("select $$a@b$$", "select $$a@b$$"),
        ("select $x$ $$ a@b $x$", "select $x$ $$ a@b $x$"),
        ("-- a@b\nfrom orders@3", '-- a@b\nfrom "orders@3"'),
        ("/* a@b\n */ from orders@3", '/* a@b\n */ from "orders@3"'),
        ('select "a@b""c@d"', 'select "a@b""c@d"'),
    ],
)
def test_versions_are_quoted_outside_of_text_and_comments(sql: str, text: str) -> None:
    assert quoted(sql) == text


def test_a_query_reads_the_version_it_names(ask: Any, asked: list[str]) -> None:
    assert ask("select count(*) as n from orders@1") == [{"n": 1}]
    assert ask("select id from orders order by id") == [{"id": 1}, {"id": 2}]
    assert asked == ["orders@1", "orders"]


def test_two_versions_may_be_joined(ask: Any, asked: list[str]) -> None:
    rows = ask("select n.id from orders n left join orders@1 o using (id) where o.id is null")

    assert rows == [{"id": 2}]
    assert asked == ["orders", "orders@1"]


def test_a_table_joined_with_itself_is_loaded_once(ask: Any, asked: list[str]) -> None:
    rows = ask("select a.id from orders@1 a, orders@1 b union all select id from orders@1")

    assert rows == [{"id": 1}, {"id": 1}]
    assert asked == ["orders@1"]


def test_names_with_signs_are_written_in_quotes(ask: Any) -> None:
    assert ask('select name from "users-eu@2"') == [{"name": "ann"}]


def test_text_with_an_at_is_text(ask: Any) -> None:
    assert ask("select id from orders where note = 'b@1' -- orders@9") == [{"id": 2}]


@pytest.mark.parametrize(
    "sql",
    [
        "with few as (select * from orders@1) select id from few",
        "with orders as (select * from orders@1) select id from orders",
        "with Few as (select * from orders@1), b as (select * from few) select id from b",
        "select id from (with o as (from orders@1) select * from o)",
        "with recursive n(id) as (select id from orders@1 union select id from n) select id from n",
        "with a as (with b as (from orders@1) from b) select id from a",
    ],
)
def test_names_given_after_with_are_not_datasets(ask: Any, asked: list[str], sql: str) -> None:
    assert ask(sql) == [{"id": 1}]
    assert asked == ["orders@1"]


def test_a_name_given_after_with_may_hide_the_dataset_it_reads(ask: Any, asked: list[str]) -> None:
    rows = ask("with orders as (select id from orders where id > 1) select * from orders")

    assert rows == [{"id": 2}]
    assert asked == ["orders"]


def test_a_name_given_in_one_place_is_a_dataset_in_another(ask: Any, asked: list[str]) -> None:
    rows = ask(
        "select o.id from orders o, (with orders as (select 2 as k) from orders) w where id = k"
    )

    assert rows == [{"id": 2}]
    assert asked == ["orders"]


def test_a_query_of_no_table_runs(ask: Any, asked: list[str]) -> None:
    assert ask("values (1)") == [{"col0": 1}]
    assert asked == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{file}')",
        "select * from read_text('{file}')",
        "select * from read_blob('{file}')",
        "select * from read_json('{file}')",
        "select * from read_parquet('{file}')",
        "select * from parquet_scan('{folder}/*')",
        "select * from parquet_metadata('{file}')",
        "select * from sniff_csv('{file}')",
        "select * from glob('{folder}/*')",
        "select * from sqlite_scan('{file}', 't')",
        "select * from orders where id in (select 1 from read_csv('{file}'))",
        "with a as (select * from read_text('{file}')) select * from a",
        "copy orders to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/out.csv'",
        "copy orders from '{file}'",
        "export database '{folder}/out'",
        "import database '{folder}'",
        "attach '{folder}/new.db'",
        "attach '{file}' as other",
        "detach memory",
        "use memory",
        "install httpfs",
        "load httpfs",
        "load '{file}'",
        "pragma database_list",
        "pragma enable_external_access",
        "call pragma_version()",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset enable_external_access",
        "set file_search_path = '{folder}'",
        "create table t as select 1",
        "create view v as select 1",
        "create function f() as 1",
        "create secret (type s3)",
        "insert into orders values (3, 'c')",
        "update orders set id = 1",
        "delete from orders",
        "drop table orders",
        "truncate orders",
        "begin",
        "checkpoint",
        "vacuum",
        "explain select 1",
        "explain analyze select * from orders",
        "prepare p as select 1",
        "select 1; select 2",
        "select 1; copy (select 1) to '{folder}/out.csv'",
        "select getenv('HOME')",
        "",
        ";",
        "-- nothing",
        "selec 1",
        "select nothing from orders",
        "select 1 / 'a'",
    ],
)
def test_nothing_outside_can_be_reached_and_nothing_changed(
    ask: Any, tmp_path: Path, sql: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n1\n", encoding="utf-8")

    with pytest.raises(Invalid) as caught:
        ask(sql.format(file=secret, folder=tmp_path))

    assert caught.value.mend
    assert list(tmp_path.iterdir()) == [secret]
    assert secret.read_text(encoding="utf-8") == "secret\n1\n"


@pytest.mark.parametrize(
    "sql", ["select * from '{file}'", 'select * from "{file}"', "from information_schema.tables"]
)
def test_a_file_or_system_table_is_no_dataset(ask: Any, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n1\n", encoding="utf-8")

    with pytest.raises(NotFound):
        ask(sql.format(file=secret))


def test_a_python_variable_is_no_table(ask: Any) -> None:
    hidden = pa.table({"id": [1]})

    with pytest.raises(NotFound) as caught:
        ask("select * from hidden")

    assert hidden.num_rows == 1
    assert caught.value.message == "no dataset named 'hidden'"


def test_the_tables_of_one_query_are_not_there_for_the_next(ask: Any) -> None:
    ask("select * from orders@1")

    with pytest.raises(Invalid):
        ask("select * from query_table('orders@1')")


def test_moments_are_shown_in_utc_wherever_the_machine_stands(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()

    (row,) = ask("select date_trunc('day', timestamptz '2026-11-03 20:00:00+00') as day")

    monkeypatch.undo()
    time.tzset()
    assert os.environ.get("TZ") != "Asia/Tokyo"
    assert row["day"].isoformat() == "2026-11-03T00:00:00+00:00"


def test_rows_that_meet_a_condition_stay_in_order() -> None:
    rows = pa.table({"id": list(range(1000)), "name": ["a@b", "c"] * 500})

    kept = filter_rows(rows, "id % 10 = 0 and name = 'a@b'")

    assert kept["id"].to_pylist() == list(range(0, 1000, 10))


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "nothing = 1",
        "id =",
        "id = 1; drop table snapshot",
        "true) union all select (1",
        "id in (select 1 from read_csv('/etc/passwd'))",
        "id = (select count(*) from glob('/*'))",
        "id in (select id from other)",
    ],
)
def test_a_condition_that_is_none_is_refused(condition: str) -> None:
    other = pa.table({"id": [1]})

    with pytest.raises(Invalid) as caught:
        filter_rows(pa.table({"id": [1]}), condition)

    assert other.num_rows == 1
    assert caught.value.mend == "write it as in SQL's where"


@pytest.mark.parametrize(
    ("condition", "kind"), [("id", "BIGINT"), ("name", "VARCHAR"), ("null", '"NULL"')]
)
def test_a_condition_that_is_no_truth_is_refused(condition: str, kind: str) -> None:
    with pytest.raises(Invalid) as caught:
        filter_rows(pa.table({"id": [1], "name": ["yes"]}), condition)

    assert caught.value.message == (
        f"the condition {condition!r} is neither true nor false but {kind}"
    )


def test_the_error_of_a_long_condition_shows_only_its_beginning() -> None:
    condition = f"nothing in ({', '.join(map(str, range(1_000)))})"

    with pytest.raises(Invalid, match="nothing in") as caught:
        filter_rows(TABLES["orders"], condition)

    assert "998" not in caught.value.message


# ---- queries that are read and not run


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select 1", ()),
        ("from orders", ("orders",)),
        ("select * from orders o join orders p using (id)", ("orders", "orders")),
        ("with mine as (from orders) select * from mine, users", ("orders", "users")),
        ("select (select max(id) from users) from orders@3", ("orders@3", "users")),
        ("from orders union all from users", ("orders", "users")),
        ("from orders where id in (select id from users)", ("orders", "users")),
    ],
)
def test_a_query_names_each_table_as_often_as_it_reads_it(
    sql: str, tables: tuple[str, ...]
) -> None:
    assert parsed(sql).tables == tables


@pytest.mark.parametrize(
    ("sql", "is_same"),
    [
        ("SELECT id\nFROM orders -- all of them\nWHERE id > 1", True),
        ("select id from orders where (id) > 1", True),
        ("select id from orders where id > 2", False),
        ("select id as n from orders where id > 1", False),
        ("select id from orders where id > $n", False),
    ],
)
def test_queries_are_the_same_apart_from_how_they_are_written(sql: str, is_same: bool) -> None:
    assert (parsed(sql).shape == parsed("select id from orders where id > 1").shape) == is_same


def test_values_stand_for_names_and_are_never_read_as_sql() -> None:
    load = TABLES.__getitem__
    text = "select id from orders where note = $note"

    assert run_query(text, load, values={"note": "a"}).num_rows == 1
    assert run_query(text, load, values={"note": "' or 1 = 1 --"}).num_rows == 0
    with pytest.raises(Invalid, match="note"):
        run_query(text, load)


# ---- queries beside one another


def test_queries_that_run_at_once_see_their_own_tables_alone() -> None:
    def asked(number: int) -> int:
        tables = {
            "numbers": pa.table({"n": [number] * 100}),
            f"only_{number}": pa.table({"n": [1]}),
        }
        run_query(f"from only_{number}", tables.__getitem__)
        found = run_query("select sum(n) as n from numbers", tables.__getitem__, n_threads=1)
        views = run_query("select view_name from duckdb_views() where not internal", {}.get)
        assert views.num_rows == 0
        return found["n"][0].as_py()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(asked, range(40)))

    assert found == [100 * number for number in range(40)]


def test_another_process_has_a_database_of_its_own() -> None:
    code = "from tests.spine.store.test_sql import asked_in_a_child; asked_in_a_child()"

    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )

    assert (found.returncode, found.stdout) == (0, "1\n1\n")


def asked_in_a_child() -> None:
    """Ask, become two processes, and ask in the copy."""
    for _ in range(2):
        found = run_query("select count(*) as n from orders@1", TABLES.__getitem__)
        sys.stdout.write(f"{found['n'][0].as_py()}\n")
        sys.stdout.flush()
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            os._exit(os.waitstatus_to_exitcode(status))
    os._exit(0)


def test_columns_are_given_back_by_name_whatever_signs_it_has() -> None:
    rows = pa.table({'a"b': [1, 2], "c d": [3, 4], "e": [5, 6]})

    found = filter_rows(rows, "e > 5", ['a"b', "c d"])

    assert found.to_pylist() == [{'a"b': 2, "c d": 4}]


def test_a_query_that_was_asked_before_reads_what_its_tables_hold_now() -> None:
    sql = "select sum(id) as total from orders"

    first = run_query(sql, lambda _: pa.table({"id": [1, 2]}))
    again = run_query(sql, lambda _: pa.table({"id": [5]}))

    assert [first["total"].to_pylist(), again["total"].to_pylist()] == [[3], [5]]


@pytest.mark.parametrize("sql", ["drop table orders", "select 1; select 2", "select from where"])
def test_what_is_no_query_is_refused_as_often_as_it_is_asked(
    ask: Callable[[str], Any], asked: list[str], sql: str
) -> None:
    told: list[str] = []

    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            ask(sql)
        told.append(caught.value.message)

    assert told[0] == told[1]
    assert asked == []
