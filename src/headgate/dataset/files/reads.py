"""Reads files of snapshots: a file or a range of it, what a folder holds, whole folders."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.dataset.files.folders import tree_of_files
from headgate.dataset.files.reports import FileLine, FileList
from headgate.dataset.files.rows import (
    Files,
    assets,
    media_types,
    place_of,
    read_files_of,
)
from headgate.dataset.formats.known import SUFFIXES
from headgate.spine.context import Step
from headgate.spine.store.packs.index import Shelf, hex_of, load_shelf
from headgate.spine.store.packs.pack import read_file, read_files
from headgate.spine.store.packs.queries import dataset_kind, pack_rows
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.files.reports import FileRequest, FilesRequest
    from headgate.spine.context import Context

_ESCAPING = r"(?:^|/)\.{0,2}(?:/|$)|\x00"
"""A path with an empty name, `.` or `..` in it, with a slash at either end, or with a NUL."""
_TOLD_EVERY = 2_000


class FolderForm(NamedTuple):
    """The form of an export of files: what `--format` calls it."""

    name: str = "folder"


FOLDER = FolderForm()


class Exported(NamedTuple):
    """What an export wrote."""

    n_files: int
    n_bytes: int


def read_one(context: Context, request: FileRequest) -> bytes:
    """Read one file of a snapshot, or a range of it; a whole file is held against its digest.

    Raises:
        NotFound: the snapshot has no such file, or its bytes were erased.
        Invalid: the dataset holds no files, or the range begins before 0.
        Conflict: the bytes are not what was committed.
    """
    if request.start < 0 or (request.length or 0) < 0:
        raise Invalid(
            f"no range of bytes from {request.start} over {request.length}",
            mend="give start and length as counts from 0 on",
        )
    snapshot = find_snapshot(context, request.name, request.at)
    files = read_files_of(context, snapshot)
    place = place_of(files, request.path, snapshot)
    [digest] = hex_of(files.digests[place : place + 1])
    span = (request.start, request.length)
    return read_file(context.blobs, shelf_of(context), digest, span)


def list_files(context: Context, request: FilesRequest) -> FileList:
    """List what stands in a folder of a snapshot.

    Raises:
        Invalid: the dataset holds no files.
        NotFound: the snapshot has no such folder.
    """
    snapshot = find_snapshot(context, request.name, request.at)
    folder = request.folder.strip("/")
    files = _below(read_files_of(context, snapshot), folder)
    if folder and not len(files.paths):
        raise NotFound(
            f"{snapshot.dataset}@{snapshot.number} has no folder {folder!r}",
            mend=f"see: headgate dataset files {snapshot.dataset}",
        )
    below = files._replace(paths=pc.utf8_slice_codeunits(files.paths, len(folder) + bool(folder)))
    digests = tree_of_files(below).digests
    folders, own = _grouped(below)
    lines = [_folder_line(name, below.sizes[folders[name]], digests[name]) for name in folders]
    lines += _file_lines(below, own, folder + "/" if folder else "")
    return FileList(
        dataset=snapshot.dataset,
        number=snapshot.number,
        folder=folder,
        n_files=len(files.sizes),
        size_bytes=int(files.sizes.sum()),
        digest=digests[""].hex(),
        lines=tuple(lines[: request.limit]),
        n_more=max(0, len(lines) - request.limit),
    )


def export_folder(
    context: Context, snapshot: Snapshot, path: str | Path, *, is_replacing: bool = False
) -> Exported:
    """Write every file of a snapshot below a folder, whole or not at all.

    Args:
        context: the project.
        snapshot: one that holds files.
        path: the folder; made, or empty.
        is_replacing: put it in the place of a folder that is there.

    Raises:
        Invalid: the dataset holds no files, or a path in it leads out of the folder.
        Conflict: something lies there, or the bytes of a file are not what was committed.
        NotFound: the bytes of a file were erased.
        Unavailable: the folder cannot be written.
    """
    target = Path(path)
    is_taken = target.exists() and not _is_empty(target)
    if target.is_symlink() or (is_taken and not (is_replacing and target.is_dir())):
        raise Conflict(f"{target} is there already", mend="choose a folder that is not there yet")
    files = read_files_of(context, snapshot)
    _refuse_escaping(files, snapshot)
    part = target.absolute().with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
        _write_files(context, files, part)
        if is_taken:
            target.rename(part.with_suffix(".old"))
        part.rename(target)
    except OSError as error:
        raise Unavailable(
            f"{target} could not be written: {error.strerror}",
            mend="make room or choose another place",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(part.with_suffix(".old"), ignore_errors=True)
    return Exported(len(files.sizes), int(files.sizes.sum()))


def is_of_files(context: Context, snapshot: Snapshot, path: Path, name: str | None) -> bool:
    """Say whether an export writes files back: asked for by name, or a folder of files."""
    if name is not None or path.suffix in SUFFIXES:
        return name == FOLDER.name
    with context.catalog.read() as connection:
        return dataset_kind(connection, context.tenant, snapshot.dataset) == "files"


def shelf_of(context: Context) -> Shelf:
    """Open the indexes of all packs."""
    with context.catalog.read() as connection:
        rows = pack_rows(connection, context.tenant)
    return load_shelf(context.blobs, rows)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _refuse_escaping(files: Files, snapshot: Snapshot) -> None:
    escaping: Any = pc.match_substring_regex(files.paths, _ESCAPING)
    bad: list[Any] = files.paths.filter(escaping).to_pylist()
    if bad:
        raise Invalid(
            f"{snapshot.dataset}@{snapshot.number} holds {bad[0]!r}, which is no path in a folder",
            mend="commit the files by their folder; or read it with: headgate dataset file",
        )
    if len(pc.unique(files.paths)) < len(files.paths):
        raise Invalid(
            f"{snapshot.dataset}@{snapshot.number} holds a path twice",
            mend="make path the key of the dataset",
        )


def _write_files(context: Context, files: Files, part: Path) -> None:
    paths: list[str] = files.paths.to_pylist()
    for folder in sorted({path.rpartition("/")[0] for path in paths}):
        (part / folder).mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    root = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = read_files(context.blobs, shelf_of(context), files.digests)
        for n_done, (place, data) in enumerate(found):
            if n_done % _TOLD_EVERY == 0:
                context.progress(Step("writing files", n_done, len(paths), "files"))
            descriptor = os.open(paths[place], flags, 0o666, dir_fd=root)
            try:
                _write_all(descriptor, data)
            finally:
                os.close(descriptor)
    finally:
        os.close(root)


def _write_all(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _below(files: Files, folder: str) -> Files:
    if not folder:
        return files
    mask: Any = pc.starts_with(files.paths, folder + "/")
    kept = np.asarray(mask)
    return Files(files.paths.filter(mask), files.sizes[kept], files.digests[kept], files.rids[kept])


def _grouped(files: Files) -> tuple[dict[str, list[int]], list[int]]:
    """Tell files in folders, by the folder's name, from those that stand here; by place."""
    folders: dict[str, list[int]] = {}
    own: list[int] = []
    for place, path in enumerate(files.paths.to_pylist()):
        name, slash, _ = path.partition("/")
        if slash:
            folders.setdefault(name, []).append(place)
        else:
            own.append(place)
    return dict(sorted(folders.items())), own


def _folder_line(name: str, sizes: Any, digest: bytes) -> FileLine:
    return FileLine(
        name=name + "/",
        n_files=len(sizes),
        size_bytes=int(sizes.sum()),
        digest=digest.hex(),
        media_type=None,
        asset=None,
        row_id=None,
    )


def _file_lines(files: Files, places: list[int], prefix: str) -> list[FileLine]:
    paths = files.paths.take(pa.array(places, pa.int64()))
    names: list[Any] = paths.to_pylist()
    kinds: list[Any] = media_types(paths).to_pylist()
    ids: list[Any] = assets(paths).to_pylist()
    digests = hex_of(files.digests[places])
    lines = [
        FileLine(
            name=name,
            n_files=1,
            size_bytes=int(files.sizes[place]),
            digest=digest,
            media_type=kind,
            asset=prefix + asset,
            row_id=int(files.rids[place]),
        )
        for name, place, digest, kind, asset in zip(names, places, digests, kinds, ids, strict=True)
    ]
    return sorted(lines, key=lambda line: line.name)
