"""The stage's verbs: take data in, list sources, see what waits in quarantine."""

from headgate.ingest.requests import (
    CompareReport,
    CompareRequest,
    IngestReport,
    IngestRequest,
    Quarantined,
    QuarantineList,
    QuarantineListRequest,
    QuarantineShowRequest,
    Source,
    SourceList,
    SourceListRequest,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows, operation


@operation("source.ingest", writes=True)
def ingest(context: Context, request: IngestRequest) -> IngestReport:
    """Take a file, a folder or a database's rows into a dataset.

    All objects of one call become one snapshot. An object taken before is left out; a record
    that cannot become a row waits in quarantine, and the others go in.

    Raises:
        NotFound: nothing is there, or a connector, a setting or a key column is not.
        Invalid: an object is not what it claims to be; nothing is changed then.
    """
    from headgate.ingest.taking import take

    return take(context, request)


@operation("source.list")
def list_sources(context: Context, request: SourceListRequest) -> SourceList:  # noqa: ARG001 - every verb takes a request
    """List the sources, with what came from each."""
    from headgate.ingest import queries
    from headgate.spine.lineage.batches import count_by_source

    with context.catalog.read() as connection:
        known = queries.list_sources(connection, context.tenant)
        counts = count_by_source(connection, context.tenant)
    listed: list[Source] = []
    for source in known:
        n_batches, n_rows, last_arrived_at = counts.get(source.name, (0, 0, None))
        listed.append(
            Source(
                name=source.name,
                owner=source.owner,
                connector=source.connector,
                uri=source.uri,
                n_batches=n_batches,
                n_rows=n_rows,
                last_arrived_at=last_arrived_at,
            )
        )
    return SourceList(listed)


@operation("source.compare")
def compare(context: Context, request: CompareRequest) -> CompareReport:
    """Find rows that an application wrote to one of two places only.

    Raises:
        NotFound: there is no such dataset or key column.
        Invalid: no change ever came into the first one, or no key is known.
    """
    from headgate.ingest.comparing import compare as compared

    return compared(context, request)


@operation("quarantine.list")
def list_quarantine(context: Context, request: QuarantineListRequest) -> QuarantineList:
    """List the batches that have records in quarantine."""
    from headgate.spine.store import quarantine

    with context.catalog.read() as connection:
        waiting = quarantine.listed(connection, context.tenant, request.dataset)
    return QuarantineList(
        [
            Quarantined(
                dataset=entry.dataset,
                batch=entry.rev,
                source=entry.source,
                uri=entry.uri,
                n_rows=entry.n_rows,
                arrived_at=entry.arrived_at,
            )
            for entry in waiting
        ]
    )


@operation("quarantine.show")
def show_quarantine(context: Context, request: QuarantineShowRequest) -> Rows:
    """Show records in quarantine: batch, uri, line, raw text and reason.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
    from headgate.spine.store import quarantine

    return quarantine.read(context, request.dataset, request.batch).slice(0, request.limit)
