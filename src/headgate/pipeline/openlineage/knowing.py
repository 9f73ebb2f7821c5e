"""What the catalog knows of a run that is told: what it read and made, by what code, for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline import queries
from headgate.pipeline.openlineage import facets
from headgate.pipeline.origin import parents_in
from headgate.pipeline.partitions import FORMATS, span_of
from headgate.spine.lineage.batches import of_run, ways_of
from headgate.spine.lineage.reads import reads_of
from headgate.spine.store.queries import version_by_number
from headgate.spine.store.snapshots import manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.memo import Parts
    from headgate.pipeline.origin import Started
    from headgate.pipeline.partitions import Every
    from headgate.pipeline.runs import PipelineRunRecord, RunRecord
    from headgate.spine.context import Context
    from headgate.spine.lineage.reads import Read
    from headgate.spine.store.manifest import Manifest

MEMO = "memo:"
"""What the code hash of a step's run begins with; its memo key follows."""


class Size(NamedTuple):
    """How much lies in files.

    Args:
        n_bytes: their size [bytes].
        n_files: how many they are [count].
    """

    n_bytes: int
    n_files: int


class Input(NamedTuple):
    """What was read of a snapshot.

    Args:
        size: of the whole snapshot; nothing if its files were given up.
        columns: those that the step declares to read; nothing if it declares none.
    """

    read: Read
    snapshot: Snapshot
    size: Size | None
    columns: tuple[str, ...] | None


class Output(NamedTuple):
    """A snapshot that was made.

    Args:
        batches: the rows written.
        size: of the files that were written for it; nothing if they were given up.
    """

    snapshot: Snapshot
    batches: Sequence[facets.Batch]
    size: Size | None


class Known(NamedTuple):
    """A run with what it read and wrote.

    Args:
        record: the run itself.
        inputs: what it read.
        outputs: the snapshots it made.
        parts: what a step's rows depend on, if the catalog still has it.
        above: the run of the pipeline it belongs to.
        nominal: the moments from which and up to which it is about data.
    """

    record: RunRecord
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    parts: Parts | None
    above: PipelineRunRecord | None
    nominal: tuple[datetime, datetime | None] | None

    @property
    def started(self) -> tuple[Started | None, Started | None]:
        """The run of another tool that started it, or its pipeline; and the one at the top."""
        parameters = self.record.parameters if self.above is None else self.above.asked.parents
        return parents_in(parameters)


def known_run(
    connection: Connection, context: Context, run_id: str, parts: Parts | None = None
) -> Known | None:
    """Read what the catalog knows of a run.

    Args:
        connection: of any transaction.
        context: the project.
        run_id: of the run.
        parts: what a step's rows depend on; that of its memo if nothing is given.
    """
    tenant = context.tenant
    record = queries.run_by_id(connection, tenant, run_id)
    if record is None:
        return None
    parts = parts or _parts_of(connection, tenant, record)
    above = _above(connection, tenant, record)
    return Known(
        record=record,
        inputs=list(_inputs(connection, context, run_id, parts)),
        outputs=list(_outputs(connection, context, run_id)),
        parts=parts,
        above=above,
        nominal=_nominal(connection, tenant, record, parts, above),
    )


def _parts_of(connection: Connection, tenant: str, record: RunRecord) -> Parts | None:
    key = record.code_hash or ""
    if not key.startswith(MEMO):
        return None
    memo = queries.memo_by_key(connection, tenant, record.name, key.removeprefix(MEMO))
    return None if memo is None or memo.run_id != record.run_id else memo.known


def _above(connection: Connection, tenant: str, record: RunRecord) -> PipelineRunRecord | None:
    name = record.parameters.get("pipeline_run")
    return None if name is None else queries.pipeline_run_by_id(connection, tenant, name)


def _inputs(
    connection: Connection, context: Context, run_id: str, parts: Parts | None
) -> Iterator[Input]:
    declared = {} if parts is None else parts.how.get("columns", {})
    for read in reads_of(connection, context.tenant, [run_id]):
        snapshot = version_by_number(connection, context.tenant, read.dataset, read.number)
        if snapshot is not None:
            manifest = _manifest(context, snapshot)
            size = None if manifest is None else _size(manifest, frozenset())
            columns = declared.get(read.dataset)
            yield Input(read, snapshot, size, None if columns is None else tuple(columns))


def _outputs(connection: Connection, context: Context, run_id: str) -> Iterator[Output]:
    tenant = context.tenant
    batches = list(_batches(connection, tenant, run_id))
    for wrote in queries.written_by(connection, tenant, run_id):
        snapshot = version_by_number(connection, tenant, wrote.dataset, wrote.number)
        if snapshot is None:
            continue
        own = [one for one in batches if (one.dataset, one.number) == (wrote.dataset, wrote.number)]
        yield Output(snapshot, own, _size_written(connection, context, snapshot))


def _size_written(connection: Connection, context: Context, snapshot: Snapshot) -> Size | None:
    """Sum the files of a snapshot that the one before it does not have."""
    manifest, before = _manifest(context, snapshot), frozenset[str]()
    if manifest is None:
        return None
    if snapshot.parent is not None:
        parent = version_by_number(connection, context.tenant, snapshot.dataset, snapshot.parent)
        known = None if parent is None else _manifest(context, parent)
        if known is None:
            return None
        before = frozenset(one.digest for one in known.segments)
    return _size(manifest, before)


def _manifest(context: Context, snapshot: Snapshot) -> Manifest | None:
    if snapshot.expired_at is not None:
        return None
    try:
        return manifest_of(context, snapshot)
    except NotFound:
        return None


def _size(manifest: Manifest, without: frozenset[str]) -> Size:
    sizes = {one.digest: one.n_bytes for one in manifest.segments if one.digest not in without}
    return Size(sum(sizes.values()), len(sizes))


def _nominal(
    connection: Connection,
    tenant: str,
    record: RunRecord,
    parts: Parts | None,
    above: PipelineRunRecord | None,
) -> tuple[datetime, datetime | None] | None:
    """Say what time a run is about: the spans it made, else the moment its pipeline was due."""
    if above is None:
        return None
    source = parts.source if parts is not None else None
    if source is not None and source.every in FORMATS:
        keys = queries.keys_made(connection, tenant, above.pipeline_run_id, record)
        if keys:
            return _spanned(source.every, keys, source.timezone)
    return None if above.asked.nominal_at is None else (above.asked.nominal_at, None)


def _spanned(every: Every, keys: Sequence[str], timezone: str) -> tuple[datetime, datetime] | None:
    """Return from when until when partitions are; nothing if a key was erased."""
    try:
        spans = [span_of(every, key, timezone) for key in keys]
    except Invalid:
        return None
    return min(one[0] for one in spans), max(one[1] for one in spans)


def _batches(connection: Connection, tenant: str, run_id: str) -> Iterator[facets.Batch]:
    found = of_run(connection, tenant, run_id)
    ways = ways_of(connection, tenant, [batch.rev for batch in found])
    for batch in found:
        kind, edges = ways.get(batch.rev, (None, None))
        yield facets.Batch(
            dataset=batch.dataset,
            number=batch.number,
            rid_lo=batch.rid_lo,
            rid_hi=batch.rid_hi,
            n_rows=batch.n_rows,
            kind=kind,
            edges=edges,
        )
