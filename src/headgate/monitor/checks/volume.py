"""Came about as many rows as usual: as on the same weekdays, where enough of them were seen?"""

from __future__ import annotations

from datetime import datetime
from statistics import median

import msgspec

from headgate.monitor.baseline import Baseline
from headgate.monitor.nouns import Measured
from headgate.monitor.seen import Seen

N_LEAST, N_WEEKDAYS, N_MOST = 3, 3, 28
"""Earlier windows that are needed, those of the same weekday, and most that are asked [count]."""
TO_DEVIATION = 1.4826
"""Times the median distance from the median gives the deviation of normal values."""
N_DEVIATIONS = 5.0


class VolumeSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        change: the smallest change of the number of rows that is worth a look [ratio].
    """

    change: float = 0.5


def volume(reference: Baseline, window: Seen, settings: VolumeSettings) -> list[Measured]:
    """Compare the number of rows with the trailing windows.

    Args:
        reference: not asked; how many rows it has says nothing of a window.
        window: counted, with the trailing windows.
        settings: the smallest change.
    """
    del reference
    usual = alike(window)
    n = window.span.n_rows
    if len(usual) < N_LEAST:
        return [Measured(check="volume", subject="rows", metric="n_rows", value=float(n), n=n)]
    middle = median(usual)
    deviation = TO_DEVIATION * median(abs(one - middle) for one in usual)
    margin = max(settings.change * middle, N_DEVIATIONS * deviation)
    return [
        Measured(
            check="volume",
            subject="rows",
            metric="n_rows",
            value=float(n),
            before=float(middle),
            threshold=middle + margin if n >= middle else max(0.0, middle - margin),
            n=n,
            is_exceeded=abs(n - middle) > margin or not n,
            evidence={"windows": len(usual), "deviation": deviation},
        )
    ]


def alike(window: Seen) -> list[int]:
    """List the rows of trailing windows: of the same weekday and hour if there are enough."""
    past = [one for one in window.trailing if one.n_rows][-7 * N_MOST :]
    same = [one.n_rows for one in past if _place(one.since) == _place(window.span.since)]
    if len(same) >= N_WEEKDAYS:
        return same[-N_MOST:]
    return [one.n_rows for one in past[-N_MOST:]]


def _place(since: datetime) -> tuple[int, int]:
    return since.weekday(), since.hour
