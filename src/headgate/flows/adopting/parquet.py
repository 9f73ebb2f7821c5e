"""Registers Parquet files where they lie: a row for each file, with its digest.

The files are never copied. Each version of the dataset is a list of files, so that it is known of
every version which content it named, and reading it checks that the content is still that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.refs import check_name
from headgate.flows.adopting.reports import TableAdopted
from headgate.spine.context import Step
from headgate.spine.lineage.foreign import links
from headgate.spine.lineage.foreign.told import Named, node_of
from headgate.spine.store.queries import dataset_names
from headgate.spine.store.reading import read_rows
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.core.nouns import Snapshot
    from headgate.flows.adopting.reports import AdoptParquet, ReadAdopted
    from headgate.spine.context import Context

SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("digest", pa.string()),
        ("n_rows", pa.int64()),
        ("n_bytes", pa.int64()),
    ]
)


class _File(NamedTuple):
    path: str
    digest: str
    n_rows: int
    n_bytes: int
    changed_at: datetime


def adopt_parquet(context: Context, request: AdoptParquet) -> TableAdopted:
    """Register the files of a folder as the next version of a table, if any is not as it was.

    Raises:
        NotFound: there is no such folder.
        Invalid: it holds no Parquet file, or a broken one.
        Conflict: there is a dataset of that name that is no adopted table.
    """
    name, folder = check_name("dataset", request.as_), Path(request.folder).resolve()
    before = _standing(context, name)
    files = _looked_at(context, _listed(folder))
    known = {} if before is None else {one["path"]: one["digest"] for one in before.to_pylist()}
    write = Write(name, key=("path",), message="adopted")
    with Work(context) as work:
        snapshot = work.write(write, _parts(name, files, known))
        places = {str(folder), *(one.path for one in files)}
        _link(context, work, name, places)
    return TableAdopted(
        dataset=name,
        snapshot=f"{name}@{snapshot.number}",
        n_files=len(files),
        n_rows=sum(one.n_rows for one in files),
        n_bytes=sum(one.n_bytes for one in files),
        is_new=known != {one.path: one.digest for one in files},
    )


def read_adopted(context: Context, request: ReadAdopted) -> pa.Table:
    """Read a version of an adopted table, each file's digest checked first.

    Raises:
        NotFound: there is no such table or version, or a file of it is gone.
        Invalid: the dataset is no adopted table.
        Conflict: a file is no longer what the version names.
    """
    from headgate.dataset.formats.files import opened
    from headgate.dataset.formats.form import Wanted
    from headgate.dataset.formats.known import format_by_suffix

    snapshot = find_snapshot(context, request.name, request.at)
    files = _rows(context, snapshot)
    if files.schema.names != SCHEMA.names:
        raise Invalid(
            f"{request.name} is no adopted table", mend="read it with: headgate dataset read"
        )
    tables: list[pa.Table] = []
    for one in files.sort_by("path").to_pylist():
        path = Path(one["path"])
        _check(path, one["digest"], f"{snapshot.dataset}@{snapshot.number}")
        tables.append(opened(format_by_suffix(path), path, Wanted()).read_all())
    return pa.concat_tables(tables, promote_options="default")


def _standing(context: Context, name: str) -> pa.Table | None:
    with context.catalog.read() as connection:
        if name not in dataset_names(connection, context.tenant):
            return None
    rows = _rows(context, find_snapshot(context, name))
    if rows.schema.names != SCHEMA.names:
        raise Conflict(
            f"there is a dataset {name!r} already, and it is no adopted table",
            mend="choose another name: --as NAME",
        )
    return rows


def _rows(context: Context, snapshot: Snapshot) -> pa.Table:
    return read_rows(context.blobs, manifest_of(context, snapshot))


def _listed(place: Path) -> list[Path]:
    from headgate.dataset.formats.parquet import parquet_files

    if place.is_file():
        return [place]
    if not place.is_dir():
        raise NotFound(f"no folder {place}", mend="give a folder of Parquet files that is there")
    found = parquet_files(place)
    if not found:
        raise Invalid(f"{place} holds no Parquet file", mend="name the folder that holds them")
    return found


def _looked_at(context: Context, paths: Sequence[Path]) -> list[_File]:
    files: list[_File] = []
    for done, path in enumerate(paths):
        context.progress(Step("looking at files", done, len(paths), "files"))
        files.append(_look(path))
    return files


def _look(path: Path) -> _File:
    """Take a file's digest and count its rows.

    Raises:
        Invalid: it is no whole Parquet file.
    """
    from headgate.dataset.formats.parquet import count_rows

    facts, n_rows = path.stat(), count_rows(path)
    digest = blake3().update_mmap(path).hexdigest()
    changed_at = datetime.fromtimestamp(facts.st_mtime, UTC)
    return _File(str(path), digest, n_rows, facts.st_size, changed_at)


def _parts(name: str, files: Sequence[_File], known: dict[str, str]) -> list[Part]:
    """Make a batch of each file that is new or changed, and one of all others."""
    fresh = [one for one in files if known.get(one.path) != one.digest]
    same = [one for one in files if known.get(one.path) == one.digest]
    parts = [_part(name, [one]) for one in fresh]
    return [_part(name, same), *parts] if same else parts


def _part(name: str, files: Sequence[_File]) -> Part:
    rows: list[dict[str, Any]] = [
        {field: getattr(one, field) for field in SCHEMA.names} for one in files
    ]
    origin = Origin(
        kind="ingest",
        arrived_at=min(one.changed_at for one in files),
        source=name,
        uri=files[0].path,
    )
    return Part(pa.Table.from_pylist(rows, SCHEMA), origin)


def _link(context: Context, work: Work, name: str, places: set[str]) -> None:
    """Say that these places are ours, whoever may tell of them."""
    fresh = [
        place
        for place in sorted(places)
        if links.put_link(
            work.connection,
            context.tenant,
            node_of("dataset", Named("file", place)),
            name,
            context.actor,
        )
    ]
    if fresh:
        work.record("table_adopted", f"dataset:{name}", {"n_places": len(fresh)})


def _check(path: Path, digest: str, version: str) -> None:
    if not path.is_file():
        raise NotFound(f"{path} of {version} is gone", mend="put it back, or adopt the folder anew")
    if blake3().update_mmap(path).hexdigest() != digest:
        raise Conflict(
            f"{path} is no longer what {version} names",
            mend="restore the file, or adopt the folder anew and read the newest version",
        )
