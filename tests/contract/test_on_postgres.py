"""The same checks on a table of PostgreSQL find the same rows, and no row leaves it but those."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from headgate.contract.checking import Rule, look
from headgate.contract.remote import on_postgres
from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.surfaces.python import Project
from tests.contract import test_expectations as own
from tests.contract.sample import contract_text
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


def test_levels_about_columns_are_met_there_and_no_others_are_known(
    server: Postgres, project: Project
) -> None:
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    placed = [midnight - timedelta(hours=hours) for hours in (1, 20, 30)]
    fill(server, {"placed": [*placed, None]})
    levels: list[dict[str, Any]] = [
        {"property": "latency", "value": 25, "unit": "h", "element": "placed"},
        {"property": "volume", "value": 3, "unit": "rows", "element": "t.placed"},
        {"property": "frequency", "value": 1, "unit": "d"},
    ]
    levels.insert(2, {"property": "completeness", "value": 50, "unit": "percent"})
    levels[2] |= {"valueExt": "12:00", "element": "placed"}
    file = Path(project.address) / "contracts" / "t.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(contract_text(slaProperties=levels), encoding="utf-8")

    report = project.contract.check("t", postgres=address_of(server))

    day = f"{midnight - timedelta(days=1):%Y-%m-%d}"
    fresh, *others = report.service_levels
    assert (fresh.is_met, fresh.about) == (True, "placed")
    assert [(one.is_met, one.measured) for one in others] == [
        (False, f"2 rows on {day}"),
        (True, f"50 % by 12:00 on {day}"),
        (None, "when its rows came is not known here"),
    ]
