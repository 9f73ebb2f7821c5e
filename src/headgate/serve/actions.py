"""Rolls a deployment back to a release that is not affected; done twice, it is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import split_at
from headgate.serve import queries
from headgate.serve.deployments import Motion, get_deployment, move
from headgate.serve.releases import get_release
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.serve.nouns import Deployment, Release
    from headgate.spine.context import Context


class Wanted(msgspec.Struct, frozen=True):
    """How to roll back.

    Args:
        to: the release to go to; chosen if not given.
        reached: releases that must not be chosen; if not given, nothing was said to be bad.
        reason: why.
    """

    to: str | None = None
    reached: tuple[str, ...] | None = None
    reason: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """A release that was thought of, whether it may be chosen, and why or why not."""

    release: str
    is_eligible: bool
    why: str


class Plan(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What a rollback would do.

    Args:
        deployment: the deployment.
        from_: where it points.
        to: where it would point.
        candidates: releases thought of, the best first.
        already_there: whether nothing needs to be done.
    """

    deployment: str
    from_: str | None
    to: str
    candidates: tuple[Candidate, ...]
    already_there: bool


class RollbackAction:
    """Moves a deployment's pointer to the newest release that is not in reach.

    A release may be chosen that served this deployment before, or that shares its release's name
    or model. A deployment that points at a release out of reach stays where it is. Where nothing
    is said to be bad, the release that served last before is chosen, and a second rollback finds
    the first one done.
    """

    name = "rollback"

    def plan(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Say where a deployment would point, changing nothing.

        Args:
            context: the project.
            target: the deployment.
            settings: `to`, `reached` and `reason`, as in `Wanted`.

        Raises:
            NotFound: there is no such deployment or release.
            Conflict: no release may be chosen.
        """
        with context.catalog.read() as connection:
            planned, _ = _planned(connection, context.tenant, target, _wanted(settings))
        return msgspec.to_builtins(planned)

    def apply(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Move the pointer in one unit of work, unless it stands there already.

        Returns:
            The plan, and whether the pointer `is_moved`, when it last was and by whom.

        Raises:
            NotFound: there is no such deployment or release.
            Conflict: no release may be chosen.
        """
        with Work(context) as work:
            return self.write(work, context, target, settings)

    def write(
        self, work: Work, context: Context, target: str, settings: dict[str, Any]
    ) -> dict[str, Any]:
        """Move the pointer in a unit of work, as `apply` does."""
        planned, moved = _planned(
            work.connection, context.tenant, target, wanted := _wanted(settings), lock=True
        )
        if not planned.already_there:
            moved = move(context, work, moved, Motion(planned.to, "rollback", wanted.reason))
        done = {"is_moved": not planned.already_there, "by": moved.moved_by, "at": moved.moved_at}
        return msgspec.to_builtins(planned) | msgspec.to_builtins(done)

    def undo(
        self, work: Work, context: Context, target: str, outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """Point the deployment again at the release it was rolled back from.

        Raises:
            Conflict: it points elsewhere by now, or was pointed at nothing before.
        """
        if not outcome["is_moved"]:
            return {"is_moved": False}
        standing = get_deployment(work.connection, context.tenant, target, lock=True)
        before, to = outcome["from"], outcome["to"]
        if standing.release != to or before is None:
            raise Conflict(
                f"deployment {target} points at {standing.release} by now, not at {to}",
                mend=f"move it by hand: headgate deployment promote {target} RELEASE",
            )
        moved = move(context, work, standing, Motion(before, "promote", "a rollback is undone"))
        return {"is_moved": True, "to": before, "at": msgspec.to_builtins(moved.moved_at)}


OFFERS = [RollbackAction()]


def _wanted(settings: dict[str, Any]) -> Wanted:
    try:
        return msgspec.convert(settings, Wanted)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"a rollback cannot be told so: {error}", mend="give to, reached and reason"
        ) from error


def _planned(
    connection: Connection, tenant: str, target: str, wanted: Wanted, *, lock: bool = False
) -> tuple[Plan, Deployment]:
    standing = get_deployment(connection, tenant, target, lock=lock)
    if wanted.to is not None:
        get_release(connection, tenant, wanted.to)
    releases = queries.release_rows(connection, tenant)
    candidates = _candidates(standing, releases, wanted)
    to = _chosen(standing, candidates, wanted)
    planned = Plan(
        deployment=standing.name,
        from_=standing.release,
        to=to,
        candidates=tuple(candidates),
        already_there=to == standing.release,
    )
    return planned, standing


def _chosen(standing: Deployment, candidates: list[Candidate], wanted: Wanted) -> str:
    """Choose where to go.

    Raises:
        Conflict: the release asked for is in reach, or there is none to choose.
    """
    if wanted.to is not None:
        if wanted.to in (wanted.reached or ()):
            raise Conflict(
                f"release {wanted.to} is itself in reach of what is undone",
                mend="name another release, or none and let the newest clean one be chosen",
            )
        return wanted.to
    if _is_done(standing, wanted):
        return standing.release or ""
    eligible = [one.release for one in candidates if one.is_eligible]
    if not eligible:
        raise Conflict(
            f"there is no release that {standing.name} could be rolled back to",
            mend="train on clean data, make a release of it and promote that",
        )
    return eligible[0]


def _is_done(standing: Deployment, wanted: Wanted) -> bool:
    """Say whether the deployment points at a clean release already."""
    if standing.release is None:
        return False
    if wanted.reached is not None:
        return standing.release not in wanted.reached
    return bool(standing.moves) and standing.moves[-1].kind == "rollback"


def _candidates(standing: Deployment, releases: list[Release], wanted: Wanted) -> list[Candidate]:
    """List the releases that come into question, the best first."""
    served = [move.to_release for move in standing.moves]
    current = next((one for one in releases if one.release_id == standing.release), None)
    related = [one for one in releases if one.release_id in served or _is_kin(one, current)]
    if wanted.reached is None:
        last = {release_id: place for place, release_id in enumerate(served)}
        related.sort(key=lambda one: -last.get(one.release_id, -1))
    return [_judged(one, standing, served, wanted) for one in related]


def _judged(release: Release, standing: Deployment, served: list[str], wanted: Wanted) -> Candidate:
    is_served = release.release_id in served
    why = "served this deployment before" if is_served else "shares its name or model"
    is_eligible = True
    if release.release_id in (wanted.reached or ()):
        is_eligible, why = False, "is in reach of what is undone"
    elif release.release_id == standing.release:
        is_eligible, why = wanted.reached is not None, "serves now"
    elif wanted.reached is None and not is_served:
        is_eligible, why = False, "never served this deployment"
    return Candidate(release=release.release_id, is_eligible=is_eligible, why=why)


def _is_kin(release: Release, current: Release | None) -> bool:
    """Say whether a release shares the name or the model's name of the current one."""
    if current is None:
        return False
    if release.name == current.name:
        return True
    mine, theirs = (split_at(one.model or "")[0] for one in (release, current))
    return bool(mine) and mine == theirs
