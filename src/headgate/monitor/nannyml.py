"""Reads results that NannyML wrote, so that a watch that went on there goes on here.

NannyML's `result.to_df(multilevel=False)` has a row for each chunk and, for each metric, columns
that end in `_value`, `_upper_threshold`, `_lower_threshold` and `_alert`; of an estimate one ends
in `_realized` too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Invalid
from headgate.monitor.exchange.reading import finite
from headgate.monitor.nouns import CheckName, Measured
from headgate.monitor.performance.bands import SMALLER_IS_BETTER

if TYPE_CHECKING:
    import pyarrow as pa

VALUE = "_value"
WRITE = "write it by result.to_df(multilevel=False).to_parquet(…)"
METHODS = {
    "jensen_shannon": "jensen_shannon",
    "kolmogorov_smirnov": "ks_statistic",
    "wasserstein": "wasserstein",
    "hellinger": "hellinger",
    "chi2": "chi_square",
    "l_infinity": "l_infinity",
}
"""NannyML's names of univariate drift, and what they are called here."""


class Chunk(msgspec.Struct, frozen=True):
    """What NannyML said of one chunk.

    Args:
        name: its key.
        is_reference: it is of the reference period.
        since: when it begins; nothing if its rows had no time.
        until: when it ends.
        n_rows: its rows [count].
        measured: each metric.
    """

    name: str
    is_reference: bool
    since: datetime | None
    until: datetime | None
    n_rows: int
    measured: tuple[Measured, ...]


def chunks_of(table: pa.Table) -> list[Chunk]:
    """Read a table of results, of an estimate, of realised performance or of univariate drift.

    Args:
        table: what `to_df(multilevel=False)` gave, as Parquet or CSV brought it here.

    Returns:
        The chunks in their order. A value that NannyML marked raises an alert here as well; of
        performance only one that is worse.

    Raises:
        Invalid: the table is no such result.
    """
    metrics = [each.removesuffix(VALUE) for each in table.column_names if each.endswith(VALUE)]
    if "chunk_key" not in table.column_names or not metrics:
        raise Invalid(
            "this is no result of NannyML: it has no chunk_key, or no column that ends in _value",
            mend=WRITE,
        )
    return [_chunk(row, metrics) for row in table.to_pylist()]


def _chunk(row: dict[str, Any], metrics: list[str]) -> Chunk:
    first, last = (_whole(row, f"chunk_{end}_index") for end in ("start", "end"))
    n_rows = last - first + 1
    return Chunk(
        name=str(row["chunk_key"]),
        is_reference=row.get("chunk_period") == "reference",
        since=_moment(row.get("chunk_start_date")),
        until=_moment(row.get("chunk_end_date")),
        n_rows=n_rows,
        measured=tuple(_measured(row, metric, n_rows) for metric in metrics),
    )


def _measured(row: dict[str, Any], metric: str, n_rows: int) -> Measured:
    check, subject, name = _meant(row, metric)
    low, high = (finite(row.get(f"{metric}_{end}_threshold")) for end in ("lower", "upper"))
    value = finite(row[f"{metric}{VALUE}"])
    is_marked = bool(row.get(f"{metric}_alert"))
    threshold = high if check == "data_drift" or name in SMALLER_IS_BETTER else low
    is_worse = check == "data_drift" or _is_worse(name, value, threshold)
    return Measured(
        check=check,
        subject=subject,
        metric=name,
        value=value,
        threshold=threshold,
        n=n_rows,
        is_estimated=check == "estimated_performance",
        is_exceeded=is_marked and is_worse,
        evidence={"low": low, "high": high, "source": "nannyml", "is_marked": is_marked},
    )


def _meant(row: dict[str, Any], metric: str) -> tuple[CheckName, str, str]:
    """Tell which check a metric is of, its subject, and its name here."""
    if f"{metric}_realized" in row:
        return "estimated_performance", metric, metric
    for theirs, ours in METHODS.items():
        if metric.endswith(f"_{theirs}"):
            return "data_drift", metric.removesuffix(f"_{theirs}"), ours
    return "realised_performance", metric, metric


def _is_worse(name: str, value: float | None, threshold: float | None) -> bool:
    if value is None or threshold is None:
        return False
    return value > threshold if name in SMALLER_IS_BETTER else value < threshold


def _whole(row: dict[str, Any], key: str) -> int:
    found = finite(row.get(key))
    if found is None:
        raise Invalid(f"chunk {row['chunk_key']} has no number as {key}", mend=WRITE)
    return int(found)


def _moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise Invalid(f"{value!r} is no time of a chunk", mend=WRITE) from error
    if not isinstance(found, datetime):
        raise Invalid(f"{value!r} is no time of a chunk", mend=WRITE)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
