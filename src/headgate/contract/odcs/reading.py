"""Reads a contract from a document: every field checked, every problem with its place.

What the standard does not know is kept as it stands, unless a key is nearly one that it knows.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect as shape

from headgate.contract.odcs.nouns import Contract
from headgate.spine.documents import Mark, Node
from headgate.spine.problems import Problems, Steps
from headgate.spine.strict import Reader, Struct, fields_of

MAX_KEY = 80
"""Longest key that is compared with known ones [characters]."""
NEAR = 0.84
"""How alike an unknown key must be to a known one to count as misspelt."""


def read_contract(node: Node, problems: Problems) -> Contract | None:
    """Read a contract; nothing comes back where a problem hinders that."""
    return _Reader(problems).struct(node, Contract)


class _Reader(Reader):
    """Keeps what no field takes, and reads the kinds of values that only contracts have."""

    def fields(self, kind: type[msgspec.Struct]) -> dict[str, shape.Field]:
        """List the keys of a part; `extra` is what it holds beyond them."""
        return _own_fields(kind)

    def made(self, kind: type[Struct], given: dict[str, Any], node: Node) -> Struct:
        """Make a part; what it has anyway is written again if it stood there."""
        fields = self.fields(kind)
        extra = {
            key: each.plain
            for key, each in node.value.items()
            if key not in fields or _is_default(fields[key], given[fields[key].name])
        }
        return kind(**given, extra=extra)

    def unknown(self, key: str, mark: Mark, fields: dict[str, shape.Field], path: Steps) -> None:
        """Tell of a key that is nearly a known one; any other is kept."""
        plain = {_bare(known): known for known in fields}
        near = difflib.get_close_matches(_bare(key[:MAX_KEY]), plain, n=1, cutoff=NEAR)
        if near:
            meant = plain[near[0]]
            mend = f"write {meant}; what is no clause goes under customProperties"
            self.problems.add(path, mark, f"{key!r} is no key here, but {meant!r} is", mend)

    def union(self, node: Node, known: shape.UnionType, path: Steps) -> Any:
        """Read one of several types; `value` alone may be nothing."""
        is_meant = node.value is None and path[-1] == "value"
        return None if is_meant else super().union(node, known, path)

    def scalar(self, node: Node, known: Any, path: Steps) -> Any:
        """Read a scalar, an id or a pair of numbers."""
        if isinstance(known, shape.TupleType):
            return self._pair(node, path)
        if isinstance(known, shape.StrType) and known.pattern and isinstance(node.value, str):
            is_id = re.fullmatch(known.pattern.strip("^$"), node.value)
            wanted = "an id of letters, digits, '_' and '-'"
            return node.value if is_id else self.wrong(node, wanted, path)
        return super().scalar(node, known, path)

    def _pair(self, node: Node, path: Steps) -> Any:
        held = node.plain if isinstance(node.value, list) else []
        are_two = [type(each) in (int, float) for each in held] == [True, True]
        return tuple(held) if are_two else self.wrong(node, "a list of two numbers", path)


@cache
def _own_fields(kind: type[msgspec.Struct]) -> dict[str, shape.Field]:
    return {key: field for key, field in fields_of(kind).items() if field.name != "extra"}


def _is_default(field: shape.Field, value: Any) -> bool:
    if field.required:
        return False
    made = field.default is msgspec.NODEFAULT
    default = field.default_factory() if made else field.default
    return type(value) is type(default) and value == default


def _bare(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")
