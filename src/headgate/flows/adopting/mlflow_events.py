"""Tells runs of MLflow as OpenLineage events, made of what MLflow holds alone.

So telling them twice changes nothing, and a run that told more since is told anew.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec

from headgate.pipeline.openlineage.facets import EVENT_SCHEMA, PRODUCER, facet
from headgate.spine.lineage.foreign.told import Named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.flows.adopting.mlflow_api import DatasetOf, Known, Run, Version

ENDS = {"FINISHED": "COMPLETE", "FAILED": "FAIL", "KILLED": "ABORT"}
Event = dict[str, Any]


def events_of(namespace: str, known: Known) -> Iterator[bytes]:
    """Tell the runs of a server; of a run without a beginning nothing can be told."""
    made: dict[str, list[Version]] = defaultdict(list)
    for version in known.versions:
        made[version.run_id].append(version)
    for run in known.runs:
        if run.info.start_time is None:
            continue
        experiment = known.experiments[run.info.experiment_id].name
        told = _told(namespace, experiment, run, made[run.info.run_id])
        yield _event("START", run.info.start_time, told)
        end = ENDS.get(run.info.status)
        if end is not None and run.info.end_time is not None:
            yield _event(end, run.info.end_time, told)


def read_by(namespace: str, known: Known) -> list[Named]:
    """List the datasets that runs read, each once, in order of their names."""
    return sorted(
        {
            dataset_node(namespace, one.dataset)
            for run in known.runs
            for one in run.inputs.dataset_inputs
        }
    )


def model_node(namespace: str, version: Version) -> Named:
    """Name a model version as a node of the graph."""
    return Named(namespace, f"models/{version.name}/{version.version}")


def dataset_node(namespace: str, dataset: DatasetOf) -> Named:
    """Name a dataset by where it lies, as OpenLineage does, else by its name at the server.

    >>> from headgate.flows.adopting.mlflow_api import DatasetOf
    >>> dataset_node("mlflow://h", DatasetOf("a", source='{"uri": "s3://lake/a.parquet"}'))
    Named(namespace='s3://lake', name='a.parquet')
    >>> dataset_node("mlflow://h", DatasetOf("a", source='{"uri": "/lake/a.parquet"}'))
    Named(namespace='file', name='/lake/a.parquet')
    >>> dataset_node("mlflow://h", DatasetOf("a"))
    Named(namespace='mlflow://h', name='datasets/a')
    """
    place = _place(dataset.source)
    parts = urlsplit(place)
    if parts.scheme in {"", "file"} and parts.path.startswith("/"):
        return Named("file", parts.path)
    if parts.scheme and parts.hostname and parts.path.strip("/"):
        host = parts.netloc.rpartition("@")[2]
        return Named(f"{parts.scheme}://{host}", parts.path.strip("/"))
    return Named(namespace, f"datasets/{dataset.name}")


def _place(source: str) -> str:
    try:
        told = msgspec.json.decode(source, type=dict[str, Any])
    except msgspec.DecodeError:
        return source
    found = told.get("uri") or told.get("url") or told.get("path") or ""
    return found if isinstance(found, str) else ""


def _told(namespace: str, experiment: str, run: Run, made: list[Version]) -> Event:
    inputs = [
        _dataset(
            dataset_node(namespace, one.dataset),
            version=facet("DatasetVersionDatasetFacet", datasetVersion=one.dataset.digest),
        )
        for one in run.inputs.dataset_inputs
    ]
    is_model = facet("DatasetTypeDatasetFacet", datasetType="MODEL")
    job_type = facet("JobTypeJobFacet", processingType="BATCH", integration="MLFLOW", jobType="RUN")
    return {
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"{namespace}/{run.info.run_id}"))},
        "job": {
            "namespace": namespace,
            "name": f"{experiment}/{run.info.run_id}",
            "facets": {"jobType": job_type},
        },
        "inputs": inputs,
        "outputs": [_dataset(model_node(namespace, one), datasetType=is_model) for one in made],
    }


def _dataset(named: Named, **facets: Event) -> Event:
    return {"namespace": named.namespace, "name": named.name, "facets": facets}


def _event(kind: str, at_ms: int, told: Event) -> bytes:
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    head = {"producer": PRODUCER, "schemaURL": EVENT_SCHEMA, "eventType": kind, "eventTime": at}
    return msgspec.json.encode(head | told)
