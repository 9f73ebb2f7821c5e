"""What the stage's verbs are asked and what they answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from headgate.core.nouns import Snapshot
from headgate.spine.writes import Mode


class IngestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to take in, and how.

    Args:
        dataset: the dataset the rows go into; made if it is not there.
        uri: a file, a folder, or an address that the connector understands.
        connector: how to read it; by the file's suffix if not given. A folder whose files
            share a known suffix is read file by file, any other one as `files`.
        mode: `append`, `upsert`, `replace` or `overwrite`; append if not given, for `files` an
            upsert by path, for `debezium` an upsert by key in which deletes delete.
        key: columns that identify a row; kept with the dataset from the first time on.
        source: whose data it is; the dataset's name if not given.
        at: when the data arrived, an ISO 8601 date or time; now if not given.
        message: why.
        settings: the connector's settings by name, such as `encoding=latin-1`.
        owner: who answers for the source.
        where: for `overwrite` the rows that make way, as in SQL's where; what comes must meet it.
        branch: the branch the rows go to.
    """

    dataset: str
    uri: str
    connector: str | None = None
    mode: Mode | None = None
    key: tuple[str, ...] = ()
    source: str | None = None
    at: str | None = None
    message: str = ""
    settings: dict[str, str] = {}
    owner: str | None = None
    where: str | None = None
    branch: str = "main"


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken in.

    Args:
        dataset: the dataset.
        source: whose data it was.
        snapshot: the dataset's state now.
        n_objects: files, tables or queries that were offered.
        n_objects_skipped: those of them taken before, or empty.
        n_read: records that were read; always n_taken + n_quarantined.
        n_taken: rows that passed every gate.
        n_quarantined: records that wait in quarantine.
        reasons: quarantined records by the name of their reason.
        facts: what else was noticed.
    """

    dataset: str
    source: str
    snapshot: Snapshot
    n_objects: int
    n_objects_skipped: int
    n_read: int
    n_taken: int
    n_quarantined: int
    reasons: dict[str, int]
    facts: list[str]


class SourceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it was made known.

    Args:
        name: the source's name.
        owner: who answers for it.
        connector: how it was read first.
        uri: where it was read first.
        settings: the connector's settings then, as JSON.
    """

    name: str
    owner: str | None
    connector: str
    uri: str
    settings: str = "{}"


class SourceHold(msgspec.Struct, frozen=True, kw_only=True):
    """A source that is held: what comes from it waits in quarantine.

    Args:
        source: the source's name.
        because: why.
        held_at: since when.
        held_by: who said so.
    """

    source: str
    because: str
    held_at: datetime
    held_by: str


class HoldSource(msgspec.Struct, frozen=True, kw_only=True):
    """Which source to hold, and why.

    Args:
        source: the source's name; it need not have brought anything yet.
        because: why.
    """

    source: str
    because: str = ""


class LiftSource(msgspec.Struct, frozen=True, kw_only=True):
    """Which source to hold no more.

    Args:
        source: the source's name.
    """

    source: str


class SourceHeld(msgspec.Struct, frozen=True, kw_only=True):
    """How a source stands.

    Args:
        source: the source's name.
        is_held: whether what comes from it waits in quarantine.
        is_changed: whether it stood otherwise before.
        n_waiting: records from it that wait in quarantine [count].
        datasets: the datasets in whose quarantine they wait.
        held_at: since when it is held.
        held_by: who said so.
        because: why.
    """

    source: str
    is_held: bool
    is_changed: bool
    n_waiting: int
    datasets: tuple[str, ...]
    held_at: datetime | None = None
    held_by: str | None = None
    because: str = ""


class SourceListRequest(msgspec.Struct, frozen=True):
    """Which sources to list: all of them."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source, and what came from it.

    Args:
        name: the source's name.
        owner: who answers for it.
        connector: how it was read first.
        uri: where it was read first.
        n_batches: objects taken from it.
        n_rows: rows taken from it.
        last_arrived_at: when the newest of them arrived.
        held_at: since when what comes from it waits in quarantine; nothing if it does not.
    """

    name: str
    owner: str | None
    connector: str
    uri: str
    n_batches: int
    n_rows: int
    last_arrived_at: datetime | None
    held_at: datetime | None = None


class SourceList(msgspec.Struct, frozen=True):
    """The sources by name.

    Args:
        sources: one entry each.
    """

    sources: list[Source]


class CompareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which two datasets to compare by key.

    Args:
        changes: the dataset that a database's changes feed, such as `customers` or `customers@3`.
        direct: the one that an application writes to.
        key: columns that identify a row; those of the first dataset if not given.
        settle_s: differences younger than this do not count, for the other side may be on its
            way [s, >= 0].
        limit: differences to list, those furthest apart in time first [count, >= 0].
    """

    changes: str
    direct: str
    key: tuple[str, ...] = ()
    settle_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    limit: Annotated[int, msgspec.Meta(ge=0)] = 10


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """A key in which the two differ.

    Args:
        kind: where its row is, or that both have one with other values.
        key: the key's values by column.
        columns: where the two rows differ.
        changed_at: when the database changed the row last; nothing if no change told of it.
        is_deleted: that change deleted it.
        written_at: when the other dataset's row arrived.
        apart_s: from the change to the arrival [s]; below 0 the change is the later one.
    """

    kind: Literal["only changes", "only direct", "differing"]
    key: dict[str, Any]
    columns: tuple[str, ...] = ()
    changed_at: datetime | None = None
    is_deleted: bool = False
    written_at: datetime | None = None
    apart_s: float | None = None


class CompareReport(msgspec.Struct, frozen=True, kw_only=True):
    """How far two datasets that should be the same have come apart.

    Args:
        changes: the snapshot of the one that changes feed.
        direct: that of the one an application writes to.
        key: columns by which rows were paired.
        n_same: rows alike in all columns that both have.
        n_only_changes: rows that only the first has.
        n_only_direct: rows that only the second has.
        n_differing: rows of one key with other values.
        n_settling: differences too young to count.
        columns_unpaired: columns that only one of them has; they were not compared.
        apart: the differences, those furthest apart in time first.
        has_findings: they differ; the command's exit code is 1.
    """

    changes: str
    direct: str
    key: tuple[str, ...]
    n_same: int
    n_only_changes: int
    n_only_direct: int
    n_differing: int
    n_settling: int
    columns_unpaired: tuple[str, ...]
    apart: list[Apart]
    has_findings: bool
