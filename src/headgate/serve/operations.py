"""The verbs of serving: releases, deployments, predictions and feedback."""

from __future__ import annotations

from headgate.serve.nouns import (
    CaptureDeployment,
    CapturePolicy,
    CreateDeployment,
    CreateRelease,
    Deployment,
    ExpirePredictions,
    ExpiryReport,
    Feedback,
    FeedbackReport,
    GiveFeedback,
    ListDeployments,
    ListFeedback,
    ListPredictions,
    ListReleases,
    LogFeedback,
    LogPredictions,
    LogReport,
    Prediction,
    PromoteDeployment,
    PromoteReport,
    ReadSketches,
    Release,
    ShowDeployment,
    ShowPrediction,
    ShowRelease,
)
from headgate.serve.skew.nouns import SkewReport, SkewRequest
from headgate.spine.context import Context
from headgate.spine.operations import Rows, operation


@operation("release.create", writes=True)
def create_release(ctx: Context, request: CreateRelease) -> Release:
    """Put model, prompt, tools, index and parameters on record as one release.

    Whatever it names must exist; the release itself never changes.
    """
    from headgate.serve import releases

    return releases.create_release(ctx, request)


@operation("release.list")
def list_releases(ctx: Context, request: ListReleases) -> tuple[Release, ...]:
    """List releases, the newest first."""
    from headgate.serve import queries

    with ctx.catalog.read() as connection:
        rows = queries.release_rows(connection, ctx.tenant, request.name, limit=request.limit)
    return tuple(rows)


@operation("release.show")
def show_release(ctx: Context, request: ShowRelease) -> Release:
    """Show one release."""
    from headgate.serve import releases

    with ctx.catalog.read() as connection:
        return releases.get_release(connection, ctx.tenant, request.release)


@operation("deployment.create", writes=True)
def create_deployment(ctx: Context, request: CreateDeployment) -> Deployment:
    """Make a place in production, pointing at a release if one is given."""
    from headgate.serve import deployments

    return deployments.create_deployment(ctx, request)


@operation("deployment.promote", writes=True)
def promote_deployment(ctx: Context, request: PromoteDeployment) -> PromoteReport:
    """Point a deployment at a release.

    Nothing changes if it points there already.
    """
    from headgate.serve import deployments

    return deployments.promote(ctx, request)


@operation("deployment.capture", writes=True)
def capture_deployment(ctx: Context, request: CaptureDeployment) -> CapturePolicy:
    """Decide what is written of a deployment's predictions from now on.

    What was logged before stays as it is, until its time to live is over.
    """
    from headgate.serve.capturing import policies

    return policies.set_policy(ctx, request)


@operation("deployment.sketches")
def read_sketches(ctx: Context, request: ReadSketches) -> Rows:
    """Read what was counted by the hour of predictions that keep nothing else."""
    from headgate.serve.capturing import counted

    return counted.read_sketches(ctx, request)


@operation("deployment.skew")
def deployment_skew(ctx: Context, request: SkewRequest) -> SkewReport:
    """Compare the features a deployment was served with what the offline data said at the time.

    It exits 1 if a feature differs for more entities than the tolerance allows.
    """
    from headgate.serve.skew import comparing

    return comparing.skew(ctx, request)


@operation("deployment.list")
def list_deployments(ctx: Context, request: ListDeployments) -> tuple[Deployment, ...]:
    """List deployments and the releases they point at."""
    from headgate.serve import queries

    with ctx.catalog.read() as connection:
        return tuple(queries.deployment_rows(connection, ctx.tenant, request.release))


@operation("deployment.show")
def show_deployment(ctx: Context, request: ShowDeployment) -> Deployment:
    """Show one deployment with every move of its pointer."""
    from headgate.serve import deployments

    with ctx.catalog.read() as connection:
        return deployments.get_deployment(connection, ctx.tenant, request.deployment)


@operation("prediction.log", writes=True)
def log_predictions(ctx: Context, request: LogPredictions, rows: Rows) -> LogReport:
    """Write predictions to the log.

    Every column may be missing. A prediction whose id is in the log already is skipped, so a
    call may be repeated.
    """
    from headgate.serve import log

    return log.log_predictions(ctx, request, rows)


@operation("prediction.show")
def show_prediction(ctx: Context, request: ShowPrediction) -> Prediction:
    """Show one prediction as logged, with its rows and feedback."""
    from headgate.serve import reading

    return reading.show_prediction(ctx, request.prediction_id)


@operation("prediction.list")
def list_predictions(ctx: Context, request: ListPredictions) -> Rows:
    """List predictions, the newest first."""
    from headgate.serve import reading

    return reading.list_predictions(ctx, request)


@operation("prediction.expire", writes=True)
def expire_predictions(ctx: Context, request: ExpirePredictions) -> ExpiryReport:
    """Remove inputs and outputs that have outlived what their deployment's capture allows.

    Without --apply it only tells what would go. Ids, rows, times and counts stay.
    """
    from headgate.serve.capturing import expiring

    return expiring.expire(ctx, request)


@operation("prediction.feedback", writes=True)
def give_feedback(ctx: Context, request: GiveFeedback) -> Feedback:
    """Judge a prediction: correct it, thumb it, override it or label it, however late."""
    from headgate.serve import judgments

    return judgments.give_feedback(ctx, request)


@operation("feedback.log", writes=True)
def log_feedback(ctx: Context, request: LogFeedback, rows: Rows) -> FeedbackReport:
    """Judge many predictions at once, such as labels that became known in a night.

    Columns are prediction_id and value, and if you like kind, at and actor. What is kept already
    is skipped, so a call may be repeated; what is said of a prediction that is not in the log yet
    is kept and counted.
    """
    from headgate.serve import labelling

    return labelling.log_feedback(ctx, request, rows)


@operation("feedback.list")
def list_feedback(ctx: Context, request: ListFeedback) -> tuple[Feedback, ...]:
    """List judgments on predictions, the newest first."""
    from headgate.serve import judgments

    return judgments.list_feedback(ctx, request)
