"""What the verbs on other tools' lineage are asked and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Foreign = Annotated[str, Meta(description="the foreign dataset, as NAMESPACE/NAME")]


class TakeEvents(msgspec.Struct, frozen=True):
    """Take OpenLineage events in."""


class Refused(msgspec.Struct, frozen=True):
    """An event that was left out.

    Args:
        position: where it stood among those sent, from 0.
        reason: what is wrong with it.
        mend: what to do about it.
    """

    position: int
    reason: str
    mend: str


class Taken(msgspec.Struct, frozen=True):
    """What became of events.

    Args:
        n_events: events sent.
        n_new: those that had not come before.
        n_known: those that had, and changed nothing.
        n_refused: those that were left out.
        refused: the first of these.
        has_findings: some were left out.
    """

    n_events: int
    n_new: int
    n_known: int
    n_refused: int
    refused: tuple[Refused, ...] = ()
    has_findings: bool = False


class ListEvents(msgspec.Struct, frozen=True):
    """Read back the events of other tools as they came."""

    run_id: Annotated[str | None, Meta(description="only those of this run, the oldest first")] = (
        None
    )
    limit: Annotated[int, Meta(description="events at most, the newest first [count]", ge=1)] = 100
    before: Annotated[int | None, Meta(description="only events with a lower number than this")] = (
        None
    )


class ForeignEvent(msgspec.Struct, frozen=True):
    """An event with the number it was given when it came.

    Args:
        number: from 1 on, in the order they came.
        text: the event, sign for sign.
    """

    number: int
    text: str


class ForeignEvents(msgspec.Struct, frozen=True):
    """Events as they came.

    Args:
        n_all: events there are in all.
    """

    events: tuple[ForeignEvent, ...]
    n_all: int


class ListForeign(msgspec.Struct, frozen=True):
    """List the jobs or datasets that other tools told of."""

    kind: Annotated[Literal["dataset", "job"], Meta(description="what to list")] = "dataset"
    namespace: Annotated[str | None, Meta(description="only of this namespace")] = None
    limit: Annotated[int, Meta(description="at most [count]", ge=1)] = 100


class ForeignLine(msgspec.Struct, frozen=True):
    """A job or dataset that another tool told of.

    Args:
        name: as NAMESPACE/NAME.
        type: what it is, as its tool calls it.
        ours: the dataset of ours that it is.
        first_at: when it was first told of.
        last_at: when it was last told of.
    """

    name: str
    type: str | None
    ours: str | None
    first_at: datetime
    last_at: datetime


class ForeignList(msgspec.Struct, frozen=True):
    """Jobs or datasets by name.

    Args:
        n_all: how many there are in all.
    """

    kind: str
    nodes: tuple[ForeignLine, ...]
    n_all: int


class LinkForeign(msgspec.Struct, frozen=True):
    """Say that a foreign dataset is one of ours."""

    foreign: Foreign
    dataset: Annotated[str, Meta(description="our dataset")]
    remove: Annotated[bool, Meta(description="say that it is not, or not any more")] = False


class ForeignLink(msgspec.Struct, frozen=True):
    """A foreign dataset and ours that it is.

    Args:
        dataset: ours; nothing if it is none of ours any more.
        was_new: this call changed it.
    """

    foreign: str
    dataset: str | None
    was_new: bool


class EmitRuns(msgspec.Struct, frozen=True):
    """Tell our runs as OpenLineage events."""

    run_id: Annotated[str | None, Meta(description="one run; all of them if none")] = None
    after: Annotated[
        int, Meta(description="only what happened after the event of this number", ge=0)
    ] = 0


class TakeDbt(msgspec.Struct, frozen=True):
    """Take what dbt did from the artifacts of a project."""

    target: Annotated[
        str, Meta(description="dbt's target folder, with manifest.json and run_results.json")
    ]
    namespace: Annotated[
        str | None,
        Meta(description="of its tables, such as postgres://host:5432; ADAPTER:// if none"),
    ] = None


class DbtTaken(msgspec.Struct, frozen=True):
    """What was read of dbt's artifacts.

    Args:
        namespace: of the tables.
        n_by_kind: models, sources, seeds, snapshots, tests and exposures [count].
        n_by_status: nodes by what became of them; `not run` if the artifacts do not tell.
        failed: nodes and tests that went wrong, by name.
        taken: what became of the events made of it.
    """

    namespace: str
    n_by_kind: dict[str, int]
    n_by_status: dict[str, int]
    failed: tuple[str, ...]
    taken: Taken
