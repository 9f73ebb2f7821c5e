"""The verbs on datasets."""

from __future__ import annotations

from headgate.core.nouns import Snapshot
from headgate.dataset.reports import (
    CommitRequest,
    DatasetList,
    DiffReport,
    DiffRequest,
    ExportReport,
    ExportRequest,
    ListRequest,
    LogRequest,
    QueryRequest,
    ReadRequest,
    RestoreReport,
    RestoreRequest,
    ShowRequest,
    SnapshotDetail,
    SnapshotLog,
    TagRequest,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows, operation


@operation("dataset.list")
def list_datasets(context: Context, _request: ListRequest) -> DatasetList:
    """List the datasets and their newest snapshots."""
    from headgate.dataset.history import datasets

    return datasets(context)


@operation("dataset.commit", writes=True)
def commit(context: Context, request: CommitRequest, rows: Rows) -> Snapshot:
    """Bring rows into a dataset and freeze the result as a snapshot."""
    from headgate.dataset.changes import commit_rows

    return commit_rows(context, request, rows)


@operation("dataset.read")
def read(context: Context, request: ReadRequest) -> Rows:
    """Read a snapshot's rows; inside a run, what was read is remembered."""
    from headgate.dataset.reads import read_dataset

    return read_dataset(context, request)


@operation("dataset.log")
def log(context: Context, request: LogRequest) -> SnapshotLog:
    """List a dataset's snapshots, the newest first."""
    from headgate.dataset.history import snapshot_log

    return snapshot_log(context, request)


@operation("dataset.show")
def show(context: Context, request: ShowRequest) -> SnapshotDetail:
    """Describe one snapshot: columns, counts, files."""
    from headgate.dataset.history import snapshot_detail

    return snapshot_detail(context, request)


@operation("dataset.diff")
def diff(context: Context, request: DiffRequest) -> DiffReport:
    """Compare two snapshots row by row."""
    from headgate.dataset.history import diff_snapshots

    return diff_snapshots(context, request)


@operation("dataset.tag", writes=True)
def tag(context: Context, request: TagRequest) -> Snapshot:
    """Give a snapshot a name that can stand after the @."""
    from headgate.dataset.changes import tag_snapshot

    return tag_snapshot(context, request)


@operation("dataset.restore", writes=True)
def restore(context: Context, request: RestoreRequest) -> RestoreReport:
    """Make a dataset what it was at an older snapshot; nothing is lost."""
    from headgate.dataset.changes import restore_snapshot

    return restore_snapshot(context, request)


@operation("dataset.export")
def export(context: Context, request: ExportRequest) -> ExportReport:
    """Write a snapshot to a file."""
    from headgate.dataset.reads import export_snapshot

    return export_snapshot(context, request)


@operation("query", bare=True)
def query(context: Context, request: QueryRequest) -> Rows:
    """Ask snapshots in SQL, with everything else shut off."""
    from headgate.dataset.reads import query_snapshots

    return query_snapshots(context, request)
