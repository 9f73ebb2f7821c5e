"""What a dbt project did, as OpenLineage events; exposures are told as dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from headgate.pipeline.openlineage.facets import EVENT_SCHEMA, PRODUCER, facet, own_facet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Event = dict[str, Any]
JOB_SCHEMA = EVENT_SCHEMA.replace("RunEvent", "JobEvent")
BUILT = frozenset({"model", "seed", "snapshot"})
BETWEEN = frozenset({"metric", "semantic_model", "saved_query"})
"""What makes no table, but stands between the tables and whoever looks at them."""
ENDS: dict[str, str] = {
    "success": "COMPLETE",
    "pass": "COMPLETE",
    "warn": "COMPLETE",
    "error": "FAIL",
    "fail": "FAIL",
    "runtime error": "FAIL",
    "partial success": "FAIL",
}
"""How a run ended, by dbt's status; of other ones (`skipped`, `no-op`) nothing ran.

A partial success wrote some of its batches, and dbt itself ends with an error after one.
"""


class Project(msgspec.Struct, frozen=True):
    """What the artifacts of a dbt project hold.

    Args:
        name: of the project.
        tables: namespace of its tables.
        version: of dbt.
        made_at: when the manifest was written, as text.
        invocation: id of the run.
        ran_at: when the run was over, as text.
        nodes: models, seeds, snapshots, tests, sources and exposures by their unique id.
        results: what became of them.
    """

    name: str
    tables: str
    version: str
    made_at: str
    invocation: str
    ran_at: str
    nodes: dict[str, dict[str, Any]]
    results: dict[str, dict[str, Any]]


def events_of(project: Project) -> Iterator[Event]:
    """Tell everything a project has, and what of it ran."""
    for name, node in project.nodes.items():
        kind = node["resource_type"]
        if kind == "exposure":
            yield _exposure(project, node)
        elif kind in BUILT and _materialized(node) != "ephemeral":
            yield from _job(project, name, outputs=[_table(project, node)])
        elif kind == "test":
            yield from _job(project, name, outputs=[])


def table_name(node: dict[str, Any]) -> str:
    """Name the table of a model, seed, snapshot or source: database, schema and its own name.

    >>> table_name({"database": "shop", "schema": "main", "alias": "orders", "name": "o"})
    'shop.main.orders'
    """
    own = node.get("identifier") or node.get("alias") or node["name"]
    return ".".join(part for part in (node.get("database"), node.get("schema"), own) if part)


def _job(project: Project, name: str, *, outputs: list[Event]) -> Iterator[Event]:
    """Tell the beginning and end of a run, or the job alone if nothing ran.

    A view is told as a job in any case: whoever reads it reads what it stands on.
    """
    node, result = project.nodes[name], project.results.get(name, {})
    end = ENDS.get(result.get("status", ""))
    assertions = _assertions(node, result) if node["resource_type"] == "test" and end else {}
    told: Event = {
        "producer": PRODUCER,
        "job": {"namespace": f"dbt://{project.name}", "name": name, "facets": _of_job(node)},
        "inputs": [one | assertions for one in _inputs(project, node)],
        "outputs": outputs,
    }
    if end is None or _materialized(node) == "view":
        yield {"eventTime": project.made_at, "schemaURL": JOB_SCHEMA} | told
    if end is None:
        return
    times = [one for one in result.get("timing") or () if one.get("started_at")]
    began = times[0]["started_at"] if times else project.ran_at
    ended = (times[-1].get("completed_at") if times else None) or project.ran_at
    run = {
        "runId": str(uuid5(NAMESPACE_URL, f"dbt/{project.invocation}/{name}")),
        "facets": _of_run(project, result, end),
    }
    for kind, at in (("START", began), (end, ended)):
        yield {"eventType": kind, "eventTime": at, "schemaURL": EVENT_SCHEMA, "run": run} | told


def _of_job(node: dict[str, Any]) -> Event:
    found = {
        "jobType": facet(
            "JobTypeJobFacet",
            processingType="BATCH",
            integration="DBT",
            jobType=node["resource_type"].upper(),
        )
    }
    if node.get("description"):
        found["documentation"] = facet("DocumentationJobFacet", description=node["description"])
    return found


def _of_run(project: Project, result: dict[str, Any], end: str) -> Event:
    engine = facet("ProcessingEngineRunFacet", version=project.version, name="dbt")
    found = {"processing_engine": engine, "dbt_run": own_facet("dbt_run", id=project.invocation)}
    if end == "FAIL":
        found["errorMessage"] = facet(
            "ErrorMessageRunFacet",
            message=str(result.get("message") or result["status"]),
            programmingLanguage="SQL",
        )
    return found


def _assertions(node: dict[str, Any], result: dict[str, Any]) -> Event:
    told = {"assertion": node["name"], "success": result["status"] == "pass"}
    if node.get("column_name"):
        told["column"] = node["column_name"]
    found = facet("DataQualityAssertionsDatasetFacet", assertions=[told])
    return {"inputFacets": {"dataQualityAssertions": found}}


def _inputs(project: Project, node: dict[str, Any]) -> list[Event]:
    """List the tables that a node depends on; models that make none are looked through."""
    found: dict[str, Event] = {}
    seen: set[str] = set()
    waiting = list(_parents(node))
    while waiting:
        name = waiting.pop(0)
        parent = project.nodes.get(name)
        if parent is None or name in seen:
            continue
        seen.add(name)
        kind = parent["resource_type"]
        if kind in BETWEEN or (kind in BUILT and _materialized(parent) == "ephemeral"):
            waiting += _parents(parent)
        elif kind == "source" or kind in BUILT:
            found[name] = _table(project, parent)
    return list(found.values())


def _parents(node: dict[str, Any]) -> Iterable[str]:
    return (node.get("depends_on") or {}).get("nodes") or ()


def _materialized(node: dict[str, Any]) -> str:
    return (node.get("config") or {}).get("materialized") or ""


def _table(project: Project, node: dict[str, Any]) -> Event:
    fields = [
        {"name": name, "type": column.get("data_type"), "description": column.get("description")}
        for name, column in (node.get("columns") or {}).items()
    ]
    kept = [{key: value for key, value in field.items() if value} for field in fields]
    told: Event = {}
    if kept:
        told["schema"] = facet("SchemaDatasetFacet", fields=kept)
    if node.get("description"):
        told["documentation"] = facet("DocumentationDatasetFacet", description=node["description"])
    kind = "VIEW" if _materialized(node) == "view" else "TABLE"
    told["datasetType"] = facet("DatasetTypeDatasetFacet", datasetType=kind)
    return {"namespace": project.tables, "name": table_name(node), "facets": told}


def _looked_at(node: dict[str, Any]) -> str:
    """Say what an exposure is; one that does not say is that, no more."""
    return str(node.get("type") or "exposure").upper()


def _exposure(project: Project, node: dict[str, Any]) -> Event:
    """Tell what somebody looks at as a dataset that a job of its own makes."""
    about = node.get("label") or node["name"]
    description = " ".join(filter(None, (about, node.get("description"), node.get("url"))))
    told = {
        "datasetType": facet("DatasetTypeDatasetFacet", datasetType=_looked_at(node)),
        "documentation": facet("DocumentationDatasetFacet", description=description),
    }
    namespace = f"dbt://{project.name}"
    shown = {"namespace": namespace, "name": f"exposure.{node['name']}", "facets": told}
    return {
        "eventTime": project.made_at,
        "producer": PRODUCER,
        "schemaURL": JOB_SCHEMA,
        "job": {"namespace": namespace, "name": node["unique_id"], "facets": _of_job(node)},
        "inputs": _inputs(project, node),
        "outputs": [shown],
    }
