"""What a list of monitors tells of each, and what one shows of its newest windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import HeadgateError
from headgate.monitor import queries
from headgate.monitor.files import check, files_of, named
from headgate.monitor.kept import KeptWindow
from headgate.monitor.requests import (
    ColumnLine,
    MonitorDetail,
    MonitorLine,
    WindowLine,
)
from headgate.spine.documents import read_file
from headgate.spine.problems import Problem

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured
    from headgate.spine.context import Context

Key = tuple[str, str, str]


def lines(context: Context) -> Iterator[MonitorLine]:
    """Yield a line for each monitor file of the project, by name."""
    with context.catalog.read() as connection:
        counted = queries.counted_windows(connection, context.tenant)
    for name, path in files_of(context.root).items():
        n_windows, until = counted.get(name, (0, None))
        line = _line(context, name, path)
        yield MonitorLine(
            name=line.name,
            watches=line.watches,
            window=line.window,
            owner=line.owner,
            n_windows=n_windows,
            looked_until=until,
            problems=line.problems,
        )


def _line(context: Context, name: str, path: Path) -> MonitorLine:
    try:
        monitor, problems = check(read_file(path, path.name), name, context.registry)
    except HeadgateError as error:
        wrong = Problem(1, 1, "the document", error.message, error.mend)
        return MonitorLine(name=name, problems=(wrong,))
    if monitor is None:
        return MonitorLine(name=name, problems=problems.listed())
    window = monitor.window if isinstance(monitor.window, str) else f"{monitor.window.rows} rows"
    return MonitorLine(name=name, watches=monitor.watch, window=window, owner=monitor.owner)


def shown(context: Context, name: str, n_windows: int) -> MonitorDetail:
    """Show a monitor with its newest windows.

    Raises:
        NotFound: there is none of that name.
        Invalid: its file is broken.
    """
    monitor = named(context.root, name, context.registry)
    with context.catalog.read() as connection:
        references = queries.references(connection, context.tenant, name)
        found = queries.windows(connection, context.tenant, name, limit=n_windows)[::-1]
    return MonitorDetail(
        monitor=name,
        watches=monitor.watch,
        owner=monitor.owner,
        reference=references[0] if references else None,
        windows=tuple(
            WindowLine(
                span=one.span,
                reference=one.reference,
                action=one.decision.action,
                findings=one.findings,
            )
            for one in found
        ),
        columns=tuple(columns_of(found)),
    )


def columns_of(windows: Sequence[KeptWindow]) -> list[ColumnLine]:
    """Follow each number over windows, those that were worth a look first.

    Args:
        windows: the oldest first.
    """
    by_window = [{_key(one): one for one in window.measured} for window in windows]
    keys = dict.fromkeys(key for measured in by_window for key in measured)
    found = [_column(key, [measured.get(key) for measured in by_window]) for key in keys]
    return sorted(found, key=lambda one: (-sum(one.exceeded), one.subject, one.check, one.metric))


def _key(one: Measured) -> Key:
    subject = f"{one.subject} where {one.slice_}" if one.slice_ else one.subject
    return one.check, subject, one.metric


def _column(key: Key, measured: Sequence[Measured | None]) -> ColumnLine:
    newest = next((one for one in reversed(measured) if one is not None), None)
    return ColumnLine(
        check=key[0],
        subject=key[1],
        metric=key[2],
        values=tuple(None if one is None else one.value for one in measured),
        threshold=None if newest is None else newest.threshold,
        exceeded=tuple(one is not None and one.is_exceeded for one in measured),
        thresholds=tuple(None if one is None else one.threshold for one in measured),
    )
