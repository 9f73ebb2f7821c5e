"""How a terminal shows snapshots and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count
from headgate.surfaces.cli.show import (
    branching,
    differing,
    duplicating,
    erasing,
    files,
    moving,
    profiling,
    upkeep,
)
from headgate.surfaces.cli.struct import table_of

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.part_reports import PartList
    from headgate.dataset.reports import DatasetList, SnapshotDetail
    from headgate.surfaces.cli.paint import Paint

branch_lines = branching.branch_lines
branches_lines = branching.branches_lines
tag_lines = branching.tag_lines
merge_lines = branching.merge_lines
commit_together_lines = branching.commit_together_lines

log_lines = differing.log_lines
diff_lines = differing.diff_lines
restore_lines = differing.restore_lines

duplicates_lines = duplicating.duplicates_lines

erase_lines = erasing.erase_lines
erasures_lines = erasing.erasures_lines

files_lines = files.files_lines
folders_lines = files.folders_lines
verify_folder_lines = files.verify_folder_lines

export_lines = moving.export_lines
import_lines = moving.import_lines
profile_lines = profiling.profile_lines
verify_lines = moving.verify_lines
mirror_lines = moving.mirror_lines

compact_lines = upkeep.compact_lines
gc_lines = upkeep.gc_lines
hold_lines = upkeep.hold_lines
fsck_lines = upkeep.fsck_lines


def commit_lines(snapshot: Snapshot, paint: Paint) -> list[str]:
    """Show what a commit made."""
    name = paint.heading(f"{snapshot.dataset}@{snapshot.number}")
    noun = "file" if files.is_files(snapshot.columns) else "row"
    where = "" if snapshot.branch == "main" else f" on branch {snapshot.branch}"
    rows = count(snapshot.n_rows, noun) + where
    if not snapshot.is_new:
        lines = [f"{name}: nothing changed, {rows}"]
    else:
        lines = [f"{name}: {rows} ({_changes(snapshot)})"]
    lines += paint.pairs(
        [
            ("version", snapshot.version_id),
            ("content root", snapshot.content_root),
            ("columns", ", ".join(f"{each.name} {each.type}" for each in snapshot.columns)),
        ]
    )
    if snapshot.n_quarantined:
        waiting = count(snapshot.n_quarantined, noun)
        lines.append(paint.style("yellow", f"{waiting} in quarantine: headgate quarantine list"))
    return lines


commit_folder_lines = commit_lines


def parts_lines(found: PartList, paint: Paint) -> list[str]:
    """Show the parts of a snapshot that is read part by part, and how to read one."""
    name = f"{found.snapshot.dataset}@{found.snapshot.number}"
    title = f"{paint.heading(name)}: {count(found.n_rows, 'row')} in "
    lines = [title + count(len(found.parts), "part"), ""]
    lines += paint.grid(
        ("part", "rows", "bytes"), [(one.part, one.n_rows, one.n_bytes) for one in found.parts]
    )
    read = f"headgate dataset part {found.snapshot.dataset} --at {found.snapshot.number} --part N"
    entries = [("columns", ", ".join(one.name for one in found.columns)), ("read one", read)]
    entries += [("lease", found.lease)] if found.lease else []
    return [*lines, "", *paint.pairs(entries)]


def list_lines(found: DatasetList, paint: Paint) -> list[str]:
    """Show the datasets there are."""
    if not found.datasets:
        return ["no dataset yet; make one: headgate dataset commit NAME FILE"]
    names = ("dataset", "snapshots", "rows", "columns", "newest at", "by")
    rows = [
        (
            line.name,
            line.n_snapshots,
            line.newest.n_rows,
            len(line.newest.columns),
            line.newest.created_at,
            line.newest.created_by,
        )
        for line in found.datasets
    ]
    return paint.grid(names, rows)


def show_lines(found: SnapshotDetail, paint: Paint) -> list[str]:
    """Show one snapshot, its columns and how it lies on disk."""
    snapshot = found.snapshot
    facts = [
        ("rows", count(snapshot.n_rows)),
        ("changes", _changes(snapshot)),
        ("made", f"{cell(snapshot.created_at)} by {snapshot.created_by}"),
        ("made by", _origin(snapshot)),
        ("message", snapshot.message or "-"),
        ("run", snapshot.run_id or "-"),
        ("key", cell(found.key)),
        ("tags", cell(found.tags)),
        ("version", snapshot.version_id),
        ("content root", snapshot.content_root),
        ("on disk", f"{count(found.n_segments, 'segment')}, {count(found.n_bytes, 'byte')}"),
        ("deleted rows", count(found.n_deleted)),
    ]
    title = paint.heading(f"{snapshot.dataset}@{snapshot.number}")
    return [title, *paint.pairs(facts), "", *table_of(snapshot.columns, paint)]


def _origin(snapshot: Snapshot) -> str:
    """Say what made a snapshot, and on which branch."""
    follows = "" if snapshot.parent is None else f" after @{snapshot.parent}"
    merged = "" if snapshot.merged_from is None else f" of @{snapshot.merged_from}"
    return f"{snapshot.kind}{merged} on {snapshot.branch}{follows}"


def _changes(snapshot: Snapshot) -> str:
    parts = [
        f"{count(number)} {kind}"
        for kind, number in (
            ("added", snapshot.n_added),
            ("changed", snapshot.n_changed),
            ("removed", snapshot.n_removed),
        )
        if number
    ]
    return ", ".join(parts) or "no row changed"
