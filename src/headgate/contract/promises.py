"""Reads what a contract promises of a dataset as checks, and lists what cannot be looked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.contract.checking import Rule
from headgate.contract.odcs.nouns import ENGINE
from headgate.core.checks import Bounds, Check, Figure, Written
from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.contract.odcs.nouns import Contract, Property, SchemaObject
    from headgate.contract.odcs.nouns import Rule as Clause
    from headgate.spine.registry import Registry

KINDS = {"string": "text"} | {
    name: name
    for name in ("date", "timestamp", "time", "number", "integer", "object", "array", "boolean")
}
METRICS = {
    "nullValues": "null_values",
    "missingValues": "missing_values",
    "invalidValues": "invalid_values",
    "duplicateValues": "duplicate_values",
    "rowCount": "row_count",
}
ARGUMENTS = {"validValues": "values", "missingValues": "values", "pattern": "pattern"}
BOUNDS: dict[str, Callable[[Any], Bounds]] = {
    "mustBe": lambda one: Bounds(among=(one,)),
    "mustNotBe": lambda one: Bounds(outside=(one,)),
    "mustBeGreaterThan": lambda one: Bounds(above=one),
    "mustBeGreaterOrEqualTo": lambda one: Bounds(low=one),
    "mustBeLessThan": lambda one: Bounds(below=one),
    "mustBeLessOrEqualTo": lambda one: Bounds(high=one),
    "mustBeBetween": lambda two: Bounds(low=two[0], high=two[1]),
    "mustNotBeBetween": lambda two: Bounds(apart=(two[0], two[1])),
}
PERCENT = 100.0


class Promises(NamedTuple):
    """What a contract promises of one dataset.

    Args:
        rules: what can be looked at.
        untold: clauses that cannot, each with the reason.
    """

    rules: list[Rule]
    untold: list[str]


def object_of(contract: Contract, dataset: str) -> SchemaObject:
    """Return the part of a contract that is about a dataset: of its name, or the only one.

    Raises:
        NotFound: the contract is about several others.
    """
    for one in contract.schema:
        if dataset in (one.name, one.physical_name):
            return one
    if len(contract.schema) == 1:
        return contract.schema[0]
    raise NotFound.among(
        f"object of contract {contract.id}", dataset, [one.name for one in contract.schema]
    )


def promises_of(contract: Contract, dataset: str, registry: Registry) -> Promises:
    """Read what a contract promises of a dataset.

    Args:
        contract: the contract.
        dataset: whose promises.
        registry: finds expectations, also a project's own.

    Raises:
        NotFound: the contract is not about it.
    """
    return _Reader(object_of(contract, dataset), registry).read()


class _Reader:
    """Reads one object of a contract."""

    def __init__(self, about: SchemaObject, registry: Registry) -> None:
        self._about = about
        self._registry = registry
        self._rules: list[Rule] = []
        self._untold: list[str] = []

    def read(self) -> Promises:
        """Read every clause, in the order of the file."""
        for clause in self._about.quality:
            self._clause(clause, None)
        self._key()
        for column in self._about.properties:
            self._column(column)
        return Promises(self._rules, self._untold)

    def _key(self) -> None:
        keys = sorted(
            (one for one in self._about.properties if one.primary_key),
            key=lambda one: one.primary_key_position,
        )
        if keys:
            names = [one.name for one in keys]
            self._add("primaryKey", "duplicate_values", *names)
            for name in names:
                self._add(f"{name}.primaryKey", "null_values", name)

    def _column(self, column: Property) -> None:
        name = column.name
        if column.logical_type is not None:
            self._add(f"{name}.logicalType", "has_type", name, kind=KINDS[column.logical_type])
        if column.required and not column.primary_key:
            self._add(f"{name}.required", "null_values", name)
        if column.unique:
            self._add(f"{name}.unique", "duplicate_values", name)
        self._options(column)
        for each in column.relationships:
            target = each.to if isinstance(each.to, str) else ""
            dataset, dot, other = target.rpartition(".")
            if dot:
                settings = {"dataset": dataset, "columns": (other,)}
                self._add(f"{name}.relationship.{target}", "in_dataset", name, **settings)
            else:
                self._untold.append(f"{name}.relationship: {each.to!r} is no OBJECT.PROPERTY")
        for clause in column.quality:
            self._clause(clause, name)

    def _options(self, column: Property) -> None:
        """Read what narrows a column's type."""
        name, options = column.name, column.options
        for low, high, is_out in (
            ("minimum", "maximum", False),
            ("exclusive_minimum", "exclusive_maximum", True),
        ):
            ends = {
                "minimum": _end(getattr(options, low), column.logical_type),
                "maximum": _end(getattr(options, high), column.logical_type),
            }
            if any(end is not None for end in ends.values()):
                outs = {"is_minimum_out": is_out, "is_maximum_out": is_out}
                self._add(f"{name}.{'exclusive_' * is_out}range", "in_range", name, **ends, **outs)
        if options.min_length is not None or options.max_length is not None:
            lengths = {"minimum": options.min_length or 0, "maximum": options.max_length}
            self._add(f"{name}.length", "text_length", name, **lengths)
        if options.pattern is not None:
            self._add(f"{name}.pattern", "matches_pattern", name, pattern=options.pattern)
        told = {"min_length", "max_length", "pattern", "minimum", "maximum"}
        told |= {"exclusive_minimum", "exclusive_maximum", "timezone", "default_timezone"}
        for option, value in msgspec.structs.asdict(options).items():
            if value not in (None, {}) and option not in told:
                self._untold.append(f"{name}.{option}: it is not looked at")

    def _clause(self, clause: Clause, column: str | None) -> None:
        """Read a quality rule of a column, or of the whole."""
        name = self._name(clause, column)
        if clause.type == "text":
            return
        try:
            check = self._check(clause, column)
        except (Invalid, NotFound, TypeError) as error:
            self._untold.append(f"{name}: {str(error).partition(chr(10))[0]}")
            return
        bounds, is_ratio = _bounds(clause, check)
        check = msgspec.structs.replace(check, bounds=bounds, is_ratio=is_ratio)
        severity = {"severity": clause.severity} if clause.severity else {}
        self._rules.append(Rule(name, check, dimension=clause.dimension or "", **severity))

    def _check(self, clause: Clause, column: str | None) -> Check:
        if clause.type == "sql":
            return self._query(clause, column)
        words = () if column is None else (column,)
        if clause.type == "custom":
            if clause.engine != ENGINE or not isinstance(clause.implementation, dict):
                raise Invalid(f"engine {clause.engine} is not ours", mend="have it run elsewhere")
            settings = dict(clause.implementation)
            words = (*words, *settings.pop("names", ()))
            return self._made(str(settings.pop("expectation", "")), *words, **settings)
        settings = {
            ARGUMENTS[key]: tuple(value) if isinstance(value, list) else value
            for key, value in clause.arguments.items()
            if key in ARGUMENTS
        }
        if clause.metric == "duplicateValues" and "properties" in clause.arguments:
            words = tuple(clause.arguments["properties"])
        if clause.metric is None:
            raise Invalid("no metric is named", mend="add metric: …")
        return self._made(METRICS[clause.metric], *words, **settings)

    def _query(self, clause: Clause, column: str | None) -> Check:
        """Take a query that returns one figure; `{object}` and `{property}` stand for names."""
        sql = clause.query
        for mark, told in (("object", "checked"), ("property", column or ""), ("table", "checked")):
            sql = sql.replace("${" + mark + "}", told).replace("{" + mark + "}", told)
        return Check(Figure(Written(sql.strip().rstrip(";"))), evidence="the query")

    def _made(self, expectation: str, *words: str, **settings: Any) -> Check:
        made = self._registry.load("expectations", expectation)
        plain = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in settings.items()
        }
        return made(*words, **plain)

    def _add(self, name: str, expectation: str, *words: str, **settings: Any) -> None:
        self._rules.append(Rule(name, self._made(expectation, *words, **settings)))

    def _name(self, clause: Clause, column: str | None) -> str:
        """Name a rule so that no other bears its name."""
        held = clause.implementation
        own = held.get("expectation") if isinstance(held, dict) else None
        told = clause.id or clause.name or clause.metric or str(own or clause.type)
        name = told if column is None else f"{column}.{told}"
        known = {rule.name for rule in self._rules}
        numbered = (name if n == 1 else f"{name}.{n}" for n in _counting())
        return next(one for one in numbered if one not in known)


def _bounds(clause: Clause, check: Check) -> tuple[Bounds, bool]:
    """Read a rule's operator; of a rule of ours without one, no row may break it."""
    if clause.operator is None:
        return check.bounds, False
    name, wanted = clause.operator
    if clause.unit != "percent":
        return BOUNDS[name](wanted), False
    shares = [one / PERCENT for one in (wanted if isinstance(wanted, tuple) else (wanted,))]
    return BOUNDS[name](shares if isinstance(wanted, tuple) else shares[0]), True


def _end(value: float | str | None, kind: str | None) -> Any:
    """Read one end of a range: moments are written as text."""
    if not isinstance(value, str):
        return value
    return date.fromisoformat(value) if kind == "date" else datetime.fromisoformat(value)


def _counting() -> Iterator[int]:
    number = 1
    while True:
        yield number
        number += 1
