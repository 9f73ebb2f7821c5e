"""Avro schemas, parsed: names resolved, every rule of the specification checked.

After the Apache Avro specification, version 1.12, "Schema Declaration" and "Names".
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from headgate.core.errors import Invalid
from headgate.core.texts import short

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "error", "enum", "fixed")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INT = (-(2**31), 2**31 - 1)
LONG = (-(2**63), 2**63 - 1)
MAX_DEPTH = 60
LAST_BYTE = 255
ABSENT: Any = object()


class Avro:
    """One type of an Avro schema; named ones may hold themselves.

    Args:
        kind: `int`, `record`, `union` and so on.

    Attributes:
        name: full name of a record, enum or fixed.
        aliases: full names that the type also goes by.
        fields: of a record.
        symbols: of an enum.
        default: of an enum; `ABSENT` if it has none.
        size: of a fixed [bytes].
        inner: items of an array, values of a map.
        branches: of a union.
        logical: the logical type, empty if none, with its attributes.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = ""
        self.aliases: tuple[str, ...] = ()
        self.fields: list[Field] = []
        self.symbols: tuple[str, ...] = ()
        self.default: Any = ABSENT
        self.size = 0
        self.inner: Avro | None = None
        self.branches: list[Avro] = []
        self.logical: dict[str, Any] = {}

    def __str__(self) -> str:
        if self.kind == "union":
            return "[" + ", ".join(map(str, self.branches)) + "]"
        name = f" {self.name}" if self.name else ""
        inner = f" of {self.inner}" if self.inner else ""
        logical = f" ({self.logical['logicalType']})" if self.logical else ""
        return f"{self.kind}{name}{inner}{logical}"

    @property
    def children(self) -> list[Avro]:
        """The item or value type; empty for kinds without one."""
        return [self.inner] if self.inner else []


class Field:
    """A field of a record."""

    def __init__(self, name: str, type_: Avro, aliases: tuple[str, ...], default: Any) -> None:
        self.name = name
        self.type = type_
        self.aliases = aliases
        self.default = default

    @property
    def has_default(self) -> bool:
        """Whether a reader may do without it."""
        return self.default is not ABSENT


def parse_avro(document: Any, name: str) -> Avro:
    """Parse a schema.

    Args:
        document: plain data, as its JSON holds it.
        name: what errors call the file.

    Raises:
        Invalid: it breaks a rule of the specification; the message names the place.
    """
    return _Parser(name).parse(document, "", "$", 0)


class _Parser:
    def __init__(self, name: str) -> None:
        self.name = name
        self.known: dict[str, Avro] = {}

    def refuse(self, path: str, what: str, mend: str) -> NoReturn:
        raise self.refused(path, what, mend)

    def refused(self, path: str, what: str, mend: str) -> Invalid:
        return Invalid(f"{self.name}: {path}: {what}", mend=mend)

    def parse(self, document: Any, space: str, path: str, depth: int) -> Avro:
        if depth > MAX_DEPTH:
            self.refuse(path, f"more than {MAX_DEPTH} levels deep", "nest less")
        if isinstance(document, str):
            return self._reference(document, space, path)
        if isinstance(document, list):
            return self._union(document, space, path, depth)
        if not isinstance(document, dict):
            self.refuse(path, f"{short(document)} is no Avro type", "write a name, {…} or […]")
        kind = document.get("type", ABSENT)
        if isinstance(kind, (dict, list)):
            return self.parse(kind, space, path, depth + 1)
        if not isinstance(kind, str):
            self.refuse(path, "type is missing or no text", 'add "type": …')
        if kind in NAMED:
            return self._named(kind, document, space, path, depth)
        if kind in ("array", "map"):
            return self._container(kind, document, space, path, depth)
        return self._simple(kind, document, space, path)

    def _reference(self, word: str, space: str, path: str) -> Avro:
        if word in PRIMITIVES:
            return Avro(word)
        full = word if "." in word or not space else f"{space}.{word}"
        for name in (full, word):
            if name in self.known:
                return self.known[name]
        raise self.refused(
            path, f"{word!r} is no type", f"write one of {', '.join(PRIMITIVES)}, or define it"
        )

    def _simple(self, kind: str, document: dict[str, Any], space: str, path: str) -> Avro:
        found = self._reference(kind, space, path)
        if kind in PRIMITIVES:
            found.logical = _logical(document)
        return found

    def _union(self, document: list[Any], space: str, path: str, depth: int) -> Avro:
        union = Avro("union")
        seen: set[str] = set()
        for number, each in enumerate(document):
            where = f"{path}[{number}]"
            branch = self.parse(each, space, where, depth + 1)
            key = branch.name or branch.kind
            if branch.kind == "union" or key in seen:
                what = "a union stands in a union" if branch.kind == "union" else f"{key} twice"
                self.refuse(where, what, "keep each type once, unions flat")
            seen.add(key)
            union.branches.append(branch)
        return union

    def _container(
        self, kind: str, document: dict[str, Any], space: str, path: str, depth: int
    ) -> Avro:
        key = "items" if kind == "array" else "values"
        if key not in document:
            self.refuse(path, f"{key} is missing", f'add "{key}": …')
        found = Avro(kind)
        found.inner = self.parse(document[key], space, f"{path}.{key}", depth + 1)
        return found

    def _named(
        self, kind: str, document: dict[str, Any], space: str, path: str, depth: int
    ) -> Avro:
        name = self._full_name(document, space, path)
        own_space = name.rpartition(".")[0]
        if name in self.known:
            self.refuse(path, f"{name} is defined twice", "name it the second time, alone")
        found = Avro("record" if kind == "error" else kind)
        found.name = name
        found.aliases = tuple(
            one if "." in one or not own_space else f"{own_space}.{one}"
            for one in self._texts(document, "aliases", path)
        )
        found.logical = _logical(document)
        self.known[name] = found
        if found.kind == "record":
            self._fields(found, document, own_space, path, depth)
        elif found.kind == "enum":
            self._enum(found, document, path)
        else:
            found.size = document.get("size", -1)
            if not isinstance(found.size, int) or isinstance(found.size, bool) or found.size < 0:
                self.refuse(path, "size is no count of bytes", 'add "size": 16')
        return found

    def _full_name(self, document: dict[str, Any], space: str, path: str) -> str:
        name, own = document.get("name"), document.get("namespace", space)
        if not isinstance(name, str) or not isinstance(own, str):
            self.refuse(path, "name is missing or no text", 'add "name": …')
        full = name if "." in name or not own else f"{own}.{name}"
        if not all(NAME.fullmatch(part) for part in full.split(".")):
            self.refuse(path, f"{short(full)} is no name", "use letters, digits and '_'")
        return full

    def _texts(self, document: dict[str, Any], key: str, path: str) -> list[str]:
        held = document.get(key, [])
        if not isinstance(held, list) or not all(isinstance(each, str) for each in held):
            self.refuse(path, f"{key} is no list of texts", "write a list of texts")
        return held

    def _enum(self, found: Avro, document: dict[str, Any], path: str) -> None:
        found.symbols = tuple(self._texts(document, "symbols", path))
        wrong = [one for one in found.symbols if not NAME.fullmatch(one)]
        if "symbols" not in document or wrong or len(set(found.symbols)) < len(found.symbols):
            self.refuse(path, "symbols are missing, doubled or no names", "list each name once")
        found.default = document.get("default", ABSENT)
        if found.default is not ABSENT and found.default not in found.symbols:
            what = f"default {short(found.default)} is no symbol"
            self.refuse(path, what, "name one of the symbols")

    def _fields(
        self, found: Avro, document: dict[str, Any], space: str, path: str, depth: int
    ) -> None:
        held = document.get("fields")
        if not isinstance(held, list):
            self.refuse(path, "fields is missing or no list", 'add "fields": […]')
        seen: set[str] = set()
        for number, each in enumerate(held):
            where = f"{path}.fields[{number}]"
            if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                self.refuse(where, "the field has no name", 'add "name": …')
            name = each["name"]
            if name in seen or not NAME.fullmatch(name):
                what = f"field {short(name)} is no name, or stands there twice"
                self.refuse(where, what, "give it a name of its own")
            if "type" not in each:
                self.refuse(where, "type is missing", 'add "type": …')
            seen.add(name)
            found.fields.append(self._field(each, name, space, f"{path}.{name}", depth))

    def _field(
        self, document: dict[str, Any], name: str, space: str, path: str, depth: int
    ) -> Field:
        type_ = self.parse(document["type"], space, path, depth + 1)
        default = document.get("default", ABSENT)
        if default is not ABSENT and not _is_default(default, type_):
            what = f"default {short(default)} is no {type_}"
            self.refuse(path, what, "give a value of the type")
        return Field(name, type_, tuple(self._texts(document, "aliases", path)), default)


def _logical(document: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(document.get("logicalType"), str):
        return {}
    return {key: document[key] for key in ("logicalType", "precision", "scale") if key in document}


def _is_default(value: Any, type_: Avro) -> bool:
    """Say whether a JSON value can be the default of a type."""
    kind = type_.kind
    if kind == "union":
        return any(_is_default(value, branch) for branch in type_.branches)
    if kind == "record":
        return isinstance(value, dict) and all(
            _is_default(value[field.name], field.type) if field.name in value else field.has_default
            for field in type_.fields
        )
    if type_.inner is not None:
        many = value if kind == "array" else list(value.values()) if isinstance(value, dict) else 0
        return isinstance(many, list) and all(_is_default(each, type_.inner) for each in many)
    return _is_scalar(value, type_)


def _is_scalar(value: Any, type_: Avro) -> bool:
    kind = type_.kind
    if kind in ("null", "boolean"):
        return value is None if kind == "null" else isinstance(value, bool)
    if kind in ("int", "long"):
        lowest, highest = INT if kind == "int" else LONG
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and lowest <= value <= highest
    if kind in ("float", "double"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "enum":
        return value in type_.symbols
    is_bytes = isinstance(value, str) and (kind == "string" or _is_latin(value))
    return is_bytes and (kind != "fixed" or len(value) == type_.size)


def _is_latin(text: str) -> bool:
    """Say whether each sign is one byte, as defaults of bytes are written."""
    return max(map(ord, text), default=0) <= LAST_BYTE
