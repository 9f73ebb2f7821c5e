"""Says what a report leaves out, so that a quiet one is not taken for more than it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from headgate.monitor.documents import Monitor
from headgate.monitor.kept import KeptWindow
from headgate.monitor.seen import KEPT


def limits_of(monitor: Monitor, window: KeptWindow, on_rows: Collection[str]) -> Iterator[str]:
    """List what a report leaves out, in words.

    Args:
        monitor: its file.
        window: what was seen.
        on_rows: names of the checks that look at rows, not at counts of all of them.
    """
    n_rows, checks = window.span.n_rows, {one.check for one in window.measured}
    if window.n_looked < n_rows:
        yield f"a sample of {window.n_looked:,} of {n_rows:,} rows was looked at"
    elif n_rows > KEPT and checks.intersection(on_rows):
        names = " and ".join(sorted(checks.intersection(on_rows))).replace("_", " ")
        yield f"{names} looked at {KEPT:,} of {n_rows:,} rows, drawn by chance"
    if monitor.slices and any(not one.slice_ for one in window.measured):
        by = " and ".join(monitor.slices)
        yield f"drift is told over all rows, and by {by} performance alone"
