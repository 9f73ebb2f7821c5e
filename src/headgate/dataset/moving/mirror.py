"""Keeps a verified export of every snapshot beside the store, so that no copy is the only one.

A mirror lies at PLACE/DATASET/NUMBER. What the catalog lists as mirrored was read back once; what
is missing, damaged or older than an erasure is written anew.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Conflict, HeadgateError, Invalid, NotFound
from headgate.core.times import now
from headgate.dataset import queries
from headgate.dataset.formats.known import format_named
from headgate.dataset.formats.places import size_of
from headgate.dataset.moving.export import (
    Outgoing,
    is_taken,
    record_export,
    require_outside,
    reread,
    write_whole,
)
from headgate.dataset.moving.reports import Mirrored, MirrorReport
from headgate.dataset.moving.streams import tallied
from headgate.spine.lineage.events import list_events
from headgate.spine.store import queries as store_queries
from headgate.spine.store.manifest import deletions_key
from headgate.spine.store.snapshots import manifest_of
from headgate.spine.work import Work

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.core.nouns import Snapshot
    from headgate.dataset.moving.reports import MirrorRequest
    from headgate.spine.context import Context

FORMATS = ("parquet", "iceberg")


class Mirror(msgspec.Struct, frozen=True):
    """Where mirrors lie, and in which format."""

    folder: Path
    format: str

    def outgoing(self, context: Context, snapshot: Snapshot) -> Outgoing:
        """Say where a snapshot goes."""
        place = self.folder / snapshot.dataset / str(snapshot.number)
        return Outgoing(
            context=context, snapshot=snapshot, form=format_named(self.format), place=place
        )


def mirror_datasets(context: Context, request: MirrorRequest) -> MirrorReport:
    """Mirror every snapshot of the datasets that a name or pattern means.

    Raises:
        NotFound: there is no such dataset.
        Invalid: it is not said where mirrors lie.
        Conflict: they would lie in the project's own store.
    """
    mirror = _mirror(context, request.path, request.format)
    require_outside(context, mirror.folder)
    with context.catalog.read() as connection:
        names = queries.table_names(connection, context.tenant)
    chosen = [name for name in names if fnmatchcase(name, request.name)]
    if not chosen:
        raise NotFound.among("dataset", request.name, names)
    lines = tuple(
        _mirrored(context, mirror, snapshot, check=request.check)
        for name in chosen
        for snapshot in _snapshots(context, name)
    )
    return MirrorReport(
        path=str(mirror.folder),
        mirrors=lines,
        n_bytes=sum(size_of(Path(one.path)) for one in lines if one.state != "failed"),
        has_findings=any(one.state == "failed" for one in lines),
    )


def keep_up(context: Context) -> None:
    """Mirror what was committed since the last mirror, if the settings ask for it.

    It never fails: what cannot be mirrored is recorded as the event `mirror_failed`, and tried
    again the next time; what failed again waits for some minutes before that.
    """
    with suppress(HeadgateError):
        mirror = _mirror(context, None, None)
        wanted = context.settings.text("mirror.datasets").split(",")
        with context.catalog.read() as connection:
            names = queries.table_names(connection, context.tenant)
        for name in names:
            if any(fnmatchcase(name, pattern.strip()) for pattern in wanted):
                for snapshot in _behind(context, mirror, name):
                    _mirrored(context, mirror, snapshot, check=False)


def _mirror(context: Context, path: str | None, form: str | None) -> Mirror:
    folder = path or context.settings.text("mirror.path")
    if not folder:
        raise Invalid(
            "it is not said where mirrors lie",
            mend="add --path FOLDER, or write path = FOLDER under [mirror] in headgate.toml",
        )
    chosen = form or context.settings.text("mirror.format")
    if chosen not in FORMATS:
        raise NotFound.among("format of mirrors", chosen, FORMATS)
    return Mirror(folder=(context.root / folder).absolute(), format=chosen)


def _snapshots(context: Context, dataset: str) -> list[Snapshot]:
    """List the snapshots of a dataset that can be read, the oldest first."""
    with context.catalog.read() as connection:
        rows = store_queries.version_rows(connection, context.tenant, dataset)
    return [one for one in reversed(rows) if one.expired_at is None]


def _behind(context: Context, mirror: Mirror, dataset: str) -> list[Snapshot]:
    """List the snapshots made after the newest that was mirrored, and those that failed before.

    Where none was mirrored or failed, it is the newest alone.
    """
    snapshots = _snapshots(context, dataset)
    subject = f"dataset:{dataset}"
    with context.catalog.read() as connection:
        done = queries.mirrored_numbers(
            connection, context.tenant, dataset, str(mirror.folder / dataset)
        )
        failures = list_events(
            connection, context.tenant, subject=subject, kind="mirror_failed", limit=None
        )
    failed: dict[object, list[datetime]] = {}
    for one in failures:
        failed.setdefault(one.payload.get("number"), []).append(one.at)
    known = done | {one for one in failed if isinstance(one, int)}
    first = max(known) + 1 if known else max((one.number for one in snapshots), default=0)
    at = now()
    owed = {one for one, times in failed.items() if _may_try(times, at)} - done
    return [one for one in snapshots if one.number >= first or one.number in owed]


def _may_try(failed_at: list[datetime], at: datetime) -> bool:
    """Say whether to try again what failed at some moments, the newest first."""
    n_minutes = 0 if len(failed_at) == 1 else 2 ** min(len(failed_at) - 2, 6)
    return at - max(failed_at) >= timedelta(minutes=n_minutes)


def _mirrored(context: Context, mirror: Mirror, snapshot: Snapshot, *, check: bool) -> Mirrored:
    outgoing = mirror.outgoing(context, snapshot)
    line = Mirrored(
        dataset=snapshot.dataset,
        number=snapshot.number,
        path=str(outgoing.place),
        format=mirror.format,
        n_rows=snapshot.n_rows,
        state="kept",
    )
    try:
        return _brought_up(outgoing, line, check=check)
    except HeadgateError as error:
        reason = error.message
        with suppress(HeadgateError), Work(context) as work:
            payload: dict[str, object] = {"number": snapshot.number, "reason": reason}
            work.record("mirror_failed", f"dataset:{snapshot.dataset}", payload)
        return msgspec.structs.replace(line, state="failed", reason=reason)


def _brought_up(outgoing: Outgoing, line: Mirrored, *, check: bool) -> Mirrored:
    with outgoing.context.catalog.read() as connection:
        known = queries.export_at(connection, outgoing.context.tenant, line.path)
    if known is None and is_taken(outgoing.place):
        _adopt(outgoing)
        return msgspec.structs.replace(line, state="checked")
    if known is None or known.version_id != outgoing.snapshot.version_id:
        _write(outgoing)
        return msgspec.structs.replace(line, state="written")
    reason = _wrong_with(outgoing, line, known, check=check)
    if reason is not None:
        _write(outgoing)
        return msgspec.structs.replace(line, state="mended", reason=reason)
    return msgspec.structs.replace(line, state="checked" if check else "kept")


def _wrong_with(
    outgoing: Outgoing, line: Mirrored, known: queries.ExportRecord, *, check: bool
) -> str | None:
    """Say why a mirror is not what it was written as; nothing if it is."""
    if not is_taken(outgoing.place):
        return "it was gone"
    if known.format != line.format:
        return f"it was {known.format}"
    manifest = manifest_of(outgoing.context, outgoing.snapshot)
    keys = [segment.key for segment in manifest.segments]
    keys += [deletions_key(one.deletions) for one in manifest.segments if one.deletions]
    with outgoing.context.catalog.read() as connection:
        erased = queries.erased_at(connection, outgoing.context.tenant, keys)
    if erased is not None and erased >= known.exported_at:
        return "rows were erased since"
    if check and not _is_whole(outgoing):
        return "it was damaged"
    return None


def _is_whole(outgoing: Outgoing) -> bool:
    """Say whether the rows of the snapshot lie in its place."""
    schema = outgoing.written_as(outgoing.stream().schema)
    expected = tallied(outgoing.stream(), schema).content_root
    return reread(outgoing, outgoing.place, schema).content_root == expected


def _adopt(outgoing: Outgoing) -> None:
    """Record a mirror of which nobody wrote down that it lies there, if it is one.

    Raises:
        Conflict: it is something else; whose it is nobody knows, so it is not written over.
    """
    if not _is_whole(outgoing):
        raise Conflict(
            f"{outgoing.place} is there already and no mirror of this project",
            mend="choose another folder, or move away what lies there",
        )
    record_export(outgoing, is_mirror=True)


def _write(outgoing: Outgoing) -> None:
    schema = outgoing.written_as(outgoing.stream().schema)
    write_whole(outgoing, schema, verify=True)
    record_export(outgoing, is_mirror=True)
