"""What the verbs on datasets are asked and what they answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headgate.core.nouns import Snapshot
from headgate.spine.writes import Mode

Name = Annotated[str, Meta(description="the dataset's name")]
At = Annotated[
    str | None,
    Meta(description="which snapshot: a number, a tag, a time or a version id; the newest if none"),
]
RunId = Annotated[str | None, Meta(description="the run that asks; filled in inside project.run")]


class ListRequest(msgspec.Struct, frozen=True):
    """List the datasets there are."""


class DatasetLine(msgspec.Struct, frozen=True):
    """A dataset and its newest snapshot."""

    name: str
    n_snapshots: int
    newest: Snapshot


class DatasetList(msgspec.Struct, frozen=True):
    """The datasets there are, in name order."""

    datasets: tuple[DatasetLine, ...]


class CommitRequest(msgspec.Struct, frozen=True):
    """Bring rows into a dataset.

    Inside a run, rows say what they were made of: a column `_rid`, as read gave it, says that
    each row is still that row; a column `_parents`, a list of row ids, names the rows it was
    split from, joined from or merged of. With neither, lineage is known between datasets only.
    """

    name: Name
    mode: Annotated[
        Mode,
        Meta(description="replace: become these rows; append: add them; upsert: replace by key"),
    ] = "replace"
    key: Annotated[
        tuple[str, ...], Meta(description="columns that identify a row; kept from then on")
    ] = ()
    message: Annotated[str, Meta(description="why")] = ""
    run: RunId = None


class ReadRequest(msgspec.Struct, frozen=True):
    """Read a snapshot's rows."""

    name: Name
    at: At = None
    columns: Annotated[tuple[str, ...] | None, Meta(description="columns to read; all if none")] = (
        None
    )
    where: Annotated[str | None, Meta(description="a condition as in SQL's where")] = None
    row_ids: Annotated[bool, Meta(description="put each row's id first, as column _rid")] = False
    run: RunId = None


class LogRequest(msgspec.Struct, frozen=True):
    """List a dataset's snapshots, the newest first."""

    name: Name
    limit: Annotated[int, Meta(description="snapshots to list at most [count]")] = 50


class SnapshotLog(msgspec.Struct, frozen=True):
    """A dataset's snapshots, the newest first, and its tags."""

    dataset: str
    snapshots: tuple[Snapshot, ...]
    tags: dict[str, int]


class ShowRequest(msgspec.Struct, frozen=True):
    """Describe one snapshot."""

    name: Name
    at: At = None


class DiffRequest(msgspec.Struct, frozen=True):
    """Compare two snapshots of a dataset."""

    name: Name
    from_: Annotated[
        str | None, Meta(description="the older snapshot; the one before `to` if none")
    ] = msgspec.field(default=None, name="from")
    to: Annotated[str | None, Meta(description="the newer snapshot; the newest if none")] = None
    limit: Annotated[int, Meta(description="example rows of each kind [count]")] = 5


class RowChange(msgspec.Struct, frozen=True):
    """One row before and after; one of both is missing for a row added or removed."""

    row_id: int
    kind: Literal["added", "removed", "changed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class DiffReport(msgspec.Struct, frozen=True):
    """How two snapshots differ, rows matched by row id.

    Args:
        changed_columns: for each column the changed rows in which it differs.
        examples: some rows of each kind.
    """

    dataset: str
    from_number: int
    to_number: int
    n_added: int
    n_removed: int
    n_changed: int
    n_same: int
    added_columns: tuple[str, ...]
    removed_columns: tuple[str, ...]
    retyped_columns: tuple[str, ...]
    changed_columns: dict[str, int]
    examples: tuple[RowChange, ...]


class TagRequest(msgspec.Struct, frozen=True):
    """Give a snapshot a name of its own."""

    name: Name
    tag: Annotated[str, Meta(description="the tag; `orders@TAG` means the snapshot from then on")]
    at: At = None


class RestoreRequest(msgspec.Struct, frozen=True):
    """Make a dataset what it was; the snapshots between stay."""

    name: Name
    to: Annotated[str | None, Meta(description="the snapshot to go back to; must be given")] = None
    message: Annotated[str, Meta(description="why")] = ""


class RestoreReport(msgspec.Struct, frozen=True):
    """The snapshot a restore made, and who stands on what was left behind.

    Args:
        dependents: runs and datasets that read the snapshots left behind.
    """

    snapshot: Snapshot
    restored_from: int
    n_left_behind: int
    dependents: tuple[str, ...]


class ExportRequest(msgspec.Struct, frozen=True):
    """Write a snapshot to a file."""

    name: Name
    path: Annotated[str, Meta(description="where to; .parquet, .csv, .tsv, .jsonl or .arrow")]
    at: At = None
    columns: Annotated[
        tuple[str, ...] | None, Meta(description="columns to write; all if none")
    ] = None
    row_ids: Annotated[bool, Meta(description="put each row's id first, as column _rid")] = False


class ExportReport(msgspec.Struct, frozen=True):
    """What was written."""

    path: str
    dataset: str
    number: int
    n_rows: int
    n_bytes: int


class QueryRequest(msgspec.Struct, frozen=True):
    """Ask snapshots in SQL; `orders@3` names one, `orders` the newest."""

    sql: Annotated[str, Meta(description="one select; external access is off")]
    run: RunId = None


class SnapshotDetail(msgspec.Struct, frozen=True):
    """One snapshot, its layout and its tags."""

    snapshot: Snapshot
    key: tuple[str, ...]
    n_segments: int
    n_bytes: int
    n_deleted: int
    tags: tuple[str, ...]
