"""Finds sources at fault: those that brought records, upstream, which broke a promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.monitor.policies.nouns import Fact
from headgate.spine.lineage.batches import of_dataset
from headgate.spine.lineage.between import made_of, reached
from headgate.spine.store import quarantine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.monitor.nouns import Span
    from headgate.spine.context import Context
    from headgate.spine.lineage.batches import Batch
    from headgate.spine.store.quarantine import Waiting

NO_FAULT = frozenset({"held", "erased"})
"""Reasons that say nothing about a source: somebody decided it."""


class Brought(NamedTuple):
    """What a source brought in a window.

    Args:
        n_rows: records, whether or not they passed [count].
        n_broken: of them those that broke a promise and were not released since [count].
        datasets: where they wanted to go.
        reasons: why they wait, by name.
    """

    n_rows: int
    n_broken: int
    datasets: frozenset[str]
    reasons: dict[str, int]


def sources_at_fault(context: Context, datasets: Sequence[str], window: Span, ratio: float) -> Fact:
    """Say which sources upstream of some datasets broke promises in a window.

    What came up to a window's length after it counts too, for a day's file comes the day after.

    Args:
        context: the project.
        datasets: what is watched, and what was learned from.
        window: when.
        ratio: from which share of what it brought a source is at fault [ratio].
    """
    upstream = upstream_of(context, datasets)
    ends = window.until + (window.until - window.since)
    with context.catalog.read() as connection:
        batches = [
            one
            for name in sorted(upstream)
            for one in of_dataset(connection, context.tenant, name, window.since)
            if one.arrived_at < ends and one.source is not None
        ]
        waiting = {one.rev: one for one in quarantine.listed(connection, context.tenant)}
    brought = _brought(batches, waiting)
    shares = {name: one.n_broken / one.n_rows for name, one in brought.items() if one.n_rows}
    guilty = sorted(
        (name for name in shares if shares[name] >= ratio), key=lambda one: -shares[one]
    )
    if not guilty:
        says = f"no source of {_listed(upstream)} broke a promise: {len(brought)} brought something"
        return Fact(value=[], says=says)
    told = [
        f"{brought[name].n_broken:,} of {brought[name].n_rows:,} from {name}" for name in guilty
    ]
    evidence: dict[str, Any] = {
        name: {
            "share": shares[name],
            "n_broken": brought[name].n_broken,
            "n_rows": brought[name].n_rows,
            "datasets": sorted(brought[name].datasets),
            "reasons": brought[name].reasons,
        }
        for name in guilty
    }
    return Fact(value=guilty, says=f"{'; '.join(told)} broke a promise", evidence=evidence)


def upstream_of(context: Context, datasets: Iterable[str]) -> set[str]:
    """Name datasets and all that they were made of."""
    with context.catalog.read() as connection:
        pairs = {(child, parent) for parent, child in made_of(connection, context.tenant)}
    return {name for start in datasets for name in reached(pairs, start)}


def _brought(batches: Sequence[Batch], waiting: dict[int, Waiting]) -> dict[str, Brought]:
    found: dict[str, Brought] = {}
    for batch in batches:
        if batch.released_from is not None:
            continue
        before = found.get(batch.source or "", Brought(0, 0, frozenset(), {}))
        reasons = _reasons(waiting.get(batch.rev))
        merged = dict(before.reasons)
        for name, number in reasons.items():
            merged[name] = merged.get(name, 0) + number
        found[batch.source or ""] = Brought(
            before.n_rows + batch.n_rows + batch.n_quarantined,
            before.n_broken + sum(reasons.values()),
            before.datasets | {batch.dataset},
            merged,
        )
    return found


def _reasons(entry: Waiting | None) -> dict[str, int]:
    """Count what broke a promise and was not released, by reason."""
    if entry is None:
        return {}
    if entry.reasons is None:
        return {"not counted": entry.n_waiting + entry.n_discarded}
    found = {name: one for name, one in entry.reasons.items() if name not in NO_FAULT and one > 0}
    return found | ({"discarded": entry.n_discarded} if entry.n_discarded else {})


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
