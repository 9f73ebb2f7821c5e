"""What a monitor watches, asked through the port `Watched` and cut into windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import NotFound
from headgate.core.times import parse
from headgate.monitor.documents import Days, Monitor, Rows
from headgate.monitor.windows import Stretch, by_clock, by_rows

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Reference, Watched

MOMENT = timedelta(microseconds=1)


class Watch(NamedTuple):
    """What is watched.

    Args:
        context: the project.
        port: reads it.
        target: its name.
    """

    context: Context
    port: Watched
    target: str

    def rows(self, stretch: Stretch, columns: tuple[str, ...] = ()) -> Iterator[Any]:
        """Read what came in a window, in parts."""
        return self.port.rows(
            self.context, self.target, stretch.since, stretch.until, columns=columns
        )

    def span(self) -> tuple[datetime, datetime] | None:
        """Say when the first and the last row came."""
        return self.port.span(self.context, self.target)

    def references(self) -> tuple[Reference, ...]:
        """List the snapshots it learned from, the nearest first."""
        return self.port.references(self.context, self.target)

    def late(self, after: datetime) -> tuple[datetime, ...]:
        """List when the rows came whose label became known after a moment."""
        return self.port.late(self.context, self.target, after)


def watch_of(context: Context, monitor: Monitor) -> Watch:
    """Find what a monitor watches.

    Raises:
        NotFound: there is nothing of that kind to watch.
    """
    ports = context.registry.watched
    if monitor.kind not in ports:
        raise NotFound.among("kind of thing to watch", monitor.kind, ports)
    return Watch(context, ports[monitor.kind], monitor.target)


def stretch_of(days: Days) -> Stretch:
    """Return the days that count as normal."""
    ending = parse(days.ending)
    first = datetime.min.replace(tzinfo=UTC)
    length = timedelta(days=min(days.days, (ending - first).days))
    return Stretch(ending - length, ending)


def stretches(
    watch: Watch, monitor: Monitor, since: datetime | None, until: datetime
) -> Iterator[Stretch]:
    """Yield the complete windows there are, the oldest first.

    After the last row only one more window of the clock is yielded, the newest: that nothing came
    since is one finding, however long ago it was.

    Args:
        watch: what is watched.
        monitor: says how long windows are.
        since: where the first one lies; the first row if nothing is said.
        until: no window ends after this.
    """
    span = watch.span()
    if span is None:
        return
    first = span[0] if since is None else since
    if isinstance(monitor.window, Rows):
        parts = watch.rows(Stretch(first, until), ("at",))
        yield from by_rows(first, (part["at"] for part in parts), monitor.window.rows)
        return
    length = monitor.length or timedelta(days=1)
    found = list(by_clock(first, until, length))
    with_rows = [one for one in found if one.since <= span[1]]
    yield from with_rows
    if len(with_rows) < len(found):
        yield found[-1]
