"""What the verbs of adoption are asked and answer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Column = str | None


class AdoptPredictions(msgspec.Struct, frozen=True):
    """Take past predictions into the log; what no flag names is kept beside them."""

    deployment: Annotated[
        Column, Meta(description="the deployment that answered; made if it is not there")
    ] = None
    model: Annotated[
        Column, Meta(description="the model version that answered, such as churn@3")
    ] = None
    at: Annotated[str, Meta(description="the column that says when it was answered")] = "at"
    user: Annotated[Column, Meta(description="the column that says for whom")] = None
    id: Annotated[Column, Meta(description="the column of ids; made of the content if none")] = None
    input: Annotated[
        tuple[str, ...], Meta(description="the columns that the answer was computed from")
    ] = ()
    output: Annotated[Column, Meta(description="the column of answers")] = None
    confidence: Annotated[Column, Meta(description="the column of the model's confidence")] = None


class PredictionsAdopted(msgspec.Struct, frozen=True):
    """What became of past predictions.

    Args:
        deployment: the deployment that they stand under.
        release: the release that they stand under; nothing if no model was named.
        n_adopted: predictions written.
        n_known: predictions that were in the log already.
        extra: columns that no flag names, kept as JSON.
    """

    deployment: str | None
    release: str | None
    n_adopted: int
    n_known: int
    extra: tuple[str, ...] = ()


class AdoptMlflow(msgspec.Struct, frozen=True):
    """Take what an MLflow tracking server knows: runs, datasets they read, models, aliases."""

    url: Annotated[str, Meta(description="its address, such as http://127.0.0.1:5000")]
    experiment: Annotated[
        tuple[str, ...], Meta(description="only runs of these experiments; all if none")
    ] = ()


class ModelAdopted(msgspec.Struct, frozen=True):
    """A model version of MLflow, and what it is here.

    Args:
        mlflow: its name and version there, as `churn/3`.
        model: our version of it, as `churn@3`.
        run: its run there.
        is_told: its run told which datasets it read.
        is_new: it was not here before.
    """

    mlflow: str
    model: str
    run: str | None
    is_told: bool
    is_new: bool


class MlflowAdopted(msgspec.Struct, frozen=True):
    """What was read of an MLflow server.

    Args:
        namespace: under which its runs and models stand in the graph.
        n_runs: runs read.
        n_silent_runs: those that told no dataset they read.
        n_events: events that had not come before.
        models: its model versions, in order of name and version.
        releases: releases made of its aliases and stages by this call.
        datasets: datasets that its runs read, as NAMESPACE/NAME.
        unlinked: those of them that are none of ours yet.
    """

    namespace: str
    n_runs: int
    n_silent_runs: int
    n_events: int
    models: tuple[ModelAdopted, ...] = ()
    releases: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    unlinked: tuple[str, ...] = ()


class AdoptModel(msgspec.Struct, frozen=True, kw_only=True):
    """Take a model that is in service: its file, what it learned from, what it answered so far.

    What no flag names is what an answer was computed from.
    """

    name: Annotated[str, Meta(description="the model's name, and the deployment's")]
    weights: Annotated[str, Meta(description="the file it was saved to; it is never executed")]
    training: Annotated[str, Meta(description="the file or folder of rows that it learned from")]
    answers: Annotated[
        str | None,
        Meta(description="the file or folder of rows that it answered, such as one a day"),
    ] = None
    at: Annotated[str, Meta(description="the column that says when it was answered")] = "at"
    output: Annotated[Column, Meta(description="the column of answers")] = None
    confidence: Annotated[Column, Meta(description="the column of the model's confidence")] = None
    label: Annotated[
        Column, Meta(description="the column of what came true; empty where it is not known yet")
    ] = None
    user: Annotated[Column, Meta(description="the column that says for whom")] = None
    id: Annotated[Column, Meta(description="the column of ids; made of the content if none")] = None
    deployment: Annotated[Column, Meta(description="the deployment, if not named as the model")] = (
        None
    )


class ServiceAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a model in service.

    Args:
        model: the model's version, such as `churn@1`.
        learned_from: the snapshot of what it learned from.
        deployment: where it answers.
        release: the release it answers under; nothing if there were no answers.
        points_at: the release the deployment points at now; nothing if there were no answers.
        moved_from: the release it pointed at before, if this call moved it.
        n_files: files of answers.
        n_adopted: answers written to the log.
        n_known: answers that were in the log already.
        n_labels: what came true of them, where it was not known before.
    """

    model: str
    learned_from: str
    deployment: str
    release: str | None
    points_at: str | None
    moved_from: str | None
    n_files: int
    n_adopted: int
    n_known: int
    n_labels: int
