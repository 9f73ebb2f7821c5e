"""Reads a document into a struct strictly: every problem at once, with its line, clause and mend.

A key that the struct does not know is a problem, and so is a value of another kind than its field;
nothing is converted. Fields are `bool`, `int`, `float`, `str`, literals, lists, mappings of such,
other structs, and unions of kinds that a reader tells apart at a glance. A text may say what reads
it more strictly, such as `Span` of `headgate.core.times`.
"""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect as shape

from headgate.core.errors import HeadgateError, Invalid
from headgate.core.times import READ
from headgate.spine.documents import Mark, Node, clause

Path = tuple[str | int, ...]
Struct = TypeVar("Struct", bound=msgspec.Struct)
MAX_PROBLEMS = 100
MAX_SHOWN = 60
"""Signs of a value that a problem shows; fits a line of a terminal [signs]."""
N_GLANCE = 5
SCALARS: tuple[tuple[type[shape.Type], type, str], ...] = (
    (shape.BoolType, bool, "true or false"),
    (shape.StrType, str, "text"),
    (shape.IntType, int, "a whole number"),
    (shape.FloatType, float, "a number"),
)


class Problem(NamedTuple):
    """Something wrong in a document.

    Args:
        clause: what it is about, such as `columns.important`.
        mark: where it stands.
        message: what is wrong.
        mend: what to do.
    """

    clause: str
    mark: Mark
    message: str
    mend: str


class Problems:
    """The problems found so far; a hundred are enough."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: Path, mark: Mark, message: str, mend: str) -> None:
        """Note a problem."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(clause(path), mark, message, mend))

    def refuse(self, name: str) -> None:
        """Raise what was found, if anything was.

        Args:
            name: what the document is called.

        Raises:
            Invalid: there are problems; the first is told, the lines of the others are named.
        """
        if not self.found:
            return
        first, *others = sorted(self.found, key=lambda one: one.mark)
        more = ", ".join(f"line {one.mark.line} {one.clause}" for one in others[:N_GLANCE])
        rest = f"; also wrong: {more}{' and more' * (len(others) > N_GLANCE)}" if others else ""
        raise Invalid(
            f"{name}:{first.mark.line}:{first.mark.column}: {first.clause}: {first.message}{rest}",
            mend=first.mend,
        )


def read_struct(
    node: Node, kind: type[Struct], problems: Problems, path: Path = ()
) -> Struct | None:
    """Read a mapping into a struct; nothing comes back where a field of it is wrong.

    Args:
        node: the mapping.
        kind: the struct.
        problems: what is wrong is added to it.
        path: where the mapping stands in its document.
    """
    if not isinstance(node.value, dict):
        return _wrong(node, "a mapping", path, problems)
    n_before = len(problems.found)
    fields = {field.encode_name: field for field in _info(kind).fields}
    given: dict[str, Any] = {}
    for key, each in node.value.items():
        if key not in fields:
            _unknown(key, node.keys[key], fields, (*path, key), problems)
            continue
        given[fields[key].name] = _value(each, fields[key].type, (*path, key), problems)
    for key, field in fields.items():
        if field.required and key not in node.value:
            problems.add((*path, key), node.mark, f"{key} is missing", f"add `{key}: …`")
    return kind(**given) if len(problems.found) == n_before else None


def shown(node: Node) -> str:
    """Write what stands at a node, cut short."""
    if isinstance(node.value, list | dict):
        return "a list" if isinstance(node.value, list) else "a mapping"
    text = "nothing" if node.value is None else repr(node.value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def _info(kind: Any) -> Any:
    return shape.type_info(kind)


def _unknown(key: str, mark: Mark, fields: Any, path: Path, problems: Problems) -> None:
    near = difflib.get_close_matches(key[:MAX_SHOWN], list(fields), n=1, cutoff=0.6)
    mend = f"did you mean {near[0]}?" if near else f"there is {', '.join(fields)}"
    problems.add(path, mark, f"{key[:MAX_SHOWN]!r} is no key here", mend)


def _value(node: Node, known: Any, path: Path, problems: Problems) -> Any:
    if isinstance(known, shape.AnyType):
        return node.plain
    if isinstance(known, shape.UnionType):
        return _union(node, known, path, problems)
    if isinstance(known, shape.StructType):
        return read_struct(node, known.cls, problems, path)
    if isinstance(known, shape.VarTupleType):
        return _many(node, known, path, problems)
    if isinstance(known, shape.DictType):
        return _mapping(node, known, path, problems)
    if isinstance(known, shape.LiteralType):
        return _literal(node, known, path, problems)
    if isinstance(known, shape.Metadata):
        return _closer(node, known, path, problems)
    return _scalar(node, known, path, problems)


def _union(node: Node, known: shape.UnionType, path: Path, problems: Problems) -> Any:
    """Read one of several types, told apart by the kind of value that stands there."""
    for one in known.types:
        if _looks(node.value, one):
            return _value(node, one, path, problems)
    kinds = [one for one in known.types if not isinstance(one, shape.NoneType)]
    return _wrong(node, " or ".join(map(_said, kinds)), path, problems)


def _closer(node: Node, known: shape.Metadata, path: Path, problems: Problems) -> Any:
    """Read a value of a type that says what else it must be."""
    n_before = len(problems.found)
    value = _value(node, known.type, path, problems)
    look = (known.extra or {}).get(READ)
    if look is not None and len(problems.found) == n_before:
        try:
            look(value)
        except HeadgateError as error:
            problems.add(path, node.mark, error.message, error.mend)
    return value


def _looks(value: Any, known: Any) -> bool:
    known = known.type if isinstance(known, shape.Metadata) else known
    if isinstance(known, shape.StructType | shape.DictType):
        return isinstance(value, dict)
    if isinstance(known, shape.VarTupleType):
        return isinstance(value, list)
    if isinstance(known, shape.LiteralType):
        return isinstance(value, str)
    return False if isinstance(known, shape.NoneType) else _fits(value, known)


def _many(node: Node, known: shape.VarTupleType, path: Path, problems: Problems) -> Any:
    if not isinstance(node.value, list):
        return _wrong(node, "a list", path, problems)
    return tuple(
        _value(each, known.item_type, (*path, n), problems) for n, each in enumerate(node.value)
    )


def _mapping(node: Node, known: shape.DictType, path: Path, problems: Problems) -> Any:
    if not isinstance(node.value, dict):
        return _wrong(node, "a mapping", path, problems)
    return {
        key: _value(each, known.value_type, (*path, key), problems)
        for key, each in node.value.items()
    }


def _literal(node: Node, known: shape.LiteralType, path: Path, problems: Problems) -> Any:
    if isinstance(node.value, str) and node.value in known.values:
        return node.value
    choices = [str(each) for each in known.values]
    near = difflib.get_close_matches(str(node.value)[:MAX_SHOWN], choices, n=1, cutoff=0.5)
    mend = f"did you mean {near[0]}?" if near else f"write one of {', '.join(choices)}"
    return problems.add(path, node.mark, f"{shown(node)} is not known here", mend)


def _scalar(node: Node, known: Any, path: Path, problems: Problems) -> Any:
    if not _fits(node.value, known):
        return _wrong(node, _said(known), path, problems)
    low, high = (getattr(known, name, None) for name in ("ge", "le"))
    above = getattr(known, "gt", None)
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
        return problems.add(path, node.mark, f"must be {said}, not {node.value}", f"write {said}")
    return node.value


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


def _wrong(node: Node, wanted: str, path: Path, problems: Problems) -> None:
    mend = f"write {wanted}"
    if wanted == "text" and isinstance(node.value, bool | int | float):
        mend = "put it in quotes"
    elif node.value is None:
        mend = f"write {wanted}, or leave the key out"
    problems.add(path, node.mark, f"must be {wanted}, not {shown(node)}", mend)
