"""The walk up through jobs and datasets of other tools, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.times import render
from headgate.flows.reports import TraceNode
from headgate.spine.lineage.foreign import links, readings
from headgate.spine.lineage.foreign.told import moment, ticks
from headgate.spine.store.queries import dataset_names, head_number

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.links import Known

MAX_SHOWN = 20
"""Jobs or datasets that one thing is followed up to [count]."""


def foreign_node(context: Context, name: str) -> TraceNode:
    """Tell what a foreign job read, or what wrote a foreign dataset.

    Raises:
        NotFound: nobody told of it.
    """
    tenant = context.tenant
    with context.catalog.read() as connection:
        known = links.find_nodes(connection, tenant, name)[0]
        row = readings.nodes(connection, tenant, [known.node])[known.node]
        facts: dict[str, Any] = {"what": known.kind, "type": known.type}
        facts |= {"first_told_at": render(moment(row.first_us))}
        if known.kind == "job":
            facts |= _last_run(connection, tenant, known)
            found = readings.around(connection, tenant, [known.node], "input", back=True)
        else:
            found = readings.around(connection, tenant, [known.node], "output")
        before = found.get(known.node, [])
        names = links.nodes_by_number(connection, tenant, before)
        own = _own(context, connection, known) if known.kind == "dataset" else []
    parents = [f"foreign:{names[node].shown}" for node in before if node in names]
    facts["n_before"] = len(parents)
    return TraceNode(
        ref=f"foreign:{known.shown}",
        kind="foreign",
        facts={name: value for name, value in facts.items() if value is not None},
        parents=(*own, *parents[:MAX_SHOWN]),
    )


def writers_of(context: Context, snapshot: Snapshot) -> list[str]:
    """List the foreign jobs that may have brought what a snapshot of ours holds."""
    tenant = context.tenant
    with context.catalog.read() as connection:
        if not readings.has_any(connection, tenant):
            return []
        ours = links.own_nodes(connection, tenant, context.settings, [snapshot.dataset])
        told = readings.jobs_in(connection, tenant, links.own_namespace(context.settings))
        until = ticks(snapshot.created_at)
        jobs = readings.writers(connection, tenant, sorted(ours), until) - told
        names = links.nodes_by_number(connection, tenant, jobs)
    return sorted(f"foreign:{one.shown}" for one in names.values())[:MAX_SHOWN]


def _own(context: Context, connection: Connection, known: Known) -> list[str]:
    tenant = context.tenant
    names = dataset_names(connection, tenant)
    name = links.own_nodes(connection, tenant, context.settings, names).get(known.node)
    if name is None:
        return []
    return [f"snapshot:{name}@{head_number(connection, tenant, name)}"]


def _last_run(connection: Connection, tenant: str, known: Known) -> dict[str, Any]:
    for run in readings.latest_runs(connection, tenant, [known.node]):
        return {"last_run": run.run_id, "state": run.state, "at": render(moment(run.state_us))}
    return {}
