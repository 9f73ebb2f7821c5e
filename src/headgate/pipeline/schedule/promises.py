"""Whether a dataset is what it was promised to be; nothing is read here."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Literal

import msgspec

from headgate.core.times import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.pipeline.schedule.declared import Promise
    from headgate.pipeline.schedule.nouns import Commit

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
    promise: Literal["freshness", "min_rows", "volume"]
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
        commits: its newest snapshots, the newest first; nothing if it was never made.
        at: the present moment.
    """
    newest = commits[0] if commits else None
    if promise.freshness is not None:
        age = at - newest.created_at if newest else None
        yield PromiseLine(
            dataset,
            "freshness",
            f"at most {promise.freshness} old",
            "never made" if age is None else f"{told(age)} old",
            is_kept=age is not None and age <= span(promise.freshness),
        )
    if promise.min_rows is not None:
        yield PromiseLine(
            dataset,
            "min_rows",
            f"at least {_counted(promise.min_rows)}",
            _rows(newest),
            is_kept=newest is not None and newest.n_rows >= promise.min_rows,
        )
    if promise.volume is not None:
        usual = median(one.n_rows for one in commits[1:]) if len(commits) > 1 else None
        yield PromiseLine(
            dataset,
            "volume",
            f"within {promise.volume:.0%} of what is usual",
            _rows(newest) if usual is None else f"{_rows(newest)}, usually {usual:,.0f}",
            is_kept=newest is not None
            and (usual is None or abs(newest.n_rows - usual) <= promise.volume * usual),
        )


def told(age: timedelta) -> str:
    """Say how long something is, in its two largest units.

    >>> told(timedelta(hours=26, minutes=5)), told(timedelta(seconds=40))
    ('1d 2h', '40s')
    """
    seconds = max(int(age.total_seconds()), 0)
    parts: list[str] = []
    for name, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size}{name}")
            seconds %= size
    return " ".join(parts[:2]) or "0s"


def _rows(commit: Commit | None) -> str:
    return "never made" if commit is None else _counted(commit.n_rows)


def _counted(n_rows: int) -> str:
    return f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
