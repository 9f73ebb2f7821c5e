"""What other tools told, listed; and said to be ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import NotFound
from headgate.pipeline.openlineage.reports import (
    ForeignEvent,
    ForeignEvents,
    ForeignLine,
    ForeignLink,
    ForeignList,
)
from headgate.pipeline.queries import dataset_names
from headgate.spine.lineage.foreign import links, log, readings
from headgate.spine.lineage.foreign.told import moment, run_of
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.pipeline.openlineage.reports import LinkForeign, ListEvents, ListForeign
    from headgate.spine.context import Context


def list_events(context: Context, request: ListEvents) -> ForeignEvents:
    """Read events back as they came."""
    tenant = context.tenant
    with context.catalog.read() as connection:
        if request.run_id is not None:
            numbers = log.numbers_of_runs(connection, tenant, [run_of(request.run_id)])
            numbers = numbers[: request.limit]
        else:
            before, limit = request.before, request.limit
            numbers = log.newest_numbers(connection, tenant, limit=limit, before=before)
        bodies = log.read_events(connection, tenant, numbers)
        n_all = log.n_events(connection, tenant)
    found = (ForeignEvent(number, body.decode()) for number, body in bodies.items())
    return ForeignEvents(events=tuple(found), n_all=n_all)


def list_foreign(context: Context, request: ListForeign) -> ForeignList:
    """List jobs or datasets in name order."""
    tenant, kind = context.tenant, request.kind
    page = readings.Page(limit=request.limit)
    with context.catalog.read() as connection:
        found, n_all = readings.list_nodes(connection, tenant, kind, request.namespace, page)
        names = dataset_names(connection, tenant)
        ours = links.own_nodes(connection, tenant, context.settings, names)
    lines = (
        ForeignLine(
            name=f"{one.namespace}/{one.name}",
            type=one.type,
            ours=ours.get(one.node),
            first_at=moment(one.first_us),
            last_at=moment(one.last_us),
        )
        for one in found
    )
    return ForeignList(kind=kind, nodes=tuple(lines), n_all=n_all)


def link_foreign(context: Context, request: LinkForeign) -> ForeignLink:
    """Say that a foreign dataset is one of ours, or that it is none any more.

    Raises:
        NotFound: nobody told of such a foreign dataset, or we have no such dataset.
        Conflict: several foreign datasets are written so.
    """
    tenant, name = context.tenant, request.dataset
    with Work(context) as work:
        known = dataset_names(work.connection, tenant)
        if name not in known:
            raise NotFound.among("dataset", name, known)
        found = links.find_dataset(work.connection, tenant, request.foreign)
        if request.remove:
            was_new = links.drop_link(work.connection, tenant, found.node, name)
        else:
            was_new = links.put_link(work.connection, tenant, found.node, name, context.actor)
        if was_new:
            kind = "foreign_unlinked" if request.remove else "foreign_linked"
            payload: dict[str, object] = {"foreign": found.shown, "dataset": name}
            work.record(kind, "lineage:foreign", payload)
    ours = None if request.remove else name
    return ForeignLink(foreign=found.shown, dataset=ours, was_new=was_new)
