"""Names what stands around a broken promise: who makes the dataset, and who looks at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.core.errors import NotFound
from headgate.core.refs import NAME
from headgate.core.times import render
from headgate.pipeline import queries as runs
from headgate.pipeline.schedule.promises import PROMISES
from headgate.spine.lineage.between import last_source, made_of, reached
from headgate.spine.lineage.foreign import links, readings
from headgate.spine.lineage.foreign.around import FAILED, failed_behind, looked_at, makers_of
from headgate.spine.lineage.foreign.told import ticks
from headgate.spine.lineage.foreign.writes import with_aliases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from headgate.pipeline.schedule.reports import StatusReport, Trouble
    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.around import Maker

N_NAMED = 20
LOOKED_AT = timedelta(days=92)
"""A dashboard of which nobody told for a quarter of a year is taken to be gone."""


class _Place(NamedTuple):
    """A dataset among ours and the foreign ones.

    Args:
        nodes: the foreign datasets that it is.
        ours: the datasets of ours that it is.
        own: every foreign dataset that is one of ours, with that.
        pairs: which of ours were made of which.
    """

    nodes: frozenset[int]
    ours: frozenset[str]
    own: Mapping[int, str]
    pairs: frozenset[tuple[str, str]]

    def named(self, names: Iterable[str]) -> set[int]:
        """Return the foreign datasets that some of ours are."""
        wanted = set(names)
        return {node for node, name in self.own.items() if name in wanted}


def is_foreign(dataset: str) -> bool:
    """Say whether a name is written as those of other tools' datasets are: NAMESPACE/NAME.

    >>> is_foreign("orders"), is_foreign("postgres://db:5432/shop.orders")
    (False, True)
    """
    return NAME.fullmatch(dataset) is None


def nodes_of(connection: Connection, tenant: str, dataset: str) -> set[int]:
    """Return the foreign datasets that a text names, under all their names; none if nobody told."""
    try:
        found = links.find_nodes(connection, tenant, dataset, ("dataset",))
    except NotFound:
        return set()
    return with_aliases(connection, tenant, [one.node for one in found])


def explained(context: Context, trouble: Trouble, at: datetime) -> Trouble:
    """Say of a broken promise who makes the dataset, what failed upstream, and who looks at it.

    Args:
        context: the project.
        trouble: the promise.
        at: the present moment.
    """
    with context.catalog.read() as connection:
        place = _place(connection, context, trouble.subject)
        own = f"{links.own_namespace(context.settings)}/"
        makers = makers_of(connection, context.tenant, place.nodes | place.named(place.ours))
        made_by = [_told(one) for one in makers if not one.name.startswith(own)]
        made_by += [
            line for name in sorted(place.ours) for line in _made(connection, context, name)
        ]
        behind = [*_failed_behind(connection, context, place)]
        shown = _shown_by(connection, context, place, at)
    return msgspec.structs.replace(
        trouble,
        made_by=tuple(made_by[:N_NAMED]),
        behind=tuple(behind[:N_NAMED]),
        shown_by=tuple(shown[:N_NAMED]),
        n_shown_by=len(shown),
    )


def with_accounts(context: Context, report: StatusReport) -> StatusReport:
    """Explain each broken promise of a report."""
    found = tuple(
        msgspec.structs.replace(
            one,
            troubles=tuple(
                explained(context, trouble, report.at) if trouble.kind in PROMISES else trouble
                for trouble in one.troubles
            ),
        )
        for one in report.pipelines
    )
    return msgspec.structs.replace(report, pipelines=found)


def _place(connection: Connection, context: Context, dataset: str) -> _Place:
    tenant = context.tenant
    names = runs.dataset_names(connection, tenant)
    own = links.own_nodes(connection, tenant, context.settings, names)
    nodes = nodes_of(connection, tenant, dataset) if is_foreign(dataset) else set[int]()
    ours = {own[node] for node in nodes if node in own} if nodes else {dataset}
    pairs = made_of(connection, tenant)
    return _Place(frozenset(nodes), frozenset(ours & {*names}), own, frozenset(pairs))


def _made(connection: Connection, context: Context, dataset: str) -> list[str]:
    """Say by which run or from which source one of our datasets is made."""
    tenant = context.tenant
    for record in runs.list_runs(connection, tenant, dataset, limit=1):
        pipeline = record.parameters.get("pipeline")
        what = f"step {dataset} of pipeline {pipeline}" if pipeline else f"run {dataset}"
        return [f"{what}, {record.state} {render(record.finished_at or record.started_at)}"]
    source = last_source(connection, tenant, dataset)
    return [] if source is None else [f"source {source}"]


def _failed_behind(connection: Connection, context: Context, place: _Place) -> Iterable[str]:
    """Name what failed upstream, besides what makes the dataset itself."""
    tenant = context.tenant
    back = {(child, parent) for parent, child in place.pairs}
    upstream = set[str]().union(*(reached(back, name) for name in place.ours)) - place.ours
    for name in sorted(upstream):
        yield from (one for one in _made(connection, context, name) if ", failed " in one)
    direct = place.nodes | place.named(place.ours)
    further = place.named(upstream)
    found = [one for one in makers_of(connection, tenant, further) if one.state in FAILED]
    found += failed_behind(connection, tenant, direct | further)
    makers = {one.name for one in makers_of(connection, tenant, direct)}
    yield from dict.fromkeys(_told(one) for one in found if one.name not in makers)


def _shown_by(connection: Connection, context: Context, place: _Place, at: datetime) -> list[str]:
    """Name the dashboards downstream, out through other tools' jobs and back in through ours."""
    tenant, since = context.tenant, ticks(at - LOOKED_AT)
    if not readings.has_any(connection, tenant):
        return []
    ours, nodes = set(place.ours), set(place.nodes)
    while True:
        ours = ours.union(*(reached(place.pairs, name) for name in ours))
        found = looked_at(connection, tenant, nodes | place.named(ours), since)
        more = {place.own[node] for node in found.nodes if node in place.own} - ours
        if not more:
            return found.names
        ours |= more


def _told(maker: Maker) -> str:
    if maker.at is None:
        return f"{maker.name}, of which no run was told"
    return f"{maker.name}, {maker.state} {render(maker.at)}"
