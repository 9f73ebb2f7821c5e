"""One contract means the same in every engine, on the values that engines disagree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from headgate.contract.checking import Arrow
from headgate.contract.remote import on_postgres
from tests.contract import engines

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection

    from tests.backends.servers import Postgres

KINDS = {
    "no": "bigint primary key",
    **dict.fromkeys(("f", "finite", "q", "x"), "double precision"),
    **dict.fromkeys(("i", "id"), "bigint"),
    "g": "real",
    "m": "numeric(10,2)",
    "d": "date",
    "ts": "timestamp",
    "tz": "timestamptz",
    "b": "boolean",
}
NONE_ON_POSTGRES = {r"\pL": "036", "numbers with fractions": "038"}


@pytest.fixture(scope="module")
def address(postgres: Postgres) -> str:
    """A database in another time zone, with the rows, none of them, and the other dataset."""
    postgres.say("create database engines")
    postgres.say("alter database engines set timezone = 'Asia/Tokyo'")
    address = f"postgresql://postgres@127.0.0.1:{postgres.port}/engines"
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        fill(connection, "rows", engines.rows())
        fill(connection, "empty", engines.rows().slice(0, 0))
        fill(connection, "o", engines.others())
    engine.dispose()
    return address


def fill(connection: Connection, name: str, rows: pa.Table) -> None:
    """Make a table of Arrow rows."""
    columns = ", ".join(f'"{one}" {KINDS.get(one, "text")}' for one in rows.column_names)
    connection.execute(text(f'create table "{name}" ({columns})'))
    marks = ", ".join(f":{one}" for one in rows.column_names)
    for row in rows.to_pylist():
        connection.execute(text(f'insert into "{name}" values ({marks})'), row)


def own_answers(rows: pa.Table) -> dict[str, Any]:
    """Ask DuckDB."""
    others = {"o": engines.others()}
    return engines.said_by(Arrow(rows.append_column("_rid", rows["no"]), others.__getitem__))


@pytest.mark.parametrize("which", ["rows", "empty"])
def test_postgres_finds_the_rows_and_figures_that_duckdb_finds(address: str, which: str) -> None:
    rows = engines.rows() if which == "rows" else engines.rows().slice(0, 0)

    with on_postgres(address, which) as engine:
        there = engines.said_by(engine)

    assert engines.differing(own_answers(rows), there) == {}
    untold = {name[:3]: one["untold"] for name, one in there.items() if "untold" in one}
    assert sorted(untold) == sorted(NONE_ON_POSTGRES.values())
    assert all(part in untold[number] for part, number in NONE_ON_POSTGRES.items())


def test_the_cases_are_answered_and_those_that_cannot_be_are_told() -> None:
    answers = own_answers(engines.rows())

    unable = list(answers)[len(engines.CASES) :]
    assert all(answers[name]["told"] and answers[name]["figure"] is None for name in unable)
    assert sum(answers[name]["figure"] is not None for name in answers) >= 150


def test_answers_that_differ_are_found() -> None:
    said = {"figure": "2.0", "told": "", "keys": [1, 2], "is_kept": False}

    found = {
        name: bool(engines.differing({name: said}, {name: said | more}))
        for name, more in {
            "same": {},
            "nearly": {"figure": "2.0000000001"},
            "figure": {"figure": "2.1"},
            "nothing": {"figure": None},
            "keys": {"keys": [1, 3]},
            "kept": {"is_kept": True},
            "untold": {"untold": "for it means something else there"},
        }.items()
    }

    assert [name for name, is_other in found.items() if is_other] == [
        "figure",
        "nothing",
        "keys",
        "kept",
    ]
