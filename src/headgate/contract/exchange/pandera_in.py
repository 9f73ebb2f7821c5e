"""A pandera schema, as pandera writes it to YAML or JSON, to a contract."""

from __future__ import annotations

from typing import Any

import msgspec

from headgate.contract.exchange.gx_in import Kwargs
from headgate.contract.exchange.translating import (
    DEFAULT,
    Imported,
    allowed,
    changed,
    contract_of,
    foreign,
    logical_of,
    options,
    properties_of,
)
from headgate.contract.odcs.nouns import Property, Rule, SchemaObject
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

ENGINE = "pandera"
KEPT = f"kept as a rule of the engine {ENGINE}, which Headgate does not check"
NO_CLAUSE = "a contract has no such clause"
BOUNDS = {
    "greater_than": "exclusive_minimum",
    "greater_than_or_equal_to": "minimum",
    "less_than": "exclusive_maximum",
    "less_than_or_equal_to": "maximum",
}
ALIASES = {
    "gt": "greater_than",
    "ge": "greater_than_or_equal_to",
    "lt": "less_than",
    "le": "less_than_or_equal_to",
    "between": "in_range",
}
COLUMN = {"dtype", "nullable", "checks", "unique", "title", "description", "default", "name"}
SETTINGS = {"coerce", "required", "regex", "metadata", "parsers", "report_duplicates"}
QUIET = {"coerce": False, "required": True, "regex": False}
WHOLE = {
    "schema_type", "version", "columns", "checks", "index", "name", "title", "description", "api",
}  # fmt: skip
LOOSE: dict[str, Any] = {
    "coerce": False,
    "strict": False,
    "ordered": False,
    "report_duplicates": "all",
    "unique_column_names": False,
    "add_missing_columns": False,
    "drop_invalid_rows": False,
}


def from_pandera(plain: Any, name: str) -> Imported:
    """Make a contract of a data frame's schema.

    Args:
        plain: what `to_yaml` or `to_json` wrote.
        name: of the contract and its one object.

    Raises:
        Invalid: it is no such schema.
    """
    if not isinstance(plain, dict) or not isinstance(plain.get("columns"), dict):
        raise Invalid(f"{name} is no schema of pandera", mend="give what its to_yaml wrote")
    reading = _Reading(Notes())
    columns = [
        reading.column(key, held, f"columns.{key}")
        for key, held in plain["columns"].items()
        if isinstance(held, dict)
    ]
    rules = [reading.kept(kind, given, "checks") for kind, given, _ in _checks(plain.get("checks"))]
    unique = plain.get("unique")
    names = [unique] if isinstance(unique, str) else unique
    if names and not isinstance(names, list):
        reading.notes.add("unique", unique, "it names no columns")
    elif names:
        rules.append(Rule(metric="duplicateValues", arguments={"properties": names}, must_be=0))
    reading.rest(plain, WHOLE | {"unique"}, LOOSE, "")
    if plain.get("index"):
        reading.notes.add("index", plain["index"], "a table has columns only")
    made = SchemaObject(
        name=name,
        description=plain.get("description") or "",
        properties=tuple(columns),
        quality=tuple(rules),
    )
    return Imported(contract_of(name, [made]), reading.notes.all)


class _Reading:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def column(self, name: str, held: dict[str, Any], path: str) -> Property:
        dtype = held.get("dtype")
        custom = {DEFAULT: held["default"]} if held.get("default") is not None else {}
        is_there = held.get("required", True)
        made = Property(
            name=name,
            logical_type=logical_of(dtype) if isinstance(dtype, str) else None,
            physical_type=dtype if isinstance(dtype, str) else "",
            required=is_there and not held.get("nullable", False),
            unique=bool(held.get("unique", False)),
            description=held.get("description") or "",
            business_name=held.get("title") or "",
            custom_properties=properties_of(custom),
        )
        inline = {key: each for key, each in held.items() if key not in COLUMN | SETTINGS}
        for kind, given, is_warning in [*_checks(held.get("checks")), *_checks(inline)]:
            made = self._checked(made, kind, given, path, is_warning=is_warning)
        if not is_there and not held.get("nullable", False):
            why = "in a contract a column that may be missing may be null"
            self.notes.add(path, "no null", why)
        self.rest(held, COLUMN | {"required", *inline}, QUIET, path)
        return made

    def rest(self, held: dict[str, Any], known: set[str], usual: dict[str, Any], path: str) -> None:
        """Note what was not used, unless it has the value it has anyway."""
        unused = {
            key: each
            for key, each in held.items()
            if each is not None and not (key in usual and each == usual[key])
        }
        self.notes.rest(unused, known, path, NO_CLAUSE)

    def kept(self, kind: str, given: Kwargs, path: str) -> Rule:
        """Keep a check word for word."""
        self.notes.add(path, kind, KEPT)
        return foreign(ENGINE, {"check": kind, "arguments": given})

    def _checked(
        self, made: Property, kind: str, given: Kwargs, path: str, *, is_warning: bool
    ) -> Property:
        kind = ALIASES.get(kind, kind)
        values = next((given[key] for key in VALUES if key in given), None)
        if kind == "isin" and isinstance(values, list):
            rule = allowed(values, severity="warning" if is_warning else "")
            return changed(made, quality=(*made.quality, rule))
        held = None if is_warning else _narrowing(kind, given, values)
        taken = [name for name in held or {} if getattr(made.options, name) is not None]
        if held is None or taken or not _fits(made, held):
            severity = "warning" if is_warning else ""
            rule = msgspec.structs.replace(self.kept(kind, given, path), severity=severity)
            return changed(made, quality=(*made.quality, rule))
        known = {field: getattr(made.options, field) for field in FIELDS}
        return changed(made, logical_type_options=options(**(known | held)))


VALUES = ("value", "allowed_values")
OWN = ("options", "raise_warning", "ignore_na", "check_name")
FIELDS = (*BOUNDS.values(), "min_length", "max_length", "pattern")


def _narrowing(kind: str, given: Kwargs, value: Any) -> dict[str, Any] | None:
    """Say a check in the options of a type; nothing if that cannot be done."""
    if kind in BOUNDS:
        ends = [given[key] for key in ("min_value", "max_value") if key in given]
        return {BOUNDS[kind]: value if value is not None else next(iter(ends), None)}
    if kind == "equal_to":
        return {"minimum": value, "maximum": value}
    if kind == "in_range":
        return _range(given)
    if kind == "str_length":
        return _lengths(given, value)
    if kind in ("str_matches", "str_contains"):
        pattern = value if value is not None else given.get("pattern")
        return {"pattern": _from_start(kind, pattern)} if isinstance(pattern, str) else None
    return None


def _range(given: Kwargs) -> dict[str, Any]:
    low = "minimum" if given.get("include_min", True) else "exclusive_minimum"
    high = "maximum" if given.get("include_max", True) else "exclusive_maximum"
    return {low: given.get("min_value"), high: given.get("max_value")}


def _lengths(given: Kwargs, value: Any) -> dict[str, Any]:
    exact = given.get("exact_value", value)
    ends = {"min_length": given.get("min_value"), "max_length": given.get("max_value")}
    ends = {key: exact if end is None else end for key, end in ends.items()}
    return {key: end for key, end in ends.items() if end is not None}


def _from_start(kind: str, pattern: str) -> str:
    """Write a pattern so that it is searched for: `str_matches` holds it to the beginning."""
    is_plain = pattern.startswith("^") and "|" not in pattern
    return pattern if kind == "str_contains" or is_plain else f"^(?:{pattern})"


def _fits(made: Property, held: dict[str, Any]) -> bool:
    """Say whether a column's type takes these options."""
    if made.logical_type in ("date", "timestamp", "time"):
        return all(isinstance(one, str) for one in held.values()) and "pattern" not in held
    are_numbers = all(
        isinstance(one, (int, float)) and not isinstance(one, bool)
        for key, one in held.items()
        if key != "pattern"
    )
    if "pattern" in held or any(key.endswith("length") for key in held):
        return made.logical_type == "string" and are_numbers
    return made.logical_type in ("integer", "number") and are_numbers


def _checks(held: Any) -> list[tuple[str, Kwargs, bool]]:
    """List checks with arguments, and whether they only warn; pandera writes them two ways."""
    if isinstance(held, dict):
        return [(str(kind), *_asked(given)) for kind, given in held.items()]
    entries = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return [(str(_ways(one).get("check_name")), *_asked(one)) for one in entries]


def _asked(given: Any) -> tuple[Kwargs, bool]:
    told = given if isinstance(given, dict) else {"value": given}
    arguments = {key: one for key, one in told.items() if key not in OWN}
    return arguments, bool((told | _ways(told)).get("raise_warning"))


def _ways(given: Kwargs) -> Kwargs:
    held = given.get("options")
    return held if isinstance(held, dict) else {}
