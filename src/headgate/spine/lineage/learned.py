"""What something learned from: the snapshots that a run read, and those they were made of in turn.

Walked breadth first, so that the snapshot a model was fitted on comes before the raw data which
that was made of.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from headgate.core.errors import NotFound
from headgate.spine.lineage import ancestors
from headgate.spine.lineage.reads import reads_of
from headgate.spine.ports import Reference
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.spine.context import Context

MOST_STEPS = 16
"""Runs one behind the other that are followed [count]."""


def learned_from(context: Context, starts: Iterable[Reference]) -> tuple[Reference, ...]:
    """Follow snapshots back to those they were made of.

    Args:
        context: the project.
        starts: where to begin, each with what leads there.

    Returns:
        The starts and their ancestors, the nearest first, each snapshot once; the path of an
        ancestor goes on with the snapshot it went into and the run that wrote that.
    """
    found: dict[tuple[str, int], Reference] = {}
    level = list(starts)
    for _ in range(MOST_STEPS):
        fresh: list[Reference] = []
        for one in level:
            if (one.dataset, one.number) not in found:
                found[one.dataset, one.number] = one
                fresh.append(one)
        level = [parent for one in fresh for parent in _parents(context, one)]
        if not level:
            break
    return tuple(found.values())


def read_by(context: Context, run_id: str, path: Sequence[str]) -> list[Reference]:
    """List the snapshots that a run read, each once, in the order they were read.

    Args:
        context: the project.
        run_id: the run.
        path: what leads to the run; the run is added to it.
    """
    with context.catalog.read() as connection:
        reads = reads_of(connection, context.tenant, [run_id])
    whole = (*path, f"run:{run_id}")
    seen = dict.fromkeys((one.dataset, one.number) for one in reads)
    return [Reference(dataset=name, number=number, path=whole) for name, number in seen]


def _parents(context: Context, child: Reference) -> list[Reference]:
    """List what the runs read that wrote a snapshot's rows, the newest run first."""
    name = f"{child.dataset}@{child.number}"
    runs: list[str] = []
    with suppress(NotFound):  # an expired snapshot has given up what would tell
        runs = [*ancestors.of_snapshot(context, find_snapshot(context, name)).n_by_run][::-1]
    return [one for run in runs for one in read_by(context, run, (*child.path, name))]
