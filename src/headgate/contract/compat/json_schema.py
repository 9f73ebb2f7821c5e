"""Whether a reader's JSON Schema takes every document that a writer's takes.

The rules give Confluent's verdicts: a property may be added to a closed content model only, unless
what was open there is taken; a new required property needs a default; a union may grow. `format`
and what only describes count for nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from headgate.contract.compat.breaches import Breach, distinct
from headgate.contract.compat.json_forms import (
    JsonSchema,
    Schema,
    both,
    type_of,
    types_of,
    values_of,
)
from headgate.contract.compat.json_parts import array_parts, facets, object_parts
from headgate.contract.compat.json_values import takes
from headgate.core.texts import short

OPAQUE = (
    "if", "then", "else", "contains", "minContains", "maxContains", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip
MAX_PAIRS = 20_000


def json_breaches(reader: JsonSchema, writer: JsonSchema) -> list[Breach]:
    """List what keeps a reader's schema from taking all that a writer's takes."""
    return list(distinct(_Inclusion(reader, writer).of(reader.root, writer.root, "$")))


class _Inclusion:
    """One comparison; a pair that is being compared is taken to fit: schemas may be recursive."""

    def __init__(self, reader: JsonSchema, writer: JsonSchema) -> None:
        self.reader = reader
        self.writer = writer
        self.under: set[tuple[int, int]] = set()
        self.kept: list[Any] = []
        self.n_pairs = 0
        self.is_local = _text(reader.root) == _text(writer.root) or not (
            b'"$ref"' in _text(reader.root) or b'"$ref"' in _text(writer.root)
        )

    def of(self, reader: Schema, writer: Schema, path: str) -> list[Breach]:
        key = (id(reader), id(writer))
        self.n_pairs += 1
        if key in self.under:
            return []
        if self.n_pairs > MAX_PAIRS:
            return [Breach(path, "…", "…", "the schemas are too entangled to be compared")]
        self.under.add(key)
        self.kept += [reader, writer]
        try:
            return self._compare(self.reader.follow(reader), self.writer.follow(writer), path)
        finally:
            self.under.discard(key)

    def _compare(self, reader: Schema, writer: Schema, path: str) -> list[Breach]:
        if reader is True or writer is False or (not reader and not isinstance(reader, bool)):
            return []
        if self.is_local and _text(reader) == _text(writer):
            return []
        if isinstance(reader, bool):
            return [Breach(path, short(writer), "false", "the reader takes nothing here")]
        writer = {} if isinstance(writer, bool) else writer
        for key in ("anyOf", "oneOf"):
            if key in writer and reader.get(key) != writer[key]:
                return self._branches_sent(reader, writer, key, path)
        return self._unions(reader, writer, path) + self._single(reader, writer, path)

    def _branches_sent(
        self, reader: dict[str, Any], writer: dict[str, Any], key: str, path: str
    ) -> list[Breach]:
        """The reader must take each branch of the writer's union."""
        rest = {name: each for name, each in writer.items() if name != key}
        return [
            breach
            for branch in writer[key]
            for breach in self.of(reader, both(rest, self.writer.follow(branch)), path)
        ]

    def _unions(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[Breach]:
        found: list[Breach] = []
        for key in ("anyOf", "oneOf"):
            if key not in reader or reader[key] == writer.get(key):
                continue
            tries = [self.of(branch, writer, f"{path}.{key}") for branch in reader[key]]
            if all(tries) and tries:
                why = f"no branch of the reader's {key} takes all of it"
                found.append(Breach(path, short(writer), short(reader[key]), why))
        for part in reader.get("allOf", ()):
            found += self.of(part, writer, path)
        return found + self._not(reader, writer, path)

    def _not(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[Breach]:
        if "not" not in reader:
            return []
        forbidden = self.reader.follow(reader["not"])
        if isinstance(forbidden, dict) and not types_of(forbidden) & types_of(writer):
            return []
        swapped = _Inclusion(self.writer, self.reader)
        if "not" in writer and not swapped.of(writer["not"], reader["not"], path):
            return []
        why = "what the reader forbids, the writer may send"
        return [Breach(f"{path}.not", short(writer.get("not")), short(reader["not"]), why)]

    def _single(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[Breach]:
        values = values_of(writer)
        if values is not None:
            wrong = [one for one in values if not takes(self.reader, reader, one)]
            why = "the reader does not take these values"
            return [Breach(path, short(wrong), _said(reader), why)] if wrong else []
        types = types_of(writer)
        lost = types - types_of(reader)
        if "number" in lost:
            lost -= {"integer"} - types_of(reader)
        if lost:
            why = f"the writer may send {', '.join(sorted(lost))}"
            return [Breach(path, _said(writer), _said(reader), why)]
        known = values_of(reader)
        if known is not None and not _covers(known, types):
            why = "the reader takes named values only"
            return [Breach(path, _said(writer), short(known), why)]
        return self._parts(reader, writer, path, types)

    def _parts(
        self, reader: dict[str, Any], writer: dict[str, Any], path: str, types: set[str]
    ) -> list[Breach]:
        found = list(facets(reader, writer, path, types))
        if "object" in types:
            for inner, other, where in object_parts(reader, writer, path, found):
                found += self.of(inner, other, where)
            found += self._dependent(reader, writer, path)
        if "array" in types:
            for inner, other, where in array_parts(reader, writer, path):
                found += self.of(inner, other, where)
        for key in OPAQUE:
            if key in reader and reader[key] != writer.get(key):
                why = f"{key} is new or another, and cannot be shown to hold"
                found.append(
                    Breach(f"{path}.{key}", short(writer.get(key)), short(reader[key]), why)
                )
        return found

    def _dependent(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> list[Breach]:
        """What must hold where a property is there: lists of names, or schemas."""
        found: list[Breach] = []
        theirs = _dependencies(writer)
        for name, mine in _dependencies(reader).items():
            where, other = f"{path}.{name}", theirs.get(name)
            if isinstance(mine, list):
                held = set(other) if isinstance(other, list) else set[str]()
                if not set(mine) <= held | set(writer.get("required", ())):
                    why = "the reader demands more where this property is there"
                    found.append(Breach(where, short(other), short(mine), why))
            else:
                found += self.of(
                    mine, True if other is None or isinstance(other, list) else other, where
                )
        return found


def _text(schema: Any) -> bytes:
    return msgspec.json.encode(schema)


def _dependencies(schema: dict[str, Any]) -> dict[str, Any]:
    keys = ("dependencies", "dependentRequired", "dependentSchemas")
    return {name: each for key in keys for name, each in schema.get(key, {}).items()}


def _covers(values: list[Any], types: set[str]) -> bool:
    """Say whether named values are all there are of some types: null, true and false."""
    if types - {"null", "boolean"}:
        return False
    needed: list[Any] = [None] if "null" in types else []
    needed += [True, False] if "boolean" in types else []
    given = [(type_of(one), one) for one in values]
    return all((type_of(one), one) in given for one in needed)


def _said(schema: dict[str, Any]) -> str:
    if "type" in schema:
        held = schema["type"]
        return held if isinstance(held, str) else " or ".join(map(str, held))
    return short(schema) if schema else "anything"
