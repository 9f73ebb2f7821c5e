"""Tables of PostgreSQL, looked at where they lie."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.contract import queries
from headgate.contract.dialects import POSTGRES, translated
from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection


class OnPostgres:
    """A table of PostgreSQL, looked at in one transaction that changes nothing.

    Args:
        connection: the transaction.
        table: its name, as PostgreSQL writes it.
        key: the columns that tell which row it is; those of its primary key if none are given.

    Raises:
        NotFound: there is no such table.
        Invalid: nothing tells its rows apart.
    """

    def __init__(self, connection: Connection, table: str, key: tuple[str, ...] = ()) -> None:
        queries.settle(connection)
        self.schema = queries.schema_of(connection, table)
        self.key = key or tuple(queries.key_of(connection, table))
        if not self.key:
            raise Invalid(f"{table} has no primary key", mend="say what tells its rows apart")
        self.dialect = POSTGRES._replace(rows=queries.place_of(connection, table))
        self._connection = connection

    def ask(self, sql: str) -> pa.Table:
        """Run a query on the server."""
        return queries.ask(self._connection, translated(sql, self.dialect))


@contextmanager
def on_postgres(address: str, table: str, key: tuple[str, ...] = ()) -> Generator[OnPostgres]:
    """Open a table of PostgreSQL to be looked at.

    Args:
        address: `postgresql://USER@HOST:5432/DATABASE`.
        table: its name, as PostgreSQL writes it.
        key: the columns that tell which row it is; those of its primary key if none are given.

    Raises:
        NotFound: there is no such table.
        Invalid: the address is none, the driver is missing, or nothing tells its rows apart.
        Unavailable: the server does not answer, or refuses.
    """
    from headgate.spine.store.elsewhere import reading

    with reading(address) as connection:
        yield OnPostgres(connection, table, key)
