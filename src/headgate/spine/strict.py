"""Reads a document into a struct strictly: every problem at once, with its line, clause and mend.

A key that the struct does not know is a problem, and so is a value of another kind than its field;
nothing is converted. Fields are `bool`, `int`, `float`, `str`, literals, lists, mappings of such,
other structs, and unions of kinds that a reader tells apart at a glance. A text may say what reads
it more strictly, such as `Span` of `headgate.core.times`.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect as shape

from headgate.core.errors import HeadgateError
from headgate.core.texts import cut
from headgate.core.times import READ
from headgate.spine.documents import Mark, Node
from headgate.spine.problems import Problems, Steps

Struct = TypeVar("Struct", bound=msgspec.Struct)
MAX_SHOWN = 60
"""Signs of a value that a problem shows; fits a line of a terminal [signs]."""
SCALARS: tuple[tuple[type[shape.Type], type, str], ...] = (
    (shape.BoolType, bool, "true or false"),
    (shape.StrType, str, "text"),
    (shape.IntType, int, "a whole number"),
    (shape.FloatType, float, "a number"),
)


def read_struct(
    node: Node, kind: type[Struct], problems: Problems, path: Steps = ()
) -> Struct | None:
    """Read a mapping into a struct; nothing comes back where a field of it is wrong.

    Args:
        node: the mapping.
        kind: the struct.
        problems: what is wrong is added to it.
        path: where the mapping stands in its document.
    """
    return Reader(problems).struct(node, kind, path)


class Reader:
    """Reads nodes as what fields hold; a format with rules of its own extends it."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def struct(self, node: Node, kind: type[Struct], path: Steps = ()) -> Struct | None:
        """Read a mapping; nothing comes back where a field of it is wrong."""
        if not isinstance(node.value, dict):
            return self.wrong(node, "a mapping", path)
        n_before = len(self.problems.found)
        fields = self.fields(kind)
        given: dict[str, Any] = {}
        for key, each in node.value.items():
            if key in fields:
                given[fields[key].name] = self.value(each, fields[key].type, (*path, key))
            else:
                self.unknown(key, node.keys[key], fields, (*path, key))
        for key, field in fields.items():
            if field.required and key not in node.value:
                self.problems.add((*path, key), node.mark, f"{key} is missing", f"add `{key}: …`")
        return self.made(kind, given, node) if len(self.problems.found) == n_before else None

    def fields(self, kind: type[msgspec.Struct]) -> dict[str, shape.Field]:
        """List the fields of a struct that a mapping may hold, by their keys."""
        return fields_of(kind)

    def made(self, kind: type[Struct], given: dict[str, Any], node: Node) -> Struct:
        """Make the struct of what its fields were given."""
        del node
        return kind(**given)

    def unknown(self, key: str, mark: Mark, fields: dict[str, shape.Field], path: Steps) -> None:
        """Tell of a key that the struct does not know."""
        near = difflib.get_close_matches(key[:MAX_SHOWN], list(fields), n=1, cutoff=0.6)
        mend = f"did you mean {near[0]}?" if near else f"there is {', '.join(fields)}"
        self.problems.add(path, mark, f"{key[:MAX_SHOWN]!r} is no key here", mend)

    def value(self, node: Node, known: Any, path: Steps) -> Any:
        """Read what stands at a node as what a field holds."""
        if isinstance(known, shape.AnyType):
            return node.plain
        if isinstance(known, shape.UnionType):
            return self.union(node, known, path)
        if isinstance(known, shape.StructType):
            return self.struct(node, known.cls, path)
        if isinstance(known, shape.VarTupleType):
            return self._many(node, known, path)
        if isinstance(known, shape.DictType):
            return self._mapping(node, known, path)
        if isinstance(known, shape.LiteralType):
            return self._literal(node, known, path)
        if isinstance(known, shape.Metadata):
            return self._closer(node, known, path)
        return self.scalar(node, known, path)

    def union(self, node: Node, known: shape.UnionType, path: Steps) -> Any:
        """Read one of several types, told apart by the kind of value that stands there."""
        for one in known.types:
            if _looks(node.value, one):
                return self.value(node, one, path)
        kinds = [one for one in known.types if not isinstance(one, shape.NoneType)]
        if len(kinds) == 1:
            return self.value(node, kinds[0], path)
        return self.wrong(node, " or ".join(map(_said, kinds)), path)

    def scalar(self, node: Node, known: Any, path: Steps) -> Any:
        """Read a truth, a number or a text within its bounds."""
        if not _fits(node.value, known):
            return self.wrong(node, _said(known), path)
        low, high, above = (getattr(known, name, None) for name in ("ge", "le", "gt"))
        is_out = any(
            (
                low is not None and node.value < low,
                high is not None and node.value > high,
                above is not None and node.value <= above,
            )
        )
        if is_out:
            ends = (("at least", low), ("above", above), ("at most", high))
            said = " and ".join(f"{word} {end:.15g}" for word, end in ends if end is not None)
            what, mend = f"must be {said}, not {node.value}", f"write {_said(known)}, {said}"
            return self.problems.add(path, node.mark, what, mend)
        return node.value

    def wrong(self, node: Node, wanted: str, path: Steps) -> None:
        """Tell that something else must stand at a node."""
        mend = f"write {wanted}"
        if wanted == "text" and isinstance(node.value, bool | int | float):
            mend = "put it in quotes"
        elif node.value is None:
            mend = f"write {wanted}, or leave the key out"
        self.problems.add(path, node.mark, f"must be {wanted}, not {shown(node)}", mend)

    def _closer(self, node: Node, known: shape.Metadata, path: Steps) -> Any:
        """Read a value of a type that says what else it must be."""
        n_before = len(self.problems.found)
        value = self.value(node, known.type, path)
        look = (known.extra or {}).get(READ)
        if look is not None and len(self.problems.found) == n_before:
            try:
                look(value)
            except HeadgateError as error:
                self.problems.add(path, node.mark, error.message, error.mend)
        return value

    def _many(self, node: Node, known: shape.VarTupleType, path: Steps) -> Any:
        if not isinstance(node.value, list):
            return self.wrong(node, "a list", path)
        return tuple(
            self.value(each, known.item_type, (*path, n)) for n, each in enumerate(node.value)
        )

    def _mapping(self, node: Node, known: shape.DictType, path: Steps) -> Any:
        if not isinstance(node.value, dict):
            return self.wrong(node, "a mapping", path)
        return {
            key: self.value(each, known.value_type, (*path, key))
            for key, each in node.value.items()
        }

    def _literal(self, node: Node, known: shape.LiteralType, path: Steps) -> Any:
        if isinstance(node.value, str) and node.value in known.values:
            return node.value
        if node.value is None:
            return self.wrong(node, _said(known), path)
        choices = [str(each) for each in known.values]
        near = difflib.get_close_matches(str(node.value)[:MAX_SHOWN], choices, n=1, cutoff=0.5)
        mend = f"did you mean {near[0]}?" if near else f"write one of {', '.join(choices)}"
        return self.problems.add(path, node.mark, f"{shown(node)} is not known here", mend)


def shown(node: Node) -> str:
    """Write what stands at a node, cut short."""
    if isinstance(node.value, list | dict):
        return "a list" if isinstance(node.value, list) else "a mapping"
    return "nothing" if node.value is None else cut(repr(node.value), MAX_SHOWN)


@cache
def fields_of(kind: type[msgspec.Struct]) -> dict[str, shape.Field]:
    """List a struct's fields by the keys they are written as."""
    known: Any = shape.type_info(kind)
    return {field.encode_name: field for field in known.fields}


def _looks(value: Any, known: Any) -> bool:
    known = known.type if isinstance(known, shape.Metadata) else known
    if isinstance(known, shape.StructType | shape.DictType):
        return isinstance(value, dict)
    if isinstance(known, shape.VarTupleType):
        return isinstance(value, list)
    if isinstance(known, shape.LiteralType):
        return isinstance(value, str)
    return _fits(value, known)


def _fits(value: Any, known: Any) -> bool:
    kinds = [python for kind, python, _ in SCALARS if isinstance(known, kind)]
    if not kinds:
        return False
    if isinstance(value, bool):
        return kinds == [bool]
    return isinstance(value, (int, float) if kinds == [float] else kinds[0])


def _said(known: Any) -> str:
    known = known.type if isinstance(known, shape.Metadata) else known
    if isinstance(known, shape.LiteralType):
        return " or ".join(map(str, known.values))
    words = [word for kind, _, word in SCALARS if isinstance(known, kind)]
    listed = isinstance(known, shape.VarTupleType)
    return words[0] if words else "a list" if listed else "a mapping"
