"""Whose word counts for each row of two states that went on from a common one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headgate.dataset.compare import Difference, Side, compare
from headgate.spine.store.manifest import empty_manifest

if TYPE_CHECKING:
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.segments import I64


@dataclass(frozen=True)
class Sides:
    """Two states to merge, and those they went on from.

    Args:
        bases: their nearest common ancestors; several only after merges crosswise.
        ours: the state that takes changes.
        theirs: the state whose changes are taken.
        is_forward: ours is the common ancestor itself, so that theirs is the merged state.
    """

    bases: tuple[Manifest, ...]
    ours: Manifest
    theirs: Manifest
    is_forward: bool


@dataclass(frozen=True)
class Verdict:
    """What is to be done about each row in which two states differ.

    Args:
        difference: how theirs differs from ours.
        base: rows of the common ancestor that ours has not, or not so.
        taken: ids of rows that become what they are in theirs, sorted.
        dropped: ids of rows that theirs removed and ours has as they were, sorted.
        kept: ids of rows that stay in ours, for ours alone touched them, sorted.
        conflicts: ids of rows that both touched, not alike, sorted.
    """

    difference: Difference
    base: Side
    taken: I64
    dropped: I64
    kept: I64
    conflicts: I64


def judge(blobs: Blobs, sides: Sides) -> Verdict:
    """Say for each row in which two states differ who touched it.

    A row counts as touched if it differs from any of several common ancestors: that can call for
    a decision too many, but never passes over one.
    """
    difference = compare(blobs, sides.ours, sides.theirs)
    differing = _touched(difference)
    bases = sides.bases or (empty_manifest(sides.ours.tenant, sides.ours.dataset),)
    if sides.is_forward:
        by_us = compare(blobs, sides.ours, sides.ours)
        ours, theirs = _touched(by_us), differing
    else:
        by_us = compare(blobs, bases[0], sides.ours)
        more = [compare(blobs, base, sides.ours) for base in bases[1:]]
        ours = _united([by_us, *more])
        theirs = _united([compare(blobs, base, sides.theirs) for base in bases])
    is_ours, is_theirs = np.isin(differing, ours), np.isin(differing, theirs)
    theirs_alone = differing[is_theirs & ~is_ours]
    is_gone = np.isin(theirs_alone, difference.removed)
    stays = differing[is_ours & ~is_theirs]
    return Verdict(
        difference=difference,
        base=by_us.before,
        taken=theirs_alone[~is_gone],
        dropped=theirs_alone[is_gone],
        kept=stays[~np.isin(stays, difference.added)],
        conflicts=differing[is_ours & is_theirs],
    )


def _touched(difference: Difference) -> I64:
    return np.sort(np.concatenate([difference.added, difference.removed, difference.changed]))


def _united(differences: list[Difference]) -> I64:
    return np.unique(np.concatenate([_touched(one) for one in differences]))
