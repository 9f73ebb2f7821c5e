"""Registers Parquet files where they lie, and reads them from there.

Each version of the dataset is a list of files, so that it is known of every version which content
it named, and reading it checks that the content is still that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.refs import check_name
from headgate.dataset.adopted.in_place import Piece, pieces_of, put_version, standing
from headgate.spine.context import Step
from headgate.spine.lineage.foreign.told import Named
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.dataset.adopted.reports import AdoptParquet, ReadAdopted, TableAdopted
    from headgate.spine.context import Context


def adopt_parquet(context: Context, request: AdoptParquet) -> TableAdopted:
    """Register the files of a folder as the next version of a table, if any is not as it was.

    Raises:
        NotFound: there is no such folder.
        Invalid: it holds no Parquet file, or a broken one.
        Conflict: there is a dataset of that name that is no adopted table.
    """
    name, folder = check_name("dataset", request.as_), Path(request.folder).resolve()
    standing(context, name)
    files = _looked_at(context, _listed(folder))
    places = sorted({str(folder), *(one.path for one in files)})
    return put_version(context, name, files, [Named("file", place) for place in places])


def read_adopted(context: Context, request: ReadAdopted) -> pa.Table:
    """Read a version of an adopted table, each file's digest checked first.

    Raises:
        NotFound: there is no such table or version, or a file of it is gone.
        Invalid: the dataset is no adopted table or lies in a database, or its files have columns of
            one name that hold different things.
        Conflict: a file is no longer what the version names.
    """
    from headgate.dataset.formats.files import opened
    from headgate.dataset.formats.form import Wanted
    from headgate.dataset.formats.known import format_by_suffix

    snapshot = find_snapshot(context, request.name, request.at)
    files = pieces_of(context, snapshot)
    if files is None:
        raise Invalid(
            f"{request.name} is no adopted table", mend="read it with: headgate dataset read"
        )
    tables: list[pa.Table] = []
    for one in files.to_pylist():
        if "://" in one["path"]:
            raise Invalid(f"{request.name} lies in a database", mend=f"read {one['path']} there")
        path = Path(one["path"])
        _check(path, one["digest"], f"{snapshot.dataset}@{snapshot.number}")
        tables.append(opened(format_by_suffix(path), path, Wanted()).read_all())
    return _joined(tables, f"{snapshot.dataset}@{snapshot.number}")


def _joined(tables: Sequence[pa.Table], version: str) -> pa.Table:
    """Put the rows of files together; a column that is wider in one is so in all."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise Invalid(
            f"the files of {version} do not fit together: {error}",
            mend="adopt files whose columns have the same types as one table each",
        ) from error


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


def _looked_at(context: Context, paths: Sequence[Path]) -> list[Piece]:
    files: list[Piece] = []
    for done, path in enumerate(paths):
        context.progress(Step("looking at files", done, len(paths), "files"))
        files.append(_look(path))
    return files


def _look(path: Path) -> Piece:
    """Take a file's digest and count its rows.

    Raises:
        Invalid: it is no whole Parquet file.
    """
    from headgate.dataset.formats.parquet import count_rows

    facts, n_rows = path.stat(), count_rows(path)
    digest = blake3().update_mmap(path).hexdigest()
    changed_at = datetime.fromtimestamp(facts.st_mtime, UTC)
    return Piece(str(path), digest, n_rows, facts.st_size, changed_at)


def _check(path: Path, digest: str, version: str) -> None:
    if not path.is_file():
        raise NotFound(f"{path} of {version} is gone", mend="put it back, or adopt the folder anew")
    if blake3().update_mmap(path).hexdigest() != digest:
        raise Conflict(
            f"{path} is no longer what {version} names",
            mend="restore the file, or adopt the folder anew and read the newest version",
        )
