"""The columns of a merged state, and those on which two branches do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from headgate.core.nouns import Column
from headgate.dataset.branching.reports import ColumnConflict
from headgate.dataset.compare import images, n_differing
from headgate.dataset.schemas import is_wider
from headgate.spine.store.arrow_types import type_named

if TYPE_CHECKING:
    from headgate.dataset.branching.threeway import Sides, Verdict
    from headgate.dataset.compare import Side
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.segments import I64


class _Types(NamedTuple):
    """The types of one column; nothing where it is not there."""

    bases: tuple[str | None, ...]
    ours: str | None
    theirs: str | None

    @property
    def base(self) -> str | None:
        """The type in the nearest common ancestor."""
        return self.bases[0] if self.bases else None

    def settled(self) -> tuple[str | None, bool]:
        """Return the type it becomes, and whether both sides can live with it."""
        by_us = any(base != self.ours for base in self.bases)
        by_them = any(base != self.theirs for base in self.bases)
        if self.ours == self.theirs or not by_them:
            return self.ours, True
        if not by_us:
            return self.theirs, True
        if self.ours is None or self.theirs is None:
            return self.ours or self.theirs, False
        ours, theirs = type_named(self.ours), type_named(self.theirs)
        if is_wider(ours, theirs):
            return self.theirs, True
        return self.ours, is_wider(theirs, ours)


def merge_columns(
    blobs: Blobs, sides: Sides, verdict: Verdict
) -> tuple[tuple[Column, ...], tuple[ColumnConflict, ...]]:
    """Settle the columns of a merged state: ours in their order, then what theirs added.

    A column that one side removed or gave another type is settled by that side, unless rows that
    the other side touched hold values that would be lost by it.
    """
    settled: list[Column] = []
    conflicts: list[ColumnConflict] = []
    types = _types(sides)
    for name, known in types.items():
        kind, is_agreed = known.settled()
        if not is_agreed:
            conflicts.append(_conflict(name, known, "both sides changed it, each its own way"))
        elif kind is not None:
            settled.append(Column(name=name, type=kind))
    becomes = {column.name: column.type for column in settled}
    disputed = {conflict.column for conflict in conflicts}
    difference = verdict.difference
    for manifest, side, rids, whose in (
        (sides.ours, difference.before, verdict.kept, "rows that only the branch merged into"),
        (sides.theirs, difference.after, verdict.taken, "rows that only the branch to merge"),
    ):
        for name, n_rows in _losing(blobs, (manifest, side, rids), becomes).items():
            if name not in disputed:
                reason = f"{n_rows} {whose} touched would lose their values in it"
                conflicts.append(_conflict(name, types[name], reason))
    return tuple(settled), tuple(conflicts)


def _types(sides: Sides) -> dict[str, _Types]:
    ours, theirs = _by_name(sides.ours), _by_name(sides.theirs)
    bases = [_by_name(base) for base in sides.bases] or [{}]
    return {
        name: _Types(tuple(base.get(name) for base in bases), ours.get(name), theirs.get(name))
        for name in dict.fromkeys([*ours, *theirs])
    }


def _by_name(manifest: Manifest) -> dict[str, str]:
    return {column.name: column.type for column in manifest.columns}


def _losing(
    blobs: Blobs, rows: tuple[Manifest, Side, I64], becomes: dict[str, str]
) -> dict[str, int]:
    """Count for each column the rows whose value in it would not be the same any more."""
    manifest, side, rids = rows
    moved = [column.name for column in manifest.columns if becomes.get(column.name) != column.type]
    if not moved or not len(rids):
        return {}
    table = images(blobs, manifest, side, rids, columns=moved)
    counts = {name: _n_lost(table[name], becomes.get(name)) for name in moved}
    return {name: n_rows for name, n_rows in counts.items() if n_rows}


def _n_lost(column: pa.ChunkedArray[pa.Scalar[pa.DataType]], kind: str | None) -> int:
    """Count the values that a column's new type does not hold; all of them if it goes."""
    if kind is None:
        return len(column) - column.null_count
    try:
        return n_differing(column, column.cast(type_named(kind)))
    except pa.ArrowException:
        return len(column) - column.null_count


def _conflict(name: str, known: _Types, reason: str) -> ColumnConflict:
    return ColumnConflict(
        column=name, reason=reason, base=known.base, ours=known.ours, theirs=known.theirs
    )
