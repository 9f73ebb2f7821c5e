"""What the verbs that cross stages are asked and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from headgate.core.nouns import Event


class BlastRequest(msgspec.Struct, frozen=True):
    """Find everything that bad data touched."""

    ref: Annotated[
        str,
        Meta(
            description="what was bad: source:NAME, snapshot:NAME@N, row:ID, run:ID, "
            "model:NAME@N, prompt:NAME@N, or another tool's foreign:NAMESPACE/NAME"
        ),
    ]
    from_: Annotated[
        str | None,
        Meta(description="for a source or foreign: from when it was bad, included"),
    ] = msgspec.field(default=None, name="from")
    to: Annotated[
        str | None, Meta(description="for a source: until when; a date without a time is included")
    ] = None


class SnapshotReach(msgspec.Struct, frozen=True):
    """A snapshot that holds affected rows."""

    number: int
    n_rows: int
    n_bad: int
    bad_ratio: float
    created_at: datetime


class DatasetReach(msgspec.Struct, frozen=True):
    """A dataset that holds affected rows.

    Args:
        n_snapshots: snapshots it has in all.
        snapshots: those with affected rows, the oldest first.
        level: `row` if every affected row is known to descend from a bad one; `dataset` if a run
            told nothing but what it read, so that all its rows count.
    """

    dataset: str
    n_snapshots: int
    snapshots: tuple[SnapshotReach, ...]
    level: str


class ModelReach(msgspec.Struct, frozen=True):
    """A model version that learned from affected rows."""

    ref: str
    run: str | None
    n_bad: int
    n_rows: int
    bad_ratio: float
    created_at: datetime


class DeploymentReach(msgspec.Struct, frozen=True):
    """A deployment that served a release in reach."""

    name: str
    release: str
    is_live: bool
    n_exposed: int


class Radius(msgspec.Struct, frozen=True):
    """How many were touched, counted in two ways.

    Args:
        n_exposed: answered by something that learned from affected rows.
        n_exact: answered from affected rows themselves.
        n_all: in the log.
    """

    n_exposed: int
    n_exact: int
    n_all: int


class People(msgspec.Struct, frozen=True):
    """Distinct user keys among predictions, counted in the same two ways."""

    n_exposed: int
    n_exact: int


class Coverage(msgspec.Struct, frozen=True):
    """Of how many things of a kind the lineage is known, and of how many it is not.

    Args:
        kind: what is counted.
        n_known: of known lineage.
        n_unknown: of none.
        unknown: names of the latter, where they have names: of predictions those of their
            releases, of what other tools told of the first twenty.
        connect: what to connect next so that more of it is known; empty if all is.
    """

    kind: str
    n_known: int
    n_unknown: int
    unknown: tuple[str, ...] = ()
    connect: str = ""


class DatasetLevel(msgspec.Struct, frozen=True):
    """What lineage between datasets, without rows, would have said."""

    n_snapshots: int
    n_rows: int
    n_models: int
    n_predictions: int


class ForeignNode(msgspec.Struct, frozen=True):
    """A job or dataset of another tool in reach.

    Args:
        name: as NAMESPACE/NAME.
        type: what it is, as its tool calls it.
        since: from when on it may be affected; nothing if ever since.
        through: the job or dataset before it on the way.
    """

    name: str
    type: str | None
    since: datetime | None
    through: str | None


class ForeignReach(msgspec.Struct, frozen=True):
    """What lies in reach beyond jobs of other tools; possible, for their rows are not known.

    Args:
        n_datasets: foreign datasets, dashboards left out.
        n_jobs: foreign jobs.
        n_dashboards: dashboards and reports.
        datasets: the nearest of them.
        jobs: the nearest of them.
        dashboards: the nearest of them.
        ours: datasets of ours that such jobs wrote, and those made of them.
        models: of ours, possibly affected besides the certain ones.
        deployments: of ours, possibly affected besides the certain ones.
        n_predictions: answers of those deployments [count].
        level: how finely it is known: by dataset, never by row.
        certainty: what may be said of all of it.
    """

    n_datasets: int
    n_jobs: int
    n_dashboards: int
    datasets: tuple[ForeignNode, ...]
    jobs: tuple[ForeignNode, ...]
    dashboards: tuple[ForeignNode, ...]
    ours: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    n_predictions: int = 0
    level: str = "dataset"
    certainty: str = "possible"


class BlastReport(msgspec.Struct, frozen=True):
    """Everything that bad data touched.

    Args:
        ref: what was bad.
        n_batches: batches that brought bad rows.
        n_rows: bad rows that came in.
        n_descendants: rows made of them, in derived datasets.
        users: distinct user keys of the predictions.
        sentence: what the report does not say.
        took_ms: time spent [ms].
        foreign: what other tools made of it, where any was told of.
    """

    ref: str
    from_: datetime | None = msgspec.field(name="from")
    to: datetime | None
    n_batches: int
    n_rows: int
    n_descendants: int
    datasets: tuple[DatasetReach, ...]
    models: tuple[ModelReach, ...]
    releases: tuple[str, ...]
    deployments: tuple[DeploymentReach, ...]
    predictions: Radius
    users: People
    dataset_level: DatasetLevel
    coverage: tuple[Coverage, ...]
    sentence: str
    took_ms: float
    foreign: ForeignReach | None = None


class TraceRequest(msgspec.Struct, frozen=True):
    """Find what something was made of."""

    id: Annotated[
        str,
        Meta(
            description="prediction:ID, row:ID, snapshot:NAME@N, run:ID, model:NAME@N, "
            "release:NAME@N, deployment:NAME, foreign:NAMESPACE/NAME; or a bare id"
        ),
    ]
    depth: Annotated[int, Meta(description="steps to walk up at most [count]", ge=0)] = 12


class TraceNode(msgspec.Struct, frozen=True):
    """One thing of the graph.

    Args:
        ref: `kind:name`.
        facts: what is known of it.
        parents: refs of what it was made of.
    """

    ref: str
    kind: str
    facts: dict[str, Any]
    parents: tuple[str, ...]


class TraceReport(msgspec.Struct, frozen=True):
    """A thing and its ancestors, each listed once, the nearest first."""

    root: str
    nodes: tuple[TraceNode, ...]


class RollbackRequest(msgspec.Struct, frozen=True):
    """Point a deployment back at a release that is not in reach of bad data."""

    deployment: Annotated[str, Meta(description="the deployment's name")]
    to: Annotated[
        str | None, Meta(description="the release to go back to; the newest clean one if none")
    ] = None
    because: Annotated[
        str | None, Meta(description="what was bad, as for blast, such as source:NAME")
    ] = None
    from_: Annotated[str | None, Meta(description="from when it was bad")] = msgspec.field(
        default=None, name="from"
    )
    until: Annotated[str | None, Meta(description="until when it was bad")] = None
    reason: Annotated[str, Meta(description="why, for the record")] = ""
    plan: Annotated[bool, Meta(description="only say what would be done; this is the default")] = (
        False
    )
    apply: Annotated[bool, Meta(description="do it")] = False


class Candidate(msgspec.Struct, frozen=True):
    """A release that was considered, and the verdict on it."""

    release: str
    is_eligible: bool
    why: str


class RollbackReport(msgspec.Struct, frozen=True):
    """What a rollback does, or did.

    Args:
        is_applied: the pointer was moved by this call.
        live_release: where the pointer stands, read back afterwards.
        already_there: the deployment stood at the release before.
        undo: the command that puts it back.
    """

    deployment: str
    from_release: str | None
    to_release: str
    is_applied: bool
    already_there: bool
    candidates: tuple[Candidate, ...]
    reason: str
    actor: str
    live_release: str | None
    undo: str | None


class EventListRequest(msgspec.Struct, frozen=True):
    """List what happened, the newest first."""

    subject: Annotated[str | None, Meta(description="only about this, such as dataset:orders")] = (
        None
    )
    limit: Annotated[int, Meta(description="events to list at most [count]", ge=1)] = 50


class EventList(msgspec.Struct, frozen=True):
    """Events, the newest first."""

    events: tuple[Event, ...]
