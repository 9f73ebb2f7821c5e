"""What a dataset's earlier snapshots say of how many rows there are."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from headgate.contract.infer.clauses import Clause
from headgate.contract.odcs.nouns import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH_SNAPSHOTS = 3
"""Snapshots from which their number of rows says something [count]."""
GROWING = ("commit", "merge", "restore", "erase")


def row_count(n_rows: Sequence[int]) -> Clause:
    """Promise how many rows there are.

    Args:
        n_rows: of each snapshot, the newest first.
    """
    newest = n_rows[0]
    if len(n_rows) == 1:
        return _rows(
            f"{newest:,} rows in the only snapshot; that there are any", low=min(newest, 1)
        )
    if len(n_rows) < ENOUGH_SNAPSHOTS:
        reason = f"{newest:,} rows; at least half of them"
        return _rows(reason, low=(newest + 1) // 2)
    least, most = min(n_rows), max(n_rows)
    steps = [new - old for new, old in pairwise(n_rows)]
    if min(steps) >= 0 and max(steps) > 0:
        reason = f"{least:,} to {most:,} rows in {len(n_rows)} snapshots, never fewer than before"
        return _rows(f"{reason}; a tenth less at most", low=newest * 9 // 10)
    room = max(most // 5, 2 * max(map(abs, steps)))
    reason = f"{least:,} to {most:,} rows in {len(n_rows)} snapshots; with room of {room:,}"
    return _rows(reason, low=max(least - room, 0), high=most + room)


def _rows(reason: str, *, low: int, high: int | None = None) -> Clause:
    rule = Rule(
        id="rows",
        metric="rowCount",
        dimension="coverage",
        description=reason,
        must_be_greater_or_equal_to=low if high is None else None,
        must_be_between=None if high is None else (low, high),
    )
    return Clause(None, "rows", reason, rule=rule)
