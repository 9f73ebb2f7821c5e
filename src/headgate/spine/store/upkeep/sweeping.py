"""Sweeping: what nobody names goes to the trash, and out of the trash for good, a grace later.

Nothing moves but under the catalog's write lock, and after the marks have been brought up to date
under it; so a blob that somebody names meanwhile stays. Who put a blob and has not named it yet
looks under the same lock whether it is still there, and puts it again if not. A sweep that is
killed leaves every blob in one of the two places, and reads look into both.
"""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from headgate.core.errors import NotFound
from headgate.core.times import now
from headgate.spine.context import Step
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.objects.stored import TRASH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Stored
    from headgate.spine.store.upkeep.marking import Marker

REMOTE_GRACE = timedelta(hours=2)
"""On S3 a writer takes what it put within an hour for being there; nothing younger is touched."""
LEFTOVER_AGE = timedelta(hours=1)
"""A half-written file that is older was left by a process that is gone."""
_HELD_S = 0.2
"""How long the write lock is held at once [s]."""
_PAUSE_S = 0.005
_LEFTOVER_PARTS = 4
"""Parts of a half-written file's name at least: nothing, the name, its process, its thread."""


class AreaCount(msgspec.Struct, frozen=True):
    """What is stored in one area.

    Args:
        n_blobs: everything there.
        n_bytes: its size [bytes].
        n_named: what something names.
        n_young: what nothing names, but too young to be collected.
        n_orphans: what nothing names and is old enough.
        n_orphan_bytes: size of those [bytes].
    """

    area: str
    n_blobs: int = 0
    n_bytes: int = 0
    n_named: int = 0
    n_young: int = 0
    n_orphans: int = 0
    n_orphan_bytes: int = 0


class Survey(NamedTuple):
    """What there is to sweep.

    Args:
        areas: counts by area, in name order; without the trash.
        orphans: what is to go to the trash.
        trash: what lies in the trash.
        leftovers: half-written files of processes that are gone.
    """

    areas: tuple[AreaCount, ...]
    orphans: list[Stored]
    trash: list[Stored]
    leftovers: list[Stored]


class Swept(msgspec.Struct, frozen=True):
    """What a sweep did."""

    n_trashed: int = 0
    n_trashed_bytes: int = 0
    n_deleted: int = 0
    n_deleted_bytes: int = 0
    n_brought_back: int = 0
    n_leftovers: int = 0


def grace_of(context: Context, asked: timedelta) -> timedelta:
    """Return how old an unnamed blob must be; on S3 at least two hours."""
    return asked if isinstance(context.blobs, LocalBlobs) else max(asked, REMOTE_GRACE)


def survey(context: Context, marker: Marker, grace: timedelta) -> Survey:
    """Count what is stored and sort out what nobody names."""
    at = now()
    areas: dict[str, AreaCount] = {}
    found = Survey((), [], [], [])
    for one in context.blobs.listed():
        area = one.key.partition("/")[0]
        if area == TRASH:
            found.trash.append(one)
        elif is_leftover(one.key):
            if one.modified_at <= at - max(grace, LEFTOVER_AGE):
                found.leftovers.append(one)
        else:
            state = "named" if one.key in marker.keys else "young"
            if state == "young" and one.modified_at <= at - grace:
                state = "orphan"
                found.orphans.append(one)
            areas[area] = _counted(areas.get(area, AreaCount(area)), one, state)
    return found._replace(areas=tuple(areas[name] for name in sorted(areas)))


def is_leftover(key: str) -> bool:
    """Say whether a key is that of a file which was never finished."""
    return key.rpartition("/")[2].startswith(".")


def is_abandoned(key: str) -> bool:
    """Say whether a half-written file is of a process that this machine does not run.

    A process elsewhere that writes into the same folder would have to write the file again.

    >>> is_abandoned("packs/ab/.abc.pack.999999999.1"), is_abandoned("packs/ab/abc.pack")
    (True, False)
    """
    parts = key.rpartition("/")[2].split(".")
    if not is_leftover(key) or len(parts) < _LEFTOVER_PARTS or not parts[-2].isdecimal():
        return False
    try:
        os.kill(int(parts[-2]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def sweep(
    context: Context, marker: Marker, found: Survey, *, grace: timedelta, is_purging: bool
) -> Swept:
    """Bring back, trash and delete.

    Args:
        context: the project.
        marker: what is named; brought up to date before every step.
        found: what there is.
        grace: how long what lies in the trash stays there.
        is_purging: delete at once, what goes to the trash now too.
    """
    done = _Deeds(context, marker, None if is_purging else now() - grace)
    if is_purging:
        done.over("trash", found.orphans, done.trash)
        done.over("purge", list(context.blobs.listed(TRASH)), done.settle_trash)
    else:
        done.over("delete", found.trash, done.settle_trash)
        done.over("trash", found.orphans, done.trash)
    for one in found.leftovers:
        context.blobs.delete(one.key)
    context.blobs.settle()
    return msgspec.structs.replace(done.swept, n_leftovers=len(found.leftovers))


def bring_back(context: Context) -> int:
    """Move everything out of the trash; return how many blobs that were."""
    found = list(context.blobs.listed(TRASH))
    for done, one in enumerate(found, start=1):
        with suppress(NotFound):
            context.blobs.untrash(_origin(one.key))
        context.progress(Step("bring back", done, len(found), "files"))
    context.blobs.settle()
    return len(found)


class _Deeds:
    """Moves blobs one by one under the write lock, and counts.

    Args:
        context: the project.
        marker: what is named.
        cutoff: what came to the trash later stays there; nothing if all of it goes.
    """

    def __init__(self, context: Context, marker: Marker, cutoff: datetime | None) -> None:
        self.swept = Swept()
        self._context = context
        self._marker = marker
        self._cutoff = cutoff

    def over(self, what: str, blobs: Sequence[Stored], deed: Callable[[Stored], None]) -> None:
        """Do a deed to blobs; the lock is given back again and again so that others may write."""
        waiting = deque(blobs)
        while waiting:
            with self._context.catalog.write() as connection:
                self._marker.refresh(connection)
                until = time.monotonic() + _HELD_S
                while waiting and time.monotonic() < until:
                    with suppress(NotFound):
                        deed(waiting.popleft())
            step = Step(what, len(blobs) - len(waiting), len(blobs), "files")
            self._context.progress(step)
            time.sleep(_PAUSE_S)

    def trash(self, one: Stored) -> None:
        """Move a blob to the trash unless it is named now."""
        if one.key not in self._marker.keys:
            self._context.blobs.trash(one.key)
            self._count(n_trashed=1, n_trashed_bytes=one.n_bytes)

    def settle_trash(self, one: Stored) -> None:
        """Bring a blob back if it is named now; delete it if it has lain there long enough."""
        key = _origin(one.key)
        if key in self._marker.keys:
            self._context.blobs.untrash(key)
            self._count(n_brought_back=1)
        elif self._cutoff is None or one.modified_at <= self._cutoff:
            self._context.blobs.delete(one.key)
            self._count(n_deleted=1, n_deleted_bytes=one.n_bytes)

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self.swept, name) + by for name, by in more.items()}
        self.swept = msgspec.structs.replace(self.swept, **counts)


def _origin(key: str) -> str:
    return key.removeprefix(f"{TRASH}/")


def _counted(
    count: AreaCount, one: Stored, state: Literal["named", "young", "orphan"]
) -> AreaCount:
    is_orphan = state == "orphan"
    return AreaCount(
        area=count.area,
        n_blobs=count.n_blobs + 1,
        n_bytes=count.n_bytes + one.n_bytes,
        n_named=count.n_named + (state == "named"),
        n_young=count.n_young + (state == "young"),
        n_orphans=count.n_orphans + is_orphan,
        n_orphan_bytes=count.n_orphan_bytes + is_orphan * one.n_bytes,
    )
