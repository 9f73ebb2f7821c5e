"""Takes over what Evidently watched: reads it, drafts a monitor, and runs both side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Denied, Invalid, NotFound
from headgate.core.left_out import Notes
from headgate.monitor import files
from headgate.monitor.adopting import drafts
from headgate.monitor.adopting.comparing import compare
from headgate.monitor.adopting.peer import Asked, Said, Wanted, ask
from headgate.monitor.adopting.reports import AdoptEvidently, Compared, EvidentlyAdopted
from headgate.monitor.adopting.windows import Column, Sides, kinds, sides
from headgate.monitor.exchange.evidently_code import read_code
from headgate.monitor.exchange.evidently_in import newest_of, read_evidently
from headgate.monitor.exchange.methods import Kind
from headgate.monitor.exchange.reading import Imported, Settings
from headgate.monitor.nouns import Measured
from headgate.monitor.thresholds import N_LEAST, smallest_share
from headgate.spine.context import Step
from headgate.spine.store.exchange import write_file
from headgate.spine.store.file_columns import ParquetColumns, open_columns

if TYPE_CHECKING:
    from headgate.spine.context import Context

MUCH_MISSING = 0.01
"""Growth of the share of missing values below which nothing is said, however sure it is [ratio]."""


def adopt(context: Context, request: AdoptEvidently) -> EvidentlyAdopted:
    """Take over what a file of Evidently watches, and compare both where rows are given.

    Raises:
        NotFound: there is no such file or interpreter.
        Invalid: a file is broken, or one window is given without the other; or what it shall
            watch is nothing that can be watched.
        Denied: it is asked through a server for more than a file of the project.
        Conflict: there is a monitor of that name.
        Unavailable: Evidently cannot be installed or run.
    """
    if "\0" in request.path:
        raise Invalid("a path has no zero byte", mend="name a report, a workspace or a Python file")
    if context.is_remote:
        _confine(context.root, request)
    if (request.reference is None) != (request.current is None):
        raise Invalid("one window alone is given", mend="give both --reference and --current")
    path = context.root / request.path if context.is_remote else Path(request.path)
    name = request.name or path.absolute().stem
    place = drafts.place_of(context.root, name, replace=request.replace)
    imported = read(path)
    notes = Notes()
    text = drafts.draft(imported, name, request.watch or f"dataset:{name}", notes)
    files.load(text.encode(), f"{drafts.FOLDER}/{name}.yaml", context.registry)
    version, compared, seen = "", (), ()
    if request.reference is not None and request.current is not None:
        rows = (Path(request.reference), Path(request.current))
        version, compared, seen = _beside(context, imported.settings, rows, notes, request.python)
    drafts.write(place, text)
    n_unexplained = sum(not one.is_explained for one in compared)
    n_same = sum(one.is_same for one in compared)
    return EvidentlyAdopted(
        monitor=name,
        path=str(place.relative_to(context.root)),
        form=imported.form,
        version=version,
        compared=tuple(sorted(compared, key=lambda one: (one.is_explained, one.is_same))),
        seen_here=seen,
        left_out=(*imported.left_out, *notes.all),
        n_same=n_same,
        n_explained=len(compared) - n_same - n_unexplained,
        n_unexplained=n_unexplained,
        has_findings=n_unexplained > 0,
    )


def _confine(root: Path, request: AdoptEvidently) -> None:
    """Let whoever asks through a server have the project's files translated, and start nothing."""
    if request.reference or request.current or request.python:
        raise Denied("Evidently would be run on this machine", mend="run it where the project is")
    place = (root / request.path).resolve()
    home = root.resolve()
    if not place.is_relative_to(home) or ".headgate" in place.relative_to(home).parts:
        raise Denied(
            f"{request.path} lies outside of the project",
            mend="name a file in the project's folder",
        )


def read(path: Path) -> Imported:
    """Read a saved report, the newest snapshot of a workspace, or a Python file that builds one.

    Raises:
        NotFound: there is no such file.
        Invalid: it is broken, or nothing of Evidently.
    """
    if path.is_dir():
        path = newest_of(path)
    if not path.is_file():
        raise NotFound(f"no file {path}", mend="name a report, a workspace or a Python file")
    content = path.read_bytes()
    return (read_code if path.suffix == ".py" else read_evidently)(content, path.name)


def _beside(
    context: Context,
    settings: Settings,
    rows: tuple[Path, Path],
    notes: Notes,
    python: str | None,
) -> tuple[str, tuple[Compared, ...], tuple[Measured, ...]]:
    """Let both look at the same rows."""
    before, after = (open_columns(path) for path in rows)
    found = kinds(before, after, settings, notes)
    if not found:
        raise Invalid("no column can be compared", mend="give files that have the columns watched")
    wishes = tuple(_wishes(found, settings))
    by_kind = {
        kind: tuple(name for name, one in found.items() if one == kind)
        for kind in ("number", "category", "text")
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            _as_parquet(path, columns, Path(folder) / f"{which}.parquet")
            for which, path, columns in zip(_WINDOWS, rows, (before, after), strict=True)
        ]
        said = ask(context, Asked(*map(str, paths), kinds=by_kind, wishes=wishes), python)
    compared, seen = _compared(context, (before, after), found, (wishes, said))
    return said.version, compared, seen


_WINDOWS = ("reference", "current")


def _as_parquet(path: Path, columns: Mapping[str, Any], to: Path) -> Path:
    """Hand over what we read of a CSV, so that both tools take the same cells for missing."""
    if isinstance(columns, ParquetColumns):
        return path.resolve()
    import pyarrow as pa

    write_file(pa.table(dict(columns)), to, "parquet")
    return to


def _wishes(found: dict[str, Kind], settings: Settings) -> Iterator[Wanted]:
    said = {one.column for one in settings.wishes}
    for one in settings.wishes:
        if one.column in found:
            yield Wanted(one.column, one.method, one.threshold)
    for name, kind in found.items():
        if name not in said:
            yield Wanted(name, settings.method.get(kind), settings.threshold.get(kind))


def _compared(
    context: Context,
    windows: tuple[Mapping[str, Any], Mapping[str, Any]],
    found: dict[str, Kind],
    answers: tuple[tuple[Wanted, ...], Said],
) -> tuple[tuple[Compared, ...], tuple[Measured, ...]]:
    wishes, said = answers
    compared: list[Compared] = []
    seen: dict[str, Measured] = {}
    for done, (wish, score) in enumerate(zip(wishes, said.scores, strict=True)):
        context.progress(Step("comparing", done, len(wishes), "columns"))
        name = wish.column
        column = Column(name, found[name], *(one[name] for one in windows))
        held = sides(column)
        compared.append(compare(column, held, wish, score))
        lost = _missing(name, held)
        if lost is not None:
            seen[name] = lost
    return tuple(compared), tuple(seen.values())


def _missing(name: str, held: Sides) -> Measured | None:
    """Say that values went missing, which a distance of those that are there never shows."""
    n, m = held.n + held.n_missing[0], held.m + held.n_missing[1]
    if min(n, m) < N_LEAST:
        return None
    before, now = held.n_missing[0] / n, held.n_missing[1] / m
    limit = before + max(MUCH_MISSING, smallest_share(n, m, before=before))
    if now <= limit:
        return None
    return Measured(
        check="missing",
        subject=name,
        metric="share",
        value=now,
        threshold=limit,
        before=before,
        n=m,
        is_exceeded=True,
    )
