"""Sees objects in a bucket by listing it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from headgate.core.sensing import Arrival, Polled
from headgate.core.times import parse, render, span

if TYPE_CHECKING:
    from headgate.core.sensing import World


def s3_objects(
    world: World, cursor: Any, /, place: str, *, pattern: str = "*", slack: str = "7d"
) -> Polled:
    """See the objects under a prefix.

    An object is known by its address and entity tag, as in event messages: a pipeline may have
    both sensors, and runs once. The bucket is reached with the project's `store.endpoint`,
    `store.region` and keys.

    Args:
        world: what may be looked at.
        cursor: when the newest object was written that was seen.
        place: `s3://bucket/prefix`.
        pattern: of the address after the place.
        slack: how much older than the newest an object may be and still be new: one that is
            uploaded in parts bears the time of the first of them.
    """
    newest = parse(cursor) if cursor else None
    oldest = newest and newest - span(slack)
    seen = [
        one
        for one in world.listed(place)
        if fnmatchcase(one.uri.removeprefix(place.rstrip("/") + "/"), pattern)
        and (oldest is None or one.modified_at >= oldest)
    ]
    times = [one.modified_at for one in seen] + ([newest] if newest else [])
    return Polled(
        tuple(Arrival(uri=one.uri, version=one.tag) for one in seen),
        render(max(times)) if times else None,
    )
