"""Shows rows on which two branches do not agree, as each of them and both before had them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.dataset.branching.reports import RowConflict
from headgate.dataset.compare import images
from headgate.spine.store.segments import RID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.dataset.branching.threeway import Sides, Verdict
    from headgate.dataset.compare import Side
    from headgate.dataset.keys import Clash
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest

Row = dict[str, Any]


def described(
    blobs: Blobs, sides: Sides, verdict: Verdict, clashes: Sequence[Clash], limit: int
) -> tuple[RowConflict, ...]:
    """Show conflicting rows, those that both touched first.

    Args:
        blobs: where the segments lie.
        sides: the two states.
        verdict: what is to be done about their rows.
        clashes: pairs of rows with the same key.
        limit: rows to show at most [count].
    """
    touched = verdict.conflicts[:limit].tolist()
    clashes = clashes[: limit - len(touched)]
    of_ours = [*touched, *(clash.ours for clash in clashes)]
    of_theirs = [*touched, *(clash.theirs for clash in clashes)]
    base = _rows(blobs, sides.bases[0], verdict.base, touched) if sides.bases else {}
    ours = _rows(blobs, sides.ours, verdict.difference.before, of_ours)
    theirs = _rows(blobs, sides.theirs, verdict.difference.after, of_theirs)
    key = sides.ours.key
    pairs = [(rid, rid) for rid in touched] + [(one.ours, one.theirs) for one in clashes]
    return tuple(
        _conflict(key, left, (base.get(left), ours.get(left), theirs.get(right)))
        for left, right in pairs
    )


def _conflict(
    key: Sequence[str], rid: int, rows: tuple[Row | None, Row | None, Row | None]
) -> RowConflict:
    base, ours, theirs = rows
    named = ours or theirs or base or {}
    return RowConflict(
        reason=_reason(*rows),
        key={name: named.get(name) for name in key} or None,
        row_id=rid,
        base=base,
        ours=ours,
        theirs=theirs,
    )


def _reason(base: Row | None, ours: Row | None, theirs: Row | None) -> str:
    if ours is None:
        return "removed by us, changed by them"
    if theirs is None:
        return "changed by us, removed by them"
    return "added by both, not alike" if base is None else "changed by both, not alike"


def _rows(blobs: Blobs, manifest: Manifest, side: Side, rids: list[int]) -> dict[int, Row]:
    table = images(blobs, manifest, side, np.sort(np.array(rids, np.int64)))
    return {row.pop(RID): row for row in table.to_pylist()}
