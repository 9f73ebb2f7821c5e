"""Whether a reader's contract asks for nothing that a writer's contract does not promise.

Columns the reader does not know are kept and break nothing. Reader is the newer contract when old
data and old producers are in question (BACKWARD), the older one when its consumers are (FORWARD).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import msgspec

from headgate.contract.compat.breaches import Breach, distinct
from headgate.contract.compat.json_parts import NO_DEFAULT, facets
from headgate.contract.compat.rules import counts, implied, interval, stated
from headgate.contract.compat.widths import physical_breach, range_breaches, width_breach
from headgate.contract.odcs.levels import better, like, worth
from headgate.contract.odcs.nouns import Contract, Element, Level, Property, Rule, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.texts import short

DEFAULT = "default"
"""The custom property that says what stands for a value that is missing."""
MAX_DEPTH = 60
TEXT_RANGES = ("date", "timestamp", "time")


def contract_breaches(reader: Contract, writer: Contract, *, reader_is_new: bool) -> list[Breach]:
    """List what the reader's contract asks for and the writer's does not promise.

    Args:
        reader: whose demands must be met.
        writer: whose promises there are.
        reader_is_new: the reader is the newer of the two. A new object then asks nothing of old
            data, and service levels are promises to the consumers of the older one only.
    """
    found: list[Breach] = []
    theirs = {one.name: one for one in writer.schema}
    for mine in reader.schema:
        if mine.name in theirs:
            found += _objects(mine, theirs[mine.name])
        elif not reader_is_new:
            why = "its consumers are left without it"
            found.append(Breach(mine.name, "nothing", "an object", why))
    if not reader_is_new:
        found += _levels(reader, writer)
    return list(distinct(found))


def _objects(reader: SchemaObject, writer: SchemaObject) -> Iterator[Breach]:
    yield from _properties(reader.properties, writer.properties, reader.name)
    yield from _rules(reader, writer, reader.name)


def _properties(
    reader: tuple[Property, ...], writer: tuple[Property, ...], path: str
) -> Iterator[Breach]:
    theirs = {one.name: one for one in writer}
    for mine in reader:
        where = f"{path}.{mine.name}"
        if mine.name in theirs:
            yield from _property(mine, theirs[mine.name], where)
        elif _is_needed(mine) and not _has_default(mine):
            guess = _renamed(
                mine, [one for one in writer if one.name not in {r.name for r in reader}]
            )
            yield Breach(
                where,
                "nothing",
                _said(mine),
                f"it is required, and the other version has no such column{guess}",
            )


def _property(reader: Property, writer: Property, path: str) -> Iterator[Breach]:
    if reader.logical_type and not _type_fits(reader.logical_type, writer.logical_type):
        why = "values of the one type are not all of the other"
        yield Breach(path, _said(writer), _said(reader), why)
        return
    yield from physical_breach(reader, writer, path)
    if _is_needed(reader) and not _is_needed(writer) and not _has_default(reader):
        yield Breach(f"{path}.required", "optional", "required", NO_DEFAULT)
    yield from _options(reader, writer, path)
    yield from _rules(reader, writer, path)
    yield from _properties(reader.properties, writer.properties, path)
    if reader.items is not None:
        yield from _property(reader.items, writer.items or Property(), f"{path}[]")


def _type_fits(reader: str, writer: str | None) -> bool:
    return reader == writer or (reader == "number" and writer == "integer")


def _is_needed(element: Property) -> bool:
    return implied(Rule(metric="nullValues", must_be=0), stated(element))


def _has_default(element: Property) -> bool:
    return any(one.property == DEFAULT for one in element.custom_properties)


def _options(reader: Property, writer: Property, path: str) -> Iterator[Breach]:
    kind = reader.logical_type
    mine, theirs = _plain(reader), _plain(writer)
    if kind in TEXT_RANGES:
        yield from range_breaches(mine, theirs, path)
    elif kind:
        yield from facets(mine, theirs, path, {kind})
    if kind in ("integer", "number"):
        yield from width_breach(mine, theirs, path)
    elif mine.get("format") and mine["format"] != theirs.get("format"):
        why = "values are written in another form"
        yield Breach(f"{path}.format", short(theirs.get("format")), short(mine["format"]), why)
    if mine.get("timezone") and not theirs.get("timezone"):
        yield Breach(f"{path}.timezone", "no time zone", "with time zone", "the moment is unknown")
    names = {one.name for one in writer.properties if _is_needed(one)}
    missing = set(mine.get("required", ())) - set(theirs.get("required", ())) - names
    if missing:
        yield Breach(
            f"{path}.required", short(theirs.get("required")), short(sorted(missing)), NO_DEFAULT
        )


def _plain(element: Property) -> dict[str, Any]:
    held: dict[str, Any] = plain(element.options)
    return held


def _rules(reader: Element, writer: Element, path: str) -> Iterator[Breach]:
    promised = stated(writer)
    own = stated(reader)[len(reader.quality) :]
    unique = [rule for rule in own if rule.metric == "duplicateValues"]
    for rule in [*reader.quality, *unique]:
        if counts(rule) and not implied(rule, promised):
            near = [one for one in promised if one.metric == rule.metric and one.metric]
            was = rule_text(near[0]) if near else "nothing"
            name = rule.name or rule.metric or rule.type
            yield Breach(f"{path}.quality.{name}", was, rule_text(rule), "nothing promises as much")


def rule_text(rule: Rule) -> str:
    """Write a rule in a line."""
    held = plain(msgspec.structs.replace(rule, extra={}))
    operator = rule.operator
    what = rule.metric or short(rule.query or held.get("implementation") or rule.type, 40)
    what += f" of {short(rule.arguments)}" if rule.arguments else ""
    extent = interval(rule)
    soft = "" if counts(rule) or rule.type == "text" else f" ({rule.severity})"
    if operator is None:
        return f"{what}{soft}"
    if extent is not None and extent.low == extent.high:
        return f"{what} is {operator[1]:.15g}{_unit(rule)}{soft}"
    return f"{what} {operator[0]} {short(operator[1])}{_unit(rule)}{soft}"


def _unit(rule: Rule) -> str:
    return f" {rule.unit}" if rule.unit else ""


def _levels(reader: Contract, writer: Contract) -> Iterator[Breach]:
    for level in reader.sla_properties:
        kept = like(level, writer.sla_properties)
        if not any(_keeps(one, level) for one in kept):
            was = _level(kept[0]) if kept else "nothing"
            where = f"slaProperties.{level.property}"
            yield Breach(where, was, _level(level), "consumers were promised more")


def _keeps(level: Level, promised: Level) -> bool:
    mine, theirs = worth(level), worth(promised)
    if mine is None or theirs is None or better(promised) == "same":
        return (level.value, level.unit) == (promised.value, promised.unit)
    return mine <= theirs if better(promised) == "lower" else mine >= theirs


def _level(level: Level) -> str:
    return f"{short(level.value)} {level.unit}".strip()


def _said(element: Property) -> str:
    held = element.logical_type or element.physical_type or "anything"
    return f"{held}, required" if _is_needed(element) else held


def _renamed(element: Property, candidates: list[Property]) -> str:
    """Guess what a column is called now: the same physical name, id or a name like it."""
    for one in candidates:
        if (element.physical_name and one.physical_name == element.physical_name) or (
            element.id and one.id == element.id
        ):
            return f"; {one.name} seems to be it"
    like_it = {one.name: one for one in candidates if one.logical_type == element.logical_type}
    near = difflib.get_close_matches(element.name, like_it, n=1, cutoff=0.6)
    return f"; {near[0]} seems to be it" if near else ""
