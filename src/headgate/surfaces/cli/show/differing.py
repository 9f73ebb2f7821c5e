"""How a terminal shows how snapshots follow and differ from one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import broken, cell, count, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import DiffReport, RestoreReport, RowChange, SnapshotLog
    from headgate.surfaces.cli.paint import Paint

MARKS = {"added": "+", "removed": "-", "changed": "~"}
VERDICTS = {"compatible": "yellow", "breaking": "red"}
LOG = ("rows", "added", "changed", "removed", "at", "by", "version", "message")


def log_lines(found: SnapshotLog, paint: Paint) -> list[str]:
    """Show a dataset's snapshots, the newest first, with the names that stand at them."""
    names: dict[int, list[str]] = {}
    for tag, number in sorted(found.tags.items()):
        names.setdefault(number, []).append(tag)
    has_branches = len(found.branches) > 1 or any(one.branch != "main" for one in found.snapshots)
    if has_branches:
        for branch, number in sorted(found.branches.items()):
            names.setdefault(number, []).append(f"({branch})")
    has_kinds = any(one.kind != "commit" for one in found.snapshots)
    head = ["snapshot", *(["branch"] if has_branches else []), *(["made by"] if has_kinds else [])]
    rows = [
        (
            " ".join([f"{found.dataset}@{each.number}", *names.get(each.number, [])]),
            *([each.branch] if has_branches else []),
            *([_made_by(each)] if has_kinds else []),
            each.n_rows,
            each.n_added,
            each.n_changed,
            each.n_removed,
            each.created_at,
            each.created_by,
            each.version_id,
            each.message or None,
        )
        for each in found.snapshots
    ]
    return paint.grid([*head, *LOG], rows)


def diff_lines(report: DiffReport, paint: Paint) -> list[str]:
    """Show how two snapshots differ: counts, columns, and some rows side by side."""
    older, newer = (f"{report.dataset}@{n}" for n in (report.from_number, report.to_number))
    facts = [
        ("added", count(report.n_added, "row")),
        ("removed", count(report.n_removed, "row")),
        ("changed", " ".join([count(report.n_changed, "row"), _by_column(report)]).rstrip()),
        ("same", count(report.n_same, "row")),
    ]
    lines = [paint.heading(f"{older} to {newer}"), *paint.pairs(facts)]
    lines += _schema_lines(report, paint)
    if report.examples:
        lines += ["", *_example_lines(report, paint)]
    return lines


def restore_lines(report: RestoreReport, paint: Paint) -> list[str]:
    """Show what a restore made or would make, and who stands on what it leaves behind."""
    snapshot = report.snapshot
    left = count(report.n_left_behind, "snapshot")
    name, changes = f"{snapshot.dataset}@{snapshot.number}", _restored(report)
    to = f"{snapshot.dataset}@{report.restored_from}"
    if report.is_planned:
        told = [f"{name} can be restored to {to} ({changes}); {left} would be left behind"]
        told += ["nothing was changed; leave out --plan to do it"]
    elif not snapshot.is_new:
        told = [f"{name}: nothing changed, it is @{report.restored_from}"]
    else:
        told = [f"{name}: {count(snapshot.n_rows, 'row')} ({changes})"]
        told += [f"restored from @{report.restored_from}; {left} left behind, still readable"]
    lines = [line for text in told for line in broken(text, paint.width)]
    if report.dependents:
        told = count(len(report.dependents), "thing was", "things were")
        lines.append(paint.style("yellow", f"{told} made from what is left behind:"))
        lines += [f"  {name}" for name in report.dependents]
    return lines


def _made_by(snapshot: Snapshot) -> str:
    if snapshot.merged_from is not None:
        return f"merge of @{snapshot.merged_from}"
    return snapshot.kind


def _restored(report: RestoreReport) -> str:
    parts = [
        f"{count(number)} {kind}"
        for kind, number in (
            ("brought back", report.n_added),
            ("changed back", report.n_changed),
            ("taken away", report.n_removed),
        )
        if number
    ]
    return ", ".join(parts) or "no row is different"


def _schema_lines(report: DiffReport, paint: Paint) -> list[str]:
    schema = report.schema
    if schema.verdict == "identical":
        return []
    verdict = paint.style(VERDICTS[schema.verdict], schema.verdict)
    told = [line for reason in schema.reasons for line in broken(reason, paint.width - 2)]
    return [f"columns  {verdict}", *(f"  {line}" for line in told)]


def _by_column(report: DiffReport) -> str:
    parts = [f"{name} in {count(number)}" for name, number in report.changed_columns.items()]
    return f"({', '.join(parts)})" if parts else ""


def _example_lines(report: DiffReport, paint: Paint) -> Iterator[str]:
    """Lay rows out in one table: +, - or ~ before each; a changed cell as `old -> new`."""
    columns = _columns(report)
    rows = [
        [MARKS[one.kind], f"row:{one.row_id}", *(_cell(one, name) for name in columns)]
        for one in report.examples
    ]
    yield from paint.grid(["", "row", *columns], rows)
    n_all = report.n_added + report.n_removed + report.n_changed
    if n_all > len(report.examples):
        which = f"--from {report.from_number} --to {report.to_number}"
        all_of_them = f"headgate dataset changes {report.dataset} {which}"
        shown = f"{len(report.examples)} of {count(n_all, 'row')}"
        for line in broken(f"{shown}; all of them: {all_of_them}", paint.width):
            yield paint.style("dim", line)


def _columns(report: DiffReport) -> list[str]:
    """Name the columns: the key, then those with changes, then the others."""
    known = dict.fromkeys(
        name for one in report.examples for row in (one.after, one.before) for name in (row or {})
    )
    first = [name for name in (*report.key, *report.changed_columns) if name in known]
    return list(dict.fromkeys([*first, *known]))


def _cell(change: RowChange, name: str) -> Any:
    before, after = change.before, change.after
    if before is None or after is None:
        return (before or after or {}).get(name)
    if before.get(name) == after.get(name):
        return after.get(name)
    return f"{_quoted(before.get(name))} -> {_quoted(after.get(name))}"


def _quoted(value: Any) -> str:
    return f"'{shorten(cell(value))}'" if isinstance(value, str) else cell(value)
