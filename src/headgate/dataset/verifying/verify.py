"""Compares two copies of a table: counts, content roots, columns, and the rows that differ.

Each copy is read once into 16 bytes a row; only rows that differ are read a second time, and at
most `MOST_EXAMINED` of them column by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.dataset.moving.reports import ColumnVerdict, RowPair, Side, VerifyReport
from headgate.dataset.moving.streams import Tally
from headgate.dataset.verifying.copies import keeps_types, open_copy
from headgate.dataset.verifying.pairing import n_repeated, paired
from headgate.dataset.verifying.type_map import map_columns, plain, spelled
from headgate.spine.context import Step
from headgate.spine.store.canonical import U64, canonical, row_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.dataset.moving.reports import VerifyRequest
    from headgate.dataset.verifying.copies import Copy
    from headgate.dataset.verifying.type_map import Mapped
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

MOST_EXAMINED = 100_000
"""Differing rows that are compared column by column [count]."""


@dataclass(frozen=True)
class Taken:
    """What is kept of a copy after reading it once.

    Args:
        copy: where to read again.
        target: the columns both have, under A's names, as they are compared.
        names: what each is called in this copy.
        hashes: of each row's common columns, shape (n, 2).
        keys: of each row's key, shape (n, 2); nothing if no key is known.
        content_root: of all columns of this copy.
        n_rows: that it has [count].
    """

    copy: Copy
    target: pa.Schema
    names: dict[str, str]
    hashes: U64
    keys: U64 | None
    content_root: str
    n_rows: int

    def rows_at(self, positions: I64) -> pa.Table:
        """Read some rows again."""
        return self.copy.rows_at(positions, self.target, self.names)

    def side(self) -> Side:
        """Describe the copy."""
        return Side(
            name=self.copy.name,
            format=self.copy.format,
            n_rows=self.n_rows,
            n_columns=len(self.copy.schema),
            content_root=self.content_root,
            n_repeated=0 if self.keys is None else n_repeated(self.keys),
        )


@dataclass(frozen=True)
class Split:
    """Which rows differ: positions in A and B; `a` and `b` of the same key."""

    n_same: int
    a: I64
    b: I64
    only_a: I64
    only_b: I64


def verify_copies(context: Context, request: VerifyRequest) -> VerifyReport:
    """Compare two copies.

    Raises:
        NotFound: one of them, or a column named, is not there.
        Invalid: one of them cannot be read.
    """
    left, right = _opened(context, request)
    mapped = map_columns(left.schema, right.schema, request.renamed)
    key = _key(request, left, right, mapped)
    a = _take(context, left, mapped, key, {one.a: one.a for one in mapped})
    b = _take(context, right, mapped, key, {one.a: one.b for one in mapped})
    split = _split(a, b)
    pairs = min(len(split.a), MOST_EXAMINED)
    was, now = a.rows_at(split.a[:pairs]), b.rows_at(split.b[:pairs])
    masks = {name: _differs(was[name], now[name]) for name in was.column_names}
    columns = _columns(a, b, mapped, masks, has_rows=not _is_equal(split))
    only_a, only_b = split.only_a[: request.limit], split.only_b[: request.limit]
    return VerifyReport(
        a=a.side(),
        b=b.side(),
        key=key,
        columns=columns,
        n_same=split.n_same,
        n_only_a=len(split.only_a),
        n_only_b=len(split.only_b),
        n_differing=len(split.a),
        n_examined=pairs,
        only_a=tuple(RowPair(a=row, b=None) for row in a.rows_at(only_a).to_pylist()),
        only_b=tuple(RowPair(a=None, b=row) for row in b.rows_at(only_b).to_pylist()),
        differing=_examples(was, now, masks, request.limit),
        has_findings=_has_findings(split, columns, tolerant=request.tolerant),
    )


def _opened(context: Context, request: VerifyRequest) -> tuple[Copy, Copy]:
    """Open both; one whose format keeps no types is read as the types of the other."""
    if keeps_types(request.a):
        left = open_copy(context, request.a)
        return left, open_copy(context, request.b, _hint(left, request.renamed))
    right = open_copy(context, request.b)
    back = {theirs: ours for ours, theirs in request.renamed.items()}
    return open_copy(context, request.a, _hint(right, back)), right


def _hint(copy: Copy, renamed: dict[str, str]) -> pa.Schema:
    return pa.schema(
        [pa.field(renamed.get(one.name, one.name), one.type) for one in plain(copy.schema)]
    )


def _key(
    request: VerifyRequest, left: Copy, right: Copy, mapped: Sequence[Mapped]
) -> tuple[str, ...]:
    common = [one.a for one in mapped]
    for name in request.key:
        if name not in common:
            raise NotFound.among("column of both copies", name, common)
    known = request.key or left.key or right.key
    return known if set(known) <= set(common) else ()


def _take(
    context: Context,
    copy: Copy,
    mapped: Sequence[Mapped],
    key: tuple[str, ...],
    names: dict[str, str],
) -> Taken:
    schema = plain(copy.schema)
    target = pa.schema(
        [pa.field(one.a, one.kind or schema.field(names[one.a]).type) for one in mapped]
    )
    is_own = target.names == schema.names and all(
        one.kind is None and names[one.a] == one.a for one in mapped
    )
    tally, hashes, keys = Tally(), [np.empty((0, 2), np.uint64)], [np.empty((0, 2), np.uint64)]
    tally.names = tuple(schema.names)
    for batch in copy.stream():
        whole = canonical(pa.table(batch.columns, names=schema.names))
        own = tally.add(whole)
        common = whole
        if not is_own:
            columns = [whole[names[field.name]].cast(field.type) for field in target]
            common = pa.table(columns, schema=target)
        hashes.append(own if is_own else row_hashes(canonical(common)))
        keys.append(row_hashes(canonical(common.select(list(key)))))
        context.progress(Step(f"reading {copy.name}", tally.n_rows, None))
    return Taken(
        copy=copy,
        target=target,
        names=names,
        hashes=np.concatenate(hashes),
        keys=np.concatenate(keys) if key else None,
        content_root=tally.content_root,
        n_rows=tally.n_rows,
    )


def _split(a: Taken, b: Taken) -> Split:
    if not a.target.names:
        nothing = np.empty(0, np.int64)
        return Split(0, nothing, nothing, np.arange(a.n_rows), np.arange(b.n_rows))
    rows = paired(a.hashes, b.hashes)
    if a.keys is None or b.keys is None:
        nothing = np.empty(0, np.int64)
        return Split(len(rows.a), nothing, nothing, rows.only_a, rows.only_b)
    by_key = paired(a.keys[rows.only_a], b.keys[rows.only_b])
    return Split(
        n_same=len(rows.a),
        a=rows.only_a[by_key.a],
        b=rows.only_b[by_key.b],
        only_a=rows.only_a[by_key.only_a],
        only_b=rows.only_b[by_key.only_b],
    )


def _differs(was: Any, now: Any) -> Any:
    """Say for each pair whether a cell differs, by the rule of row hashes."""
    left, right = (row_hashes(canonical(pa.table({"": column}))) for column in (was, now))
    return (left != right).any(axis=1)


def _is_equal(split: Split) -> bool:
    return not (len(split.a) or len(split.only_a) or len(split.only_b))


def _columns(
    a: Taken, b: Taken, mapped: Sequence[Mapped], masks: dict[str, Any], *, has_rows: bool
) -> tuple[ColumnVerdict, ...]:
    left, right = plain(a.copy.schema), plain(b.copy.schema)
    sums = (_sums(a), _sums(b)) if has_rows else ({}, {})
    found = [
        ColumnVerdict(
            a=one.a,
            b=one.b,
            a_type=spelled(left.field(one.a).type),
            b_type=spelled(right.field(one.b).type),
            verdict=one.verdict,
            is_equal=sums[0].get(one.a) == sums[1].get(one.a),
            n_differing=int(masks[one.a].sum()) if one.a in masks else 0,
        )
        for one in mapped
    ]
    return (*found, *_unmapped(a.copy, b.copy, mapped))


def _sums(taken: Taken) -> dict[str, tuple[int, int]]:
    """Add up each common column by itself, so that equal values give equal sums in any order."""
    return _column_sums(taken.copy, taken.target, taken.names)


def _column_sums(
    copy: Copy, target: pa.Schema, names: dict[str, str]
) -> dict[str, tuple[int, int]]:
    tallies = {name: Tally() for name in target.names}
    for rows in copy.batches(target, names):
        for name, tally in tallies.items():
            tally.add(pa.table([rows[name]], names=[""]))
    return {name: tally.lanes for name, tally in tallies.items()}


def _unmapped(a: Copy, b: Copy, mapped: Sequence[Mapped]) -> list[ColumnVerdict]:
    """Judge columns that one side lacks; of equal values and type they were renamed."""
    left = _beside(a, {one.a for one in mapped})
    right = _beside(b, {one.b for one in mapped})
    renamed = _renamed(a, b, left, right)
    known = {other.name for other in renamed.values()}
    gone = [
        _verdict(one, renamed.get(one.name), "renamed" if one.name in renamed else "missing")
        for one in left
    ]
    return [*gone, *(_verdict(None, one, "added") for one in right if one.name not in known)]


def _beside(copy: Copy, names: set[str]) -> list[Any]:
    return [one for one in plain(copy.schema) if one.name not in names]


def _renamed(a: Copy, b: Copy, left: list[Any], right: list[Any]) -> dict[str, Any]:
    """Find columns of B that hold the values of one of A, each taken once, by A's name."""
    if not (left and right):
        return {}
    sums_a, sums_b = (
        _column_sums(copy, pa.schema(fields), {one.name: one.name for one in fields})
        for copy, fields in ((a, left), (b, right))
    )
    free = {other.name: other for other in right}
    found: dict[str, Any] = {}
    for one in left:
        name = next((name for name in free if sums_b[name] == sums_a[one.name]), None)
        if name is not None:
            found[one.name] = free.pop(name)
    return found


def _verdict(a: Any, b: Any, verdict: Any) -> ColumnVerdict:
    return ColumnVerdict(
        a=None if a is None else a.name,
        b=None if b is None else b.name,
        a_type=None if a is None else spelled(a.type),
        b_type=None if b is None else spelled(b.type),
        verdict=verdict,
        is_equal=verdict == "renamed",
    )


def _examples(
    was: pa.Table, now: pa.Table, masks: dict[str, Any], limit: int
) -> tuple[RowPair, ...]:
    rows = zip(was.slice(0, limit).to_pylist(), now.slice(0, limit).to_pylist(), strict=True)
    return tuple(
        RowPair(a=a, b=b, columns=tuple(name for name, mask in masks.items() if mask[i]))
        for i, (a, b) in enumerate(rows)
    )


def _has_findings(split: Split, columns: Sequence[ColumnVerdict], *, tolerant: bool) -> bool:
    fine = {"same", "widened"} if tolerant else {"same"}
    is_mapped = all(
        one.verdict in fine and (one.a == one.b or one.verdict != "renamed") for one in columns
    )
    return not is_mapped or not _is_equal(split)
