"""How a terminal shows datasets of files: what lies in a folder, and how folders differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.dataset.files.reports import FileList, FolderCheck, FoldersReport
    from headgate.surfaces.cli.paint import Paint

COLUMNS = ("path", "size_bytes", "digest", "media_type", "asset")
TOP = "."


def files_lines(found: FileList, paint: Paint) -> list[str]:
    """Show what stands in a folder, folders first."""
    place = f"{found.dataset}@{found.number}"
    title = paint.heading(f"{place}:{found.folder}" if found.folder else place)
    lines = [f"{title}: {count(found.n_files, 'file')}, {count(found.size_bytes, 'byte')}"]
    if not found.lines:
        return lines
    lines += [*paint.pairs([("digest", found.digest)]), ""]
    names = ("name", "files", "bytes", "digest", "media type", "row")
    rows = [
        (
            line.name,
            line.n_files,
            line.size_bytes,
            line.digest,
            line.media_type,
            None if line.row_id is None else f"row:{line.row_id}",
        )
        for line in found.lines
    ]
    lines += paint.grid(names, rows)
    below = next((line.name for line in found.lines if line.row_id is None), None)
    if below:
        inner = f"{found.folder}/{below}".strip("/")
        lines.append(f"look into one: headgate dataset files {found.dataset} --folder {inner}")
    return [*lines, *_more(found.n_more, "name", paint)]


def folders_lines(report: FoldersReport, paint: Paint) -> list[str]:
    """Show which folders differ between two snapshots, and by how many files."""
    name = report.dataset
    lines = [paint.heading(f"{name}@{report.from_number} to {name}@{report.to_number}")]
    lines += paint.pairs(
        [
            ("added", count(report.n_added, "file")),
            ("removed", count(report.n_removed, "file")),
            ("changed", count(report.n_changed, "file")),
            ("same folders", count(report.n_same_folders)),
        ]
    )
    if report.folders:
        names = ("folder", "added", "removed", "changed")
        rows = [
            (one.folder or TOP, one.n_added, one.n_removed, one.n_changed) for one in report.folders
        ]
        lines += ["", *paint.grid(names, rows), *_more(report.n_more, "folder", paint)]
        lines.append(f"file by file: headgate dataset diff {name}")
    return lines


def verify_folder_lines(check: FolderCheck, paint: Paint) -> list[str]:
    """Show whether a folder is what a snapshot holds; if not, which files differ."""
    name = f"{check.dataset}@{check.number}"
    differing = check.n_missing + check.n_added + check.n_changed
    if differing:
        what = f"{check.path} is not {name}: {count(differing, 'file')} differ"
    else:
        same = count(check.n_same, "file")
        what = f"{check.path} holds what {name} holds: {same}, byte by byte"
    verdict = "red" if differing else "" if check.unread else "green"
    lines = [*paint.told(what, verdict), *_digests(check, paint)]
    lines += _named("missing", check.n_missing, check.missing, paint)
    lines += _named("added", check.n_added, check.added, paint)
    lines += _named("changed", check.n_changed, check.changed, paint)
    lines += _named("not read", len(check.unread), check.unread, paint)
    if differing:
        take = f"headgate dataset commit_folder {check.dataset} {check.path}"
        back = f"headgate dataset export {name} FOLDER"
        lines += ["", *paint.pairs([("commit the folder", take), ("get the files back", back)])]
    return lines


def is_files(columns: Sequence[Any]) -> bool:
    """Say whether columns are those of a dataset of files."""
    return tuple(column.name for column in columns) == COLUMNS


def _digests(check: FolderCheck, paint: Paint) -> list[str]:
    if check.digest == check.expected:
        return paint.pairs([("digest", check.digest)])
    return paint.pairs([("digest", check.digest), ("of the snapshot", check.expected)])


def _named(kind: str, number: int, names: Sequence[str], paint: Paint) -> list[str]:
    if not number:
        return []
    lines = ["", paint.heading(f"{kind}: {count(number, 'file')}"), *(f"  {one}" for one in names)]
    return [*lines, *_more(number - len(names), "file", paint)]


def _more(number: int, noun: str, paint: Paint) -> list[str]:
    if number <= 0:
        return []
    return [paint.style("dim", f"and {count(number, noun)} more; list them with --limit N")]
