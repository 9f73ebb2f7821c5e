"""How a terminal shows compaction, collection, legal holds and fsck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from headgate.dataset.upkeep.reports import (
        CompactReport,
        FsckReport,
        GcReport,
        HoldReport,
        Layout,
    )
    from headgate.surfaces.cli.paint import Paint

N_SHOWN = 10


def compact_lines(report: CompactReport, paint: Paint) -> list[str]:
    """Show how a dataset lies in files, before and after."""
    name = paint.heading(f"{report.snapshot.dataset}@{report.snapshot.number}")
    what = f"{count(report.n_rewritten, 'file')} with {count(report.n_rewritten_rows, 'row')}"
    if not report.n_rewritten:
        return [f"{name}: nothing to compact", *paint.pairs(_layout("now", report.before))]
    if report.is_planned or report.after is None:
        lines = [f"{name}: {what} would be written anew"]
        lines += paint.pairs(_layout("now", report.before))
        return [*lines, "nothing was changed; leave out --plan to do it"]
    lines = paint.told(f"{name}: {what} written anew, every answer stays the same")
    lines += paint.pairs([*_layout("before", report.before), *_layout("after", report.after)])
    return [*lines, "older snapshots keep their files: headgate dataset gc"]


def gc_lines(report: GcReport, paint: Paint) -> list[str]:
    """Show what was collected, or would be, and why what."""
    swept = report.swept
    if report.is_applied and not report.areas:
        back = f"{count(swept.n_brought_back, 'file')} brought back from the trash"
        return [f"{back}, {count(report.n_revived, 'snapshot')} can be read again"]
    names = ("area", "files", "bytes", "named", "too young", "unnamed", "unnamed bytes")
    rows = [
        (
            area.area,
            area.n_blobs,
            area.n_bytes,
            area.n_named,
            area.n_young,
            area.n_orphans,
            area.n_orphan_bytes,
        )
        for area in report.areas
    ]
    lines = [*paint.grid(names, rows), "", *_retention(report)]
    return [*lines, *(_done(report) if report.is_applied else _planned(report, paint))]


def hold_lines(report: HoldReport, paint: Paint) -> list[str]:
    """Show the legal holds of a dataset."""
    name = paint.heading(report.dataset)
    state = "is on hold: nothing of it is erased, expired or collected"
    lines = paint.told(f"{name} {state}" if report.is_held else f"{name} is under no hold")
    if report.holds:
        names = ("reason", "placed at", "by", "lifted at")
        rows = [(one.reason, one.placed_at, one.placed_by, one.lifted_at) for one in report.holds]
        lines += paint.grid(names, rows)
    return lines


def fsck_lines(report: FsckReport, paint: Paint) -> list[str]:
    """Show what was checked, what is wrong and what to do."""
    depth = "every cell" if report.is_deep else "counts and ids; --deep reads every cell"
    facts = [
        ("checked", f"{count(report.n_snapshots, 'snapshot')}, {depth}"),
        ("files", f"{count(report.n_files)}, {count(report.n_segments)} of rows"),
        ("unnamed", f"{count(report.n_orphans, 'file')}, {count(report.n_orphan_bytes, 'byte')}"),
        ("trash", count(report.n_trash, "file")),
        ("left half-written", count(report.n_leftovers, "file")),
    ]
    lines = [*paint.pairs(facts), *(f"mended: {repair}" for repair in report.repairs)]
    if not report.problems:
        return [*lines, paint.style("green", "no problem")]
    for problem in report.problems:
        lines += ["", f"{paint.style('red', problem.subject)}: {problem.message}"]
        if problem.needed_by:
            lines.append(f"  needed by {cell(problem.needed_by)}")
        lines.append(f"  {paint.style('bold', 'mend')}: {problem.mend}")
    return [*lines, "", paint.style("red", count(len(report.problems), "problem"))]


def _layout(when: str, layout: Layout) -> list[tuple[str, str]]:
    files = f"{count(layout.n_segments, 'file')} ({count(layout.n_small)} small)"
    deleted = f"{count(layout.n_deleted, 'deleted row')} in them"
    return [(when, f"{files}, {count(layout.n_bytes, 'byte')}, {deleted}")]


def _retention(report: GcReport) -> list[str]:
    verb = "expired" if report.is_applied else "would expire"
    lines = [
        f"{one.dataset}@{one.number} {verb}: {_REASONS[one.reason]}"
        for one in report.expiring[:N_SHOWN]
    ]
    if len(report.expiring) > N_SHOWN:
        lines.append(f"and {count(len(report.expiring) - N_SHOWN, 'snapshot')} more")
    spared: dict[str, int] = {}
    for one in report.spared:
        spared[one.reason] = spared.get(one.reason, 0) + 1
    told = (f"{count(n)} for a {reason}" for reason, n in sorted(spared.items()))
    return [*lines, *([f"past retention but kept: {', '.join(told)}"] if spared else [])]


_REASONS = {
    "retention": "past what retention keeps",
    "unreachable": "its branch is gone and no name leads to it",
}


def _planned(report: GcReport, paint: Paint) -> list[str]:
    files = sum(area.n_orphans for area in report.areas)
    size = sum(area.n_orphan_bytes for area in report.areas)
    lines = [f"{count(files, 'file')}, {count(size, 'byte')} would go to the trash"]
    lines += _packs(report)
    if report.n_trash:
        held = f"{count(report.n_trash, 'file')}, {count(report.n_trash_bytes, 'byte')}"
        lines.append(f"the trash holds {held}")
    return [*lines, paint.style("bold", "nothing was changed; add --apply to do it")]


def _packs(report: GcReport) -> list[str]:
    if not report.n_dead_packs:
        return []
    size = count(report.n_dead_pack_bytes, "byte")
    return [f"{count(report.n_dead_packs, 'pack')} among them, {size}: no snapshot names its files"]


def _done(report: GcReport) -> list[str]:
    swept = report.swept
    moved = f"{count(swept.n_trashed, 'file')}, {count(swept.n_trashed_bytes, 'byte')}"
    gone = f"{count(swept.n_deleted, 'file')}, {count(swept.n_deleted_bytes, 'byte')}"
    lines = [f"{moved} moved to the trash", f"{gone} deleted from it"]
    lines += _packs(report)
    if swept.n_brought_back:
        lines.append(f"{count(swept.n_brought_back, 'file')} brought back: they are needed")
    if swept.n_leftovers:
        lines.append(f"{count(swept.n_leftovers, 'half-written file')} removed")
    if swept.n_trashed > swept.n_deleted:
        lines.append("what lies in the trash comes back by: headgate dataset gc --undo")
    return lines
