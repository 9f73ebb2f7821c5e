"""Finds a subject: which rows a condition ever matched, in any revision and any file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyroaring import BitMap64

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.fit import fit
from headgate.spine.store.canonical import canonical
from headgate.spine.store.digest import one_chunk
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
PLACE = "_place"
AT_ONCE = 1_000_000
"""Rows a condition is asked of at once [count]."""


class Found(NamedTuple):
    """The rows a condition matched.

    Args:
        rids: their row ids.
        columns: the columns the condition names.
        values: what stood in those columns, as the newest types, each distinct row once.
        words: the texts by which the subject is found elsewhere.
    """

    rids: BitMap64
    columns: tuple[str, ...]
    values: pa.Table
    words: tuple[str, ...] = ()


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
    # the newest snapshot comes first, and its types are those that a condition is written for
    schemas = {field.name: field for each in reversed(manifests) for field in each.schema}
    columns = named_columns(condition, schemas)
    if not columns:
        raise Invalid(
            f"the condition {condition!r} names no column of {manifests[0].dataset}",
            mend=f"name one of {', '.join(list(schemas)[:8])}",
        )
    target = pa.schema([schemas[name] for name in columns])
    rids, texts = BitMap64(), set[object]()
    values = [target.empty_table()]
    errors: list[Invalid] = []
    n_read = 0
    for rows in _candidates(blobs, files_of(manifests), target):
        try:
            hits = _meeting(rows, target, condition)
        except Invalid as error:
            errors.append(error)
            continue
        n_read += 1
        rids |= BitMap64(np.asarray(hits[RID].combine_chunks(), np.uint64))
        texts.update(value for name in columns for value in hits[name].unique().to_pylist())
        values.append(_as_newest(hits, target).drop_columns([RID]))
    if errors and not n_read:
        raise errors[0]
    distinct = canonical(pa.concat_tables(values).group_by(list(columns)).aggregate([]))
    return Found(rids, columns, distinct, words_of(texts))


def files_of(manifests: Iterable[Manifest]) -> list[Segment]:
    """List the files of some snapshots, each once."""
    return list({one.digest: one for each in manifests for one in each.segments}.values())


def _candidates(blobs: Blobs, files: Sequence[Segment], target: pa.Schema) -> Iterator[pa.Table]:
    """Read row ids and the columns of a condition, files of one schema together."""
    waiting: dict[str, list[pa.Table]] = {}
    for segment in files:
        rows = _unblanked(blobs, segment, target)
        parts = waiting.setdefault(str(rows.schema), [])
        parts.append(rows)
        if sum(part.num_rows for part in parts) >= AT_ONCE:
            yield pa.concat_tables(waiting.pop(str(rows.schema)))
    yield from (pa.concat_tables(parts) for parts in waiting.values())


def _unblanked(blobs: Blobs, segment: Segment, target: pa.Schema) -> pa.Table:
    """Read every row of a file, dead ones too, but for those that are blank already."""
    table = read_file(blobs, segment.key, [RID, *target.names])
    blank = erased_positions(table.schema)
    if blank:
        left = np.setdiff1d(np.arange(table.num_rows), np.asarray(blank.to_array(), np.int64))
        table = table.take(pa.array(left, pa.int64()))
    kinds = {field.name: field.type for field in target} | {
        field.name: field.type for field in table.schema
    }
    schema = pa.schema([(name, kinds[name]) for name in (RID, *target.names)])
    return fitted(table, schema, table.num_rows)


def _meeting(rows: pa.Table, target: pa.Schema, condition: str) -> pa.Table:
    """Keep the rows that meet a condition, read by their own types or by the newest ones.

    Raises:
        Invalid: it can be read by neither.
    """
    is_newest = rows.drop_columns([RID]).schema.types == target.types
    ways = [rows] if is_newest else [rows, _as_newest(rows, target)]
    met = np.zeros(rows.num_rows, np.bool_)
    errors: list[Invalid] = []
    for way in ways:
        try:
            met[_places(way, condition)] = True
        except Invalid as error:
            errors.append(error)
    if len(errors) == len(ways):
        raise errors[0]
    return rows.filter(pa.array(met))


def _places(rows: pa.Table, condition: str) -> Any:
    places: Any = pa.array(np.arange(rows.num_rows))
    return filter_rows(rows.append_column(PLACE, places), condition)[PLACE].to_numpy()


def _as_newest(rows: pa.Table, target: pa.Schema) -> pa.Table:
    """Read columns as the newest types; a cell that is none becomes null."""
    columns = [fit(one_chunk(rows[field.name]), field.type).values for field in target]
    schema = pa.schema([pa.field(RID, pa.int64()), *target])
    return pa.Table.from_arrays([one_chunk(rows[RID]), *columns], schema=schema)


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
