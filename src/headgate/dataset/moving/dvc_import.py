"""Brings what DVC keeps into a dataset: the newest data, or a snapshot for each git commit.

A file of a known format, or a folder of files of one such format, becomes a table; anything else
becomes a dataset of files.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import yaml

from headgate.core.errors import Invalid, NotFound
from headgate.dataset import queries
from headgate.dataset.files.commit import commit_folder
from headgate.dataset.files.reports import CommitFolderRequest
from headgate.dataset.formats.files import opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import FORMATS
from headgate.dataset.moving.dvc import Content, Output, contents, find_output, root_of
from headgate.dataset.moving.dvc_history import revisions
from headgate.dataset.moving.intake import take, told_types
from headgate.dataset.moving.reports import Imported, ImportReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headgate.core.nouns import Snapshot
    from headgate.dataset.formats.form import Format
    from headgate.dataset.moving.reports import ImportRequest
    from headgate.spine.context import Context


def import_dvc(context: Context, request: ImportRequest) -> ImportReport:
    """Bring an output of DVC into a dataset, every md5 checked.

    Raises:
        NotFound: DVC keeps nothing there, or its data are not on this machine.
        Invalid: the data are damaged, or do not fit the dataset.
        Unavailable: the history is asked for, and git is not installed.
    """
    output = find_output(Path(request.path))
    notes: list[str] = []
    if request.history:
        snapshots = tuple(_history(context, request, output, notes))
    else:
        snapshots = (Imported(snapshot=_taken(context, request, output, f"md5:{output.md5}")),)
    if not snapshots:
        raise NotFound(
            f"of no commit are the data on this machine, or all were imported: {'; '.join(notes)}",
            mend="run: dvc fetch --all-commits",
        )
    return ImportReport(
        dataset=request.name,
        path=request.path,
        format="dvc",
        snapshots=snapshots,
        digest=output.md5,
        metrics=dict(_metrics(root_of(output.file.parent))),
        notes=tuple(notes),
    )


def _history(
    context: Context, request: ImportRequest, output: Output, notes: list[str]
) -> Iterator[Imported]:
    with context.catalog.read() as connection:
        known = queries.imported_uris(connection, context.tenant, request.name)
    for revision in revisions(output):
        uri = f"git:{revision.commit}:{output.path.name}"
        if uri in known:
            notes.append(f"{revision.commit[:10]} was imported before")
            continue
        asked = msgspec.structs.replace(request, message=revision.message)
        try:
            snapshot = _taken(context, asked, revision.output, uri, arrived_at=revision.at)
        except NotFound as error:
            notes.append(f"{revision.commit[:10]} left out: {error.message}")
            continue
        yield Imported(
            snapshot=snapshot,
            commit=revision.commit,
            author=revision.author,
            committed_at=revision.at,
        )


def _taken(
    context: Context,
    request: ImportRequest,
    output: Output,
    uri: str,
    *,
    arrived_at: datetime | None = None,
) -> Snapshot:
    files = contents(output)
    form = _form_of(files)
    if form is None:
        return _as_files(context, request, files)
    wanted = Wanted(schema=told_types(context, request))
    tables = [opened(form, file.place, wanted).read_all() for file in files]
    rows = pa.concat_tables(tables, promote_options="permissive")
    return take(context, request, rows, uri=uri, arrived_at=arrived_at)


def _form_of(files: list[Content]) -> Format | None:
    """Find the format that all files have, if there is one that makes a table of them."""
    suffixes = {PurePosixPath(file.name).suffix.lower() for file in files}
    found = [form for form in FORMATS.values() if suffixes & set(form.suffixes)]
    return found[0] if len(suffixes) == len(found) == 1 else None


def _as_files(context: Context, request: ImportRequest, files: list[Content]) -> Snapshot:
    """Lay an output out as it stands in a workspace, and commit it as a folder."""
    mode: Any = "replace" if request.mode == "replace" else "upsert"
    scratch = context.opened.home / "cache"
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=scratch) as folder:
        for file in files:
            _lay(file, Path(folder))
        asked = CommitFolderRequest(
            name=request.name, path=folder, mode=mode, message=request.message
        )
        return commit_folder(context, asked)


def _lay(file: Content, folder: Path) -> None:
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts:
        raise Invalid(
            f"a file of the output is named {file.name!r}, outside of it",
            mend="do not trust this repository",
        )
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.hardlink_to(file.place)
    except OSError:
        shutil.copyfile(file.place, place)


def _metrics(root: Path) -> Iterator[tuple[str, Any]]:
    """Read the metrics and parameters that dvc.yaml names, and params.yaml."""
    names = dict.fromkeys([*_named_in(root / "dvc.yaml"), "params.yaml"])
    for name in names:
        file = root / name
        if file.is_file() and file.suffix in (".json", ".yaml", ".yml"):
            held: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
            yield name, held


def _named_in(file: Path) -> Iterator[str]:
    if not file.is_file():
        return
    known: Any = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    stages: dict[str, Any] = known.get("stages") or {}
    for part in (known, *stages.values()):
        for entry in part.get("metrics") or []:
            yield from entry if isinstance(entry, dict) else [entry]
    yield from (entry for entry in known.get("params") or [] if isinstance(entry, str))
