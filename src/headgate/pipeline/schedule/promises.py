"""Whether a dataset is what it was promised to be; nothing is read here."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from headgate.core.freshness import freshness_of
from headgate.core.times import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.pipeline.schedule.declared import Promise
    from headgate.pipeline.schedule.nouns import Commit

Kind = Literal["freshness", "min_rows", "min_written", "volume"]
PROMISES = frozenset(get_args(Kind))
N_BEFORE = 8
"""Snapshots before the newest that a volume is compared with, at most [count]."""


class PromiseLine(msgspec.Struct, frozen=True):
    """One thing that was promised of a dataset.

    Args:
        dataset: which.
        promise: what was promised.
        wanted: in words.
        found: how it is, in words.
        is_kept: whether it is so.
    """

    dataset: str
    promise: Kind
    wanted: str
    found: str
    is_kept: bool


def keep_promises(
    dataset: str, promise: Promise, commits: Sequence[Commit], at: datetime
) -> Iterator[PromiseLine]:
    """Compare a dataset with each thing that was promised of it.

    Args:
        dataset: its name.
        promise: what was promised.
        commits: its newest snapshots, or what other tools' runs wrote, the newest first; nothing if
            it was never made.
        at: the present moment.
    """
    newest = commits[0] if commits else None
    if promise.freshness is not None:
        limit = span(promise.freshness)
        fresh = freshness_of(newest.created_at if newest else None, limit, at)
        yield PromiseLine(
            dataset,
            "freshness",
            f"at most {promise.freshness} old",
            fresh.said,
            is_kept=fresh.is_kept,
        )
    if promise.min_rows is not None:
        yield _least(dataset, "min_rows", promise.min_rows, (newest, newest and newest.n_rows))
    if promise.min_written is not None:
        found = newest and newest.n_written
        yield _least(dataset, "min_written", promise.min_written, (newest, found))
    if promise.volume is not None:
        yield _volume(dataset, promise.volume, commits)


def _least(
    dataset: str, kind: Kind, least: int, there: tuple[Commit | None, int | None]
) -> PromiseLine:
    words = "written the last time" if kind == "min_written" else ""
    return PromiseLine(
        dataset,
        kind,
        f"at least {_counted(least)} {words}".rstrip(),
        _rows(*there),
        is_kept=there[1] is not None and there[1] >= least,
    )


def _volume(dataset: str, ratio: float, commits: Sequence[Commit]) -> PromiseLine:
    found = commits[0].n_rows if commits else None
    before = [one.n_rows for one in commits[1:] if one.n_rows is not None]
    usual = median(before) if before else None
    rows = _rows(commits[0] if commits else None, found)
    return PromiseLine(
        dataset,
        "volume",
        f"within {ratio:.0%} of what is usual",
        rows if usual is None else f"{rows}, usually {usual:,.0f}",
        is_kept=found is not None and (usual is None or abs(found - usual) <= ratio * usual),
    )


def _rows(commit: Commit | None, found: int | None) -> str:
    if commit is None:
        return "never made"
    return "it was not told how many rows" if found is None else _counted(found)


def _counted(n_rows: float) -> str:
    return f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
