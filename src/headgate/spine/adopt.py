"""Publishes a state that no rows came in for: restored, merged, compacted, rid of erased rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from headgate.core.times import now
from headgate.spine.store import queries
from headgate.spine.store.manifest import save_manifest
from headgate.spine.store.snapshots import resolve

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


class State(msgspec.Struct, frozen=True):
    """What a state is to its branch.

    Args:
        manifest: the rows; number and parent are set when it is published.
        kind: what made it.
        n_added: rows that the branch's newest snapshot does not have.
        n_removed: rows of that one it does not have.
        n_changed: rows of both with other content.
        message: why.
        restored_from: number of the older snapshot it equals.
        merged_from: the snapshot that was merged in.
    """

    manifest: Manifest
    kind: Literal["restore", "merge", "compact", "erase"]
    n_added: int = 0
    n_removed: int = 0
    n_changed: int = 0
    message: str = ""
    restored_from: int | None = None
    merged_from: Snapshot | None = None


def publish_state(
    connection: Connection, context: Context, head: Snapshot, state: State
) -> Snapshot:
    """Name a state as the newest one of a branch.

    Args:
        connection: the transaction, holding the write lock.
        context: the project.
        head: the newest snapshot of the branch.
        state: what it becomes.
    """
    merged = state.merged_from
    last = queries.base_of(connection, context.tenant, head.dataset).last
    manifest = msgspec.structs.replace(
        state.manifest,
        number=last + 1,
        parent=head.version_id,
        merged=merged.version_id if merged else None,
    )
    version_id = save_manifest(context.blobs, manifest)
    context.blobs.settle()
    row = {name: getattr(state, name) for name in ("kind", "message", "restored_from")}
    row |= {name: getattr(state, name) for name in ("n_added", "n_removed", "n_changed")}
    row |= {
        "dataset": head.dataset,
        "number": manifest.number,
        "version_id": version_id,
        "content_root": manifest.content_root,
        "columns": msgspec.json.encode(manifest.columns).decode(),
        "n_rows": manifest.n_rows,
        "n_quarantined": 0,
        "run_id": None,
        "branch": head.branch,
        "parent": head.number,
        "merged_from": merged.number if merged else None,
        "created_at": now(),
        "created_by": context.actor,
    }
    queries.put_version(connection, context.tenant, row)
    return resolve(connection, context.tenant, head.dataset, str(manifest.number))
