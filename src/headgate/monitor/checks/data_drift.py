"""Has a column of data another distribution than in the reference?"""

from __future__ import annotations

from headgate.monitor.baseline import Baseline
from headgate.monitor.comparing import DriftSettings, Pair, compared
from headgate.monitor.nouns import Measured
from headgate.monitor.reference import both
from headgate.monitor.seen import Seen


def data_drift(reference: Baseline, window: Seen, settings: DriftSettings) -> list[Measured]:
    """Measure each column that is in both, what is missing left out.

    Args:
        reference: fitted.
        window: counted on its cells.
        settings: the smallest shifts.
    """
    found: list[Measured] = []
    for name, column, counted in both(reference.data, window.data):
        spread = reference.spreads.get(name)
        pair = Pair("data_drift", name, column, counted, window.share, spread)
        found += compared(pair, settings)
    return found
