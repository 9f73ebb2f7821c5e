"""Widths and ranges of columns: which physical type, format or span of dates holds which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from headgate.contract.compat.breaches import Breach
from headgate.contract.odcs.nouns import Property
from headgate.core.texts import short

LADDERS = (
    ("tinyint", "smallint", "mediumint", "int", "bigint"),
    ("int8", "int16", "int32", "int64", "int128"),
    ("int2", "int4", "int8"),
    ("real", "double"),
    ("float32", "float64"),
    ("char", "varchar", "text"),
    ("varchar", "string"),
)
SAME = {
    "integer": "int", "long": "bigint", "float": "real", "float4": "real", "float8": "double",
    "double precision": "double", "character varying": "varchar", "character": "char",
    "decimal": "numeric", "timestamptz": "timestamp with time zone", "bool": "boolean",
}  # fmt: skip
SIZED = re.compile(r"([^(]+?)\s*(?:\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\))?")
RANGES = (("minimum", "exclusiveMinimum", -1), ("maximum", "exclusiveMaximum", 1))


def physical_breach(reader: Property, writer: Property, path: str) -> Iterator[Breach]:
    """Yield a breach where the reader's physical type is no wider than the writer's."""
    mine, theirs = reader.physical_type, writer.physical_type
    if not mine or not theirs or _wider(_read(mine), _read(theirs)):
        return
    why = "its values may not fit, or are of another type"
    yield Breach(f"{path}.physicalType", theirs, mine, why)


def _read(text: str) -> tuple[str, int | None, int | None]:
    """Read a type of a database into name, length or precision, and scale."""
    found = SIZED.fullmatch(text.strip().lower()[:200])
    if found is None:
        return text.strip().lower(), None, None
    name, length, scale = found.groups()
    return SAME.get(name, name), _count(length), _count(scale)


def _count(text: str | None) -> int | None:
    return int(text) if text and len(text) < 10 else None  # noqa: PLR2004 - no database goes further


def _wider(
    reader: tuple[str, int | None, int | None], writer: tuple[str, int | None, int | None]
) -> bool:
    (mine, my_size, my_scale), (theirs, their_size, their_scale) = reader, writer
    if mine != theirs:
        ladder = next((one for one in LADDERS if mine in one and theirs in one), ())
        if not ladder or ladder.index(mine) < ladder.index(theirs):
            return False
        return my_size is None or (their_size is not None and my_size >= their_size)
    if my_size is None or (my_size, my_scale) == (their_size, their_scale):
        return True
    whole = (my_size - (my_scale or 0)) >= ((their_size or 0) - (their_scale or 0))
    return their_size is not None and whole and (my_scale or 0) >= (their_scale or 0)


def width_breach(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[Breach]:
    """Yield a breach where the reader's number format holds less than the writer's."""
    mine, theirs = reader.get("format"), writer.get("format")
    if mine is None or mine == theirs or (theirs is not None and _holds(mine, theirs)):
        return
    yield Breach(f"{path}.format", short(theirs), mine, "larger numbers may come than it holds")


def _holds(mine: str, theirs: str) -> bool:
    bits, other = int(mine[1:]), int(theirs[1:])
    if mine[0] == "f" and theirs[0] != "f":
        return other <= bits
    if mine[0] == theirs[0]:
        return bits >= other
    return mine[0] == "i" and theirs[0] == "u" and bits > other


def range_breaches(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[Breach]:
    """Yield breaches of ranges of dates and times, which are texts in order."""
    for closed, opened, sign in RANGES:
        mine, theirs = _end(reader, closed, opened), _end(writer, closed, opened)
        if mine is not None and (theirs is None or _outside(mine, theirs, sign)):
            why = f"{'earlier' if sign < 0 else 'later'} ones may come"
            was = theirs[0] if theirs else "nothing"
            yield Breach(f"{path}.{closed}", was, mine[0], why)


def _end(options: dict[str, Any], closed: str, opened: str) -> tuple[str, bool] | None:
    """Return an end of a range, and whether the end itself is left out."""
    if closed in options:
        return str(options[closed]), False
    return (str(options[opened]), True) if opened in options else None


def _outside(mine: tuple[str, bool], theirs: tuple[str, bool], sign: int) -> bool:
    if mine[0] == theirs[0]:
        return mine[1] and not theirs[1]
    return (theirs[0] > mine[0]) == (sign > 0)
