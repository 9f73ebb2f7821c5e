"""The catalog of erasures: receipts, blobs replaced in place, and what must not come back.

An erasure is named in one transaction; only then files change. Whoever finds one that was cut off
in between finishes it: each step may be done again.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from headgate.core.errors import NotFound
from headgate.spine.context import Step
from headgate.spine.store import queries
from headgate.spine.store.erasing.scrubbing import scrub
from headgate.spine.store.tables import erased, erasures, exports, salts, suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.erasing.blanking import Replacement

APPLYING, FINISHED = "applying", "finished"
EXPIRY = "predictions:-"
"""What an erasure is of that blanks what predictions held when its time was over; no dataset."""
DELETED = ""
"""Replacement of a blob that is removed, for nothing names it."""

_SUPPRESSED = select(suppressions.c.columns, suppressions.c.digest).where(
    suppressions.c.tenant == bindparam("tenant"), suppressions.c.dataset == bindparam("dataset")
)
"""Asked at every commit, so built once."""


class Kept(msgspec.Struct, frozen=True):
    """A receipt as the catalog keeps it: signed canonical JSON."""

    receipt_id: str
    dataset: str
    state: str
    receipt: str
    signature: str
    erased_at: datetime
    erased_by: str


class Suppression(msgspec.Struct, frozen=True):
    """A value that must not come back: digest of its salted columns."""

    columns: tuple[str, ...]
    digest: str


def put(connection: Connection, tenant: str, kept: Kept) -> None:
    """Name an erasure, and let every commit that is being staged be staged again."""
    queries.bump(connection, tenant, queries.ERASURES, 1)
    connection.execute(insert(erasures).values(tenant=tenant, **msgspec.structs.asdict(kept)))


def put_replacements(
    connection: Connection,
    tenant: str,
    receipt_id: str,
    replacements: Iterable[Replacement],
    orphans: Iterable[str],
) -> None:
    """Name the blobs that are to be replaced, and those to be removed."""
    rows = [(one.key, one.staged, one.digest) for one in replacements]
    rows += [(key, DELETED, "") for key in orphans]
    values = [
        {"tenant": tenant, "receipt_id": receipt_id, "blob": key}
        | {"replacement": staged, "digest": digest}
        for key, staged, digest in rows
    ]
    if values:
        connection.execute(insert(erased), values)


def put_suppressions(
    connection: Connection,
    tenant: str,
    dataset: str,
    receipt_id: str,
    values: Sequence[Suppression],
) -> int:
    """Keep values out of a dataset from now on; return how many were not kept out before."""
    known = set(suppressions_of(connection, tenant, dataset))
    fresh = [one for one in values if one not in known]
    rows = [
        {"tenant": tenant, "dataset": dataset, "receipt_id": receipt_id, "digest": one.digest}
        | {"columns": msgspec.json.encode(one.columns).decode()}
        for one in fresh
    ]
    if rows:
        connection.execute(insert(suppressions), rows)
    return len(rows)


def suppressions_of(connection: Connection, tenant: str, dataset: str) -> list[Suppression]:
    """List what is kept out of a dataset."""
    names = {"tenant": tenant, "dataset": dataset}
    return [
        Suppression(columns=tuple(msgspec.json.decode(row.columns)), digest=row.digest)
        for row in connection.execute(_SUPPRESSED, names)
    ]


def listed(connection: Connection, tenant: str, dataset: str | None = None) -> list[Kept]:
    """List the erasures there were, the newest first."""
    query = select(erasures).where(erasures.c.tenant == tenant)
    if dataset is not None:
        query = query.where(erasures.c.dataset == dataset)
    query = query.order_by(erasures.c.erased_at.desc())
    names = Kept.__struct_fields__
    return [
        Kept(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()
    ]


def digests(connection: Connection, tenant: str) -> dict[str, str]:
    """Return for each blob that was replaced in place the content digest it has now."""
    query = (
        select(erased.c.blob, erased.c.digest)
        .join(
            erasures,
            (erasures.c.tenant == erased.c.tenant) & (erasures.c.receipt_id == erased.c.receipt_id),
        )
        .where(erased.c.tenant == tenant, erased.c.is_done, erased.c.replacement != DELETED)
        .order_by(erasures.c.erased_at)
    )
    return {row.blob: row.digest for row in connection.execute(query)}


def staged_keys(connection: Connection, tenant: str) -> set[str]:
    """Return the blobs that wait to take another one's place."""
    query = select(erased.c.replacement).where(erased.c.tenant == tenant, ~erased.c.is_done)
    return {key for key in connection.execute(query).scalars() if key != DELETED}


def exported(connection: Connection, tenant: str, dataset: str) -> list[Any]:
    """List what was written out of a dataset: number, format, place, is_mirror."""
    query = select(exports).where(exports.c.tenant == tenant, exports.c.dataset == dataset)
    return list(connection.execute(query.order_by(exports.c.exported_at)).mappings())


def salt_named(connection: Connection, tenant: str, name: str) -> bytes | None:
    """Return the project's salt of a name, nothing if none was made."""
    query = select(salts.c.salt).where(salts.c.tenant == tenant, salts.c.name == name)
    return connection.execute(query).scalar()


def put_salt(connection: Connection, tenant: str, name: str, salt: bytes) -> None:
    """Keep a salt."""
    connection.execute(insert(salts).values(tenant=tenant, name=name, salt=salt))


def finish(context: Context) -> int:
    """Bring every erasure that was named to its end; return how many blobs changed."""
    with context.catalog.read() as connection:
        query = select(erased.c.blob, erased.c.receipt_id, erased.c.replacement).where(
            erased.c.tenant == context.tenant, ~erased.c.is_done
        )
        waiting = connection.execute(query).all()
        found = listed(connection, context.tenant)
    open_ = {one.receipt_id for one in found if one.state == APPLYING}
    if not open_:
        return 0
    for done, row in enumerate(waiting, start=1):
        _replace(context, row.blob, row.replacement)
        context.progress(Step("erase", done, len(waiting), "files"))
    context.blobs.settle()
    _forget_cache(context)
    with context.catalog.write() as connection:
        _mark_done(connection, context.tenant, open_)
    scrub(context.catalog)
    with context.catalog.write() as connection:
        own = (erasures.c.tenant == context.tenant, erasures.c.receipt_id.in_(open_))
        connection.execute(update(erasures).where(*own).values(state=FINISHED))
    return len(waiting)


def _replace(context: Context, key: str, staged: str) -> None:
    blobs = context.blobs
    if staged == DELETED:
        blobs.delete(key)
    elif blobs.has(staged):
        # one that nothing named may have been purged since it was found: then it holds nobody
        with suppress(NotFound):
            if not blobs.has(key):
                blobs.untrash(key)
            blobs.replace(key, blobs.get(staged))
        blobs.delete(staged)


def _forget_cache(context: Context) -> None:
    """Remove what this machine cached of files; blobs have their own cache, cleared by key."""
    for place in (context.root / ".headgate" / "cache").glob("*"):
        if place.is_dir() and place.name != "blobs":
            shutil.rmtree(place, ignore_errors=True)
        elif place.is_file():
            place.unlink(missing_ok=True)


def _mark_done(connection: Connection, tenant: str, receipts: Collection[str]) -> None:
    own = (erased.c.tenant == tenant, erased.c.receipt_id.in_(receipts))
    connection.execute(update(erased).where(*own).values(is_done=True))
