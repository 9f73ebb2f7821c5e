"""Counts what predictions held, by the hour, where nothing else of them may be kept.

A number falls into a cell 5 % wide, a text into one by its length; no value is ever written.
Counts add up, over calls and over hours.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from headgate.serve.schema import whole
from headgate.spine.store.unpacking import WHOLE, Path, Shape, shape_of, type_of, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL = ""
"""Stands for a field that every prediction has, so that those without another one are known."""
WIDTH = 1.05
"""How much higher the upper end of a cell is than its lower end [ratio]."""
OFFSET = 16_000
"""Cell of numbers from 1/1.05 to 1; all that a double can hold lies above cell 0."""
COLUMNS = ("input", "output", "extra")
MOST_FIELDS = 200
"""Fields of a column that are counted [count]."""
_HOUR_US = 3_600_000_000


class Sketch(msgspec.Struct, frozen=True):
    """What one field held in an hour.

    Args:
        n: predictions [count].
        n_missing: of these without a value [count].
        n_true: truth values that are true [count].
        numbers: how many numbers fell into each cell; see `cell_of`.
        lengths: how many texts have a length in each cell.
    """

    n: int = 0
    n_missing: int = 0
    n_true: int = 0
    numbers: dict[int, int] = {}
    lengths: dict[int, int] = {}

    def __add__(self, other: Sketch) -> Sketch:
        return Sketch(
            n=self.n + other.n,
            n_missing=self.n_missing + other.n_missing,
            n_true=self.n_true + other.n_true,
            numbers=_summed(self.numbers, other.numbers),
            lengths=_summed(self.lengths, other.lengths),
        )


Key = tuple[str, datetime, str]
"""Deployment, the hour's beginning, and the field."""


def sketched(deployment: str, table: pa.Table) -> dict[Key, Sketch]:
    """Count what predictions of one deployment hold."""
    hours = np.asarray(whole(table, "at").cast(pa.int64())) // _HOUR_US
    found: dict[Key, Sketch] = {}
    every = pa.nulls(table.num_rows).cast(pa.string())
    for field, values in ((ALL, every), *_fields(table)):
        for hour in np.unique(hours):
            mine = values.filter(pa.array(hours == hour))
            since: Any = pa.scalar(int(hour) * _HOUR_US, pa.timestamp("us", "UTC")).as_py()
            key = (deployment, since, field)
            found[key] = found.get(key, Sketch()) + _of(mine)
    return found


def cells_of(values: Any) -> dict[int, int]:
    """Count numbers by their cell: 0 for nought, else 1 and up, negative for negative numbers.

    Cell k above 0 holds sizes from `WIDTH ** (k - OFFSET)` down to the next lower cell's end.
    """
    numbers = np.asarray(values, np.float64)
    numbers = numbers[np.isfinite(numbers)]
    with np.errstate(divide="ignore"):
        places = np.ceil(np.log(np.abs(numbers)) / np.log(WIDTH)) + OFFSET
    cells = np.where(numbers == 0, 0, np.sign(numbers) * np.maximum(places, 1)).astype(np.int64)
    listed, counts = np.unique(cells, return_counts=True)
    return dict(zip(listed.tolist(), counts.tolist(), strict=True))


def quantile(cells: dict[int, int], share: float) -> float | None:
    """Return a number that so many of those counted do not exceed, to the width of a cell."""
    total = sum(cells.values())
    if not total:
        return None
    seen = 0
    for cell in sorted(cells):
        seen += cells[cell]
        if seen >= share * total:
            return _middle(cell)
    return None


def _middle(cell: int) -> float:
    if cell == 0:
        return 0.0
    return float(np.sign(cell) * WIDTH ** (abs(cell) - OFFSET - 0.5))


def _fields(table: pa.Table) -> Iterable[tuple[str, Any]]:
    for name in COLUMNS:
        texts = whole(table, name)
        if texts.null_count == len(texts):
            continue
        for path, held in _read(texts, shape_of(texts)):
            yield ".".join((name, *path)), held


def _read(texts: Any, shape: Shape) -> Iterable[tuple[Path, Any]]:
    paths = [*([WHOLE] if shape.has_whole else []), *shape.leaves()][:MOST_FIELDS]
    return unpack(texts, {path: type_of(shape, path) for path in paths}).items()


def _of(values: Any) -> Sketch:
    held = values.drop_null()
    counted = Sketch(n=len(values), n_missing=values.null_count)
    if pa.types.is_boolean(values.type):
        return replace(counted, n_true=held.true_count)
    if pa.types.is_string(values.type):
        return replace(counted, lengths=cells_of(pc.utf8_length(held)))
    return replace(counted, numbers=cells_of(held))


def _summed(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {cell: one.get(cell, 0) + other.get(cell, 0) for cell in one.keys() | other.keys()}
