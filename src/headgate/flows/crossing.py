"""Where a blast crosses into other tools: from our datasets to their jobs, and back to ours.

Of foreign jobs it is known which datasets they read and wrote and when, not which rows. So what
lies beyond one is possible at most; and whatever nobody told of is not in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from headgate.flows.holding import ask_holders
from headgate.flows.reports import ForeignNode, ForeignReach
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.batches import by_rev, of_dataset
from headgate.spine.lineage.descend import descend, seed_batches
from headgate.spine.lineage.foreign import links, readings
from headgate.spine.lineage.foreign.around import DASHBOARDS
from headgate.spine.lineage.foreign.told import moment, ticks
from headgate.spine.lineage.foreign.walk import LONG_AGO, Reached, Start, downstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.flows.reports import DatasetReach
    from headgate.flows.seeds import Seeds
    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.links import Known
    from headgate.spine.lineage.foreign.walk import Step
    from headgate.spine.ports import Holding

NAMED = 500
"""Foreign jobs, and datasets, that a report names; the others are counted [count]."""


class Certain(NamedTuple):
    """What a blast found by rows.

    Args:
        snapshots: every dataset's, the oldest first.
        datasets: those in reach.
        holdings: what the stages keep of the rows.
    """

    snapshots: dict[str, list[Snapshot]]
    datasets: tuple[DatasetReach, ...]
    holdings: dict[str, Holding]


class _Begin(NamedTuple):
    """A dataset of ours from which foreign jobs read.

    Args:
        since_us: when the first bad snapshot was made.
        clean: names of snapshots that hold nothing bad, as a version facet may give them.
    """

    since_us: int
    clean: frozenset[str]


class _Crossed(NamedTuple):
    """What was reached, our datasets among it and made of those, and the rows in these."""

    reached: Reached
    ours: frozenset[str]
    affected: Affected


def cross(context: Context, seeds: Seeds, certain: Certain) -> ForeignReach | None:
    """Follow a blast through the jobs of other tools; nothing if none was ever told of."""
    with context.catalog.read() as connection:
        if not readings.has_any(connection, context.tenant):
            return None
    arrived = _arrived(context, seeds)
    begins = {
        one.dataset: _begin(
            certain.snapshots[one.dataset],
            {each.number for each in one.snapshots},
            arrived.get(one.dataset),
        )
        for one in certain.datasets
    }
    crossed = _crossed(context, seeds, certain.snapshots, begins)
    return _report(context, crossed, certain)


def _arrived(context: Context, seeds: Seeds) -> dict[str, datetime]:
    """Say when the first bad rows arrived: others may have read them before we took them in."""
    with context.catalog.read() as connection:
        found = by_rev(connection, context.tenant, list(seeds.affected.batches))
    first: dict[str, datetime] = {}
    for batch in found:
        first[batch.dataset] = min(batch.arrived_at, first.get(batch.dataset, batch.arrived_at))
    return first


def _begin(snapshots: list[Snapshot], bad: set[int], arrived: datetime | None = None) -> _Begin:
    first = min(one.created_at for one in snapshots if one.number in bad)
    first = first if arrived is None else min(first, arrived)
    told_bad = {name for one in snapshots if one.number in bad for name in _names(one)}
    told = {name for one in snapshots for name in _names(one)}
    return _Begin(ticks(first), frozenset(told - told_bad))


def _names(snapshot: Snapshot) -> tuple[str, ...]:
    return snapshot.content_root, snapshot.version_id, str(snapshot.number)


def _crossed(
    context: Context,
    seeds: Seeds,
    snapshots: dict[str, list[Snapshot]],
    begins: dict[str, _Begin],
) -> _Crossed:
    """Walk out and back in until no further dataset of ours is reached."""
    affected, since = Affected(context), dict[str, int]()
    made: dict[str, _Begin] = {}
    while True:
        reached, back = _walk(context, seeds, snapshots, begins)
        news = {name: at for name, at in back.items() if at < since.get(name, at + 1)}
        if not news:
            return _Crossed(reached, frozenset(since) | frozenset(made), affected)
        since |= news
        affected = _made_of(context, since)
        bad = {
            name: {one.number for one in found if affected.count_in(one)}
            for name, found in snapshots.items()
        }
        made = {name: _begin(snapshots[name], numbers) for name, numbers in bad.items() if numbers}
        begins = begins | {name: _joined(begins.get(name), one) for name, one in made.items()}


def _joined(one: _Begin | None, other: _Begin) -> _Begin:
    if one is None:
        return other
    return _Begin(min(one.since_us, other.since_us), one.clean & other.clean)


def _walk(
    context: Context,
    seeds: Seeds,
    snapshots: Mapping[str, list[Snapshot]],
    begins: Mapping[str, _Begin],
) -> tuple[Reached, dict[str, int]]:
    """Walk once from our datasets and the foreign seeds; return what of ours was reached too."""
    tenant = context.tenant
    starts = {known.node: since for known, since in seeds.foreign if known.kind == "dataset"}
    jobs = {known.node: since for known, since in seeds.foreign if known.kind == "job"}
    with context.catalog.read() as connection:
        ours = links.own_nodes(connection, tenant, context.settings, snapshots)
        own = {node: begins[name] for node, name in ours.items() if name in begins}
        clean = _clean_reads(connection, tenant, own)
        begun = Start({node: one.since_us for node, one in own.items()} | starts, jobs)
        told_back = readings.jobs_in(connection, tenant, links.own_namespace(context.settings))
        reached = downstream(
            connection,
            tenant,
            begun,
            except_reads=clean,
            except_jobs=told_back - jobs.keys(),
        )
    back: dict[str, int] = {}
    for node, name in ours.items():
        if node in reached.datasets and _came_back(reached, node, own.keys() - starts):
            since = reached.datasets[node].since_us
            back[name] = min(since, back.get(name, since))
    return reached, back


def _clean_reads(
    connection: Connection, tenant: str, own: Mapping[int, _Begin]
) -> frozenset[tuple[int, int]]:
    """List which jobs read only snapshots of ours that hold nothing bad, told by their versions."""
    found: set[tuple[int, int]] = set()
    for node, begin in own.items():
        versions: dict[int, set[str]] = {}
        for job, version, _ in readings.last_reads(connection, tenant, node, begin.since_us):
            versions.setdefault(job, set()).add(version)
        found |= {(node, job) for job, told in versions.items() if told <= begin.clean}
    return frozenset(found)


def _came_back(reached: Reached, node: int, own: Iterable[int]) -> bool:
    """Say whether the way to a dataset went through a job, or began at a foreign seed."""
    through = reached.datasets[node].through
    while through in reached.datasets:
        node, through = through, reached.datasets[through].through
    return through is not None or node not in set(own)


def _made_of(context: Context, ours: Mapping[str, int]) -> Affected:
    """Take what came into our datasets since foreign jobs may have brought bad rows, and on."""
    with context.catalog.read() as connection:
        found = [
            batch
            for name, since in ours.items()
            for batch in of_dataset(connection, context.tenant, name, _at(since))
        ]
    return descend(context, seed_batches(context, found))


def _report(context: Context, crossed: _Crossed, certain: Certain) -> ForeignReach:
    reached = crossed.reached
    with context.catalog.read() as connection:
        everything = [*reached.datasets, *reached.jobs]
        known = links.nodes_by_number(connection, context.tenant, everything)
        ours = links.own_nodes(connection, context.tenant, context.settings, certain.snapshots)
        models = links.linked_models(connection, context.tenant)
    reached_models = frozenset(ref for node, ref in models.items() if node in reached.datasets)
    foreign = {node: step for node, step in reached.datasets.items() if node not in ours}
    seen = {node for node in foreign if node in known and known[node].type in DASHBOARDS}
    datasets = {node: step for node, step in foreign.items() if node not in seen}
    dashboards = {node: step for node, step in foreign.items() if node in seen}
    held = _held(context, crossed.affected, reached_models, certain.holdings)
    return ForeignReach(
        n_datasets=len(datasets),
        n_jobs=len(reached.jobs),
        n_dashboards=len(dashboards),
        datasets=_shown(datasets, known),
        jobs=_shown(reached.jobs, known),
        dashboards=_shown(dashboards, known),
        ours=tuple(sorted(crossed.ours)),
        models=held.models,
        deployments=held.deployments,
        n_predictions=held.n_predictions,
    )


class _Held(NamedTuple):
    models: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    n_predictions: int = 0


def _held(
    context: Context, affected: Affected, refs: frozenset[str], certain: Mapping[str, Holding]
) -> _Held:
    """Name what the stages keep of possibly affected rows and models, besides what is certain."""
    if affected.is_empty and not refs:
        return _Held()
    found = ask_holders(context, affected, refs)
    models, surely = (
        {one["ref"] for one in holdings["models"].detail["models"]} for holdings in (found, certain)
    )
    live, known = (
        {one["name"]: one["n_exposed"] for one in holdings["predictions"].detail["deployments"]}
        for holdings in (found, certain)
    )
    more = live.keys() - known.keys()
    n_predictions = sum(live[name] for name in more)
    return _Held(tuple(sorted(models - surely)), tuple(sorted(more)), n_predictions)


def _shown(steps: Mapping[int, Step], known: Mapping[int, Known]) -> tuple[ForeignNode, ...]:
    order = sorted(
        (node for node in steps if node in known),
        key=lambda node: (steps[node].distance, known[node].shown),
    )
    return tuple(
        ForeignNode(
            name=known[node].shown,
            type=known[node].type,
            since=None if steps[node].since_us == LONG_AGO else _at(steps[node].since_us),
            through=_name_of(steps[node].through, known),
        )
        for node in order[:NAMED]
    )


def _name_of(node: int | None, known: Mapping[int, Known]) -> str | None:
    return known[node].shown if node is not None and node in known else None


def _at(since_us: int) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if since_us == LONG_AGO else moment(since_us)
