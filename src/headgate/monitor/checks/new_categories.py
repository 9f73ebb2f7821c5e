"""Are there categories that the reference does not know?

Some rows bear an unknown name also without any drift, where the reference has many rare names: as
many as it has names that stand there once (Good and Turing). Of names that its profile does not
keep it is not known which do; all of them are taken for such.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow.compute as pc

from headgate.monitor.baseline import Baseline, plain
from headgate.monitor.nouns import Measured
from headgate.monitor.p_values import p_value_of_shares
from headgate.monitor.profiles.categorical import CategoryColumn, CategoryCounts, kept_name
from headgate.monitor.reference import both
from headgate.monitor.seen import Seen
from headgate.monitor.thresholds import N_LEAST

N_NAMED = 5
"""New names that are told, the most frequent ones [count]."""


class NewSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        share: the smallest share of rows with a new name that is worth a look [ratio].
        rows: rows below which a window raises no alert [count].
    """

    share: float = 0.01
    rows: int = N_LEAST


def new_categories(reference: Baseline, window: Seen, settings: NewSettings) -> list[Measured]:
    """Compare the share of rows whose name the reference does not keep.

    Args:
        reference: fitted.
        window: counted on its cells.
        settings: the smallest share.
    """
    from scipy.special import ndtri

    quantile = float(ndtri(window.share))
    found: list[Measured] = []
    for name, column, counted in both(reference.data, window.data):
        if not isinstance(column, CategoryColumn) or not isinstance(counted, CategoryCounts):
            continue
        if not (column.window.n and counted.n):
            continue
        n_once = column.window.n_other + sum(n == 1 for n in column.window.counts)
        rare = min(column.window.n, column.window.n_other + n_once)
        before, after = rare / column.window.n, counted.n_other / counted.n
        chance, spread = p_value_of_shares((rare, column.window.n), (counted.n_other, counted.n))
        limit = before + max(settings.share, quantile * spread)
        is_exceeded = after > limit and counted.n >= settings.rows
        evidence: dict[str, Any] = {"floor": settings.share}
        if is_exceeded:
            evidence["names"] = _names(column, window.rows[name])
        found.append(
            Measured(
                check="new_categories",
                subject=name,
                metric="new_share",
                value=after,
                before=before,
                threshold=limit,
                p_value=chance if after > before else 1.0,
                n=counted.n,
                is_exceeded=is_exceeded,
                evidence=evidence,
            )
        )
    return found


def _names(column: CategoryColumn, values: Any) -> list[str]:
    """Name what the reference does not keep, the most frequent first; digests if it is hidden."""
    known = set(column.names)
    counted: Any = pc.value_counts(plain(values).drop_null())
    unknown: dict[str, int] = {}
    for each in counted.to_pylist():
        name = kept_name(each["values"], hidden=column.hidden)
        if name not in known:
            unknown[name] = unknown.get(name, 0) + each["counts"]
    return sorted(unknown, key=lambda name: (-unknown[name], name))[:N_NAMED]
