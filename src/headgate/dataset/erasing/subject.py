"""Finds a subject: which rows a condition ever matched, in any revision and any file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from pyroaring import BitMap64

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.canonical import canonical
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.erasing.words import words_of
from headgate.spine.store.reading import fitted
from headgate.spine.store.segments import RID, read_file
from headgate.spine.store.sql import filter_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

_NAMES = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|([A-Za-z_]\w*)""")
AT_ONCE = 1_000_000
"""Rows a condition is asked of at once [count]."""


class Found(NamedTuple):
    """The rows a condition matched.

    Args:
        rids: their row ids.
        columns: the columns the condition names.
        values: what stood in those columns, each distinct row once.
    """

    rids: BitMap64
    columns: tuple[str, ...]
    values: pa.Table

    @property
    def words(self) -> tuple[str, ...]:
        """The texts by which the subject is found elsewhere."""
        return words_of(value for column in self.values.columns for value in column.to_pylist())


def named_columns(condition: str, columns: Iterable[str]) -> tuple[str, ...]:
    r"""Name the columns that a condition speaks of.

    >>> named_columns("email = 'country' and \"Age\" > 3", ["email", "Age", "country"])
    ('email', 'Age')
    """
    found = {match[1] or match[2] for match in _NAMES.finditer(condition) if match[1] or match[2]}
    lowered = {name.casefold() for name in found}
    return tuple(name for name in columns if name.casefold() in lowered)


def find_rows(blobs: Blobs, manifests: Sequence[Manifest], condition: str) -> Found:
    """Look for a condition in every file of some snapshots, deleted rows too.

    Raises:
        Invalid: the condition names no column, or cannot be read.
        NotFound: it names a column that no snapshot has.
    """
    schemas = {field.name: field for manifest in manifests for field in manifest.schema}
    columns = named_columns(condition, schemas)
    if not columns:
        raise Invalid(
            f"the condition {condition!r} names no column of {manifests[0].dataset}",
            mend=f"name one of {', '.join(list(schemas)[:8])}",
        )
    target = pa.schema([schemas[name] for name in columns])
    rids = BitMap64()
    values = [target.empty_table()]
    for rows in _candidates(blobs, files_of(manifests), target):
        hits = filter_rows(rows, condition)
        if hits.num_rows:
            rids |= BitMap64(np.asarray(hits[RID].combine_chunks(), np.uint64))
            values.append(hits.select(list(columns)).cast(target))
    distinct = pa.concat_tables(values).group_by(list(columns)).aggregate([])
    return Found(rids, columns, canonical(distinct))


def files_of(manifests: Iterable[Manifest]) -> list[Segment]:
    """List the files of some snapshots, each once."""
    return list({one.digest: one for each in manifests for one in each.segments}.values())


def _candidates(blobs: Blobs, files: Sequence[Segment], target: pa.Schema) -> Iterator[pa.Table]:
    """Read row ids and the columns of a condition, about a million rows at a time."""
    parts: list[pa.Table] = []
    for place, segment in enumerate(files, start=1):
        parts.append(_unblanked(blobs, segment, target))
        if place == len(files) or sum(part.num_rows for part in parts) >= AT_ONCE:
            yield pa.concat_tables(parts)
            parts = []


def _unblanked(blobs: Blobs, segment: Segment, target: pa.Schema) -> pa.Table:
    """Read every row of a file, dead ones too, but for those that are blank already."""
    table = read_file(blobs, segment.key, [RID, *target.names])
    blank = erased_positions(table.schema)
    if blank:
        left = np.setdiff1d(np.arange(table.num_rows), np.asarray(blank.to_array(), np.int64))
        table = table.take(pa.array(left, pa.int64()))
    schema = pa.schema([pa.field(RID, pa.int64()), *target])
    return fitted(table, schema, table.num_rows)


def require_rows(found: Found, name: str, condition: str) -> None:
    """Refuse to erase nothing.

    Raises:
        NotFound: no row ever matched.
    """
    if not found.rids:
        raise NotFound(
            f"no row of {name}, in any snapshot, meets {condition!r}",
            mend='look with: headgate dataset read NAME --where "…"',
        )
