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
from headgate.spine.lineage.reads import Read, by_run, reads_of
from headgate.spine.store import queries

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
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
        reads = by_run(reads_of(connection, context.tenant))
        derived = derived_batches(connection, context.tenant)
        revs = [one.rev for one in derived]
        written = {one.rev: one for one in batch_readings.by_rev(connection, context.tenant, revs)}
        snapshots = queries.version_rows(connection, context.tenant)
    for one in derived:
        if one.rev in written and _any_touched(reads.get(one.run_id, []), since):
            batch = written[one.rev]
            since[batch.dataset] = min(batch.number, since.get(batch.dataset, batch.number))
    touched = [one for one in snapshots if _is_touched(one, since)]
    refs = seeds.refs | {f"run:{run}" for run, own in reads.items() if _any_touched(own, since)}
    models = context.registry.holder("models").find(context, Affected(context), frozenset(refs))
    refs |= {model["ref"] for model in models.detail["models"]}
    indexes = {f"{one.dataset}@{one.number}" for one in touched}
    return DatasetLevel(
        n_snapshots=len(touched),
        n_rows=sum(one.n_rows for one in touched),
        n_models=models.n_exposed,
        n_predictions=_predictions(by_release, refs, indexes),
    )


def _is_touched(one: Read | Snapshot, since: dict[str, int]) -> bool:
    """Say whether a snapshot, read or standing, is not older than the first touched one."""
    return one.dataset in since and one.number >= since[one.dataset]


def _any_touched(reads: list[Read], since: dict[str, int]) -> bool:
    return any(_is_touched(read, since) for read in reads)


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
