"""What serving speaks of: releases, deployments, predictions, feedback; and what is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

FeedbackKind = Literal["correction", "thumb", "override", "label"]
CaptureName = Literal["none", "redacted", "full"]
MoveKind = Literal["create", "promote", "rollback"]


class CreateRelease(msgspec.Struct, frozen=True):
    """What is put in service together.

    Args:
        name: the release's name; versions are counted under it.
        model: the model version, such as `churn@3`.
        prompt: the prompt version, such as `answer@2`.
        tools: names of the tools it may call.
        index: the snapshot its index was made from, such as `docs@7`.
        parameters: settings it runs with, such as `temperature=0`.
        provider_model: the model as its provider names it.
        notes: what a reader should know.
    """

    name: str
    model: str | None = None
    prompt: str | None = None
    tools: tuple[str, ...] = ()
    index: str | None = None
    parameters: dict[str, str] = {}
    provider_model: str | None = None
    notes: str = ""


class Release(msgspec.Struct, frozen=True):
    """Model, prompt, tools, index and parameters put in service together.

    Args:
        release_id: `NAME@N`, counted from 1 under each name.
        name: the name it is counted under.
        number: its number under that name.
        model: the model version, such as `churn@3`.
        prompt: the prompt version.
        tools: names of the tools it may call.
        index: the snapshot its index was made from, such as `docs@7`.
        parameters: settings it runs with.
        provider_model: the model as its provider names it.
        notes: what a reader should know.
        created_at: when it was made.
        created_by: who made it.
    """

    release_id: str
    name: str
    number: int
    model: str | None
    prompt: str | None
    tools: tuple[str, ...]
    index: str | None
    parameters: dict[str, str]
    provider_model: str | None
    notes: str
    created_at: datetime
    created_by: str


class ListReleases(msgspec.Struct, frozen=True):
    """Which releases to list.

    Args:
        name: only those counted under this name.
        limit: at most so many, the newest first [count].
    """

    name: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class ShowRelease(msgspec.Struct, frozen=True):
    """Which release to show.

    Args:
        release: its id, such as `churn-api@3`.
    """

    release: str


class CreateDeployment(msgspec.Struct, frozen=True):
    """A place in production.

    Args:
        name: the deployment's name.
        release: the release it points at from the start.
    """

    name: str
    release: str | None = None


class PromoteDeployment(msgspec.Struct, frozen=True):
    """Where to point a deployment.

    Args:
        deployment: the deployment's name.
        release: the release it shall point at.
        reason: why.
    """

    deployment: str
    release: str
    reason: str = ""


class ListDeployments(msgspec.Struct, frozen=True):
    """Which deployments to list.

    Args:
        release: only those that point at this release.
    """

    release: str | None = None


class ShowDeployment(msgspec.Struct, frozen=True):
    """Which deployment to show.

    Args:
        deployment: its name.
    """

    deployment: str


class Move(msgspec.Struct, frozen=True):
    """A deployment's pointer moved: from which release to which, when, by whom and why."""

    position: int
    kind: MoveKind
    from_release: str | None
    to_release: str
    at: datetime
    actor: str
    reason: str


class Deployment(msgspec.Struct, frozen=True):
    """A place in production and the release it points at.

    Args:
        name: the deployment's name.
        release: the release it points at; nothing if none was promoted yet.
        moved_at: when it was made or last moved.
        moved_by: who did that.
        moves: every move, the oldest first; filled by `deployment show` alone.
    """

    name: str
    release: str | None
    moved_at: datetime
    moved_by: str
    moves: tuple[Move, ...] = ()


class CaptureDeployment(msgspec.Struct, frozen=True):
    """What shall be written of a deployment's predictions from now on.

    Args:
        deployment: its name.
        policy: `none` writes nothing of inputs and outputs but counts by the hour, `redacted` puts
            digests in place of texts, `full` writes all.
        ttl: after what time inputs and outputs go, such as `30d`; see `prediction expire`.
        fields: with `redacted`, which fields' texts, such as `email` wherever it stands, or
            `output.email`; all texts if none is named.
    """

    deployment: str
    policy: CaptureName
    ttl: str | None = None
    fields: tuple[str, ...] = ()


class CapturePolicy(msgspec.Struct, frozen=True):
    """What is written of a deployment's predictions.

    Args:
        deployment: its name.
        policy: `none`, `redacted` or `full`.
        fields: with `redacted`, the fields whose texts are; all texts if none is named.
        ttl_s: after what time inputs and outputs go [s]; nothing if they stay.
        expired_before: up to when those were removed that outlived it.
        changed_at: when this was decided.
        changed_by: who decided it.
        unseen: of the fields those that hold a text in none of its newest predictions: a slip, or
            yet to come.
        known: if there are such, the fields that do.
    """

    deployment: str
    policy: CaptureName
    fields: tuple[str, ...]
    ttl_s: int | None
    expired_before: datetime | None
    changed_at: datetime
    changed_by: str
    unseen: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class ReadSketches(msgspec.Struct, frozen=True):
    """Which counts to read of a deployment that keeps nothing else.

    Args:
        deployment: its name.
        since: of hours that begin at this time or later.
        until: of hours that begin before this time.
    """

    deployment: str
    since: datetime | None = None
    until: datetime | None = None


class ExpirePredictions(msgspec.Struct, frozen=True):
    """Whose inputs and outputs go when their time is over.

    Args:
        deployment: only of this one; of all that have a time to live if not given.
        apply: do it; without it is only told what would go.
    """

    deployment: str | None = None
    apply: bool = False


class ExpiryLine(msgspec.Struct, frozen=True):
    """What goes of one deployment: predictions made before a moment that still hold something."""

    deployment: str
    before: datetime
    n_expired: int


class ExpiryReport(msgspec.Struct, frozen=True):
    """What outlived its time.

    Args:
        is_applied: it is gone; otherwise this is a plan.
        n_expired: predictions whose input and output go.
        deployments: the same by deployment.
    """

    is_applied: bool
    n_expired: int
    deployments: tuple[ExpiryLine, ...]


class PromoteReport(msgspec.Struct, frozen=True):
    """What a promotion did.

    Args:
        deployment: the deployment's name.
        from_release: where it pointed before.
        to_release: where it points now.
        is_moved: whether anything changed; not, if it pointed there already.
        moved_at: when it was last moved.
        moved_by: who moved it then.
    """

    deployment: str
    from_release: str | None
    to_release: str
    is_moved: bool
    moved_at: datetime
    moved_by: str


class LogPredictions(msgspec.Struct, frozen=True):
    """What holds for the rows that do not say it themselves.

    Args:
        deployment: the deployment that answered.
        release: the release that answered; the one the deployment pointed at when the prediction
            was made, if not given.
        snapshot: the snapshot in which the row ids stand, such as `orders@3`.
    """

    deployment: str | None = None
    release: str | None = None
    snapshot: str | None = None


class LogReport(msgspec.Struct, frozen=True):
    """What was logged.

    Args:
        n_logged: predictions written.
        n_skipped: predictions that were in the log already, by their id.
        segment: the segment they lie in; nothing if none was written.
        extra: columns the schema has not, kept as JSON.
    """

    n_logged: int
    n_skipped: int
    segment: str | None
    extra: tuple[str, ...] = ()


class ShowPrediction(msgspec.Struct, frozen=True):
    """Which prediction to show.

    Args:
        prediction_id: its id.
    """

    prediction_id: str


class ListPredictions(msgspec.Struct, frozen=True):
    """Which predictions to list.

    Args:
        deployment: only those of this deployment.
        release: only those of this release.
        from_: made at this time or later.
        to: made before this time.
        limit: at most so many, the newest first [count].
    """

    deployment: str | None = None
    release: str | None = None
    from_: datetime | None = msgspec.field(name="from", default=None)
    to: datetime | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class GiveFeedback(msgspec.Struct, frozen=True):
    """A judgment on a prediction.

    Args:
        prediction_id: which prediction.
        kind: `correction` gives the right answer, `thumb` is `up` or `down`, `override` is what
            a person did instead, `label` is the truth as it became known.
        value: the judgment; text that is a JSON object or list is kept as such.
        at: when it was given; now if not said.
    """

    prediction_id: str
    kind: FeedbackKind
    value: str | bool | int | float
    at: datetime | None = None


class LogFeedback(msgspec.Struct, frozen=True):
    """What holds for rows of feedback that do not say it themselves.

    Args:
        kind: what the values are; `label` is the truth as it became known.
    """

    kind: FeedbackKind = "label"


class FeedbackReport(msgspec.Struct, frozen=True):
    """What feedback was kept.

    Args:
        n_logged: rows kept.
        n_skipped: rows that were kept already, by prediction, kind, time and value.
        n_unknown: predictions that are not in the log; what is said of them waits for them.
        unknown: the first ten of these.
    """

    n_logged: int
    n_skipped: int
    n_unknown: int
    unknown: tuple[str, ...] = ()


class ListFeedback(msgspec.Struct, frozen=True):
    """Which feedback to list.

    Args:
        prediction_id: only on this prediction.
        kind: only of this kind.
        limit: at most so much, the newest first [count].
    """

    prediction_id: str | None = None
    kind: FeedbackKind | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class Feedback(msgspec.Struct, frozen=True):
    """A judgment on a prediction, by whom and when; `value` is what JSON can hold."""

    feedback_id: str
    prediction_id: str
    kind: FeedbackKind
    value: Any
    actor: str
    at: datetime


class Prediction(msgspec.Struct, frozen=True):
    """One answer of a deployment, as logged; units stand in the schema of the log.

    Args:
        row_revisions: each row it was made from as (row id, batch that wrote its content), the
            batch -1 where the snapshot is not known.
        feedback: judgments on it, the oldest first.
        gone: why it has no input and output, if they were never kept, expired or erased.
    """

    prediction_id: str
    at: datetime
    deployment: str | None
    release: str | None
    trace_id: str | None
    span_id: str | None
    parent_id: str | None
    session_id: str | None
    input: Any
    input_row_ids: tuple[int, ...]
    retrieved_row_ids: tuple[int, ...]
    snapshot: str | None
    output: Any
    confidence: float | None
    user_key: str | None
    n_tokens_in: int | None
    n_tokens_out: int | None
    cost: float | None
    latency_ms: float | None
    extra: dict[str, Any]
    gone: str | None = None
    row_revisions: tuple[tuple[int, int], ...] = ()
    feedback: tuple[Feedback, ...] = ()
