"""How a terminal shows what went out, what came in, and how two copies stand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.dataset.moving.reports import (
        ColumnVerdict,
        ExportReport,
        ImportReport,
        MirrorReport,
        RowPair,
        VerifyReport,
    )
    from headgate.surfaces.cli.paint import Paint


def export_lines(report: ExportReport, paint: Paint) -> list[str]:
    """Show what was written where, and whether it was read back."""
    what = f"{report.dataset}@{report.number}: {count(report.n_rows, 'row')}"
    lines = [f"{what}, {count(report.n_bytes, 'byte')} in {paint.heading(report.path)}"]
    if not report.is_new:
        return [*lines, "the same export lay there already"]
    lines += [f"{report.format} keeps {change}" for change in report.retyped]
    if not report.is_verified:
        return lines
    root = report.content_root[:12]
    return [*lines, paint.style("green", f"read back and found equal: content root {root}")]


def import_lines(report: ImportReport, paint: Paint) -> list[str]:
    """Show the snapshots an import made."""
    names = ("snapshot", "rows", "added", "changed", "removed", "of commit", "message")
    rows = [
        (
            f"{report.dataset}@{one.snapshot.number}{'' if one.snapshot.is_new else ' unchanged'}",
            one.snapshot.n_rows,
            one.snapshot.n_added,
            one.snapshot.n_changed,
            one.snapshot.n_removed,
            one.commit[:10] if one.commit else None,
            one.snapshot.message or None,
        )
        for one in report.snapshots
    ]
    title = paint.told(f"{report.path} ({report.format})", "bold")
    lines = [*title, *paint.grid(names, rows)]
    if report.digest:
        lines.append(paint.style("green", f"md5 {report.digest} checked"))
    lines += paint.pairs((name, cell(held)) for name, held in report.metrics.items())
    return [*lines, *(paint.style("yellow", note) for note in report.notes)]


def verify_lines(report: VerifyReport, paint: Paint) -> list[str]:
    """Show how two copies differ: verdict first, then columns, then rows."""
    names = ("", "copy", "format", "rows", "columns", "content root", "repeated keys")
    sides = [
        (
            letter,
            side.name,
            side.format,
            side.n_rows,
            side.n_columns,
            side.content_root,
            side.n_repeated or None,
        )
        for letter, side in (("A", report.a), ("B", report.b))
    ]
    verdict = _verdict(report, paint)
    lines = [*verdict, "", *paint.grid(names, sides), "", *paint.pairs(_counts(report)), ""]
    heads = ("column", "in B", "type", "type in B", "types", "values", "differs in")
    lines += paint.grid(heads, [_column(one) for one in report.columns])
    for title, pairs in (("only in A", report.only_a), ("only in B", report.only_b)):
        for pair in pairs:
            lines += ["", paint.style("cyan", title)]
            lines += paint.pairs((pair.a or pair.b or {}).items(), "  ")
    for pair in report.differing:
        lines += ["", *_pair_lines(pair, report.key, paint)]
    return lines


def mirror_lines(report: MirrorReport, paint: Paint) -> list[str]:
    """Show what lies in the mirror, and what could not be put there."""
    names = ("snapshot", "rows", "format", "state", "reason")
    shown = [one for one in report.mirrors if one.state != "kept"]
    rows = [
        (f"{one.dataset}@{one.number}", one.n_rows, one.format, one.state, one.reason)
        for one in shown
    ]
    n_kept = len(report.mirrors) - len(shown)
    lines = paint.grid(names, rows) if rows else []
    if n_kept:
        lines.append(f"{count(n_kept, 'mirror')} kept from before")
    total = f"{count(len(report.mirrors), 'snapshot')}, {count(report.n_bytes, 'byte')}"
    lines.append(f"{total} in {paint.heading(report.path)}")
    if report.has_findings:
        lines.append(paint.style("red", "not every snapshot has a mirror"))
    return lines


def _verdict(report: VerifyReport, paint: Paint) -> list[str]:
    if not report.has_findings:
        return paint.told(f"{report.a.name} and {report.b.name} hold the same", "green")
    return paint.told(f"{report.a.name} and {report.b.name} differ", "red")


def _counts(report: VerifyReport) -> Iterator[tuple[str, str]]:
    yield "alike", count(report.n_same, "row")
    yield "only in A", count(report.n_only_a, "row")
    yield "only in B", count(report.n_only_b, "row")
    if report.key:
        key = ", ".join(report.key)
        yield f"differing, same {key}", count(report.n_differing, "row")
    if report.n_examined < report.n_differing:
        yield "compared by column", f"the first {count(report.n_examined, 'row')} of those"


def _column(one: ColumnVerdict) -> tuple[Any, ...]:
    other = one.b if one.b != one.a else None
    other_type = one.b_type if one.b_type != one.a_type else None
    values = "equal" if one.is_equal else "differ" if one.a and one.b else None
    return (
        one.a,
        other,
        one.a_type or one.b_type,
        other_type,
        one.verdict,
        values,
        one.n_differing or None,
    )


def _pair_lines(pair: RowPair, key: tuple[str, ...], paint: Paint) -> Iterator[str]:
    a, b = pair.a or {}, pair.b or {}
    where = ", ".join(f"{name} {cell(a.get(name))}" for name in key)
    yield paint.style("cyan", f"differs at {where}")
    told = ((name, f"{_quoted(a.get(name))} -> {_quoted(b.get(name))}") for name in pair.columns)
    yield from paint.pairs(told, "  ")


def _quoted(value: Any) -> str:
    return f"'{cell(value)}'" if isinstance(value, str) else cell(value)
