"""The rows of a dataset's newest snapshot by a time that stands in one of their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.arrivals import AT, MOMENT, renamed
from headgate.spine.store.reading import arrow_dataset
from headgate.spine.store.snapshots import find_snapshot, manifest_of

_FIRST, _LAST = (pa.scalar(datetime(year, 1, 1, tzinfo=UTC), MOMENT) for year in (1, 9999))

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.spine.context import Context


class Clock(NamedTuple):
    """The dataset, and its column of times; those without a zone are taken as UTC."""

    dataset: str
    column: str


def rows(
    context: Context, clock: Clock, window: tuple[datetime, datetime], columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Read the rows whose time lies in a window [since, until), in the snapshot's order.

    Raises:
        NotFound: there is no such dataset or column.
        Invalid: the column holds no times.
    """
    held = _opened(context, clock)
    names = [name for name in held.schema.names if not columns or renamed(name) in columns]
    since, until = (pa.scalar(end, MOMENT) for end in window)
    at: Any = pc.field(clock.column).cast(MOMENT)
    scanner = held.scanner([*dict.fromkeys([*names, clock.column])], (at >= since) & (at < until))
    return (_part(pa.Table.from_batches([one]), clock, names) for one in scanner.to_batches())


def span(context: Context, clock: Clock) -> tuple[datetime, datetime] | None:
    """Say when the first and the last row came; nothing if none has a time.

    Times outside the years 1 to 9998 are none: no window reaches them.

    Raises:
        NotFound: there is no such dataset or column.
        Invalid: the column holds no times.
    """
    ends: list[Any] = []
    for batch in _opened(context, clock).scanner([clock.column]).to_batches():
        times: Any = batch.column(0).cast(MOMENT)
        times = times.filter(pc.and_(pc.greater_equal(times, _FIRST), pc.less(times, _LAST)))
        ends += [end for end in (pc.min(times).as_py(), pc.max(times).as_py()) if end is not None]
    return (min(ends), max(ends)) if ends else None


def _opened(context: Context, clock: Clock) -> Any:
    snapshot = find_snapshot(context, clock.dataset)
    held = arrow_dataset(context.blobs, manifest_of(context, snapshot))
    if clock.column not in held.schema.names:
        place = f"column of {snapshot.dataset}@{snapshot.number}"
        raise NotFound.among(place, clock.column, held.schema.names)
    kind = held.schema.field(clock.column).type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise Invalid(
            f"column {clock.column!r} of {clock.dataset} is {kind}, not a time",
            mend="name a column of times or dates, or none for when rows arrived",
        )
    return held


def _part(table: pa.Table, clock: Clock, names: Sequence[str]) -> pa.Table:
    found: dict[str, Any] = {AT: table[clock.column].cast(MOMENT)}
    found |= {renamed(name): table[name] for name in names}
    return pa.table(found)
