"""Makes deployments and moves their pointers; a move is one row, one event and one new pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Conflict, NotFound
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.serve import queries
from headgate.serve.nouns import (
    CreateDeployment,
    Deployment,
    Move,
    MoveKind,
    PromoteDeployment,
    PromoteReport,
)
from headgate.serve.releases import get_release
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context

EVENTS: dict[MoveKind, str] = {
    "create": "deployment_created",
    "promote": "deployment_moved",
    "rollback": "deployment_rolled_back",
}


class Motion(NamedTuple):
    """Where a pointer shall go, in which way and why."""

    to: str
    kind: MoveKind
    reason: str = ""


def create_deployment(context: Context, request: CreateDeployment) -> Deployment:
    """Make a deployment, pointing at a release if one is given.

    Raises:
        Conflict: there is a deployment of that name.
        NotFound: the release does not exist.
    """
    check_name("deployment", request.name)
    with Work(context) as work:
        connection = work.connection
        if queries.find_deployment(connection, context.tenant, request.name):
            raise Conflict(
                f"there is a deployment {request.name!r} already",
                mend=f"move it: headgate deployment promote {request.name} RELEASE",
            )
        made = Deployment(request.name, None, moved_at=now(), moved_by=context.actor)
        queries.put_deployment(connection, context.tenant, made)
        if request.release is None:
            work.record("deployment_created", f"deployment:{made.name}", {"from": None, "to": None})
            return made
        get_release(connection, context.tenant, request.release)
        return move(context, work, made, Motion(request.release, "create"))


def promote(context: Context, request: PromoteDeployment) -> PromoteReport:
    """Point a deployment at a release, unless it points there already.

    Raises:
        NotFound: there is no such deployment or release.
    """
    with Work(context) as work:
        standing = get_deployment(work.connection, context.tenant, request.deployment, lock=True)
        get_release(work.connection, context.tenant, request.release)
        is_moved = standing.release != request.release
        moved = standing
        if is_moved:
            motion = Motion(request.release, "promote", request.reason)
            moved = move(context, work, standing, motion)
    return PromoteReport(
        deployment=request.deployment,
        from_release=standing.release,
        to_release=request.release,
        is_moved=is_moved,
        moved_at=moved.moved_at,
        moved_by=moved.moved_by,
    )


def move(context: Context, work: Work, standing: Deployment, motion: Motion) -> Deployment:
    """Write a move with its event, in a unit of work that holds the deployment."""
    made = Move(
        position=len(standing.moves) + 1,
        kind=motion.kind,
        from_release=standing.release,
        to_release=motion.to,
        at=now(),
        actor=context.actor,
        reason=motion.reason,
    )
    queries.point(work.connection, context.tenant, standing.name, made)
    # the reason is free text and may name people, so it stands in the move and not in the log
    payload: dict[str, object] = {"from": standing.release, "to": motion.to}
    work.record(EVENTS[motion.kind], f"deployment:{standing.name}", payload)
    return Deployment(standing.name, motion.to, made.at, made.actor, (*standing.moves, made))


def get_deployment(
    connection: Connection, tenant: str, name: str, *, lock: bool = False
) -> Deployment:
    """Return a deployment with its moves.

    Raises:
        NotFound: there is none of that name; the nearest is named.
    """
    found = queries.find_deployment(connection, tenant, name, lock=lock)
    if found is None:
        known = [one.name for one in queries.deployment_rows(connection, tenant)]
        raise NotFound.among("deployment", name, known)
    return found
