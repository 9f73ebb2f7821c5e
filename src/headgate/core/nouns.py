"""The nouns every stage shares: snapshots, batches, events."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Column(msgspec.Struct, frozen=True):
    """One column of a snapshot: its name and Arrow type as text."""

    name: str
    type: str


class Snapshot(msgspec.Struct, frozen=True):
    """One frozen state of a dataset.

    Args:
        dataset: the dataset's name.
        number: counts from 1 in each dataset; `orders@3` means this.
        version_id: blake3 of the manifest, hexadecimal.
        content_root: additive hash over the rows' content; independent of their order, their
            ids, the layout of files and the project.
        n_rows: rows in it.
        n_added: rows that the previous snapshot did not have, by row id.
        n_removed: rows of the previous snapshot that it does not have.
        n_changed: rows in both, with other content.
        n_quarantined: rows of this commit that wait in quarantine.
        is_new: the commit made it; otherwise nothing had changed and this is the newest.
        branch: the branch it was made on.
        parent: number of the snapshot it follows; nothing for the first.
        merged_from: number of the snapshot that was merged into it.
        kind: what made it: `commit`, `restore`, `merge`, `compact` or `erase`.
        expired_at: when its files were given up by retention; it can no longer be read.
    """

    dataset: str
    number: int
    version_id: str
    content_root: str
    n_rows: int
    n_added: int
    n_removed: int
    n_changed: int
    created_at: datetime
    created_by: str
    message: str
    run_id: str | None
    columns: tuple[Column, ...]
    n_quarantined: int = 0
    is_new: bool = True
    branch: str = "main"
    parent: int | None = None
    merged_from: int | None = None
    kind: str = "commit"
    expired_at: datetime | None = None


class SnapshotRead(msgspec.Struct, frozen=True):
    """A snapshot that a run read, or a part of it.

    Args:
        dataset: the dataset's name.
        number: the snapshot's number.
        version_id: blake3 of its manifest, hexadecimal.
        condition: the filter that chose its rows; nothing if there was none.
        n_rows: rows that were read.
        is_whole: every row of the snapshot was.
    """

    dataset: str
    number: int
    version_id: str
    condition: str | None
    n_rows: int
    is_whole: bool


class Event(msgspec.Struct, frozen=True):
    """The one record of something having happened.

    Args:
        seq: its place in the project's log, without gaps [count from 1].
        kind: a past-tense fact, such as `snapshot_committed`.
        subject: what it is about, such as `dataset:orders`.
        actor: who acted.
        payload: facts, never personal data.
        commitment: blake3 of salt and canonical bytes; survives the erasure of both.
        digest: blake3 of the previous event's digest and this commitment.
    """

    seq: int
    kind: str
    subject: str
    at: datetime
    actor: str
    payload: dict[str, object]
    commitment: str
    digest: str
