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
    Meta(
        description="which snapshot: a number, a tag, a branch, a time or a version id; the newest "
        "if none"
    ),
]
Branch = Annotated[str, Meta(description="the branch to write to")]
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
        Meta(
            description="replace: become these rows; append: add them; upsert: replace by key; "
            "overwrite: replace the rows that meet `where`"
        ),
    ] = "replace"
    key: Annotated[
        tuple[str, ...], Meta(description="columns that identify a row; kept from then on")
    ] = ()
    message: Annotated[str, Meta(description="why")] = ""
    run: RunId = None
    branch: Branch = "main"
    where: Annotated[
        str | None,
        Meta(description="for overwrite, the rows that make way, as in SQL's where"),
    ] = None


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
    limit: Annotated[int, Meta(description="snapshots to list at most [count]", ge=1)] = 50
    branch: Annotated[
        str | None,
        Meta(description="the states this branch went through; those of all branches if none"),
    ] = None


class SnapshotLog(msgspec.Struct, frozen=True):
    """A dataset's snapshots, the newest first, and the tags and branches that stand at them."""

    dataset: str
    snapshots: tuple[Snapshot, ...]
    tags: dict[str, int]
    branches: dict[str, int] = {}


class ShowRequest(msgspec.Struct, frozen=True):
    """Describe one snapshot."""

    name: Name
    at: At = None


class DiffRequest(msgspec.Struct, frozen=True):
    """Compare two snapshots of a dataset."""

    name: Name
    from_: Annotated[
        str | None, Meta(description="the older snapshot; the one that `to` follows if none")
    ] = msgspec.field(default=None, name="from")
    to: Annotated[str | None, Meta(description="the newer snapshot; the newest if none")] = None
    limit: Annotated[int, Meta(description="example rows of each kind [count]", ge=0)] = 5
    counts: Annotated[bool, Meta(description="count only; open no row")] = False


class ChangesRequest(msgspec.Struct, frozen=True):
    """Read every row that differs between two snapshots."""

    name: Name
    from_: Annotated[
        str | None, Meta(description="the older snapshot; the one that `to` follows if none")
    ] = msgspec.field(default=None, name="from")
    to: Annotated[str | None, Meta(description="the newer snapshot; the newest if none")] = None


class RowChange(msgspec.Struct, frozen=True):
    """One row before and after; one of both is missing for a row added or removed."""

    row_id: int
    kind: Literal["added", "removed", "changed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SchemaDiff(msgspec.Struct, frozen=True):
    """Whether a reader of the older snapshot can read the newer one, and why not.

    Args:
        verdict: `identical`; `compatible` if what read the older one reads the newer one too:
            columns were added or made wider; `breaking` if one was removed or became something
            else, or the key is another.
        reasons: one sentence for each thing that is different.
    """

    verdict: Literal["identical", "compatible", "breaking"]
    reasons: tuple[str, ...]


class DiffReport(msgspec.Struct, frozen=True):
    """How two snapshots differ, rows matched by row id.

    Args:
        changed_columns: for each column the changed rows in which it differs.
        examples: some rows of each kind.
        schema: how the columns differ, and whether that breaks a reader.
        key: the columns that identify a row in the newer snapshot.
        is_counted_only: no row was opened; `changed_columns` and `examples` are left empty.
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
    schema: SchemaDiff
    key: tuple[str, ...] = ()
    is_counted_only: bool = False


class RestoreRequest(msgspec.Struct, frozen=True):
    """Make a dataset what it was; the snapshots between stay."""

    name: Name
    to: Annotated[str | None, Meta(description="the snapshot to go back to; must be given")] = None
    message: Annotated[str, Meta(description="why")] = ""
    branch: Branch = "main"
    plan: Annotated[bool, Meta(description="say what would be done and do nothing")] = False


class RestoreReport(msgspec.Struct, frozen=True):
    """The snapshot a restore made, and who stands on what was left behind.

    Args:
        snapshot: the branch's newest state now.
        n_left_behind: snapshots of the branch that came after the one restored.
        dependents: what was made from the snapshots left behind, however far down: runs that read
            them, snapshots those wrote, models that learned from them.
        n_added: rows the branch gets back.
        n_changed: rows whose older content it gets back.
        n_removed: rows it loses.
        is_planned: nothing was done.
    """

    snapshot: Snapshot
    restored_from: int
    n_left_behind: int
    dependents: tuple[str, ...]
    n_added: int = 0
    n_changed: int = 0
    n_removed: int = 0
    is_planned: bool = False


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
