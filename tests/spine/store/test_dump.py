"""Tables written down and read back hold what they held."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3
from sqlalchemy import insert, select

from headgate.core.errors import Conflict, Invalid
from headgate.spine.context import Context
from headgate.spine.store import dump
from headgate.spine.store.catalog import open_catalog
from headgate.spine.store.tables import holds, refs, salts
from tests.asking import commit, tag

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Table

NOON = datetime(2026, 11, 2, 12, 0, 0, 5, UTC)
HOLD = {
    "tenant": "default",
    "hold_id": "h",
    "dataset": "ä",
    "reason": 'a "quote"\n',
    "placed_by": "ada",
    "placed_at": NOON,
    "lifted_at": None,
}
SALT = {"tenant": "default", "name": "n", "salt": bytes(range(16))}


def reflected(connection: Connection, name: str) -> Table:
    return next(table for table in dump.tables_of(connection) if table.name == name)


def written(context: Context, name: str, folder: Path) -> dump.TableFile:
    with context.catalog.read() as connection:
        table = reflected(connection, name)
        return dump.write_table(connection, table, folder / f"{name}.jsonl")


@pytest.mark.parametrize(("table", "row"), [(holds, HOLD), (salts, SALT)], ids=["times", "bytes"])
def test_rows_come_back_as_they_were(
    context: Context, tmp_path: Path, table: Table, row: dict[str, Any]
) -> None:
    with context.catalog.write() as connection:
        connection.execute(insert(table).values(row))
    told = written(context, table.name, tmp_path)
    with context.catalog.write() as connection:
        connection.execute(table.delete())

    with context.catalog.write() as connection:
        reread = reflected(connection, table.name)
        n_rows = dump.read_table(connection, reread, tmp_path / f"{table.name}.jsonl")

    with context.catalog.read() as connection:
        assert dict(connection.execute(select(table)).mappings().one()) == row
    assert (told.n_rows, n_rows) == (1, 1)


def test_what_is_told_of_a_file_is_so(context: Context, tmp_path: Path) -> None:
    commit(context, "orders", {"id": [1]})
    tag(context, "orders", "first")

    told = written(context, "refs", tmp_path)

    data = (tmp_path / "refs.jsonl").read_bytes()
    assert told == dump.TableFile("refs", 2, len(data), blake3(data).hexdigest())
    lines = [json.loads(line) for line in data.splitlines()]
    assert [(row["name"], row["kind"], row["is_protected"]) for row in lines] == [
        ("first", "tag", False),
        ("main", "branch", False),
    ]


def test_more_rows_than_are_in_memory_at_once_are_all_there(
    context: Context, tmp_path: Path
) -> None:
    n_rows = dump.AT_ONCE * 2 + 1
    rows = [{**SALT, "name": f"{number:06}"} for number in range(n_rows)]
    with context.catalog.write() as connection:
        connection.execute(insert(salts), rows)
    told = written(context, "salts", tmp_path)

    with context.catalog.write() as connection:
        connection.execute(salts.delete())
        again = dump.read_table(
            connection, reflected(connection, "salts"), tmp_path / "salts.jsonl"
        )

    assert (told.n_rows, again) == (n_rows, n_rows)


def test_tables_come_after_those_they_refer_to(context: Context) -> None:
    with context.catalog.read() as connection:
        names = [table.name for table in dump.tables_of(connection)]

    assert names.index("datasets") < names.index("versions")
    assert names.index("datasets") < names.index(refs.name)
    assert "alembic_version" not in names


def test_a_column_that_is_not_known_is_refused(context: Context, tmp_path: Path) -> None:
    (tmp_path / "salts.jsonl").write_text('{"tenant":"default","colour":"red"}\n')

    with (
        pytest.raises(Invalid) as refused,
        context.catalog.write() as connection,
    ):
        dump.read_table(connection, reflected(connection, "salts"), tmp_path / "salts.jsonl")

    assert "'colour'" in refused.value.message


def test_a_copy_of_the_catalog_is_a_catalog(context: Context, tmp_path: Path) -> None:
    commit(context, "orders", {"id": [1]})

    path = dump.copy_catalog(context.catalog, tmp_path / "copies" / "copy")

    copy = open_catalog(f"sqlite:///{path}", tmp_path).require_current()
    with copy.read() as connection:
        assert connection.execute(select(refs.c.number)).scalars().all() == [1]
    copy.close()
    with pytest.raises(Conflict):
        dump.copy_catalog(context.catalog, tmp_path / "copies" / "copy")
