"""Finds snapshots by the names people give them: `orders`, `orders@3`, `orders@tag`, a time."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import split_at
from headgate.core.times import parse, render
from headgate.spine.store import queries
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.manifest import Manifest, empty_manifest, load_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

_NUMBER = re.compile(r"[0-9]{1,7}")
_ASKED_AT_ONCE = 10_000
"""Names in one statement; SQLite takes 32,766 values, PostgreSQL 65,535 [count]."""
_MOST_REMEMBERED, _MOST_SEGMENTS = 256, 64
"""Manifests that are remembered, and segments that one of them may have [count]."""
_DIGITS = re.compile(r"[0-9a-f]{8,64}")


def find_snapshot(context: Context, dataset: str, at: str | None = None) -> Snapshot:
    """Find a snapshot of a dataset.

    Args:
        context: the project.
        dataset: its name, or a reference such as `orders@3`.
        at: a number, a tag, a branch, a time, or 8 and more digits of a version id; the newest
            of the main branch if none.

    Raises:
        NotFound: there is no such dataset, or it has no such snapshot.
    """
    if at is None:
        dataset, at = split_at(dataset)
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        return resolve(connection, context.tenant, dataset, at)


def resolve(connection: Connection, tenant: str, dataset: str, at: str | None) -> Snapshot:
    """Find a snapshot inside a transaction; see `find_snapshot`."""
    if at is None:
        found = queries.head_versions(connection, tenant, [dataset])
        return found[0] if found else _by_number(connection, tenant, dataset, 0)
    if _NUMBER.fullmatch(at):
        return _by_number(connection, tenant, dataset, int(at))
    _require_dataset(connection, tenant, dataset)
    names = queries.branches(connection, tenant, dataset) | queries.tags(
        connection, tenant, dataset
    )
    if at in names:
        return _by_number(connection, tenant, dataset, names[at])
    if _DIGITS.fullmatch(at):
        return _by_id(connection, tenant, dataset, at)
    return _by_time(connection, tenant, dataset, at, names)


def heads(connection: Connection, tenant: str, names: Iterable[str]) -> dict[str, Snapshot]:
    """Find the newest snapshots of the main branches of many datasets at once.

    Whoever goes on to read their files calls `heed_erasures` first, in the same transaction.

    Args:
        connection: a transaction.
        tenant: whose datasets they are.
        names: the datasets; those that are not there are left out.
    """
    wanted = iter(dict.fromkeys(names))
    found: dict[str, Snapshot] = {}
    while some := list(islice(wanted, _ASKED_AT_ONCE)):
        found |= {one.dataset: one for one in queries.head_versions(connection, tenant, some)}
    return found


def manifest_of(context: Context, snapshot: Snapshot) -> Manifest:
    """Read a snapshot's manifest.

    Raises:
        NotFound: retention has given the snapshot's files up.
    """
    require_kept(snapshot)
    return manifest_named(context, snapshot.version_id)


def manifest_named(context: Context, version_id: str) -> Manifest:
    """Read a manifest by its version id, which its content makes, so that it never changes."""
    found = context.opened.manifests.get(version_id)
    if found is None:
        found = load_manifest(context.blobs, version_id)
        remember(context, version_id, found)
    return found


def remember(context: Context, version_id: str, manifest: Manifest) -> None:
    """Keep a small manifest in memory for whoever reads it next."""
    kept = context.opened.manifests
    if len(manifest.segments) <= _MOST_SEGMENTS:
        if len(kept) >= _MOST_REMEMBERED:
            kept.clear()
        kept[version_id] = manifest


def require_kept(snapshot: Snapshot) -> None:
    """Refuse a snapshot whose files retention has given up.

    Raises:
        NotFound: it has expired.
    """
    if snapshot.expired_at is not None:
        name = f"{snapshot.dataset}@{snapshot.number}"
        raise NotFound(
            f"{name} expired on {render(snapshot.expired_at)[:10]}; its rows were given up",
            mend="read a newer snapshot; while its files are in the trash, "
            "`headgate dataset gc --undo` brings it back",
        )


def require_all_kept(
    connection: Connection, tenant: str, snapshots: Iterable[tuple[str, int]]
) -> None:
    """Refuse snapshots, by dataset and number, if retention has given up the files of one.

    Raises:
        NotFound: it has expired, or it is not there.
    """
    for dataset, number in snapshots:
        if not queries.is_kept(connection, tenant, dataset, number):
            require_kept(_by_number(connection, tenant, dataset, number))


def state_after(context: Context, dataset: str, head: Snapshot | None) -> Manifest:
    """Read the state a commit starts from, empty before the first one."""
    return empty_manifest(context.tenant, dataset) if head is None else manifest_of(context, head)


def _require_dataset(connection: Connection, tenant: str, dataset: str) -> None:
    if queries.dataset_key(connection, tenant, dataset) is None:
        raise NotFound.among("dataset", dataset, queries.dataset_names(connection, tenant))


def _by_number(connection: Connection, tenant: str, dataset: str, number: int) -> Snapshot:
    found = queries.version_by_number(connection, tenant, dataset, number)
    if found is None:
        _require_dataset(connection, tenant, dataset)
        newest = queries.base_of(connection, tenant, dataset).last
        there = f"{dataset}@1 to {dataset}@{newest}" if newest > 1 else f"{dataset}@1 alone"
        raise NotFound(f"no snapshot {dataset}@{number}", mend=f"there is {there}")
    return found


def _by_id(connection: Connection, tenant: str, dataset: str, prefix: str) -> Snapshot:
    found = [
        one for one in queries.versions_by_id(connection, tenant, prefix) if one.dataset == dataset
    ]
    if len(found) != 1:
        raise NotFound(
            f"{len(found)} snapshots of {dataset} have an id that begins with {prefix}",
            mend="give more digits, or the snapshot's number",
        )
    return found[0]


def _by_time(
    connection: Connection, tenant: str, dataset: str, at: str, names: dict[str, int]
) -> Snapshot:
    try:
        moment = parse(at)
    except Invalid as error:
        raise NotFound.among(f"tag or branch of {dataset}", at, names) from error
    found = queries.version_before(connection, tenant, dataset, moment)
    if found is None:
        raise NotFound(
            f"{dataset} did not exist at {at}", mend=f"see: headgate dataset log {dataset}"
        )
    return found
