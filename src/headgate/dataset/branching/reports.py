"""What the verbs on branches, tags and merges are asked and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headgate.core.nouns import Snapshot
from headgate.dataset.reports import At, Branch, Name, RunId

Protect = Annotated[
    bool | None, Meta(description="protect it, or with `false` let it go again; as it is if none")
]
Delete = Annotated[bool, Meta(description="forget the name; the snapshots stay")]


class BranchRequest(msgspec.Struct, frozen=True):
    """Make, protect or delete a branch of a dataset."""

    name: Name
    branch: Annotated[str, Meta(description="the branch; `orders@BRANCH` means its newest state")]
    at: At = None
    delete: Delete = False
    protect: Protect = None


class BranchReport(msgspec.Struct, frozen=True):
    """A branch, and what became of it.

    Args:
        number: the snapshot it stands at, or stood at when it was deleted.
        deed: `made`, `deleted`, `protected` or `released`; `unchanged` if nothing was to do.
        undo: the command that brings back what was before; nothing if nothing was changed.
    """

    dataset: str
    branch: str
    number: int
    deed: Literal["made", "deleted", "protected", "released", "unchanged"]
    is_protected: bool
    undo: str | None


class BranchesRequest(msgspec.Struct, frozen=True):
    """List a dataset's branches and tags."""

    name: Name


class BranchLine(msgspec.Struct, frozen=True):
    """A branch, and how far it has gone from the main one.

    Args:
        number: its newest snapshot.
        n_ahead: snapshots it stands on that the main branch does not.
        n_behind: snapshots the main branch stands on that it does not.
    """

    name: str
    number: int
    n_rows: int
    n_ahead: int
    n_behind: int
    is_protected: bool
    changed_at: datetime


class TagLine(msgspec.Struct, frozen=True):
    """A tag and the snapshot it stands at."""

    name: str
    number: int
    n_rows: int
    is_protected: bool


class BranchList(msgspec.Struct, frozen=True):
    """A dataset's branches, the main one first, and its tags in name order."""

    dataset: str
    branches: tuple[BranchLine, ...]
    tags: tuple[TagLine, ...]


class TagRequest(msgspec.Struct, frozen=True):
    """Give a snapshot a name of its own; move, protect or delete that name."""

    name: Name
    tag: Annotated[str, Meta(description="the tag; `orders@TAG` means the snapshot from then on")]
    at: At = None
    move: Annotated[bool, Meta(description="move the tag if it stands elsewhere")] = False
    delete: Delete = False
    protect: Protect = None


class TagReport(msgspec.Struct, frozen=True):
    """A tag, and what became of it.

    Args:
        snapshot: the snapshot it stands at, or stood at when it was deleted.
        deed: `tagged`, `moved`, `deleted`, `protected` or `released`; `unchanged` if nothing was
            to do.
        moved_from: number of the snapshot it stood at before it was moved.
        undo: the command that brings back what was before; nothing if nothing was changed.
    """

    tag: str
    snapshot: Snapshot
    deed: Literal["tagged", "moved", "deleted", "protected", "released", "unchanged"]
    moved_from: int | None
    is_protected: bool
    undo: str | None


class MergeRequest(msgspec.Struct, frozen=True):
    """Bring what a branch changed into another one."""

    name: Name
    from_: Annotated[
        str, Meta(description="the branch to merge; a tag or a number will do as well")
    ] = msgspec.field(name="from")
    into: Annotated[str, Meta(description="the branch that takes the changes")] = "main"
    message: Annotated[str, Meta(description="why")] = ""
    plan: Annotated[bool, Meta(description="say what would be done and do nothing")] = False
    limit: Annotated[int, Meta(description="conflicting rows to list at most [count]", ge=0)] = 20


class RowConflict(msgspec.Struct, frozen=True):
    """A row on which the branches do not agree.

    Args:
        reason: what each of them did with it.
        key: the values of the key columns; nothing if the dataset has no key.
        row_id: the row's id on the branch merged into, on the other one if it is not there.
        base: the row as both had it; nothing if neither had.
        ours: the row on the branch merged into; nothing if it was removed.
        theirs: the row on the branch to merge; nothing if it was removed.
    """

    reason: str
    key: dict[str, Any] | None
    row_id: int
    base: dict[str, Any] | None
    ours: dict[str, Any] | None
    theirs: dict[str, Any] | None


class ColumnConflict(msgspec.Struct, frozen=True):
    """A column on which the branches do not agree; a type is nothing where it is not there."""

    column: str
    reason: str
    base: str | None
    ours: str | None
    theirs: str | None


class MergeReport(msgspec.Struct, frozen=True):
    """What a merge did, would do, or could not do.

    Args:
        from_: what was to be merged, and the number of its snapshot.
        into: the branch that takes it, and the number of the snapshot it stood at.
        base_number: the snapshot both went on from; nothing if they share none.
        state: `merged`; `planned` if only asked; `nothing to merge` if it was in already;
            `conflict` if rows or columns stand against it, and nothing was done.
        snapshot: the branch's newest state now.
        n_added: rows it adds.
        n_changed: rows it changes.
        n_removed: rows it removes.
        n_conflicts: rows and columns in conflict, listed or not.
        conflicts: rows in conflict, at most as many as were asked for.
        columns: columns in conflict.
        has_findings: there are conflicts.
    """

    dataset: str
    from_: str = msgspec.field(name="from")
    from_number: int
    into: str
    into_number: int
    base_number: int | None
    state: Literal["merged", "planned", "nothing to merge", "conflict"]
    snapshot: Snapshot
    n_added: int = 0
    n_changed: int = 0
    n_removed: int = 0
    n_conflicts: int = 0
    conflicts: tuple[RowConflict, ...] = ()
    columns: tuple[ColumnConflict, ...] = ()
    has_findings: bool = False


class TogetherRequest(msgspec.Struct, frozen=True):
    """Bring rows into several datasets at once."""

    mode: Annotated[
        Literal["replace", "append", "upsert"],
        Meta(description="replace: become these rows; append: add them; upsert: replace by key"),
    ] = "replace"
    keys: Annotated[
        dict[str, str],
        Meta(description="columns that identify a row of a dataset, such as orders=id,region"),
    ] = {}
    message: Annotated[str, Meta(description="why")] = ""
    branch: Branch = "main"
    run: RunId = None


class TogetherReport(msgspec.Struct, frozen=True):
    """The snapshots that landed together, in the order of their datasets' names."""

    snapshots: tuple[Snapshot, ...]
