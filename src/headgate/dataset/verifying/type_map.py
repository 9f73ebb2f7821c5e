"""How the columns of two copies stand to each other: the same, wider, of another type, gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.spine.store.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

TypeVerdict = Literal["same", "widened", "retyped"]
MOST_DIGITS = 76
"""Of a decimal; Arrow's cast to more than it has room for may wrap around without saying so."""
_LISTS = re.compile(r"(?:large_list|fixed_size_list|list)<\w+: (.*)>(?:\[\d+\])?", re.DOTALL)


class Mapped(NamedTuple):
    """A column that both copies have.

    Args:
        kind: the type both are cast to before they are compared; each as it is if none.
    """

    a: str
    b: str
    verdict: TypeVerdict
    kind: pa.DataType | None


def map_columns(a: pa.Schema, b: pa.Schema, renamed: Mapping[str, str]) -> list[Mapped]:
    """Map the columns of A to those of B, in the order of A.

    Args:
        a: A's columns.
        b: B's columns.
        renamed: columns of B by the name they have in A.

    Raises:
        NotFound: a renamed column is not there.
    """
    for ours, theirs in renamed.items():
        if ours not in a.names:
            raise NotFound.among("column of A", ours, a.names)
        if theirs not in b.names:
            raise NotFound.among("column of B", theirs, b.names)
    taken = set(renamed.values())
    left, right = plain(a), plain(b)
    found: list[Mapped] = []
    for name in a.names:
        other = renamed.get(name, name)
        if other in b.names and (name in renamed or other not in taken):
            kinds = left.field(name).type, right.field(other).type
            found.append(Mapped(name, other, *judge(*kinds)))
    return found


def plain(schema: pa.Schema) -> pa.Schema:
    """Give columns the plainest types that hold them, as a snapshot would."""
    return canonical(schema.empty_table()).schema


def judge(a: Any, b: Any) -> tuple[TypeVerdict, pa.DataType | None]:
    """Compare two types; name the type both must be cast to before values are compared, if any.

    Numbers, times and lists need no cast: row hashes go by value.

    >>> judge(pa.int32(), pa.int64()), judge(pa.int64(), pa.string())
    (('widened', None), ('retyped', None))
    """
    if spelled(a) == spelled(b):
        return "same", None
    if pa.types.is_decimal(a) and pa.types.is_decimal(b):
        scale = max(a.scale, b.scale)
        whole = max(a.precision - a.scale, b.precision - b.scale)
        if whole + scale > MOST_DIGITS:
            return "retyped", None
        return "widened", pa.decimal256(whole + scale, scale)
    if pa.types.is_date(a) and pa.types.is_date(b):
        return "widened", pa.date32()
    return ("widened" if _holds_alike(a, b) else "retyped"), None


def spelled(kind: pa.DataType) -> str:
    """Write a type without the name that a library gives to the elements of lists."""
    return str(kind).replace("<element: ", "<item: ").replace(" not null", "")


def _holds_alike(a: Any, b: Any) -> bool:
    for family in (_is_number, pa.types.is_time):
        if family(a) and family(b):
            return True
    if pa.types.is_null(a) or pa.types.is_null(b):
        return True
    lists = [_LISTS.fullmatch(str(kind)) for kind in (a, b)]
    return bool(lists[0] and lists[1] and lists[0][1] == lists[1][1])


def _is_number(kind: Any) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)
