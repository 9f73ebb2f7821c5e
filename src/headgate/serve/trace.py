"""Explains one prediction, release or deployment: what it stands on, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.times import render
from headgate.serve import queries
from headgate.serve.reading import find_prediction

if TYPE_CHECKING:
    from headgate.serve.nouns import Deployment, Move, Release
    from headgate.spine.context import Context


def explain(context: Context, ref: str) -> dict[str, Any] | None:
    """Say where something of serving comes from; nothing if it is not of serving.

    Args:
        context: the project.
        ref: `prediction:ID`, `release:ID`, `deployment:NAME`, or a prediction's bare id.
    """
    kind, colon, name = ref.partition(":")
    if colon and kind == "release":
        return _release(context, name)
    if colon and kind == "deployment":
        return _deployment(context, name)
    if colon and kind == "prediction":
        return _prediction(context, name)
    return _prediction(context, ref)


def _prediction(context: Context, prediction_id: str) -> dict[str, Any] | None:
    found = find_prediction(context, prediction_id)
    if found is None:
        return None
    with context.catalog.read() as connection:
        release = queries.find_release(connection, context.tenant, found.release or "")
        deployment = queries.find_deployment(connection, context.tenant, found.deployment or "")
    return {
        "kind": "prediction",
        "id": found.prediction_id,
        "at": render(found.at),
        "deployment": found.deployment,
        "release": found.release,
        **_parts(release),
        "snapshot": found.snapshot,
        "row_ids": list(found.row_revisions),
        "user_present": found.user_key is not None,
        "feedback": [
            {"kind": one.kind, "value": one.value, "actor": one.actor, "at": render(one.at)}
            for one in found.feedback
        ],
        "moves": _moves(deployment),
    }


def _release(context: Context, release_id: str) -> dict[str, Any] | None:
    with context.catalog.read() as connection:
        found = queries.find_release(connection, context.tenant, release_id)
        if found is None:
            return None
        deployments = queries.deployment_rows(connection, context.tenant)
        counts = queries.count_rows(connection, context.tenant, release_id=release_id)
    live = {one.name for one in deployments if one.release == release_id}
    served = live | {count.deployment for count in counts if count.deployment}
    return {
        "kind": "release",
        "id": found.release_id,
        "at": render(found.created_at),
        "by": found.created_by,
        **_parts(found),
        "deployments": [{"name": name, "is_live": name in live} for name in sorted(served)],
        "n_predictions": sum(count.n_rows for count in counts),
    }


def _deployment(context: Context, name: str) -> dict[str, Any] | None:
    with context.catalog.read() as connection:
        found = queries.find_deployment(connection, context.tenant, name)
        if found is None:
            return None
        release = queries.find_release(connection, context.tenant, found.release or "")
        counts = queries.count_rows(connection, context.tenant, deployment=name)
    return {
        "kind": "deployment",
        "id": found.name,
        "at": render(found.moved_at),
        "by": found.moved_by,
        "release": found.release,
        **_parts(release),
        "moves": _moves(found),
        "n_predictions": sum(count.n_rows for count in counts),
    }


def _parts(release: Release | None) -> dict[str, Any]:
    names = ("model", "prompt", "index", "tools", "parameters", "provider_model")
    return {name: msgspec.to_builtins(getattr(release, name, None)) for name in names}


def _moves(deployment: Deployment | None) -> list[dict[str, Any]]:
    return [] if deployment is None else [_move(move) for move in deployment.moves]


def _move(move: Move) -> dict[str, Any]:
    values = {name: getattr(move, name) for name in ("kind", "actor", "reason")}
    return {"from": move.from_release, "to": move.to_release, "at": render(move.at), **values}
