"""Is more missing in a column than in the reference, or less?

A distance of the values that are there says nothing of those that are not, so what is missing is a
signal of its own.
"""

from __future__ import annotations

import msgspec

from headgate.monitor.baseline import Baseline
from headgate.monitor.nouns import Measured
from headgate.monitor.p_values import p_value_of_shares
from headgate.monitor.reference import both
from headgate.monitor.seen import Seen
from headgate.monitor.thresholds import N_LEAST


class MissingSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        change: the smallest change of the share that is worth a look [ratio].
        jump: growth of the share that is worth a look at once [ratio].
        rows: rows below which a window raises no alert [count].
    """

    change: float = 0.02
    jump: float = 0.2
    rows: int = N_LEAST


def missing(reference: Baseline, window: Seen, settings: MissingSettings) -> list[Measured]:
    """Compare the share of null and NaN of each column.

    Args:
        reference: fitted.
        window: counted on its cells.
        settings: the smallest change.
    """
    from scipy.special import ndtri

    quantile = float(ndtri((1 + window.share) / 2))
    found: list[Measured] = []
    for name, column, now in both(reference.data, window.data):
        was = column.window
        gone_before, gone = was.n_null + was.n_nan, now.n_null + now.n_nan
        n, m = was.n + gone_before, now.n + gone
        if not n or not m:
            continue
        before, after = gone_before / n, gone / m
        chance, spread = p_value_of_shares((gone_before, n), (gone, m))
        margin = max(settings.change, quantile * spread)
        found.append(
            Measured(
                check="missing",
                subject=name,
                metric="missing_share",
                value=after,
                before=before,
                threshold=before + margin if after >= before else before - margin,
                p_value=chance,
                n=m,
                is_exceeded=abs(after - before) > margin and m >= settings.rows,
                evidence={"floor": settings.change, "jump": settings.jump},
            )
        )
    return found
