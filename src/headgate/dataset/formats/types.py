"""Which Arrow types a format holds: as they are, as a type that loses no value, or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

NEGATIVE_SCALE = r"decimal\d+\(\d+, -\d+\)"
"""Decimals that count in tens or hundreds: `decimal128(5, -2)`."""
NESTED = r"(large_list|list|fixed_size_list|struct)<.*"


@dataclass(frozen=True)
class Types:
    """The types of a format.

    Args:
        refused: patterns of types it cannot hold, as Arrow writes them.
        refused_inside: patterns it cannot hold inside lists and structs.
        widened: what a type becomes, by its Arrow name.
        has_plain_lists: large lists and those of fixed length become lists.
    """

    refused: tuple[str, ...] = ()
    refused_inside: tuple[str, ...] = ()
    widened: dict[str, pa.DataType] = field(default_factory=dict[str, pa.DataType])
    has_plain_lists: bool = False

    def held(self, kind: pa.DataType, *, is_inside: bool = False) -> pa.DataType | None:
        """Return the type a column is written as, or nothing if the format has none for it."""
        text = str(kind)
        patterns = self.refused + (self.refused_inside if is_inside else ())
        if any(re.fullmatch(pattern, text, re.DOTALL) for pattern in patterns):
            return None
        if pa.types.is_struct(kind):
            return self._struct(kind)
        if re.fullmatch(NESTED, text, re.DOTALL):
            return self._list(kind)
        if pa.types.is_fixed_size_binary(kind):
            return self.widened.get("fixed_size_binary", kind)
        return self.widened.get(text, kind)

    def _struct(self, kind: Any) -> pa.DataType | None:
        fields: list[pa.Field[Any]] = []
        for one in kind:
            held = self.held(one.type, is_inside=True)
            if held is None:
                return None
            fields.append(pa.field(one.name, held, one.nullable))
        return pa.struct(fields)

    def _list(self, kind: Any) -> pa.DataType | None:
        held = self.held(kind.value_type, is_inside=True)
        if held is None:
            return None
        one = pa.field(kind.value_field.name, held, kind.value_field.nullable)
        if pa.types.is_list(kind) or self.has_plain_lists:
            return pa.list_(one)
        if pa.types.is_large_list(kind):
            return pa.large_list(one)
        return pa.list_(one, kind.list_size)


EVERYTHING = Types()


def written_as(
    schema: pa.Schema, name: str, types: Types, refused_name: Callable[[str], str | None]
) -> pa.Schema:
    """Return the schema in which a format holds columns.

    Args:
        schema: the columns as they are.
        name: the format's name.
        types: the types it holds.
        refused_name: says what is wrong with a column's name.

    Raises:
        Invalid: it cannot hold one of them.
    """
    fields: list[pa.Field[Any]] = []
    known: set[str] = set()
    for one in schema:
        if one.name in known:
            raise Invalid(
                f"{name} cannot hold two columns named {one.name!r}",
                mend="name each column once, or give one of them another name",
            )
        known.add(one.name)
        wrong = refused_name(one.name)
        if wrong:
            raise Invalid(
                f"{name} cannot hold a column named {one.name!r}: {wrong}",
                mend="rename the column and commit, or export to parquet",
            )
        held = types.held(one.type)
        if held is None:
            raise Invalid(
                f"{name} cannot hold column {one.name!r} of type {one.type}", mend=_mend(name)
            )
        fields.append(pa.field(one.name, held))
    return pa.schema(fields)


def changes(before: pa.Schema, after: pa.Schema) -> tuple[str, ...]:
    """Tell the columns that a format holds as another type."""
    return tuple(
        f"{old.name}: {old.type} to {new.type}"
        for old, new in zip(before, after, strict=True)
        if old.type != new.type
    )


def _mend(name: str) -> str:
    other = "arrow" if name in ("parquet", "huggingface") else "parquet"
    return f"export to {other}, cast the column, or leave it out with --columns"
