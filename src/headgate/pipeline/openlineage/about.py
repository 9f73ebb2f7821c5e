"""What is told of a run besides itself: what started it, its code, its time, its datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Invalid
from headgate.core.times import render
from headgate.pipeline.openlineage import facets

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.memo import Parts
    from headgate.pipeline.openlineage.facets import Facet
    from headgate.pipeline.openlineage.knowing import Input, Known, Output, Size
    from headgate.spine.lineage.foreign.told import Named
    from headgate.spine.store.sql_columns import Columns, Origins


class Above(NamedTuple):
    """A run that stands above another, and its job."""

    run_id: str
    job: Named


def of_parent(parent: Above | None, root: Above | None) -> dict[str, Facet]:
    """Tell which run started this one, and which stands at the top."""
    if parent is None:
        return {}
    told = None if root is None else _reference(root)
    return {"parent": facets.facet("ParentRunFacet", **_reference(parent), root=told)}


def of_time(nominal: tuple[datetime, datetime | None] | None) -> dict[str, Facet]:
    """Tell which time a run is about."""
    if nominal is None:
        return {}
    start, end = nominal
    until = None if end is None else render(end)
    named = "NominalTimeRunFacet"
    return {
        "nominalTime": facets.facet(named, nominalStartTime=render(start), nominalEndTime=until)
    }


def of_source(parts: Parts | None) -> dict[str, Facet]:
    """Tell where a step's code stands, and what it says."""
    source = None if parts is None else parts.source
    if source is None:
        return {}
    told: dict[str, Facet] = {}
    path, _, line = source.place.partition(":")
    if path:
        url = f"file:{path}#L{line}" if line else f"file:{path}"
        named = "SourceCodeLocationJobFacet"
        told["sourceCodeLocation"] = facets.facet(named, type="file", url=url, path=path)
    if source.text and source.language == "SQL":
        told["sql"] = facets.facet("SQLJobFacet", query=source.text, dialect="duckdb")
    elif source.text:
        named = "SourceCodeJobFacet"
        code = {"language": source.language, "sourceCode": source.text}
        told["sourceCode"] = facets.facet(named, **code)
    return told


def inputs(run: Known, namespace: str) -> list[dict[str, Any]]:
    """Tell what a run read."""
    return [
        {
            "namespace": namespace,
            "name": one.read.dataset,
            "facets": facets.of_snapshot(one.snapshot, namespace),
            "inputFacets": _of_input(one),
        }
        for one in run.inputs
    ]


def outputs(run: Known, namespace: str) -> list[dict[str, Any]]:
    """Tell what a run made, and of which columns."""
    return [
        {
            "namespace": namespace,
            "name": one.snapshot.dataset,
            "facets": facets.of_snapshot(one.snapshot, namespace)
            | facets.of_change(one.snapshot)
            | _of_columns(run, one.snapshot, namespace),
            "outputFacets": _of_output(one),
        }
        for one in run.outputs
    ]


def _reference(above: Above) -> dict[str, Any]:
    job = {"namespace": above.job.namespace, "name": above.job.name}
    return {"run": {"runId": above.run_id}, "job": job}


def _of_input(one: Input) -> dict[str, Facet]:
    """Tell how much was read, how much there is, and which columns the step asked for."""
    whole = one.size if one.read.rowset is None else None
    read = facets.own_facet(
        "headgate_read",
        number=one.snapshot.number,
        isWhole=one.read.rowset is None,
        columns=None if one.columns is None else list(one.columns),
    )
    return {
        "inputStatistics": facets.facet(
            "InputStatisticsInputDatasetFacet", rowCount=one.read.n_rows, **_sized(whole)
        ),
        "dataQualityMetrics": facets.facet(
            "DataQualityMetricsInputDatasetFacet",
            rowCount=one.snapshot.n_rows,
            bytes=None if one.size is None else one.size.n_bytes,
            fileCount=None if one.size is None else one.size.n_files,
            columnMetrics={},
        ),
        "headgate_read": read,
    }


def _of_output(one: Output) -> dict[str, Facet]:
    n_rows = sum(batch.n_rows for batch in one.batches)
    named = "OutputStatisticsOutputDatasetFacet"
    return {
        "outputStatistics": facets.facet(named, rowCount=n_rows, **_sized(one.size)),
        "headgate_rowLineage": facets.of_rows(one.batches),
    }


def _sized(size: Size | None) -> dict[str, int]:
    return {} if size is None else {"size": size.n_bytes, "fileCount": size.n_files}


def _of_columns(run: Known, made: Snapshot, namespace: str) -> dict[str, Facet]:
    """Tell of which columns those of a snapshot are made, where a query made it."""
    found = _columns(run)
    if found is None:
        return {}
    known = {name.casefold(): origins for name, origins in found.by_name.items()}
    fields = {
        column.name: {"inputFields": _fields(known[column.name.casefold()], namespace)}
        for column in made.columns
        if known.get(column.name.casefold())
    }
    whole = _fields(found.of_all, namespace) or None
    if not fields and whole is None:
        return {}
    named = "ColumnLineageDatasetFacet"
    return {"columnLineage": facets.facet(named, fields=fields, dataset=whole)}


def _columns(run: Known) -> Columns | None:
    source = None if run.parts is None else run.parts.source
    if source is None or source.language != "SQL" or not source.text:
        return None
    from headgate.spine.store.sql_columns import columns_of

    tables = {
        one.read.dataset: [column.name for column in one.snapshot.columns] for one in run.inputs
    }
    try:
        return columns_of(source.text, tables)
    except Invalid:
        return None


def _fields(origins: Origins, namespace: str) -> list[dict[str, Any]]:
    """List columns that something comes from, each with all that was done to it."""
    from headgate.spine.store.sql_columns import DIRECT

    by_column: dict[tuple[str, str], list[str]] = {}
    for one in sorted(origins):
        by_column.setdefault((one.table, one.column), []).append(one.how)
    return [
        {
            "namespace": namespace,
            "name": table,
            "field": column,
            "transformations": [
                {"type": "DIRECT" if how in DIRECT else "INDIRECT", "subtype": how} for how in done
            ],
        }
        for (table, column), done in by_column.items()
    ]
