"""What a unit of work is asked to write: parts with their origins, a mode, and lineage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec

from headgate.core.plugins import Rejected

Mode = Literal["replace", "append", "upsert", "overwrite"]
REPLACING = frozenset({"replace", "overwrite"})
"""Modes in which what is there makes way for what comes, so that it may come again."""

PARENTS = "_parents"
"""Column in which a run's rows name the rows they were made of: list<int64> of row ids."""


class Origin(msgspec.Struct, frozen=True):
    """Where a batch of rows came from.

    Args:
        kind: `ingest` from a source, `commit` by hand, `derive` by a run.
        arrived_at: when the data arrived; windows of blast are cut on this.
        source: the source's name, for an ingest.
        uri: the object it was read from.
        digest: blake3 of the object; the same object is taken once in a dataset.
        released_from: the batch in whose quarantine the rows waited until now.
    """

    kind: Literal["ingest", "commit", "derive"]
    arrived_at: datetime
    source: str | None = None
    uri: str | None = None
    digest: str | None = None
    released_from: int | None = None


class Way(msgspec.Struct, frozen=True):
    """How records were read, so that the text of one can be read again without its object.

    Args:
        connector: the connector's name.
        settings: what it reads text by, such as the delimiter; nothing of what was selected.
        columns: their names, in the order of the fields.
        types: the columns' Arrow schema in its serialized form as base64; empty where records
            are text.
    """

    connector: str
    settings: dict[str, Any]
    columns: tuple[str, ...]
    types: str = ""


class Part(msgspec.Struct, frozen=True):
    """Rows of one origin, with the records of it that could not become rows.

    Args:
        rows: a pyarrow table; may hold the column `_line` of connectors, which is not stored.
        origin: where they came from; each part becomes one batch.
        rejected: records that wait in quarantine already.
        raw: gives the raw text of rows by position, for those a gate rejects; the row as JSON
            if not given.
        way: how they were read, if that can be done again.
    """

    rows: Any
    origin: Origin
    rejected: tuple[Rejected, ...] = ()
    raw: Callable[[list[int]], list[str]] | None = None
    way: Way | None = None


class Write(msgspec.Struct, frozen=True):
    """One dataset's next snapshot, as asked for.

    Args:
        dataset: its name; made if it is not there.
        mode: `replace` makes the dataset equal to the rows, `append` adds them, `upsert`
            replaces rows of the same key and adds the others, `overwrite` replaces the rows that
            meet a condition.
        key: columns that identify a row; kept with the dataset from the first time on.
        message: why.
        run: the run that writes; its reads are the parents.
        reads: what the run has read, where whoever asks writes it down in the same unit.
        branch: the branch to commit to.
        where: for `overwrite` the condition, as in SQL's where; incoming rows must meet it.
        making_way: for `overwrite`, in the place of a condition, gives the ids of the rows that
            make way in the state that is overwritten, sorted, shape (n,); for `upsert` of those
            that leave beside it, unless a row comes in for them.
        edges: for a run's rows that are not one row of one row: a pyarrow table
            (child int64 position in the rows, parent_rid int64[, parent_rev int64]).
    """

    dataset: str
    mode: Mode = "replace"
    key: tuple[str, ...] = ()
    message: str = ""
    run: str | None = None
    reads: tuple[Any, ...] | None = None
    branch: str = "main"
    where: str | None = None
    making_way: Callable[[Any], Any] | None = None
    edges: Any = None
