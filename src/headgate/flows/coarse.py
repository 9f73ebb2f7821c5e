"""The answer that lineage without rows would give, to set beside ours.

It knows which run read and wrote which dataset, and nothing of rows: every snapshot since the
bad batch is touched, every run that read one, and all that it wrote from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.flows.reports import DatasetLevel
from headgate.spine.lineage import batches as batch_readings
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.descend import derived_batches
from headgate.spine.lineage.reads import reads_of
from headgate.spine.store import queries

if TYPE_CHECKING:
    from headgate.flows.seeds import Seeds
    from headgate.spine.context import Context


def dataset_level(
    context: Context, seeds: Seeds, by_release: dict[str, dict[str, Any]]
) -> DatasetLevel:
    """Count what lineage between datasets would call touched.

    Args:
        context: the project.
        seeds: what the blast started from.
        by_release: for each release of the prediction log what it is made of, and `n`
            predictions.
    """
    since = dict(seeds.since)
    with context.catalog.read() as connection:
        reads = reads_of(connection, context.tenant)
        derived = derived_batches(connection, context.tenant)
        revs = [one.rev for one in derived]
        written = {one.rev: one for one in batch_readings.by_rev(connection, context.tenant, revs)}
        snapshots = queries.version_rows(connection, context.tenant)
    runs: set[str] = set()
    for one in derived:
        runs |= {
            read.run_id for read in reads if read.number >= since.get(read.dataset, read.number + 1)
        }
        if one.run_id in runs and one.rev in written:
            batch = written[one.rev]
            since[batch.dataset] = min(batch.number, since.get(batch.dataset, batch.number))
    runs |= {
        read.run_id for read in reads if read.number >= since.get(read.dataset, read.number + 1)
    }
    touched = [one for one in snapshots if one.number >= since.get(one.dataset, one.number + 1)]
    refs = seeds.refs | {f"run:{run}" for run in runs}
    models = context.registry.holder("models").find(context, Affected(context), frozenset(refs))
    refs |= {model["ref"] for model in models.detail["models"]}
    indexes = {f"{one.dataset}@{one.number}" for one in touched}
    return DatasetLevel(
        n_snapshots=len(touched),
        n_rows=sum(one.n_rows for one in touched),
        n_models=models.n_exposed,
        n_predictions=_predictions(by_release, refs, indexes),
    )


def _predictions(
    by_release: dict[str, dict[str, Any]], refs: frozenset[str], indexes: set[str]
) -> int:
    """Count the predictions of releases with a model, prompt or index that counts as touched."""
    return sum(
        facts["n"]
        for facts in by_release.values()
        if facts["model"] in refs
        or f"prompt:{facts['prompt']}" in refs
        or facts["index"] in indexes
    )
