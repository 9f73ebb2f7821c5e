"""Foreign lineage in the shapes of Marquez's HTTP API, for tools that read from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import NotFound
from headgate.core.times import render
from headgate.spine.lineage.foreign import links, log, readings
from headgate.spine.lineage.foreign.told import Kind, Named, Role, moment, node_of, run_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.gather import NodeRow, RunRow
    from headgate.spine.lineage.foreign.readings import Page

Shape = dict[str, Any]
STATES = {
    "OTHER": "NEW",
    "START": "RUNNING",
    "RUNNING": "RUNNING",
    "COMPLETE": "COMPLETED",
    "FAIL": "FAILED",
    "ABORT": "ABORTED",
}
FACETED = 100
"""Nodes of a kind that are shown with their facets, the first of them [count]."""
SIDES: tuple[tuple[Role, str], ...] = (
    ("input", "inputDatasetVersions"),
    ("output", "outputDatasetVersions"),
)
WHOLE_DIGITS = 19
"""Signs of a whole number that 64 bits surely hold [count]."""
OWNER = "anonymous"
"""Whom Marquez names where a namespace belongs to nobody."""


def namespaces(context: Context) -> Shape:
    """List the namespaces of jobs and datasets."""
    with context.catalog.read() as connection:
        found = readings.namespaces(connection, context.tenant)
    return {
        "namespaces": [
            {
                "name": one.name,
                "createdAt": _time(one.first_us),
                "updatedAt": _time(one.last_us),
                "ownerName": OWNER,
                "description": None,
                "isHidden": False,
            }
            for one in found
        ]
    }


def jobs(context: Context, namespace: str | None, page: Page) -> Shape:
    """List the jobs of a namespace, or of all of them."""
    with context.catalog.read() as connection:
        found, n_all = readings.list_nodes(connection, context.tenant, "job", namespace, page)
        return {"jobs": _jobs(connection, context.tenant, found), "totalCount": n_all}


def job(context: Context, named: Named) -> Shape:
    """Show one job.

    Raises:
        NotFound: nobody told of it.
    """
    with context.catalog.read() as connection:
        return _jobs(connection, context.tenant, [_node(connection, context.tenant, "job", named)])[
            0
        ]


def datasets(context: Context, namespace: str | None, page: Page) -> Shape:
    """List the datasets of a namespace, or of all of them."""
    with context.catalog.read() as connection:
        found, n_all = readings.list_nodes(connection, context.tenant, "dataset", namespace, page)
        shapes = _datasets(connection, context.tenant, found)
    return {"datasets": shapes, "totalCount": n_all}


def dataset(context: Context, named: Named) -> Shape:
    """Show one dataset.

    Raises:
        NotFound: nobody told of it.
    """
    tenant = context.tenant
    with context.catalog.read() as connection:
        return _datasets(connection, tenant, [_node(connection, tenant, "dataset", named)])[0]


def runs(context: Context, named: Named, page: Page) -> Shape:
    """List the runs of a job, the newest first.

    Raises:
        NotFound: nobody told of the job.
    """
    with context.catalog.read() as connection:
        known = _node(connection, context.tenant, "job", named)
        found, n_all = readings.runs_of_job(connection, context.tenant, known.node, page)
        shapes = list(_runs(connection, context.tenant, found).values())
    return {"runs": shapes, "totalCount": n_all}


def run(context: Context, run_id: str) -> Shape:
    """Show one run, with the facets its events told.

    Raises:
        NotFound: nobody told of it.
    """
    tenant = context.tenant
    with context.catalog.read() as connection:
        told = log.numbers_of_runs(connection, tenant, [run_of(run_id)])
        events = [_decoded(one) for one in log.read_events(connection, tenant, told).values()]
        found = readings.run_by_id(connection, tenant, run_id)
        if found is None:
            raise NotFound(f"nobody told of a run {run_id}", mend="see the runs of its job")
        facets: Shape = {}
        for event in events:
            facets |= _object(_object(event.get("run")).get("facets"))
        return _runs(connection, tenant, [found])[found.run] | {"facets": facets}


def events(context: Context, page: Page) -> Shape:
    """List events as they came, the newest first."""
    with context.catalog.read() as connection:
        last = log.newest_numbers(connection, context.tenant, limit=page.limit + page.offset)
        bodies = log.read_events(connection, context.tenant, last[page.offset :])
        n_all = log.n_events(connection, context.tenant)
    return {"events": [msgspec.Raw(body) for body in bodies.values()], "totalCount": n_all}


def shapes_of(connection: Connection, tenant: str, found: Sequence[NodeRow]) -> dict[int, Shape]:
    """Show some jobs and datasets, each under its number."""
    own = [one for one in found if one.kind == "job"]
    rest = [one for one in found if one.kind == "dataset"]
    shapes = [*_jobs(connection, tenant, own), *_datasets(connection, tenant, rest)]
    return {one.node: shape for one, shape in zip([*own, *rest], shapes, strict=True)}


def _node(connection: Connection, tenant: str, kind: Kind, named: Named) -> NodeRow:
    number = node_of(kind, named)
    found = readings.nodes(connection, tenant, [number]).get(number)
    if found is None or found.kind != kind:
        raise NotFound(
            f"nobody told of a {kind} {links.written(named)}",
            mend=f"see them with: headgate lineage list --kind {kind}",
        )
    return found


def _jobs(connection: Connection, tenant: str, found: Sequence[NodeRow]) -> list[Shape]:
    numbers = [one.node for one in found]
    inputs = readings.around(connection, tenant, numbers, "input", back=True)
    outputs = readings.around(connection, tenant, numbers, "output", back=True)
    parents = readings.around(connection, tenant, numbers, "parent", back=True)
    ends = {node for side in (inputs, outputs, parents) for many in side.values() for node in many}
    known = readings.nodes(connection, tenant, ends)
    told = _told(connection, tenant, found)
    newest = readings.latest_runs(connection, tenant, numbers)
    ran = _runs(connection, tenant, newest)
    latest = {one.job: ran[one.run] for one in newest}
    return [
        {
            "id": _id(one),
            "type": "BATCH",
            "name": one.name,
            "simpleName": one.name.rpartition(".")[2],
            "parentJobName": _first_name(parents.get(one.node, []), known),
            "createdAt": _time(one.first_us),
            "updatedAt": _time(one.last_us),
            "namespace": one.namespace,
            "inputs": _ids(inputs.get(one.node, []), known),
            "outputs": _ids(outputs.get(one.node, []), known),
            "location": _location(told.get(one.node, {})),
            "description": _description(told.get(one.node, {})),
            "latestRun": latest.get(one.node),
            "facets": told.get(one.node, {}),
            "tags": [],
        }
        for one in found
    ]


def _datasets(connection: Connection, tenant: str, found: Sequence[NodeRow]) -> list[Shape]:
    told = _told(connection, tenant, found)
    return [_dataset(one, told.get(one.node, {})) for one in found]


def _dataset(one: NodeRow, facets: Shape) -> Shape:
    version = _field(facets, "version", "datasetVersion")
    return {
        "id": _id(one),
        "type": "STREAM" if one.type in {"topic", "stream"} else "DB_TABLE",
        "name": one.name,
        "physicalName": one.name,
        "createdAt": _time(one.first_us),
        "updatedAt": _time(one.last_us),
        "namespace": one.namespace,
        "sourceName": _field(facets, "dataSource", "name") or one.namespace,
        "fields": _fields(facets),
        "tags": [],
        "lastModifiedAt": _time(one.last_us),
        "lastLifecycleState": _field(facets, "lifecycleStateChange", "lifecycleStateChange"),
        "description": _description(facets),
        "currentVersion": version,
        "columnLineage": None,
        "facets": facets,
        "deleted": _field(facets, "lifecycleStateChange", "lifecycleStateChange") == "DROP",
    }


def _runs(connection: Connection, tenant: str, found: Sequence[RunRow]) -> dict[int, Shape]:
    """Show some runs, each under its number."""
    used = readings.used_by(connection, tenant, [one.run for one in found])
    known = readings.nodes(connection, tenant, {node for side in used.values() for node in side})
    return {one.run: _run(one, used, known) for one in found}


def _run(
    one: RunRow, used: dict[tuple[int, str], dict[int, str]], known: dict[int, NodeRow]
) -> Shape:
    ended, started = one.ended_us, one.started_us
    sides = {
        name: [
            {"datasetVersionId": _id(known[node]) | {"version": version or None}, "facets": {}}
            for node, version in used.get((one.run, role), {}).items()
            if node in known
        ]
        for role, name in SIDES
    }
    return {
        "id": one.run_id,
        "createdAt": _time(one.first_us),
        "updatedAt": _time(one.last_us),
        "nominalStartTime": None,
        "nominalEndTime": None,
        "state": STATES[one.state],
        "startedAt": None if started is None else _time(started),
        "endedAt": None if ended is None else _time(ended),
        "durationMs": None if started is None or ended is None else (ended - started) // 1000,
        "args": {},
        "facets": {},
        **sides,
    }


def _told(connection: Connection, tenant: str, found: Sequence[NodeRow]) -> dict[int, Shape]:
    """Return for each node the facets of the newest event that told more than its name."""
    numbers = {one.node: one.told_in for one in found[:FACETED] if one.told_in is not None}
    bodies = log.read_events(connection, tenant, list(numbers.values()))
    events = {number: _decoded(body) for number, body in bodies.items()}
    by_node = {one.node: one for one in found}
    return {
        node: _facets(events[number], by_node[node])
        for node, number in numbers.items()
        if number in events
    }


def _facets(event: Shape, one: NodeRow) -> Shape:
    if one.kind == "job":
        told = [event.get("job")]
    else:
        told = [event.get("dataset"), *(event.get("inputs") or []), *(event.get("outputs") or [])]
    found: Shape = {}
    for each in map(_object, told):
        if (each.get("namespace"), each.get("name")) == (one.namespace, one.name):
            found |= _object(each.get("facets"))
    return found


def _decoded(body: bytes) -> Shape:
    """Read an event leniently, for it was kept as it came: nothing is shown of what is unreadable.

    The standard library takes a number beyond a float as infinite, which is shown as null.
    """
    try:
        return _object(json.loads(body, parse_int=_whole))
    except (ValueError, RecursionError):
        return {}


def _whole(digits: str) -> float:
    """Read a whole number; as a float where it may have more than 64 bits."""
    return int(digits) if len(digits) <= WHOLE_DIGITS else float(digits)


def _object(told: Any) -> Shape:
    return told if isinstance(told, dict) else {}


def _fields(facets: Shape) -> list[Shape]:
    found = _field(facets, "schema", "fields")
    if not isinstance(found, list):
        return []
    return [
        {
            "name": one.get("name"),
            "type": one.get("type"),
            "tags": [],
            "description": one.get("description"),
        }
        for one in found
        if isinstance(one, dict)
    ]


def _field(facets: Shape, facet: str, name: str) -> Any:
    found = facets.get(facet)
    return found.get(name) if isinstance(found, dict) else None


def _description(facets: Shape) -> Any:
    return _field(facets, "documentation", "description")


def _location(facets: Shape) -> Any:
    return _field(facets, "sourceCodeLocation", "url")


def _id(one: NodeRow) -> Shape:
    return {"namespace": one.namespace, "name": one.name}


def _ids(numbers: Iterable[int], known: dict[int, NodeRow]) -> list[Shape]:
    return [_id(known[number]) for number in numbers if number in known]


def _first_name(numbers: Sequence[int], known: dict[int, NodeRow]) -> str | None:
    return known[numbers[0]].name if numbers and numbers[0] in known else None


def _time(at_us: int) -> str:
    return render(moment(at_us))
