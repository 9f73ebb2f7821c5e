"""Collects packs: those none of whose files a kept snapshot names are forgotten by the catalog.

What a collection forgot it names again where a snapshot needs it: after `gc --undo`, and where a
legal hold reaches back. So the bytes may come back for as long as they lie in the trash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headgate.spine.store.packs.index import Pack, Shelf, digests_of, load_shelf
from headgate.spine.store.packs.loose import Loose, loose_packs, shelf_with, wanted_again
from headgate.spine.store.packs.queries import drop_packs, pack_rows, put_packs
from headgate.spine.store.packs.upkeep import live_digests, live_packs
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.packs.index import Digests
    from headgate.spine.store.upkeep.marking import Marker


class PackFates(NamedTuple):
    """What a collection does to packs.

    Args:
        dead: those that the catalog forgets.
        wanted: those that it forgot, and names again.
    """

    dead: tuple[Pack, ...] = ()
    wanted: tuple[Loose, ...] = ()

    @property
    def n_dead_bytes(self) -> int:
        """Size of the packs that are forgotten [bytes]."""
        return sum(one.n_bytes for one in self.dead)


class FileMarker:
    """The digests of files that snapshots name, brought up to date as often as asked.

    Args:
        context: the project.
        marker: reads the snapshots.

    Attributes:
        live: the digests, each once, in order.
    """

    def __init__(self, context: Context, marker: Marker) -> None:
        self.live: Digests = digests_of(())
        self._context = context
        self._marker = marker
        self._n_read = 0

    def refresh(self, connection: Connection) -> None:
        """Add what has been named since the last time."""
        self._marker.refresh(connection)
        fresh = self._marker.manifests[self._n_read :]
        self._n_read = len(self._marker.manifests)
        self.live = np.union1d(self.live, live_digests(self._context.blobs, fresh))


def judge_packs(context: Context, marker: Marker) -> PackFates:
    """Say what a collection would do to packs, and let the marker take the dead for unnamed."""
    found = FileMarker(context, marker)
    with context.catalog.read() as connection:
        found.refresh(connection)
        fates = _fates(context, connection, found, has_dead=True)
    _forget(marker, fates)
    return fates


def settle_packs(context: Context, marker: Marker, *, is_undoing: bool = False) -> PackFates:
    """Forget dead packs and name again those that are needed, in one unit of work.

    All is read without the lock first; under it only the snapshots that came meanwhile are, so
    no pack is dropped that one of them names.

    Args:
        context: the project.
        marker: what is named; afterwards it takes the dead packs for unnamed.
        is_undoing: only name packs again.
    """
    found = FileMarker(context, marker)
    has_dead = not is_undoing
    with context.catalog.read() as connection:
        found.refresh(connection)
        if not any(_fates(context, connection, found, has_dead=has_dead)):
            return PackFates()
    with Work(context) as work:
        found.refresh(work.connection)
        fates = _fates(context, work.connection, found, has_dead=has_dead)
        drop_packs(work.connection, context.tenant, [one.pack for one in fates.dead])
        put_packs(work.connection, context.tenant, [one.pack for one in fates.wanted])
        if any(fates):
            payload: dict[str, object] = {"n_dropped": len(fates.dead)}
            payload |= {"n_dropped_bytes": fates.n_dead_bytes, "n_named": len(fates.wanted)}
            work.record("packs_collected", "store", payload)
    _forget(marker, fates)
    return fates


def all_packs(context: Context) -> Shelf:
    """Open the indexes of all packs, those too that nothing names."""
    with context.catalog.read() as connection:
        rows = pack_rows(connection, context.tenant)
    return shelf_with(load_shelf(context.blobs, rows), loose_packs(context.blobs, rows))


def _fates(
    context: Context, connection: Connection, found: FileMarker, *, has_dead: bool
) -> PackFates:
    rows = pack_rows(connection, context.tenant)
    shelf = load_shelf(context.blobs, rows)
    uses = live_packs(shelf, found.live) if has_dead else ()
    loose = loose_packs(context.blobs, rows) if len(found.live) else ()
    return PackFates(
        dead=tuple(one.pack for one in uses if one.is_dead),
        wanted=wanted_again(shelf, loose, found.live),
    )


def _forget(marker: Marker, fates: PackFates) -> None:
    marker.forget({key for one in fates.dead for key in (one.pack, one.files)})
    marker.keys.update(key for one in fates.wanted for key in (one.pack.pack, one.pack.files))
