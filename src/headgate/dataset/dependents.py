"""Who stands on snapshots that a dataset leaves behind: runs, what they wrote, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.reads import readers_among, written_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.context import Context


def dependents_of(context: Context, dataset: str, numbers: Iterable[int]) -> tuple[str, ...]:
    """Name what was made from some snapshots of a dataset, however far down.

    Returns:
        Runs, then snapshots that they wrote, then models that they made, each in name order and
        written as `run:ID`, `dataset:NAME@NUMBER`, `model:NAME@NUMBER`.
    """
    runs: set[str] = set()
    written: set[tuple[str, int]] = set()
    waiting = {dataset: set(numbers)}
    with context.catalog.read() as connection:
        while waiting:
            name, stale = waiting.popitem()
            new = readers_among(connection, context.tenant, name, stale) - runs
            runs |= new
            for snapshot in written_by(connection, context.tenant, new):
                written.add(snapshot)
                waiting.setdefault(snapshot[0], set()).add(snapshot[1])
    return (
        *(f"run:{run}" for run in sorted(runs)),
        *(f"dataset:{name}@{number}" for name, number in sorted(written)),
        *(f"model:{ref}" for ref in sorted(_models(context, runs))),
    )


def _models(context: Context, runs: set[str]) -> set[str]:
    """Ask whoever keeps models which of them the runs made."""
    refs = frozenset(f"run:{run}" for run in runs)
    holders = [one for one in context.registry.holders if one.name == "models"] if refs else []
    found = [one.find(context, Affected(context), refs) for one in holders]
    return {model["ref"] for holding in found for model in holding.detail["models"]}
