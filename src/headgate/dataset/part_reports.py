"""What the verbs that read part by part are asked and what they answer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from headgate.core.nouns import Column, Snapshot
from headgate.dataset.reports import At, Name, RunId

Columns = Annotated[tuple[str, ...] | None, Meta(description="columns to read; all if none")]
Where = Annotated[
    str | None, Meta(description="a condition as in SQL's where, on one row alone: no subquery")
]
RowIds = Annotated[bool, Meta(description="put each row's id first, as column _rid")]


class PartsRequest(msgspec.Struct, frozen=True):
    """Open a snapshot to be read part by part."""

    name: Name
    at: At = None
    columns: Columns = None
    where: Where = None
    row_ids: RowIds = False
    run: RunId = None


class PartLine(msgspec.Struct, frozen=True):
    """One part of a snapshot.

    Args:
        part: its number.
        n_rows: rows of it that meet the condition.
        n_bytes: size of its file [bytes].
    """

    part: int
    n_rows: int
    n_bytes: int


class PartList(msgspec.Struct, frozen=True):
    """A snapshot opened for reading.

    Args:
        columns: what a row has, in order.
        n_rows: rows that meet the condition.
        parts: those that hold any, in the snapshot's order.
        lease: keeps the snapshot from being given up; reading a part renews it.
    """

    snapshot: Snapshot
    columns: tuple[Column, ...]
    n_rows: int
    parts: tuple[PartLine, ...]
    lease: str


class PartRequest(msgspec.Struct, frozen=True):
    """Read one part of a snapshot, or some of its rows."""

    name: Name
    part: Annotated[int, Meta(description="its number, as `dataset parts` lists it")] = 0
    at: At = None
    columns: Columns = None
    where: Where = None
    row_ids: RowIds = False
    start: Annotated[int, Meta(description="first row of the part to read [count from 0]")] = 0
    stop: Annotated[int | None, Meta(description="row to stop before; the part's end if none")] = (
        None
    )
    lease: Annotated[str | None, Meta(description="the lease to renew, as given")] = None
