"""The validator of records: takes a good one in microseconds, tells each clause a bad one breaks.

A record is taken as a struct first. Where that does not take it, each clause is asked on its own,
so that all that is wrong with the record is told at once. The verdict is that of a check of a table
of this one record, for the clauses it covers; `uncovered` lists the others.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from headgate.contract.promises import object_of, promises_of
from headgate.contract.validating.evaluating import asking
from headgate.contract.validating.records import INT64, fields_of, is_told, struct_of
from headgate.core.checks import EachRow, Shape, columns_in
from headgate.core.errors import Invalid
from headgate.core.texts import cut
from headgate.spine.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from headgate.contract.checking import Rule
    from headgate.contract.odcs.nouns import Contract, Property
    from headgate.contract.promises import Promises
    from headgate.contract.validating.evaluating import Ask
    from headgate.core.checks import Check

ONE_ROW = 1e-12
"""Share of one row among more than there are."""
OPTIONS = ("range", "exclusive_range", "length", "pattern")
READERS: dict[str, Any] = {"date": date, "timestamp": datetime, "time": time}


class Breach(msgspec.Struct, frozen=True):
    """A clause that a record breaks.

    Args:
        field: the column it is about; several with a comma between, none if it is no record at all.
        value: what stands there, cut to a glance.
        clause: its name, as a check has it.
        told: what is wrong.
    """

    field: str
    value: str
    clause: str
    told: str


class _Asked(NamedTuple):
    """A clause, and the function that says whether a record breaks it."""

    rule: Rule
    breaks: Ask
    fields: tuple[str, ...]


class Validator:
    """Looks at records by one contract; made once, asked from many threads.

    Args:
        columns: the columns of the contract.
        promises: what it promises of them.
        native: those of its promises that are keys and options of columns.

    Attributes:
        uncovered: clauses that one record cannot be looked at by, each with the reason.
    """

    def __init__(
        self, columns: tuple[Property, ...], promises: Promises, native: list[Rule]
    ) -> None:
        asked = [_asked(rule) for rule in promises.rules]
        self._asked = [one for one in asked if one is not None]
        self._fields = _fields(self._asked)
        self._kinds = {one.name: one.logical_type for one in columns}
        self.uncovered: tuple[str, ...] = (*_uncovered(promises, asked), *promises.untold)
        struct = struct_of(columns, _needed(self._asked))
        self._struct: Any = struct
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(struct).decode
        places = fields_of(columns)
        held = [one for one in columns if one.name in places]
        told = [one for one in native if _is_told(one, held)]
        rest = [one for one in self._asked if one.rule not in told]
        self._rest = [one.breaks for one in rest]
        names = _fields(rest)
        self._is_quick = all(name in places for name in names)
        self._taken = [(name, attrgetter(places[name])) for name in names if name in places]

    def check(self, record: Mapping[str, Any] | bytes) -> tuple[Breach, ...]:
        """Tell every clause that a record breaks; none if it is good.

        Args:
            record: values by column, or a JSON object; a column that is not there has no value,
                and what no clause is about is let through. Dates, moments and times of a JSON
                object are text as ISO 8601 has it.
        """
        if self._is_quick and self._is_taken(record):
            return ()
        if isinstance(record, bytes):
            try:
                record = msgspec.json.decode(record)
            except (msgspec.DecodeError, RecursionError) as error:
                return (Breach("", _shown(record), "record", f"no JSON: {error}"),)
        if not isinstance(record, dict):
            return (Breach("", _shown(record), "record", "no mapping of columns to values"),)
        return tuple(self._breaches(record))

    def _is_taken(self, record: Mapping[str, Any] | bytes) -> bool:
        """Say whether a record surely keeps every clause."""
        try:
            if isinstance(record, bytes):
                held = self._decode(record)
            else:
                held = msgspec.convert(record, self._struct)
            if not self._rest:
                return True
            row = {name: take(held) for name, take in self._taken}
            return not any(breaks(row) for breaks in self._rest)
        except (msgspec.DecodeError, TypeError, ValueError, ArithmeticError, RecursionError):
            return False

    def _breaches(self, record: Mapping[str, Any]) -> list[Breach]:
        row = {name: self._read(name, record.get(name)) for name in self._fields}
        found: list[Breach] = []
        for one in self._asked:
            told = _told(one, row)
            if told:
                shown = ", ".join(_shown(row[name]) for name in one.fields)
                found.append(Breach(", ".join(one.fields), shown, one.rule.name, told))
        return found

    def _read(self, name: str, value: Any) -> Any:
        """Read a date, moment or time that is written as text; what cannot be read stays text."""
        reads = READERS.get(self._kinds.get(name) or "")
        if reads is None or not isinstance(value, str):
            return value
        for read in (partial(msgspec.convert, type=reads), reads.fromisoformat):
            try:
                return read(value)
            except ValueError:
                continue
        return value


def validator(contract: Contract, dataset: str = "", registry: Registry | None = None) -> Validator:
    """Make the validator of a contract.

    Args:
        contract: what is promised.
        dataset: which part of it; its only one, or the one named as the contract, if not given.
        registry: finds expectations, also a project's own; ours alone if not given.

    Raises:
        NotFound: the contract is about several datasets, and not about this one.
        Invalid: the contract promises nothing.
    """
    if not contract.schema:
        raise Invalid(f"contract {contract.id} is about nothing", mend="add a schema")
    name = dataset or contract.id
    registry = registry or Registry()
    about = object_of(contract, name)
    bare = tuple(replace(one, quality=()) for one in about.properties)
    alone = replace(contract, schema=(replace(about, quality=(), properties=bare),))
    return Validator(
        about.properties,
        promises_of(contract, name, registry),
        promises_of(alone, name, registry).rules,
    )


def _asked(rule: Rule) -> _Asked | None:
    """Make the question of a clause; nothing if one record cannot answer it."""
    check = rule.check
    promise = check.promise
    if isinstance(promise, Shape):
        is_type = bool(promise.types) and not promise.columns and not promise.is_closed
        return _Asked(rule, _wrong_kind(promise), tuple(promise.types)) if is_type else None
    if not isinstance(promise, EachRow) or not _takes_none(check):
        return None
    breaks = asking(promise.breaks)
    return None if breaks is None else _Asked(rule, breaks, tuple(columns_in(promise)))


def _fields(asked: Iterable[_Asked]) -> list[str]:
    """List the columns that clauses look at, each once."""
    return list(dict.fromkeys(name for one in asked for name in one.fields))


def _uncovered(promises: Promises, asked: Sequence[_Asked | None]) -> Iterator[str]:
    """Name each clause without a question, with the reason."""
    for rule, one in zip(promises.rules, asked, strict=True):
        if one is None:
            yield f"{rule.name}: {_why_not(rule.check)}"


def _takes_none(check: Check) -> bool:
    """Say whether a clause is broken by a single row that breaks it, and kept by none."""
    return check.bounds.hold(0) and not check.bounds.hold(ONE_ROW if check.is_ratio else 1)


def _why_not(check: Check) -> str:
    if isinstance(check.promise, EachRow):
        return "it is written for tables" if _takes_none(check) else "some rows may break it"
    return "it is about columns" if isinstance(check.promise, Shape) else "it needs all rows"


def _wrong_kind(promise: Shape) -> Ask:
    held = [(name, HOLDS[kind]) for name, kind in promise.types.items()]
    return lambda row: any(row[name] is not None and not holds(row[name]) for name, holds in held)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -INT64 <= value < INT64


def _needed(asked: list[_Asked]) -> set[str]:
    """List the columns that must have a value."""
    return {
        name
        for one in asked
        for name in one.fields
        if one.breaks(dict.fromkeys(one.fields)) is True
    }


def _is_told(rule: Rule, columns: Sequence[Property]) -> bool:
    """Say whether the struct takes no record that breaks a key or option of a column."""
    name, _, clause = rule.name.rpartition(".")
    column = next((one for one in columns if one.name == name), None)
    if column is None or column.logical_type is None:
        return False
    if clause in {"logicalType", "required", "primaryKey"}:
        return True
    return clause in OPTIONS and is_told(column)


def _told(one: _Asked, row: Mapping[str, Any]) -> str:
    """Say what is wrong with a record by one clause; nothing if it keeps it."""
    try:
        is_broken = one.breaks(row)
    except (TypeError, ValueError, ArithmeticError) as error:
        return f"cannot be looked at: {error}"
    if not is_broken:
        return ""
    promise = one.rule.check.promise
    if isinstance(promise, Shape):
        return f"is no {', '.join(promise.types.values())}"
    return one.rule.check.evidence


def _shown(value: object) -> str:
    return cut(value.decode(errors="replace") if isinstance(value, bytes) else repr(value))


HOLDS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": lambda value: (
        isinstance(value, float | int | Decimal) and not isinstance(value, bool)
    ),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, date) and not isinstance(value, datetime),
    "timestamp": lambda value: isinstance(value, datetime),
    "time": lambda value: isinstance(value, time),
    "bytes": lambda value: isinstance(value, bytes),
    "array": lambda value: isinstance(value, list | tuple | dict),
    "object": lambda value: isinstance(value, dict),
}
"""What holds each type of `headgate.core.checks.TYPES`."""
