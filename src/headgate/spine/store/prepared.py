"""Statements that every commit executes, compiled once for each kind of database.

Of what a small statement costs by SQLAlchemy's usual way, four fifths are looking up how it was
compiled and turning its parameters and results over. Here the first is done once and the last not
at all: texts and whole numbers come back as they are. Errors and the hooks on a cursor are as ever.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Insert

from headgate.spine.store.engines import note_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, SelectBase
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.dml import UpdateBase

    _Row = Mapping[str, Any]
    _Turn = Callable[[Any], Any] | None


class _Form(NamedTuple):
    """A statement as one kind of database takes it.

    Args:
        text: its SQL.
        turns: for each parameter its name and what makes the database's value of ours, in order.
        is_positional: whether the database takes parameters by their order.
    """

    text: str
    turns: tuple[tuple[str, _Turn], ...]
    is_positional: bool

    def values(self, row: _Row) -> Any:
        """Write a row's values as the database takes them."""
        turned = (row[name] if turn is None else turn(row[name]) for name, turn in self.turns)
        if self.is_positional:
            return tuple(turned)
        return {name: value for (name, _), value in zip(self.turns, turned, strict=True)}


class Prepared:
    """A statement whose values are named parameters.

    Args:
        clause: an insert, update or delete of rows of a table; or a query, or one of these that
            returns something, whose columns are texts and whole numbers.
    """

    def __init__(self, clause: UpdateBase | SelectBase) -> None:
        self._clause = clause
        table: Any = getattr(clause, "table", None)
        self._changes: str | None = None if table is None else str(table.name)
        self._forms: dict[tuple[str, ...], _Form] = {}

    def run(self, connection: Connection, row: _Row) -> CursorResult[Any]:
        """Execute it once.

        Args:
            connection: a transaction; one that writes, if rows are changed.
            row: a value for each parameter; others are left out.
        """
        self._note(connection)
        form = self._form(connection.dialect, row)
        return connection.exec_driver_sql(form.text, form.values(row))

    def run_all(self, connection: Connection, rows: Sequence[_Row]) -> None:
        """Execute it for each of several rows, at least one, whose parameters have the same names.

        Args:
            connection: a transaction that writes.
            rows: see `run`.
        """
        self._note(connection)
        form = self._form(connection.dialect, rows[0])
        connection.exec_driver_sql(form.text, [form.values(row) for row in rows])

    def run_plain(
        self, connection: Connection, names: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Execute it for each of many rows whose values are as the database takes them.

        Args:
            connection: a transaction that writes.
            names: of the parameters, in the order of each row's values.
            rows: at least one.
        """
        self._note(connection)
        form = self._form(connection.dialect, dict.fromkeys(names))
        if form.is_positional:
            order = [names.index(name) for name, _ in form.turns]
            given: Any = list(map(itemgetter(*order), rows))
        else:
            given = [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(form.text, given)

    def _note(self, connection: Connection) -> None:
        if self._changes is not None:
            note_change(connection, self._changes)

    def _form(self, dialect: Dialect, row: _Row) -> _Form:
        key = (dialect.name, *row)
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = self._formed(dialect, list(row))
        return found

    def _formed(self, dialect: Dialect, names: list[str]) -> _Form:
        columns = names if isinstance(self._clause, Insert) else None
        compiled: Any = self._clause.compile(dialect=dialect, column_keys=columns)
        order = compiled.positiontup if compiled.positional else list(compiled.binds)
        turns = ((name, _turn(compiled.binds[name].type, dialect)) for name in order)
        return _Form(str(compiled), tuple(turns), compiled.positional)


def _turn(kind: Any, dialect: Dialect) -> _Turn:
    """Return what makes a database's value of ours; nothing if it takes it as it is."""
    return kind.dialect_impl(dialect).bind_processor(dialect)
