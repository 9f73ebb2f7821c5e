"""A dbt properties file (schema.yml) to a contract: models and sources become objects."""

from __future__ import annotations

from typing import Any

from headgate.contract.exchange.gx_in import Kwargs
from headgate.contract.exchange.translating import (
    Imported,
    allowed,
    changed,
    contract_of,
    foreign,
    logical_of,
)
from headgate.contract.odcs.levels import fault
from headgate.contract.odcs.nouns import (
    REFERENCE,
    Level,
    Property,
    Relationship,
    Rule,
    SchemaObject,
)
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

ENGINE = "dbt"
KEPT = f"kept as a rule of the engine {ENGINE}, which Headgate does not check"
LISTS = ("models", "sources", "seeds", "snapshots")
CONFIG = {"name", "description", "config", "severity", "tags"}
CONSTRAINTS = ("not_null", "unique", "primary_key")
OBJECT = {
    "name", "description", "columns", "tests", "data_tests", "tags", "identifier", "freshness",
    "loaded_at_field", "constraints",
}  # fmt: skip
COLUMN = {"name", "description", "data_type", "tests", "data_tests", "tags", "constraints"}
NO_CLAUSE = "a contract has no such clause"


def from_dbt(plain: Any, name: str) -> Imported:
    """Make a contract of a properties file.

    Args:
        plain: what the YAML holds.
        name: of the contract.

    Raises:
        Invalid: it names no model, source, seed or snapshot.
    """
    held = plain if isinstance(plain, dict) else {}
    reading = _Reading(Notes())
    objects = [
        reading.object(one, f"{key}.{one['name']}")
        for key in LISTS
        for table in _dicts(held.get(key))
        for one in (reading.tables(table) if key == "sources" else [table])
        if isinstance(one.get("name"), str)
    ]
    if not objects:
        raise Invalid(f"{name} names no model and no source of dbt", mend="give a schema.yml")
    reading.notes.rest(held, {*LISTS, "version"}, "", NO_CLAUSE)
    levels = tuple(reading.levels)
    return Imported(contract_of(name, objects, sla_properties=levels), reading.notes.all)


class _Reading:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.levels: list[Level] = []

    def tables(self, source: dict[str, Any]) -> list[dict[str, Any]]:
        """List a source's tables, each with the freshness of the source unless it has its own."""
        shared = {key: source[key] for key in ("freshness", "loaded_at_field") if key in source}
        known = {"name", "tables", "description", *shared}
        self.notes.rest(source, known, f"sources.{source.get('name')}", NO_CLAUSE)
        return [shared | one for one in _dicts(source.get("tables"))]

    def object(self, held: dict[str, Any], path: str) -> SchemaObject:
        columns = {
            one["name"]: self._column(one, f"{path}.{one['name']}")
            for one in _dicts(held.get("columns"))
            if isinstance(one.get("name"), str)
        }
        self._freshness(held, path)
        rules: list[Rule] = []
        for test in _tests(held):
            kind, given = _named(test)
            rules.append(foreign(ENGINE, {"test": kind, "arguments": given}))
            self.notes.add(path, kind, KEPT)
        for one in _dicts(held.get("constraints")):
            self._key(one, columns, path)
        self.notes.rest(_untagged(held), OBJECT, path, NO_CLAUSE)
        return SchemaObject(
            name=held["name"],
            description=_text(held, "description"),
            physical_name=_text(held, "identifier"),
            tags=_tags(held),
            properties=tuple(columns.values()),
            quality=tuple(rules),
        )

    def _key(self, held: dict[str, Any], columns: dict[str, Property], path: str) -> None:
        listed = held.get("columns")
        listed = listed if isinstance(listed, list) else []
        names = [one for one in listed if isinstance(one, str) and one in columns]
        if held.get("type") != "primary_key" or not names or len(names) < len(listed):
            self.notes.add(f"{path}.constraints", held, NO_CLAUSE)
            return
        for number, name in enumerate(names, start=1):
            position = number if len(names) > 1 else -1
            columns[name] = changed(columns[name], primary_key=True, primary_key_position=position)

    def _freshness(self, held: dict[str, Any], path: str) -> None:
        freshness = held.get("freshness")
        limit = freshness.get("error_after") if isinstance(freshness, dict) else None
        if isinstance(limit, dict) and isinstance(limit.get("count"), int):
            field = _text(held, "loaded_at_field")
            element = f"{held['name']}.{field}" if field else held["name"]
            unit = str(limit.get("period", "hour"))
            level = Level(property="latency", value=limit["count"], unit=unit, element=element)
            wrong = fault(level)
            if wrong is not None:
                self.notes.add(f"{path}.freshness", freshness, wrong.message)
                return
            self.levels.append(level)
            rest = {"error_after"}
            self.notes.rest(freshness or {}, rest, f"{path}.freshness", "one limit only")
        elif freshness:
            self.notes.add(f"{path}.freshness", freshness, "no limit that is an error")

    def _column(self, held: dict[str, Any], path: str) -> Property:
        word = _text(held, "data_type")
        made = Property(
            name=held["name"],
            description=_text(held, "description"),
            physical_type=word,
            logical_type=logical_of(word) if word else None,
            tags=_tags(held),
        )
        for test in _tests(held):
            made = self._tested(made, *_named(test), path)
        for one in _dicts(held.get("constraints")):
            kind = str(one.get("type"))
            if kind in CONSTRAINTS and not set(one) - {"type"}:
                made = _constrained(made, kind)
            else:
                self.notes.add(f"{path}.constraints", one, NO_CLAUSE)
        self.notes.rest(_untagged(held), COLUMN, path, NO_CLAUSE)
        return made

    def _tested(self, made: Property, kind: str, given: Kwargs, path: str) -> Property:
        held = given.get("config")
        config: dict[str, Any] = dict(held) if isinstance(held, dict) else {}
        level = config.pop("severity", given.get("severity"))
        severity = "warning" if str(level).lower() == "warn" else ""
        rest = _arguments(given)
        if config:
            self.notes.add(path, f"{kind} with {config}", KEPT)
        elif kind in ("not_null", "unique") and not rest:
            return _counted(made, kind, severity) if severity else _constrained(made, kind)
        elif kind == "accepted_values" and _are_values(rest):
            return _ruled(made, allowed(rest["values"], severity=severity))
        elif kind == "relationships" and not severity and _target(rest):
            to = Relationship(to=_target(rest))
            return changed(made, relationships=(*made.relationships, to))
        else:
            self.notes.add(path, kind, KEPT)
        return _ruled(made, foreign(ENGINE, {"test": kind, "arguments": given}, severity=severity))


def _target(given: Kwargs) -> str:
    """Return the column that a relationship leads to; empty if a contract cannot name it."""
    if set(given) != {"to", "field"}:
        return ""
    signs = str(given["to"]).replace('"', "'").split("'")
    table = signs[-2] if len(signs) > 1 else str(given["to"])
    column = f"{table}.{given['field']}"
    return column if REFERENCE.fullmatch(column) else ""


def _arguments(given: Kwargs) -> Kwargs:
    """Return a test's own arguments, which stand beside its settings or under `arguments`."""
    rest = {key: each for key, each in given.items() if key not in CONFIG}
    inner = rest.get("arguments")
    if not isinstance(inner, dict):
        return rest
    return {key: each for key, each in rest.items() if key != "arguments"} | inner


def _are_values(rest: Kwargs) -> bool:
    return set(rest) <= {"values", "quote"} and isinstance(rest.get("values"), list)


def _counted(made: Property, kind: str, severity: str) -> Property:
    metric: Any = {"not_null": "nullValues", "unique": "duplicateValues"}[kind]
    return _ruled(made, Rule(metric=metric, must_be=0, severity=severity))


def _ruled(made: Property, rule: Rule) -> Property:
    return changed(made, quality=(*made.quality, rule))


def _constrained(made: Property, kind: str) -> Property:
    field = {"not_null": "required", "unique": "unique", "primary_key": "primary_key"}[kind]
    return changed(made, **{field: True})


def _tests(held: dict[str, Any]) -> list[Any]:
    found = [held.get(key) for key in ("tests", "data_tests")]
    return [one for many in found if isinstance(many, list) for one in many]


def _named(test: Any) -> tuple[str, Kwargs]:
    """Tell a test's name and arguments, in each of dbt's ways of writing it."""
    if isinstance(test, dict) and "test_name" in test:
        return str(test["test_name"]), {key: one for key, one in test.items() if key != "test_name"}
    if isinstance(test, dict) and test:
        kind, given = next(iter(test.items()))
        more = dict(list(test.items())[1:])
        return str(kind), more | (given if isinstance(given, dict) else {})
    return str(test), {}


def _dicts(held: Any) -> list[dict[str, Any]]:
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _text(held: dict[str, Any], key: str) -> str:
    value = held.get(key)
    return value if isinstance(value, str) else ""


def _tags(held: dict[str, Any]) -> tuple[str, ...]:
    """Return the tags of a model or column, which newer versions of dbt keep in its config."""
    config = held.get("config")
    value = held.get("tags") or (config.get("tags") if isinstance(config, dict) else None)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _untagged(held: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a model or column the tags of its config, which are read."""
    config = held.get("config")
    if not isinstance(config, dict) or "tags" not in config:
        return held
    rest = {key: each for key, each in config.items() if key != "tags"}
    others = {key: each for key, each in held.items() if key != "config"}
    return others | ({"config": rest} if rest else {})
