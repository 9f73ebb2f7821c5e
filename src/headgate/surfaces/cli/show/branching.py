"""How a terminal shows branches, tags, merges and commits that landed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import broken, cell, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.dataset.branching.reports import (
        BranchList,
        BranchReport,
        MergeReport,
        RowConflict,
        TagReport,
        TogetherReport,
    )
    from headgate.surfaces.cli.paint import Paint

DEEDS = {
    "made": "made at",
    "deleted": "deleted; it stood at",
    "protected": "protected at",
    "released": "no longer protected, at",
    "tagged": "tagged at",
    "moved": "moved to",
    "unchanged": "stands already at",
}


def branch_lines(report: BranchReport, paint: Paint) -> list[str]:
    """Show what became of a branch."""
    name = f"{report.dataset}@{report.branch}"
    at = f"{report.dataset}@{report.number}"
    lines = broken(f"{name}: {DEEDS[report.deed]} {at}", paint.width)
    told: list[tuple[str, str]] = []
    if report.deed == "made":
        commit = f"headgate dataset commit {report.dataset} FILE --branch {report.branch}"
        told.append(("commit to it", commit))
    return [*lines, *paint.pairs([*told, *_undo(report.undo)])]


def branches_lines(found: BranchList, paint: Paint) -> list[str]:
    """Show a dataset's branches and tags."""
    names = ("branch", "snapshot", "rows", "ahead", "behind", "protected", "changed at")
    rows = [
        (
            each.name,
            f"{found.dataset}@{each.number}",
            each.n_rows,
            each.n_ahead,
            each.n_behind,
            each.is_protected,
            each.changed_at,
        )
        for each in found.branches
    ]
    lines = paint.grid(names, rows)
    if found.tags:
        tags = [
            (each.name, f"{found.dataset}@{each.number}", each.n_rows, each.is_protected)
            for each in found.tags
        ]
        lines += ["", *paint.grid(("tag", "snapshot", "rows", "protected"), tags)]
    return lines


def tag_lines(report: TagReport, paint: Paint) -> list[str]:
    """Show what became of a tag."""
    snapshot = report.snapshot
    name = f"{snapshot.dataset}@{report.tag}"
    came = "" if report.moved_from is None else f", it stood at @{report.moved_from}"
    at = f"{snapshot.dataset}@{snapshot.number}"
    told = f"{name}: {DEEDS[report.deed]} {at}{came}, {count(snapshot.n_rows, 'row')}"
    return [*broken(told, paint.width), *paint.pairs(_undo(report.undo))]


def merge_lines(report: MergeReport, paint: Paint) -> list[str]:
    """Show what a merge did, or what stands against it."""
    name, into = report.dataset, report.into
    brought = f"{report.from_} ({name}@{report.from_number})"
    changes = _changes(report)
    if report.state == "conflict":
        return [*_conflict_lines(report, brought, paint)]
    if report.state == "nothing to merge":
        stands = f"{into} ({name}@{report.into_number})"
        return broken(f"nothing to merge: {stands} stands on {brought} already", paint.width)
    if report.state == "planned":
        told = f"{brought} can be merged into {into}: {changes}"
        command = f"headgate dataset merge {name} {report.from_} --into {into}"
        return [*broken(told, paint.width), *paint.pairs([("do it", command)])]
    rows = count(report.snapshot.n_rows, "row")
    told = f"{name}@{report.snapshot.number}: {brought} merged into {into}, {rows} ({changes})"
    undo = f"headgate dataset restore {name} --to {report.into_number} --branch {into}"
    return [*broken(told, paint.width), *paint.pairs(_undo(undo))]


def commit_together_lines(report: TogetherReport, paint: Paint) -> list[str]:
    """Show the snapshots that landed together."""
    names = ("snapshot", "rows", "added", "changed", "removed", "new", "version")
    rows = [
        (
            f"{each.dataset}@{each.number}",
            each.n_rows,
            each.n_added,
            each.n_changed,
            each.n_removed,
            each.is_new,
            each.version_id,
        )
        for each in report.snapshots
    ]
    return paint.grid(names, rows)


def _conflict_lines(report: MergeReport, brought: str, paint: Paint) -> Iterator[str]:
    both = f"{report.dataset}@{report.base_number}"
    base = "" if report.base_number is None else f", both from {both}"
    told = f"{count(report.n_conflicts, 'conflict')} with {report.into}{base}"
    for line in broken(f"not merged: {brought} has {told}", paint.width):
        yield paint.style("yellow", line)
    if report.columns:
        yield ""
        names = ("column", "before", report.into, report.from_, "reason")
        rows = [(one.column, one.base, one.ours, one.theirs, one.reason) for one in report.columns]
        yield from paint.grid(names, rows)
    for conflict in report.conflicts:
        yield from _row_lines(report, conflict, paint)
    hidden = report.n_conflicts - len(report.columns) - len(report.conflicts)
    if hidden > 0:
        yield ""
        yield paint.style("dim", f"{count(hidden, 'more row')}; see them with --limit N")
    yield ""
    then = f"make the rows alike on {report.into} or {report.from_}, then merge again"
    yield from broken(then, paint.width)


def _row_lines(report: MergeReport, conflict: RowConflict, paint: Paint) -> Iterator[str]:
    """Show one row as it was before and on each side; columns that differ stand first."""
    key = f" {cell(conflict.key)}" if conflict.key else ""
    yield ""
    for line in broken(f"row:{conflict.row_id}{key}: {_words(conflict, report)}", paint.width):
        yield paint.style("cyan", line)
    sides = {"before": conflict.base, report.into: conflict.ours, report.from_: conflict.theirs}
    columns = _columns([row for row in sides.values() if row is not None])
    rows = [
        (name, *(["not there"] if row is None else map(row.get, columns)))
        for name, row in sides.items()
    ]
    padded = [(*row, *[""] * (len(columns) + 1 - len(row))) for row in rows]
    for line in paint.inset().grid(("", *columns), padded):
        yield f"  {line}".rstrip()


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Name the columns of some rows, those in which they differ first."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    differ = [name for name in names if any(row.get(name) != rows[0].get(name) for row in rows)]
    return [*differ, *(name for name in names if name not in differ)]


def _words(conflict: RowConflict, report: MergeReport) -> str:
    told = conflict.reason.replace("by us", f"on {report.into}")
    return told.replace("by them", f"on {report.from_}")


def _changes(report: MergeReport) -> str:
    parts = [
        f"{count(number)} {kind}"
        for kind, number in (
            ("added", report.n_added),
            ("changed", report.n_changed),
            ("removed", report.n_removed),
        )
        if number
    ]
    return ", ".join(parts) or "no row is different"


def _undo(command: str | None) -> list[tuple[str, str]]:
    return [("undo", command)] if command else []
