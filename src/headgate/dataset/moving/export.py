"""Writing a snapshot to a file or folder of another tool, read back before it gets its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.dataset import queries
from headgate.dataset.files.reads import FOLDER, export_folder, is_of_files
from headgate.dataset.formats.files import opened, put
from headgate.dataset.formats.form import About, Wanted
from headgate.dataset.formats.known import format_of_target
from headgate.dataset.formats.places import discard, size_of, whole
from headgate.dataset.formats.types import changes, written_as
from headgate.dataset.moving.reports import ExportReport
from headgate.dataset.moving.streams import Tally, rows_of, tallied
from headgate.spine.settings import FILE
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.nouns import Snapshot
    from headgate.dataset.formats.files import Stream
    from headgate.dataset.formats.form import Format
    from headgate.dataset.moving.reports import ExportRequest
    from headgate.spine.context import Context


class Outgoing(msgspec.Struct, frozen=True):
    """A snapshot on its way out.

    Args:
        context: the project.
        snapshot: what is written.
        form: the format.
        place: where it will lie.
        columns: those to write; all if none.
        row_ids: the id of each row is put first.
        license: under which the rows may be used.
    """

    context: Any
    snapshot: Any
    form: Any
    place: Path
    columns: tuple[str, ...] | None = None
    row_ids: bool = False
    license: str | None = None

    def stream(self) -> Stream:
        """Open the rows."""
        manifest = manifest_of(self.context, self.snapshot)
        return rows_of(self.context, self.snapshot, manifest, self.columns, row_ids=self.row_ids)

    def written_as(self, schema: pa.Schema) -> pa.Schema:
        """Return the columns as the format holds them.

        Raises:
            Invalid: it cannot hold one of them.
        """
        form: Format = self.form
        return written_as(schema, form.name, form.types, form.refused_name)

    def about(self) -> About:
        """Gather what a reader of the export is told."""
        snapshot: Snapshot = self.snapshot
        with self.context.catalog.read() as connection:
            sources = queries.sources_of(
                connection, self.context.tenant, snapshot.dataset, snapshot.number
            )
        facts = {
            "headgate.dataset": snapshot.dataset,
            "headgate.number": str(snapshot.number),
            "headgate.version_id": snapshot.version_id,
            "headgate.content_root": snapshot.content_root,
            "headgate.created_at": snapshot.created_at.isoformat(),
        }
        return About(
            place=self.place.absolute(),
            title=snapshot.dataset,
            n_rows=snapshot.n_rows,
            facts=facts,
            license=self.license,
            sources=sources,
        )


def export_snapshot(context: Context, request: ExportRequest) -> ExportReport:
    """Write a snapshot to a place, whole or not at all, and record that it lies there.

    Raises:
        NotFound: there is no such snapshot or column.
        Invalid: the format cannot hold a column, or would change a value.
        Conflict: something else lies there, or it is in the project's own store.
        Unavailable: the place cannot be written, or the format's library is missing.
    """
    path = Path(request.path)
    require_outside(context, path)
    snapshot = find_snapshot(context, request.name, request.at)
    if is_of_files(context, snapshot, path, request.format):
        return _files(context, snapshot, request)
    outgoing = Outgoing(
        context=context,
        snapshot=snapshot,
        form=format_of_target(path, request.format),
        place=path,
        columns=request.columns,
        row_ids=request.row_ids,
        license=request.license,
    )
    source = outgoing.stream().schema
    if not len(source):
        raise Invalid("an export of no column holds nothing", mend="name a column")
    schema = outgoing.written_as(source)
    if is_taken(path) and not request.replace:
        return _same(outgoing, request, schema)
    _require_ours(context, path)
    tally = write_whole(outgoing, schema, verify=request.verify)
    export_id = record_export(outgoing)
    report = _report(outgoing, request, tally, export_id)
    return msgspec.structs.replace(
        report, retyped=changes(source, schema), is_verified=request.verify
    )


def _files(context: Context, snapshot: Snapshot, request: ExportRequest) -> ExportReport:
    """Write a snapshot's files back; each is held against its digest on the way."""
    place = Path(request.path)
    if request.replace:
        _require_ours(context, place)
    exported = export_folder(context, snapshot, place, is_replacing=request.replace)
    export_id = record_export(
        Outgoing(context=context, snapshot=snapshot, form=FOLDER, place=place)
    )
    return ExportReport(
        path=request.path,
        dataset=snapshot.dataset,
        number=snapshot.number,
        n_rows=exported.n_files,
        n_bytes=exported.n_bytes,
        format=FOLDER.name,
        version_id=snapshot.version_id,
        export_id=export_id,
        content_root=snapshot.content_root,
    )


def write_whole(outgoing: Outgoing, schema: pa.Schema, *, verify: bool) -> Tally:
    """Write to the place; what was there stays until the new is whole.

    Args:
        outgoing: what, and how.
        schema: the columns as the format holds them.
        verify: read it back before it gets its name.

    Raises:
        Invalid: what was read back is not what was written.
    """
    if outgoing.place.is_dir() and not any(outgoing.place.iterdir()):
        outgoing.place.rmdir()
    tally = Tally()
    tally.names = tuple(schema.names)
    with whole(outgoing.place) as part:
        try:
            batches = _added_up(outgoing.stream(), schema, tally)
            rows: Any = pa.RecordBatchReader.from_batches(schema, batches)
            put(outgoing.form, rows, part, outgoing.about())
            if verify:
                _require_equal(outgoing, part, schema, tally)
        except BaseException:
            discard(part)
            raise
    return tally


def reread(outgoing: Outgoing, path: Path, schema: pa.Schema) -> Tally:
    """Add up what lies at a path, read as the types it was written in; nothing if it cannot be."""
    try:
        stream = opened(outgoing.form, path, Wanted(schema=schema))
        return tallied(stream, schema if set(schema.names) == set(stream.schema.names) else None)
    except (Invalid, pa.ArrowException):
        return Tally()


def record_export(outgoing: Outgoing, *, is_mirror: bool = False) -> str:
    """Record an export, so that an erasure knows where copies lie; return its id."""
    context, snapshot = outgoing.context, outgoing.snapshot
    record = queries.ExportRecord(
        export_id=mint("export"),
        dataset=snapshot.dataset,
        number=snapshot.number,
        version_id=snapshot.version_id,
        format=outgoing.form.name,
        place=str(outgoing.place.absolute()),
        n_rows=snapshot.n_rows,
        is_mirror=is_mirror,
        exported_at=now(),
        exported_by=context.actor,
    )
    with Work(context) as work:
        known = queries.export_at(work.connection, context.tenant, record.place)
        if (
            known
            and is_mirror
            and (known.version_id, known.format)
            == (
                record.version_id,
                record.format,
            )
        ):
            record = msgspec.structs.replace(record, export_id=known.export_id)
            queries.renew_export(work.connection, context.tenant, record)
        else:
            queries.put_export(work.connection, context.tenant, record)
        payload: dict[str, object] = {
            name: getattr(record, name) for name in ("number", "version_id", "format", "export_id")
        }
        payload |= {"n_rows": record.n_rows, "mirror": is_mirror}
        work.record("dataset_exported", f"dataset:{snapshot.dataset}", payload)
    return record.export_id


def is_taken(path: Path) -> bool:
    """Say whether something lies at a path; an empty folder is nothing."""
    return path.exists() and not (path.is_dir() and not any(path.iterdir()))


def require_outside(context: Context, path: Path) -> None:
    """Refuse a place in which the project itself lies: nothing of it may be written over.

    Raises:
        Conflict: the path lies in the project's store, or is its settings.
    """
    place, home = path.resolve(), context.opened.home.resolve()
    objects = context.settings.text("store.objects")
    own = [home, context.root.resolve() / FILE]
    own += [] if "://" in objects else [(home / objects).resolve()]
    if any(place.is_relative_to(one) for one in own):
        raise Conflict(f"{path} lies in the project's own store", mend="choose another place")


def _added_up(stream: Stream, schema: pa.Schema, tally: Tally) -> Iterator[Any]:
    for batch in stream:
        rows = pa.Table.from_batches([batch]).cast(schema)
        tally.add(rows)
        yield from rows.to_batches()


def _require_equal(outgoing: Outgoing, part: Path, schema: pa.Schema, tally: Tally) -> None:
    found = reread(outgoing, part, schema)
    if found.content_root != tally.content_root:
        raise Invalid(
            f"{outgoing.form.name} gave back other values than were written: {found.n_rows} rows "
            f"of {tally.n_rows}, content root {found.content_root[:12]}, not "
            f"{tally.content_root[:12]}; nothing was kept",
            mend="export to parquet or arrow, which hold every value",
        )


def _require_ours(context: Context, path: Path) -> None:
    """Refuse to put an export in the place of a folder that no export of ours made."""
    if not path.is_dir() or not is_taken(path):
        return
    with context.catalog.read() as connection:
        known = queries.export_at(connection, context.tenant, str(path.absolute()))
    if known is None:
        raise Conflict(
            f"{path} is a folder that no export of this project made",
            mend="choose another place, or remove the folder yourself",
        )


def _same(outgoing: Outgoing, request: ExportRequest, schema: pa.Schema) -> ExportReport:
    """Answer for an export that lies there already.

    Raises:
        Conflict: something else lies there.
    """
    found = reread(outgoing, outgoing.place, schema)
    expected = Tally()
    expected.names = tuple(schema.names)
    for _ in _added_up(outgoing.stream(), schema, expected):
        pass
    if found.content_root != expected.content_root:
        raise Conflict(
            f"{outgoing.place} is there already and holds something else",
            mend="add --replace, or choose another place",
        )
    with outgoing.context.catalog.read() as connection:
        known = queries.export_at(
            connection, outgoing.context.tenant, str(outgoing.place.absolute())
        )
    report = _report(outgoing, request, expected, known.export_id if known else None)
    return msgspec.structs.replace(report, is_new=False)


def _report(
    outgoing: Outgoing, request: ExportRequest, tally: Tally, export_id: str | None
) -> ExportReport:
    snapshot = outgoing.snapshot
    return ExportReport(
        path=request.path,
        dataset=snapshot.dataset,
        number=snapshot.number,
        n_rows=tally.n_rows,
        n_bytes=size_of(outgoing.place),
        format=outgoing.form.name,
        version_id=snapshot.version_id,
        export_id=export_id,
        content_root=tally.content_root,
    )
