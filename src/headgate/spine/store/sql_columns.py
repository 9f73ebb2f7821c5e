"""From which columns a query's columns come, read from its parse tree.

Nothing is guessed: a query that holds something this does not know, such as a table function or a
recursive part, is told to be unknown as a whole.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from headgate.spine.store.segments import RID
from headgate.spine.store.sql import aggregates, parsed

IDENTITY, TRANSFORMED, AGGREGATED = "IDENTITY", "TRANSFORMATION", "AGGREGATION"
FILTER, JOIN, GROUP, SORT, WINDOW, CHOICE = (
    "FILTER",
    "JOIN",
    "GROUP_BY",
    "SORT",
    "WINDOW",
    "CONDITIONAL",
)
DIRECT = (IDENTITY, TRANSFORMED, AGGREGATED)
_FILTERING = ("SEMI", "ANTI")
_BY_ORDER = ("UNION", "EXCEPT", "INTERSECT")


class From(NamedTuple):
    """A column that another one comes from.

    Args:
        table: as the query names it.
        how: `IDENTITY`, `TRANSFORMATION` or `AGGREGATION` where its values went in; else how it
            chose among them: `FILTER`, `JOIN`, `GROUP_BY`, `SORT`, `WINDOW` or `CONDITIONAL`.
    """

    table: str
    column: str
    how: str


Origins = frozenset[From]
NOTHING: Origins = frozenset()


class Columns(NamedTuple):
    """Where a query's columns come from.

    Args:
        by_name: for each column those it comes from; columns without a name of their own are
            left out.
        of_all: those that say which rows there are, and in what order.
    """

    by_name: dict[str, Origins]
    of_all: Origins


class _Unknown(Exception):
    """The query holds what is not understood here."""


class _Relation(NamedTuple):
    """A table in reach: its alias, and the origins of its columns by folded name."""

    alias: str
    columns: dict[str, Origins]


def columns_of(sql: str, tables: Mapping[str, Sequence[str]]) -> Columns | None:
    """Say where the columns of a query come from.

    Args:
        sql: the query.
        tables: the columns of each table that it names.

    Returns:
        Nothing if that cannot be told for certain.

    Raises:
        Invalid: it is no query.
    """
    known = {name: tuple(columns) for name, columns in tables.items()}
    (statement,) = msgspec.json.decode(parsed(sql).shape)
    try:
        found = _Reading(known).query(statement["node"], {})
    except (_Unknown, KeyError, RecursionError):
        return None
    named = {name: origins for name, origins in found.columns if name is not None}
    return Columns(named, found.of_all) if len(named) == _n_named(found.columns) else None


class _Made(NamedTuple):
    """What a select makes: its columns in order, and what chose its rows."""

    columns: list[tuple[str | None, Origins]]
    of_all: Origins


class _Scope:
    """The tables in reach of an expression, and the aliases made so far."""

    def __init__(self, relations: Sequence[_Relation], outer: _Scope | None = None) -> None:
        self.relations = list(relations)
        self.shared: set[str] = set()
        self.aliases: dict[str, Origins] = {}
        self.outer = outer

    def origins(self, names: Sequence[str]) -> Origins:
        """Resolve a column by its name, or by its table's and its own."""
        first, *rest = (name.casefold() for name in names)
        found = [one.columns[first] for one in self.relations if first in one.columns]
        if len(found) == 1 or (found and first in self.shared):
            return NOTHING.union(*found)
        for one in self.relations if rest else ():
            if one.alias == first and rest[0] in one.columns:
                return one.columns[rest[0]]
        if not found and first in self.aliases:
            return self.aliases[first]
        if found or self.outer is None:
            raise _Unknown
        return self.outer.origins(names)

    def star(self, alias: str) -> Iterator[tuple[str, Origins]]:
        """List the columns of one table, or of all; those joined by name once."""
        chosen = [one for one in self.relations if not alias or one.alias == alias.casefold()]
        if not chosen:
            raise _Unknown
        told: set[str] = set()
        for name, origins in (entry for one in chosen for entry in one.columns.items()):
            is_shared = name in self.shared and not alias
            if name in told and is_shared:
                continue
            told.add(name)
            yield name, self.origins([name]) if is_shared else origins


class _Reading:
    """One reading of a query."""

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        self._tables = tables

    def query(self, node: Any, named: Mapping[str, _Made], outer: _Scope | None = None) -> _Made:
        """Read a select, or several that are put together."""
        named = dict(named)
        for entry in node.get("cte_map", {}).get("map", []):
            if entry["value"].get("aliases"):
                raise _Unknown
            inner = entry["value"]["query_node"]
            named[entry["key"].casefold()] = self.query(inner, named, outer)
        if node["type"] == "SELECT_NODE":
            return self._select(node, named, outer)
        if node["type"] == "SET_OPERATION_NODE":
            return self._together(node, named, outer)
        raise _Unknown

    def _together(self, node: Any, named: Mapping[str, _Made], outer: _Scope | None) -> _Made:
        children = node.get("children") or [node["left"], node["right"]]
        first, *rest = (self.query(one, named, outer) for one in children)
        if any(one.get("type") != "LIMIT_MODIFIER" for one in node.get("modifiers", [])):
            raise _Unknown
        of_all = NOTHING.union(first.of_all, *(one.of_all for one in rest))
        columns = first.columns
        for one in rest:
            if node["setop_type"] not in _BY_ORDER or len(one.columns) != len(columns):
                raise _Unknown
            columns = [
                (name, mine | other)
                for (name, mine), (_, other) in zip(columns, one.columns, strict=True)
            ]
        return _Made(columns, of_all)

    def _select(self, node: Any, named: Mapping[str, _Made], outer: _Scope | None) -> _Made:
        scope = _Scope([], outer)
        of_all = self._from(node["from_table"], named, scope)
        columns: list[tuple[str | None, Origins]] = []
        for name, origins in self._listed(node["select_list"], named, scope):
            by_window = frozenset(one for one in origins if one.how == WINDOW)
            of_all |= by_window
            columns.append((name, origins - by_window))
            if name is not None:
                scope.aliases[name.casefold()] = origins - by_window
        return _Made(columns, of_all | self._choosing(node, named, scope))

    def _choosing(self, node: Any, named: Mapping[str, _Made], scope: _Scope) -> Origins:
        """Read what chooses and sorts the rows of a select."""
        of_all = NOTHING
        parts = [("where_clause", FILTER), ("group_expressions", GROUP), ("having", FILTER)]
        for part, how in [*parts, ("qualify", FILTER)]:
            of_all |= _as(self._within(node.get(part), named, scope), how)
        for one in node.get("modifiers", []):
            if one["type"] == "ORDER_MODIFIER":
                of_all |= _as(self._within(one["orders"], named, scope), SORT)
            elif one["type"] != "LIMIT_MODIFIER" and one.get("distinct_on_targets"):
                of_all |= _as(self._within(one["distinct_on_targets"], named, scope), FILTER)
        return of_all

    def _listed(
        self, entries: Any, named: Mapping[str, _Made], scope: _Scope
    ) -> Iterator[tuple[str | None, Origins]]:
        """Read what is selected, one after the other: each may use the names of those before."""
        for one in entries:
            yield from self._chosen(one, named, scope)

    def _chosen(
        self, one: Any, named: Mapping[str, _Made], scope: _Scope
    ) -> Iterable[tuple[str | None, Origins]]:
        """Read an entry of what is selected; a star is many."""
        if one["class"] == "STAR":
            if any(one.get(name) for name in ("columns", "expr", "replace_list", "rename_list")):
                raise _Unknown
            left_out = {_plain(name) for name in one.get("exclude_list", [])}
            left_out |= {_plain(name) for name in one.get("qualified_exclude_list", [])}
            found = scope.star(one.get("relation_name", ""))
            return [(name, origins) for name, origins in found if name not in left_out]
        name = one.get("alias") or None
        if name is None and one["class"] == "COLUMN_REF":
            name = one["column_names"][-1]
        return [(name, self._within(one, named, scope))]

    def _from(self, table: Any, named: Mapping[str, _Made], scope: _Scope) -> Origins:
        """Bring tables into reach; return what chose among their rows."""
        kind = table["type"]
        if kind == "EMPTY":
            return NOTHING
        if table.get("column_name_alias") or table.get("sample"):
            raise _Unknown
        if kind == "JOIN":
            return self._join(table, named, scope)
        if kind == "SUBQUERY":
            made = self.query(table["subquery"]["node"], named, scope)
            scope.relations.append(_relation(table.get("alias", ""), made))
            return made.of_all
        if kind != "BASE_TABLE":
            raise _Unknown
        name = table["table_name"]
        alias = table.get("alias") or name
        inner = named.get(name.casefold())
        if inner is not None:
            scope.relations.append(_relation(alias, inner))
            return inner.of_all
        columns = {
            one.casefold(): frozenset({From(name, one, IDENTITY)}) for one in self._tables[name]
        }
        scope.relations.append(_Relation(alias.casefold(), columns | {RID: NOTHING}))
        return NOTHING

    def _join(self, table: Any, named: Mapping[str, _Made], scope: _Scope) -> Origins:
        if table.get("ref_type", "REGULAR") not in ("REGULAR", "CROSS"):
            raise _Unknown
        of_all = self._from(table["left"], named, scope)
        n_left = len(scope.relations)
        of_all |= self._from(table["right"], named, scope)
        using = {_plain(name) for name in table.get("using_columns", [])}
        scope.shared |= using
        for name in using:
            of_all |= _as(scope.origins([name]), JOIN)
        of_all |= _as(self._within(table.get("condition"), named, scope), JOIN)
        if table["join_type"] in _FILTERING:
            del scope.relations[n_left:]
        return of_all

    def _within(self, tree: Any, named: Mapping[str, _Made], scope: _Scope) -> Origins:
        """Read an expression: the columns in it, and what becomes of them."""
        if isinstance(tree, list):
            return NOTHING.union(*(self._within(one, named, scope) for one in tree))
        if not isinstance(tree, dict):
            return NOTHING
        kind = tree.get("class")
        if kind == "COLUMN_REF":
            return scope.origins(tree["column_names"])
        if kind in ("LAMBDA", "STAR", "POSITIONAL_REFERENCE"):
            raise _Unknown
        if kind == "SUBQUERY":
            made = self.query(tree["subquery"]["node"], named, scope)
            inside = self._within(tree.get("child"), named, scope)
            found = NOTHING.union(inside, *(origins for _, origins in made.columns))
            return _at_least(found, TRANSFORMED) | _as(made.of_all, CHOICE)
        if kind == "WINDOW":
            return self._window(tree, named, scope)
        if kind == "CASE":
            checks = tree["case_checks"]
            when = self._within([one["when_expr"] for one in checks], named, scope)
            then = [one["then_expr"] for one in checks]
            values = self._within([*then, tree.get("else_expr")], named, scope)
            return _as(when, CHOICE) | _at_least(values, TRANSFORMED)
        found = NOTHING.union(*(self._within(one, named, scope) for one in tree.values()))
        if kind is None:
            return found
        is_sum = kind == "FUNCTION" and tree["function_name"] in aggregates()
        return _at_least(found, AGGREGATED if is_sum else TRANSFORMED)

    def _window(self, tree: Any, named: Mapping[str, _Made], scope: _Scope) -> Origins:
        """Read a function over a window: what it reckons with, and by what it is cut and sorted."""
        around = [tree.get(name) for name in ("partitions", "orders", "arg_orders")]
        rest = [tree.get(name) for name in ("arguments", "children", "filter_expr")]
        rest += [tree.get(name) for name in ("offset_expr", "default_expr")]
        by = _as(self._within(around, named, scope), WINDOW)
        return by | _at_least(self._within(rest, named, scope), AGGREGATED)


def _n_named(columns: Iterable[tuple[str | None, Origins]]) -> int:
    return sum(name is not None for name, _ in columns)


def _relation(alias: str, made: _Made) -> _Relation:
    columns = {name.casefold(): origins for name, origins in made.columns if name is not None}
    if len(columns) != _n_named(made.columns):
        raise _Unknown
    return _Relation(alias.casefold(), columns)


def _plain(name: Any) -> str:
    """Fold a name as a star leaves it out."""
    told = name.get("column") or name.get("name") if isinstance(name, dict) else name
    if not isinstance(told, str):
        raise _Unknown
    return told.casefold()


def _as(origins: Origins, how: str) -> Origins:
    """Say of columns that they chose rows or values."""
    return frozenset(one._replace(how=how) for one in origins)


def _at_least(origins: Origins, how: str) -> Origins:
    """Say of columns whose values go in that at least this was done to them."""
    return frozenset(_stronger(one, how) for one in origins)


@functools.lru_cache(1000)
def _stronger(one: From, how: str) -> From:
    if one.how not in DIRECT or DIRECT.index(one.how) >= DIRECT.index(how):
        return one
    return one._replace(how=how)
