"""Reads a contract from a document: every field checked, every problem with its place."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as shape

from headgate.contract.odcs.nouns import Contract, fields_of
from headgate.spine.documents import Mark, Node, clause

Path = tuple[str | int, ...]
MAX_PROBLEMS = 100
MAX_KEY = 80
"""Longest key that is compared with known ones [characters]."""
NEAR = 0.84
"""How alike an unknown key must be to a known one to count as misspelt."""
SAID: dict[type, str] = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}


class Problem(NamedTuple):
    """Something wrong in a contract.

    Args:
        clause: what it is about, such as `schema[0].properties[2].required`.
        mark: where it stands.
        message: what is wrong.
        mend: what to do.
    """

    clause: str
    mark: Mark
    message: str
    mend: str


class Found:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: Path, mark: Mark, message: str, mend: str) -> None:
        """Note a problem; a hundred are enough."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(clause(path), mark, message, mend))

    def beneath(self, path: Path) -> bool:
        """Say whether something is wrong at a place or in it; what misses there may be meant."""
        start = clause(path)
        return any(one.clause.startswith(start) for one in self.problems)


def read_contract(node: Node, found: Found) -> Contract | None:
    """Read a contract; nothing comes back where a problem hinders that."""
    contract = _struct(node, _info(Contract), (), found)
    return None if found.problems else contract


def _value(node: Node, known: shape.Type, path: Path, found: Found) -> Any:
    if isinstance(known, shape.AnyType):
        return node.plain
    if isinstance(known, shape.StructType):
        return _struct(node, known, path, found)
    if isinstance(known, shape.VarTupleType):
        return _many(node, known.item_type, path, found)
    if isinstance(known, shape.TupleType):
        return _pair(node, path, found)
    if isinstance(known, shape.UnionType):
        return _union(node, known, path, found)
    return _plain(node, known, path, found)


def _struct(node: Node, known: shape.StructType, path: Path, found: Found) -> Any:
    if not isinstance(node.value, dict):
        return _wrong(node, "a mapping", path, found)
    fields = _fields(known.cls)
    given: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, each in node.value.items():
        if key not in fields:
            _misspelt(key, node.keys[key], fields, (*path, key), found)
            extra[key] = each.plain
            continue
        field = fields[key]
        value = _value(each, field.type, (*path, key), found)
        if not field.required and _same(value, field.get_default_if_any()):
            extra[key] = each.plain
        given[field.name] = value
    missing = [key for key, field in fields.items() if field.required and key not in node.value]
    for key in missing:
        found.add((*path, key), node.mark, f"{key} is missing", f"add `{key}: …`")
    return None if missing else known.cls(**given, extra=extra)


class _Field(NamedTuple):
    name: str
    type: shape.Type
    required: bool
    default: Any

    def get_default_if_any(self) -> Any:
        return self.default


@cache
def _fields(kind: type) -> dict[str, _Field]:
    return {
        key: _Field(
            field.name,
            field.type,
            field.required,
            None if field.required else _default(field),
        )
        for key, field in fields_of(kind).items()
    }


def _default(field: shape.Field) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


@cache
def _info(kind: type[msgspec.Struct]) -> Any:
    return shape.type_info(kind)


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and value == default


def _misspelt(key: str, mark: Mark, fields: dict[str, _Field], path: Path, found: Found) -> None:
    plain = {_bare(known): known for known in fields}
    near = difflib.get_close_matches(_bare(key[:MAX_KEY]), plain, n=1, cutoff=NEAR)
    if near:
        meant = plain[near[0]]
        mend = f"write {meant}; what is no clause goes under customProperties"
        found.add(path, mark, f"{key!r} is no key here, but {meant!r} is", mend)


def _bare(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _many(node: Node, item: shape.Type, path: Path, found: Found) -> Any:
    if not isinstance(node.value, list):
        return _wrong(node, "a list", path, found)
    return tuple(
        _value(each, item, (*path, number), found) for number, each in enumerate(node.value)
    )


def _pair(node: Node, path: Path, found: Found) -> Any:
    plain = node.plain
    if isinstance(plain, list) and len(plain) == 2 and all(map(_is_number, plain)):  # noqa: PLR2004 - a lower and an upper bound
        return tuple(plain)
    return _wrong(node, "a list of two numbers", path, found)


def _union(node: Node, known: shape.UnionType, path: Path, found: Found) -> Any:
    """Read one of several types, told apart by the kind of value that stands there."""
    for one in known.types:
        if _is_meant(node.value, one):
            return _value(node, one, path, found)
    kinds = [one for one in known.types if not isinstance(one, shape.NoneType)]
    if len(kinds) == 1:
        return _value(node, kinds[0], path, found)
    if node.value is None and len(kinds) < len(known.types) and path[-1] == "value":
        return None
    return _wrong(node, " or ".join(_said(one) for one in kinds), path, found)


def _is_meant(value: Any, known: shape.Type) -> bool:
    if isinstance(value, list):
        return isinstance(known, shape.VarTupleType)
    if isinstance(value, dict):
        return isinstance(known, (shape.StructType, shape.DictType))
    return _fits(value, known)


def _plain(node: Node, known: shape.Type, path: Path, found: Found) -> Any:
    value = node.value
    if isinstance(known, shape.DictType):
        return node.plain if isinstance(value, dict) else _wrong(node, "a mapping", path, found)
    if isinstance(known, shape.LiteralType):
        if value in known.values and isinstance(value, str):
            return value
        return _none_of(node, [str(each) for each in known.values], path, found)
    if not _fits(value, known):
        return _wrong(node, _said(known), path, found)
    if isinstance(known, shape.StrType) and known.pattern and not _matches(value, known.pattern):
        return _wrong(node, "an id of letters, digits, '_' and '-'", path, found)
    if isinstance(known, shape.IntType) and known.ge is not None and value < known.ge:
        return _wrong(node, f"a whole number of {known.ge} or more", path, found)
    return value


def _matches(text: str, pattern: str) -> bool:
    import re

    return bool(re.fullmatch(pattern.strip("^$"), text))


def _fits(value: Any, known: shape.Type) -> bool:
    if isinstance(known, shape.StrType):
        return isinstance(value, str)
    if isinstance(known, shape.BoolType):
        return isinstance(value, bool)
    if isinstance(known, shape.IntType):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(known, shape.FloatType) and _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _said(known: shape.Type) -> str:
    kinds: dict[type[shape.Type], str] = {
        shape.StrType: "text",
        shape.BoolType: "true or false",
        shape.IntType: "a whole number",
        shape.FloatType: "a number",
        shape.VarTupleType: "a list",
    }
    return kinds.get(type(known), "a mapping")


def _wrong(node: Node, wanted: str, path: Path, found: Found) -> None:
    mend = f"write {wanted}"
    if wanted == "text" and isinstance(node.value, (bool, int, float)):
        mend = "put it in quotes"
    elif node.value is None:
        mend = f"write {wanted}, or leave the key out"
    found.add(path, node.mark, f"must be {wanted}, not {shown(node)}", mend)


def _none_of(node: Node, choices: list[str], path: Path, found: Found) -> None:
    near = difflib.get_close_matches(str(node.value)[:MAX_KEY], choices, n=1, cutoff=0.5)
    mend = f"did you mean {near[0]}?" if near else f"write one of {', '.join(choices)}"
    found.add(path, node.mark, f"{shown(node)} is not known here", mend)


def shown(node: Node) -> str:
    """Write what stands at a node, cut short."""
    if isinstance(node.value, (list, dict)):
        return SAID[type(node.value)]
    text = "nothing" if node.value is None else repr(node.value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - fits a line of a terminal
