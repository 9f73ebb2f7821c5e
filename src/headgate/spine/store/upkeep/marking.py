"""Marking: every blob that something names, so that all others may be collected.

What the spine's own tables name is listed here; what a stage's tables name its `keepers.py` says.
Marks only grow: a marker that is brought up to date while others write forgets nothing it saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3
from sqlalchemy import select

from headgate.core.errors import Conflict
from headgate.spine.context import Step
from headgate.spine.store import queries
from headgate.spine.store.erasing.erasures import staged_keys
from headgate.spine.store.manifest import Manifest, load_manifest, manifest_key
from headgate.spine.store.tables import (
    derivations,
    erased,
    packs,
    quarantine_deeds,
    quarantined,
    reads,
    versions,
)
from headgate.spine.store.upkeep import holds

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs

_NAMING = (
    derivations.c.edges,
    reads.c.rowset,
    quarantined.c.blob,
    quarantine_deeds.c.blob,
    packs.c.pack,
    packs.c.files,
)


class Marker:
    """The blobs that are named, brought up to date as often as asked.

    Args:
        context: the project.
        without: snapshots to be taken as expired: pairs of dataset and number.

    Attributes:
        keys: every key that is named.
        manifests: the snapshots whose files are kept, as far as they were read.
    """

    def __init__(self, context: Context, without: Collection[tuple[str, int]] = ()) -> None:
        self.keys: set[str] = set()
        self.manifests: list[Manifest] = []
        self._context = context
        self._without = frozenset(without)
        self._loaded: set[str] = set()
        self._seen = -1

    def refresh(self, connection: Connection) -> None:
        """Add what has been named since the last time; cheap where nothing happened.

        Raises:
            NotFound: a manifest is lost, so that nobody can say what it names.
            Conflict: a manifest is damaged.
        """
        # whatever names a blob writes an event in the same transaction
        seen = queries.counted(connection, self._context.tenant, "event")
        if seen == self._seen:
            return
        self._mark_versions(connection)
        self.keys.update(named_outside(connection, self._context))
        self.keys.update(_waiting(connection, self._context.tenant))
        self._seen = seen

    def forget(self, keys: Collection[str]) -> None:
        """Take keys for unnamed that were named, for whoever asks has seen to it."""
        self.keys.difference_update(keys)

    def _mark_versions(self, connection: Connection) -> None:
        held = holds.held(connection, self._context.tenant)
        columns = (versions.c.dataset, versions.c.number, versions.c.version_id)
        rows = connection.execute(
            select(*columns, versions.c.expired_at).where(versions.c.tenant == self._context.tenant)
        ).all()
        self.keys.update(manifest_key(row.version_id) for row in rows)
        wanted = {
            row.version_id
            for row in rows
            if row.dataset in held
            or (row.expired_at is None and (row.dataset, row.number) not in self._without)
        }
        fresh = wanted - self._loaded
        for done, version_id in enumerate(fresh):
            manifest = _sound_manifest(self._context.blobs, version_id)
            self.keys |= manifest.keys()
            self.manifests.append(manifest)
            self._context.progress(Step("mark", done + 1, len(fresh), "snapshots"))
        self._loaded |= fresh


def _sound_manifest(blobs: Blobs, version_id: str) -> Manifest:
    """Read a manifest only if it is what was written: one bit less, and files would be lost."""
    if blake3(blobs.get(manifest_key(version_id))).hexdigest() != version_id:
        raise Conflict(
            f"the manifest {version_id[:12]} is damaged, so nobody can say what it names",
            mend="see: headgate dataset fsck; restore the file from a backup",
        )
    return load_manifest(blobs, version_id)


def named_outside(connection: Connection, context: Context) -> set[str]:
    """Return the keys that tables name besides snapshots: the spine's and every stage's."""
    found: set[str] = set()
    for column in _NAMING:
        query = select(column).where(column.table.c.tenant == context.tenant, column.is_not(None))
        found.update(connection.execute(query.distinct()).scalars())
    for keeper in context.registry.keepers:
        found.update(keeper.keys(connection, context.tenant))
    return found


def _waiting(connection: Connection, tenant: str) -> set[str]:
    """Return the blobs of erasures that were named and not finished: old and new contents."""
    open_ = select(erased.c.blob).where(erased.c.tenant == tenant, ~erased.c.is_done)
    return {*connection.execute(open_).scalars(), *staged_keys(connection, tenant)}
