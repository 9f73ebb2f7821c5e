"""Does the model answer otherwise than it did: its predictions, and how sure it is of them?"""

from __future__ import annotations

from headgate.monitor.baseline import Baseline
from headgate.monitor.comparing import DriftSettings, Pair, compared
from headgate.monitor.nouns import Measured
from headgate.monitor.reference import both
from headgate.monitor.seen import Seen


def prediction_drift(reference: Baseline, window: Seen, settings: DriftSettings) -> list[Measured]:
    """Measure `prediction` and `confidence`, as far as the reference knows them.

    Args:
        reference: fitted.
        window: counted on its cells.
        settings: the smallest shifts.
    """
    found: list[Measured] = []
    for name, column, counted in both(reference.answers, window.answers):
        spread = reference.spreads.get(name)
        pair = Pair("prediction_drift", name, column, counted, window.share, spread)
        found += compared(pair, settings)
    return found
