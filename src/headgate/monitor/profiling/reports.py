"""What is asked of a profile and what it answers."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.monitor.profiling.keeping import profiled
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.monitor.profiling.columns import ColumnSketch
    from headgate.spine.context import Context

RATIOS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
N_CELLS = 20
N_NAMES = 10
TELLING_RATIO = 0.01
"""Names are told where the most frequent has at least this share [ratio]."""


class ProfileRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to profile.

    Args:
        dataset: the dataset.
        at: which snapshot: a number, a tag, a branch, a time or a version id; the newest if none.
        since: only what came after this snapshot.
        columns: only these columns.
    """

    dataset: str
    at: str | None = None
    since: str | None = None
    columns: tuple[str, ...] = ()


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A column.

    Args:
        name: its name.
        type: as Arrow writes it.
        kind: number, text, bool, time or other.
        n: rows [count].
        null_ratio: rows without a value [ratio].
        n_nan: values that are no number [count].
        n_infinite: infinite values [count].
        n_distinct: different values; within 4.4 % (one standard error) where it is not exact.
        is_distinct_exact: it is counted, not estimated.
        low: the least value; of text its length [signs].
        high: the greatest value.
        mean: of finite values; nothing where that means nothing.
        std: standard deviation of finite values, over n.
        quantiles: at 1, 5, 25, 50, 75, 95 and 99 %.
        rank_error: a quantile's rank is off by at most this [ratio].
        frequent: the most frequent values, each with its count at least [count].
        cells: share of the values in each of 20 equal cells from the 1st to the 99th hundredth,
            what lies beyond in the outermost [ratio].
        edges: ends of the cells, one more than cells.
    """

    name: str
    type: str
    kind: str
    n: int
    null_ratio: float
    n_nan: int
    n_infinite: int
    n_distinct: int
    is_distinct_exact: bool
    low: Any
    high: Any
    mean: float | None
    std: float | None
    quantiles: tuple[Any, ...]
    rank_error: float
    frequent: tuple[tuple[str, int], ...]
    cells: tuple[float, ...]
    edges: tuple[float, ...]

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """The most frequent values with their shares of what is there, if they tell anything."""
        n_held = max(self.n - round(self.null_ratio * self.n), 1)
        shares = tuple((name, n / n_held) for name, n in self.frequent)
        return shares if shares and shares[0][1] >= TELLING_RATIO else ()


class ProfileReport(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a snapshot, or of what came after one.

    Args:
        dataset: what was looked at, such as `orders@3`.
        since: only what came after this snapshot.
        n_rows: rows [count].
        n_segments: segments they lie in [count].
        n_made: segments that were read for it; of the others the profile was kept [count].
        columns: every column, in the dataset's order.
    """

    dataset: str
    since: str | None
    n_rows: int
    n_segments: int
    n_made: int
    columns: tuple[ColumnProfile, ...]


def profile(context: Context, request: ProfileRequest) -> ProfileReport:
    """Profile a snapshot.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
    """
    snapshot = find_snapshot(context, request.dataset, request.at)
    manifest = manifest_of(context, snapshot)
    before = None
    if request.since is not None:
        before = find_snapshot(context, request.dataset, request.since)
    found = profiled(context, manifest, None if before is None else manifest_of(context, before))
    names = list(request.columns or manifest.schema.names)
    schema = _chosen(manifest, names)
    return ProfileReport(
        dataset=f"{snapshot.dataset}@{snapshot.number}",
        since=None if before is None else f"{before.dataset}@{before.number}",
        n_rows=found.n_rows,
        n_segments=found.n_segments,
        n_made=found.n_made,
        columns=tuple(
            _column(name, str(schema.field(name).type), found.columns[name]) for name in names
        ),
    )


def _chosen(manifest: Any, names: list[str]) -> Any:
    from headgate.spine.store.reading import target_of

    return target_of(manifest, names)


def _column(name: str, kind: str, held: ColumnSketch) -> ColumnProfile:
    is_measured = held.kind in {"number", "text"} and held.quantiles.n > 0
    cells, edges = cells_of(held)
    return ColumnProfile(
        name=name,
        type=kind,
        kind=held.kind,
        n=held.n,
        null_ratio=held.n_null / held.n if held.n else 0.0,
        n_nan=held.n_nan,
        n_infinite=held.n_infinite,
        n_distinct=held.distinct.n,
        is_distinct_exact=held.distinct.is_exact,
        low=_shown(held, held.low),
        high=_shown(held, held.high),
        mean=held.mean if is_measured else None,
        std=held.std if is_measured else None,
        quantiles=tuple(_shown(held, held.quantiles.at(ratio)) for ratio in RATIOS),
        rank_error=held.quantiles.error,
        frequent=tuple(zip(held.frequent.names, held.frequent.counts, strict=True))[:N_NAMES],
        cells=cells,
        edges=edges,
    )


def cells_of(held: ColumnSketch) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return shares of equal cells and their ends, nothing where no value is there.

    Args:
        held: a column of numbers or times, or of text by its lengths.
    """
    grid = held.quantiles.grid
    if held.kind == "bool" or not len(grid):
        return (), ()
    low, high = held.quantiles.at(RATIOS[0]), held.quantiles.at(RATIOS[-1])
    if low is None or high is None or not 0 < high - low < math.inf:
        return (), ()
    edges = np.linspace(low, high, N_CELLS + 1)
    counts = np.bincount(
        np.clip(np.searchsorted(edges, grid, side="right") - 1, 0, N_CELLS - 1), minlength=N_CELLS
    )
    return tuple((counts / len(grid)).tolist()), tuple(edges.tolist())


def _shown(held: ColumnSketch, value: float | None) -> Any:
    """Write a moment as such, where it is one that can be written."""
    if value is None or held.kind == "bool":
        return None
    if held.kind != "time":
        return value
    try:
        return datetime.fromtimestamp(value, UTC).isoformat(sep=" ", timespec="seconds")[:19]
    except (OverflowError, ValueError, OSError):
        return value
