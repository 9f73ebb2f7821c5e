"""The stage's verbs: take data in, list sources, deal with what waits in quarantine."""

from headgate.ingest.quarantine_requests import (
    MovedReport,
    QuarantineDiscardRequest,
    QuarantineFixRequest,
    QuarantineList,
    QuarantineListRequest,
    QuarantineReleaseRequest,
    QuarantineRestoreRequest,
    QuarantineShowRequest,
    ReleaseReport,
)
from headgate.ingest.requests import (
    CompareReport,
    CompareRequest,
    HoldSource,
    IngestReport,
    IngestRequest,
    LiftSource,
    Source,
    SourceHeld,
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
        Conflict: the source is held, and what comes so cannot wait in quarantine.
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
        held = queries.holds(connection, context.tenant)
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
                held_at=held[source.name].held_at if source.name in held else None,
            )
        )
    return SourceList(listed)


@operation("source.hold", writes=True)
def hold_source(context: Context, request: HoldSource) -> SourceHeld:
    """Let everything that a source brings from now on wait in quarantine, until it is lifted.

    Raises:
        Invalid: the name cannot be one of a source.
    """
    from headgate.ingest.holding import hold

    return hold(context, request)


@operation("source.lift", writes=True)
def lift_source(context: Context, request: LiftSource) -> SourceHeld:
    """Hold a source no more; what waits goes on waiting until it is released or discarded.

    Raises:
        NotFound: there is no such source.
    """
    from headgate.ingest.holding import lift

    return lift(context, request)


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
    """List the batches that have records in quarantine, and count the reasons."""
    from headgate.ingest.listing import listed

    return listed(context, request)


@operation("quarantine.show")
def show_quarantine(context: Context, request: QuarantineShowRequest) -> Rows:
    """Show records in quarantine: batch, uri, line, raw text, reason and state.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
    from headgate.ingest.listing import show

    return show(context, request)


@operation("quarantine.release", writes=True)
def release_quarantined(context: Context, request: QuarantineReleaseRequest) -> ReleaseReport:
    """Try records again through every gate as it is now: a plan first, then --apply.

    Those that pass become rows with the origin they came with; the others wait on, with the new
    reason beside the old one.

    Raises:
        NotFound: there is no such dataset, batch, record or branch.
    """
    from headgate.ingest.releasing import release

    return release(context, request)


@operation("quarantine.fix", writes=True)
def fix_quarantined(context: Context, request: QuarantineFixRequest) -> ReleaseReport:
    """Give records new values and release them; the old text is kept.

    Raises:
        NotFound: there is no such dataset, record, column or file.
        Invalid: no values are given, or twice.
        Conflict: a record does not wait any more.
    """
    from headgate.ingest.fixing import fix

    return fix(context, request)


@operation("quarantine.discard", writes=True)
def discard_quarantined(context: Context, request: QuarantineDiscardRequest) -> MovedReport:
    """Set records aside that shall never be rows; nothing is deleted.

    Raises:
        NotFound: there is no such dataset, batch or record.
        Invalid: it is not said why.
    """
    from headgate.ingest.discarding import discard

    return discard(context, request)


@operation("quarantine.restore", writes=True)
def restore_quarantined(context: Context, request: QuarantineRestoreRequest) -> MovedReport:
    """Let discarded records wait again.

    Raises:
        NotFound: there is no such dataset, batch or record.
    """
    from headgate.ingest.discarding import restore

    return restore(context, request)
