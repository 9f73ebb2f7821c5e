"""How a terminal shows snapshots and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import cell, count
from headgate.surfaces.cli.struct import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import (
        DatasetList,
        DiffReport,
        ExportReport,
        RestoreReport,
        RowChange,
        SnapshotDetail,
        SnapshotLog,
    )
    from headgate.surfaces.cli.paint import Paint

LOG = ("number", "n_rows", "n_added", "n_changed", "n_removed", "created_at", "created_by")


def commit_lines(snapshot: Snapshot, paint: Paint) -> list[str]:
    """Show what a commit made."""
    name = paint.heading(f"{snapshot.dataset}@{snapshot.number}")
    rows = count(snapshot.n_rows, "row")
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
        waiting = count(snapshot.n_quarantined, "row")
        lines.append(paint.style("yellow", f"{waiting} in quarantine: headgate quarantine list"))
    return lines


tag_lines = commit_lines


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


def log_lines(found: SnapshotLog, paint: Paint) -> list[str]:
    """Show a dataset's snapshots, the newest first."""
    tags: dict[int, list[str]] = {}
    for tag, number in found.tags.items():
        tags.setdefault(number, []).append(tag)
    names = ("snapshot", "rows", "added", "changed", "removed", "at", "by", "version", "message")
    rows = [
        (
            " ".join([f"{found.dataset}@{each.number}", *sorted(tags.get(each.number, []))]),
            *(getattr(each, name) for name in LOG[1:]),
            each.version_id,
            each.message or None,
        )
        for each in found.snapshots
    ]
    return paint.grid(names, rows)


def show_lines(found: SnapshotDetail, paint: Paint) -> list[str]:
    """Show one snapshot, its columns and how it lies on disk."""
    snapshot = found.snapshot
    facts = [
        ("rows", count(snapshot.n_rows)),
        ("changes", _changes(snapshot)),
        ("made", f"{cell(snapshot.created_at)} by {snapshot.created_by}"),
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


def diff_lines(report: DiffReport, paint: Paint) -> list[str]:
    """Show how two snapshots differ, with some rows of each kind."""
    older, newer = (f"{report.dataset}@{n}" for n in (report.from_number, report.to_number))
    columns = [
        f"{kind} {cell(names)}"
        for kind, names in (
            ("added", report.added_columns),
            ("removed", report.removed_columns),
            ("retyped", report.retyped_columns),
        )
        if names
    ]
    facts = [
        ("added", count(report.n_added, "row")),
        ("removed", count(report.n_removed, "row")),
        ("changed", " ".join([count(report.n_changed, "row"), _by_column(report)]).rstrip()),
        ("same", count(report.n_same, "row")),
        *([("columns", "; ".join(columns))] if columns else []),
    ]
    lines = [paint.heading(f"{older} to {newer}"), *paint.pairs(facts)]
    for change in report.examples:
        lines += _change_lines(change, paint)
    return lines


def restore_lines(report: RestoreReport, paint: Paint) -> list[str]:
    """Show what a restore made, and who stands on what it left behind."""
    left = count(report.n_left_behind, "snapshot")
    lines = commit_lines(report.snapshot, paint)
    lines.append(f"restored from @{report.restored_from}; {left} left behind, still readable")
    if report.dependents:
        lines.append(paint.style("yellow", f"made from those: {cell(report.dependents)}"))
    return lines


def export_lines(report: ExportReport, paint: Paint) -> list[str]:
    """Show what was written where."""
    what = f"{report.dataset}@{report.number}: {count(report.n_rows, 'row')}"
    return [f"{what}, {count(report.n_bytes, 'byte')} in {paint.heading(report.path)}"]


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


def _by_column(report: DiffReport) -> str:
    parts = [f"{name} in {count(number)}" for name, number in report.changed_columns.items()]
    return f"({', '.join(parts)})" if parts else ""


def _change_lines(change: RowChange, paint: Paint) -> Iterator[str]:
    yield ""
    yield paint.style("cyan", f"{change.kind} row:{change.row_id}")
    before: dict[str, Any] = change.before or {}
    after: dict[str, Any] = change.after or {}
    if change.kind != "changed":
        yield from paint.pairs((before or after).items(), "  ")
        return
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    told = (
        (name, f"{_quoted(before.get(name))} -> {_quoted(after.get(name))}") for name in changed
    )
    yield from paint.pairs(told, "  ")


def _quoted(value: Any) -> str:
    return f"'{cell(value)}'" if isinstance(value, str) else cell(value)
