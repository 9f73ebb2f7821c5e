"""The blast radius: rows, snapshots, models, deployments, predictions and people, in two radii."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
from pyroaring import BitMap64

from headgate.flows.coarse import dataset_level
from headgate.flows.coverage import coverage_of
from headgate.flows.crossing import Certain, cross
from headgate.flows.holding import ask_holders
from headgate.flows.reports import (
    BlastReport,
    BlastRequest,
    DatasetReach,
    DeploymentReach,
    ModelReach,
    People,
    Radius,
    SnapshotReach,
)
from headgate.flows.seeds import find_seeds, read_window, whole_ref
from headgate.spine.lineage.descend import descend
from headgate.spine.store import queries

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected

SENTENCE = (
    "Reachability is not harm: these were touched by the bad rows, which does not say that any "
    "answer was wrong; replay them against a clean model to count the answers that change. "
    "What has no known lineage may be affected too."
)


def blast_radius(context: Context, request: BlastRequest) -> BlastReport:
    """Find everything that bad data touched.

    Raises:
        Invalid: the reference or the window cannot be read.
        NotFound: what it names is not there.
    """
    started = time.perf_counter()
    window = read_window(request.from_, request.to)
    seeds = find_seeds(context, request.ref, window)
    affected = descend(context, seeds.affected)
    snapshots = _snapshots(context)
    datasets = _datasets(snapshots, affected)
    holdings = ask_holders(context, affected, seeds.refs)
    models = holdings["models"].detail["models"]
    predictions = holdings["predictions"]
    facts = predictions.detail
    certain = Certain(snapshots, datasets, holdings)
    foreign = cross(context, seeds, certain)
    return BlastReport(
        ref=whole_ref(request.ref),
        from_=window[0],
        to=window[1],
        n_batches=seeds.n_batches,
        n_rows=seeds.n_rows,
        n_descendants=_n_descendants(affected, snapshots, seeds.since),
        datasets=datasets,
        models=tuple(_model(one) for one in models),
        releases=tuple(facts["releases"]),
        deployments=tuple(DeploymentReach(**one) for one in facts["deployments"]),
        predictions=Radius(predictions.n_exposed, predictions.n_exact, facts["n_total"]),
        users=People(facts["n_users_exposed"], facts["n_users_exact"]),
        dataset_level=dataset_level(context, seeds, facts["by_release"]),
        coverage=coverage_of(context, holdings),
        sentence=SENTENCE,
        foreign=foreign,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _n_descendants(
    affected: Affected, snapshots: dict[str, list[Snapshot]], since: dict[str, int]
) -> int:
    """Count affected rows of datasets that were not bad themselves, each once over time."""
    found = (
        BitMap64.union(
            *(affected.rows_in_version(one.version_id) for one in versions if not one.expired_at)
        )
        for name, versions in snapshots.items()
        if name not in since
    )
    return sum(len(rows) for rows in found)


def _snapshots(context: Context) -> dict[str, list[Snapshot]]:
    """List every dataset's snapshots, the oldest first."""
    with context.catalog.read() as connection:
        snapshots = queries.version_rows(connection, context.tenant)
    grouped: dict[str, list[Snapshot]] = {}
    for snapshot in sorted(snapshots, key=lambda one: (one.dataset, one.number)):
        grouped.setdefault(snapshot.dataset, []).append(snapshot)
    return grouped


def _datasets(snapshots: dict[str, list[Snapshot]], affected: Affected) -> tuple[DatasetReach, ...]:
    reached = (_dataset(name, found, affected) for name, found in snapshots.items())
    return tuple(one for one in reached if one.snapshots)


def _dataset(name: str, snapshots: list[Snapshot], affected: Affected) -> DatasetReach:
    counted = [(one, affected.count_in(one)) for one in snapshots]
    touched = tuple(
        SnapshotReach(
            number=one.number,
            n_rows=one.n_rows,
            n_bad=n_bad,
            bad_ratio=n_bad / one.n_rows,
            created_at=one.created_at,
        )
        for one, n_bad in counted
        if n_bad
    )
    return DatasetReach(
        dataset=name,
        n_snapshots=len(snapshots),
        snapshots=touched,
        level="dataset" if name in affected.coarse_datasets else "row",
    )


def _model(facts: dict[str, Any]) -> ModelReach:
    return msgspec.convert(facts, type=ModelReach)
