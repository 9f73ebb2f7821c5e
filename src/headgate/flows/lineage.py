"""The verbs on other tools' lineage: taken in, listed, tied to ours, and ours told to them."""

from __future__ import annotations

from headgate.pipeline.openlineage.reports import (
    DbtTaken,
    EmitRuns,
    ForeignEvents,
    ForeignLink,
    ForeignList,
    LinkForeign,
    ListEvents,
    ListForeign,
    TakeDbt,
    TakeEvents,
    Taken,
)
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("lineage.take", writes=True)
def take(context: Context, _request: TakeEvents, events: bytes) -> Taken:
    """Take OpenLineage events of any producer in: a JSON array, or one event a line.

    Events may come in any order and more than once. One that cannot be read is left out and
    named; the others land.

    Raises:
        Invalid: the array of events cannot be read.
    """
    from headgate.pipeline.openlineage.reading import split
    from headgate.pipeline.openlineage.taking import take_events

    return take_events(context, split(events))


@operation("lineage.events")
def events(context: Context, request: ListEvents) -> ForeignEvents:
    """Read back the events of other tools as they came."""
    from headgate.pipeline.openlineage.listing import list_events

    return list_events(context, request)


@operation("lineage.list")
def list_foreign(context: Context, request: ListForeign) -> ForeignList:
    """List the datasets or jobs that other tools told of."""
    from headgate.pipeline.openlineage.listing import list_foreign

    return list_foreign(context, request)


@operation("lineage.link", writes=True)
def link(context: Context, request: LinkForeign) -> ForeignLink:
    """Say that a foreign dataset is one of ours, so that a blast crosses from one to the other.

    Raises:
        NotFound: nobody told of such a foreign dataset, or we have no such dataset.
    """
    from headgate.pipeline.openlineage.listing import link_foreign

    return link_foreign(context, request)


@operation("lineage.emit")
def emit(context: Context, request: EmitRuns) -> bytes:
    """Tell our runs as OpenLineage events, one JSON object a line.

    Raises:
        NotFound: there is no such run.
    """
    from headgate.pipeline.openlineage.emitting import emit_runs

    return emit_runs(context, request)


@operation("lineage.dbt", writes=True)
def dbt(context: Context, request: TakeDbt) -> DbtTaken:
    """Take what dbt did from its artifacts: models, sources, tests, and exposures as dashboards.

    Raises:
        NotFound: the folder holds no manifest.json.
        Invalid: an artifact cannot be read.
    """
    from headgate.pipeline.openlineage.dbt import take_dbt

    return take_dbt(context, request)
