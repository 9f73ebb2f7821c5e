"""The same checks on a table of PostgreSQL find the same rows, and no row leaves it but those."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from headgate.contract.checking import Rule, look
from headgate.contract.remote import on_postgres
from headgate.core.errors import Invalid, NotFound
from tests.contract import test_expectations as own
from tests.contract.test_expectations import check_of

if TYPE_CHECKING:
    from headgate.contract.checking import Broken
    from tests.backends.servers import Postgres

TYPES = {
    bool: "boolean",
    int: "bigint",
    float: "double precision",
    str: "text",
    date: "date",
    datetime: "timestamp",
}
ELSEWHERE = "create table o (id bigint, k text); insert into o values (1,'x'),(2,'y'),(null,'z')"


@pytest.fixture(scope="module")
def server(postgres: Postgres) -> Postgres:
    """A server with the other dataset."""
    postgres.say(ELSEWHERE)
    return postgres


def address_of(server: Postgres) -> str:
    return f"postgresql://postgres@127.0.0.1:{server.port}/postgres"


def fill(server: Postgres, columns: dict[str, list[Any]], key: str = "primary key") -> None:
    """Make the table anew, with numbers of its rows from 1."""
    kinds = [
        f'"{name}" {TYPES[next((type(one) for one in values if one is not None), str)]}'
        for name, values in columns.items()
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(f":p{number}" for number in range(len(columns)))
    engine = create_engine(address_of(server).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("drop table if exists t"))
        connection.execute(text(f"create table t ({', '.join(kinds)}, no bigserial {key})"))
        for row in zip(*columns.values(), strict=True):
            values = {f"p{number}": one for number, one in enumerate(row)}
            connection.execute(text(f"insert into t ({names}) values ({marks})"), values)
    engine.dispose()


@pytest.mark.parametrize("case", own.ROWS, ids=lambda case: case[0])
def test_the_rows_that_break_it_are_those_that_duckdb_finds(
    server: Postgres, case: tuple[str, tuple[Any, ...], dict[str, Any], Any, list[int]]
) -> None:
    name, words, settings, columns, broken = case
    fill(server, columns)
    order = {"by": "no"} if name == "monotonic" and "by" not in settings else {}

    with on_postgres(address_of(server), "public.t") as engine:
        looked = look(engine, [Rule("r", check_of(name, words, settings | order))])

    assert looked.found[0].figure == len(broken)
    assert [numbers(one) for one in looked.broken] == ([broken] if broken else [])


def numbers(broken: Broken) -> list[Any]:
    """Return the numbers of rows that break a promise, ascending."""
    return broken.keys.sort_by("no")["no"].to_pylist()


@pytest.mark.parametrize("case", own.FIGURES, ids=lambda case: case[0])
def test_the_figure_is_that_of_duckdb(
    server: Postgres, case: tuple[str, tuple[Any, ...], dict[str, Any], Any, float]
) -> None:
    name, words, settings, columns, figure = case
    fill(server, columns)
    check = check_of(name, words, settings)

    with on_postgres(address_of(server), "t") as engine:
        (found,) = look(engine, [Rule("r", check)]).found

    assert found.figure == pytest.approx(figure, abs=600 if name == "fresh" else 1e-9)


@pytest.mark.parametrize(("name", "words", "settings", "told"), own.SHAPES)
def test_columns_are_those_of_the_table(
    server: Postgres, name: str, words: tuple[Any, ...], settings: dict[str, Any], told: str
) -> None:
    fill(server, {"a": [1], "b": ["x"]})

    with on_postgres(address_of(server), "t") as engine:
        (found,) = look(engine, [Rule("r", check_of(name, words, settings))]).found

    assert found.told == told.replace("column b was", "column b, no was")


def test_a_check_that_the_server_cannot_run_says_why_and_the_others_are_looked_at(
    server: Postgres,
) -> None:
    fill(server, {"a": ["x", None]})
    checks = [check_of("mean", ("a",), {}), check_of("null_values", ("a",), {})]

    with on_postgres(address_of(server), "t") as engine:
        looked = look(engine, [Rule(f"r{n}", check) for n, check in enumerate(checks)])

    assert "avg(text) does not exist" in looked.found[0].told
    assert numbers(looked.broken[0]) == [2]


def test_an_order_that_nothing_tells_is_not_guessed(server: Postgres) -> None:
    fill(server, {"a": [2, 1]})

    with on_postgres(address_of(server), "t") as engine:
        (found,) = look(engine, [Rule("r", check_of("monotonic", ("a",), {}))]).found

    assert found.told == "nothing says which row is the next: give by"


def test_a_table_without_a_key_wants_one_named(server: Postgres) -> None:
    fill(server, {"a": [1, 1]}, key="")

    with pytest.raises(Invalid, match="no primary key"), on_postgres(address_of(server), "t"):
        pass
    with on_postgres(address_of(server), "t", ("a", "no")) as engine:
        looked = look(engine, [Rule("r", check_of("duplicate_values", ("a",), {}))])
    assert sorted(looked.broken[0].keys.to_pylist(), key=str) == [
        {"a": 1, "no": 1},
        {"a": 1, "no": 2},
    ]


def test_a_table_that_is_not_there_is_named(server: Postgres) -> None:
    with pytest.raises(NotFound, match="no table 'away'"), on_postgres(address_of(server), "away"):
        pass


def test_nothing_can_be_changed(server: Postgres) -> None:
    fill(server, {"a": [1]})
    condition = "nextval('t_no_seq') > 5"

    with on_postgres(address_of(server), "t") as engine:
        (found,) = look(engine, [Rule("r", check_of("sql_condition", (condition,), {}))]).found

    assert "read-only transaction" in found.told
