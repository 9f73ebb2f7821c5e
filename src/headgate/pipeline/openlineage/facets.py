"""The facets in which our runs are told, made of what the catalog knows of them."""

from __future__ import annotations

import functools
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.times import render
from headgate.pipeline.origin import PARENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.runs import PipelineRunRecord, RunRecord

SPEC = "https://openlineage.io/spec"
EVENT_SCHEMA = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "https://pypi.org/project/headgate"
"""Who tells: a URI, as the specification wants it."""
OWN_SCHEMA = f"{PRODUCER}/#{{name}}"
"""Schemas of our own facets are those of docs/openlineage.md."""
VERSIONS = {
    "ErrorMessageRunFacet": "1-0-1",
    "NominalTimeRunFacet": "1-0-1",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "JobTypeJobFacet": "2-0-4",
    "ExecutionParametersRunFacet": "1-0-0",
    "SourceCodeLocationJobFacet": "1-1-0",
    "SourceCodeJobFacet": "1-0-1",
    "SQLJobFacet": "1-1-0",
    "ColumnLineageDatasetFacet": "1-2-0",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "SchemaDatasetFacet": "1-2-0",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DatasourceDatasetFacet": "1-0-1",
    "StorageDatasetFacet": "1-0-1",
    "LifecycleStateChangeDatasetFacet": "1-0-1",
    "InputStatisticsInputDatasetFacet": "1-0-0",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DatasetTypeDatasetFacet": "1-0-1",
    "DocumentationDatasetFacet": "1-1-0",
    "DocumentationJobFacet": "1-1-0",
}
"""The version of each facet's schema that ours keep to."""
_OURS = {"pipeline", "pipeline_run", *PARENTS}
"""Parameters that say what a run belongs to; they are told in facets of their own."""
Facet = dict[str, Any]


class Batch(NamedTuple):
    """Rows that a run wrote at once.

    Args:
        rid_lo: first of the row ids made for them.
        rid_hi: one past the last.
        n_rows: rows written [count].
        kind: how they came from those read: `edges`, `identity` or `dataset`; nothing if unknown.
        edges: key of the edge segment.
    """

    dataset: str
    number: int
    rid_lo: int
    rid_hi: int
    n_rows: int
    kind: str | None
    edges: str | None


def facet(name: str, /, **fields: Any) -> Facet:
    """Make a facet of the specification; fields without a value are left out."""
    url = f"{SPEC}/facets/{VERSIONS[name]}/{name}.json#/$defs/{name}"
    return _based(url, fields)


def own_facet(name: str, /, **fields: Any) -> Facet:
    """Make a facet of our own."""
    return _based(OWN_SCHEMA.format(name=name), fields)


def of_run(record: RunRecord, *, is_end: bool) -> dict[str, Facet]:
    """Tell what is known of a run itself, at its end also how it failed."""
    given = {name: value for name, value in record.parameters.items() if name not in _OURS}
    found = _of_engine() | {
        "headgate_run": own_facet(
            "headgate_run",
            runId=record.run_id,
            codeHash=record.code_hash,
            environment=record.environment,
        ),
    }
    if given:
        told = [{"key": name, "value": value} for name, value in sorted(given.items())]
        found["executionParameters"] = facet("ExecutionParametersRunFacet", parameters=told)
    if is_end and record.state == "failed":
        found |= of_error(record.error or "it failed without saying why")
    return found


def of_pipeline_run(record: PipelineRunRecord) -> dict[str, Facet]:
    """Tell what is known of a run of a pipeline."""
    kind = {"runId": record.pipeline_run_id, "kind": record.kind}
    return _of_engine() | {"headgate_run": own_facet("headgate_run", **kind)}


def of_error(message: str) -> dict[str, Facet]:
    """Tell how a run failed."""
    named = "ErrorMessageRunFacet"
    return {"errorMessage": facet(named, message=message, programmingLanguage="PYTHON")}


def of_pipeline() -> dict[str, Facet]:
    """Tell that a job is a pipeline."""
    return _of_kind("PIPELINE")


def pipeline_job(pipeline: str) -> str:
    """Name the job of a pipeline; no step and no run can bear the name.

    >>> pipeline_job("shop")
    'pipeline:shop'
    """
    return f"pipeline:{pipeline}"


def of_job(record: RunRecord) -> dict[str, Facet]:
    """Tell what is known of what ran: a step of a pipeline, or a run by hand."""
    return _of_kind("STEP" if "pipeline" in record.parameters else "RUN")


def of_snapshot(snapshot: Snapshot, source: str) -> dict[str, Facet]:
    """Tell what is known of a snapshot.

    Args:
        snapshot: read or written.
        source: the namespace it is told in.
    """
    fields = [
        {"name": column.name, "type": column.type, "ordinal_position": place}
        for place, column in enumerate(snapshot.columns, 1)
    ]
    return {
        "schema": facet("SchemaDatasetFacet", fields=fields),
        "version": facet("DatasetVersionDatasetFacet", datasetVersion=snapshot.content_root),
        "dataSource": facet("DatasourceDatasetFacet", name=source, uri=source),
        "storage": facet("StorageDatasetFacet", storageLayer="headgate", fileFormat="parquet"),
    }


def of_change(snapshot: Snapshot) -> dict[str, Facet]:
    """Tell what writing a snapshot did to its dataset."""
    if snapshot.parent is None:
        change = "CREATE"
    else:
        change = "OVERWRITE" if snapshot.n_removed or snapshot.n_changed else "ALTER"
    named = "LifecycleStateChangeDatasetFacet"
    return {"lifecycleStateChange": facet(named, lifecycleStateChange=change)}


def of_rows(batches: Sequence[Batch]) -> Facet:
    """Tell which rows were written, and which came of which."""
    return own_facet(
        "headgate_rowLineage",
        ridRanges=[[one.rid_lo, one.rid_hi] for one in batches if one.rid_lo < one.rid_hi],
        level=sorted({batch.kind or "unknown" for batch in batches}),
        edgeSegments=[batch.edges for batch in batches if batch.edges],
    )


def at(record: RunRecord, *, is_end: bool) -> str:
    """Return when a run began or ended, as events write it."""
    return render(record.finished_at if is_end and record.finished_at else record.started_at)


def _of_engine() -> dict[str, Facet]:
    named = "ProcessingEngineRunFacet"
    return {"processing_engine": facet(named, version=_own_version(), name="headgate")}


@functools.cache
def _own_version() -> str:
    """Look up our version once: it is read from a file."""
    return version("headgate")


def _of_kind(kind: str) -> dict[str, Facet]:
    known = {"processingType": "BATCH", "integration": "HEADGATE", "jobType": kind}
    return {"jobType": facet("JobTypeJobFacet", **known)}


def _based(url: str, fields: Mapping[str, Any]) -> Facet:
    told = {name: value for name, value in fields.items() if value is not None}
    return {"_producer": PRODUCER, "_schemaURL": url, **told}
