"""Short ways to ask the verbs on datasets, and to count again what they claim."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from headgate.dataset.branching.branches import tag_snapshot
from headgate.dataset.branching.reports import TagReport, TagRequest
from headgate.dataset.changes import commit_rows, restore_snapshot
from headgate.dataset.diff import diff_snapshots
from headgate.dataset.history import snapshot_log
from headgate.dataset.reads import query_snapshots, read_dataset
from headgate.dataset.reports import (
    CommitRequest,
    DiffReport,
    DiffRequest,
    LogRequest,
    QueryRequest,
    ReadRequest,
    RestoreReport,
    RestoreRequest,
)
from headgate.dataset.upkeep.checking import check as check_project
from headgate.dataset.upkeep.collecting import collect
from headgate.dataset.upkeep.reports import (
    CompactReport,
    CompactRequest,
    FsckReport,
    FsckRequest,
    GcReport,
    GcRequest,
)
from headgate.dataset.upkeep.verbs import compact_dataset
from headgate.spine.context import Context, open_context
from headgate.spine.init import init
from headgate.spine.lineage.events import list_events
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.manifest import columns_of, empty_manifest, shifted

if TYPE_CHECKING:
    from collections.abc import Generator

    from headgate.core.nouns import Event, Snapshot


@contextmanager
def fresh() -> Generator[Context]:
    """Open a new project in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        init(root)
        context = open_context(root)
        yield context
        context.opened.close()


def commit(context: Context, name: str, rows: Any, **asked: Any) -> Snapshot:
    """Commit a table, or what can be made one."""
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    return commit_rows(context, CommitRequest(name=name, **asked), table)


def read(context: Context, name: str, at: str | int | None = None, **asked: Any) -> pa.Table:
    """Read a snapshot."""
    version = None if at is None else str(at)
    return read_dataset(context, ReadRequest(name=name, at=version, **asked))


def values(context: Context, name: str, at: str | int | None = None) -> dict[str, list[Any]]:
    """Read a snapshot as Python lists."""
    return read(context, name, at).to_pydict()


def ids(context: Context, name: str, column: str, at: str | int | None = None) -> dict[Any, int]:
    """Return the row id that stands beside each value of a column."""
    table = read(context, name, at, row_ids=True)
    rids: list[Any] = table["_rid"].to_pylist()
    return dict(zip(table[column].to_pylist(), rids, strict=True))


def query(context: Context, sql: str, **asked: Any) -> pa.Table:
    """Ask in SQL."""
    return query_snapshots(context, QueryRequest(sql=sql, **asked))


def diff(context: Context, name: str, from_: int, to: int, **asked: Any) -> DiffReport:
    """Compare two snapshots."""
    return diff_snapshots(context, DiffRequest(name=name, from_=str(from_), to=str(to), **asked))


def restore(context: Context, name: str, to: str | int, **asked: Any) -> RestoreReport:
    """Go back to a snapshot."""
    return restore_snapshot(context, RestoreRequest(name=name, to=str(to), **asked))


def tag(
    context: Context, name: str, label: str, at: str | int | None = None, **asked: Any
) -> TagReport:
    """Name a snapshot."""
    version = None if at is None else str(at)
    return tag_snapshot(context, TagRequest(name=name, tag=label, at=version, **asked))


def log(context: Context, name: str) -> list[Snapshot]:
    """List a dataset's snapshots, the newest first."""
    return list(snapshot_log(context, LogRequest(name=name, limit=10_000)).snapshots)


def compact(context: Context, name: str, **asked: Any) -> CompactReport:
    """Compact a dataset."""
    return compact_dataset(context, CompactRequest(name=name, **asked))


def gc(context: Context, **asked: Any) -> GcReport:
    """Collect, with no grace unless one is given."""
    return collect(context, GcRequest(**({"grace_h": 0.0, "apply": True} | asked)))


def fsck(context: Context, name: str | None = None, **asked: Any) -> FsckReport:
    """Check a dataset or the project."""
    return check_project(context, FsckRequest(name=name, **asked))


def events(context: Context, subject: str | None = None) -> list[Event]:
    """List events, the oldest first."""
    with context.catalog.read() as connection:
        found = list_events(connection, context.tenant, subject=subject, limit=10_000)
    return found[::-1]


def kinds(context: Context, subject: str | None = None) -> list[str]:
    """List what happened, the oldest first."""
    return [event.kind for event in events(context, subject)]


def root_of(rows: Any) -> str:
    """Count the content root of rows from nothing but the rows."""
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    plain = canonical(table)
    lanes = shifted((0, 0), added=row_hashes(plain), removed=np.empty((0, 2), np.uint64))
    counted = msgspec.structs.replace(
        empty_manifest("any", "any"),
        columns=columns_of(plain.schema),
        n_rows=plain.num_rows,
        lanes=lanes,
    )
    return counted.content_root
