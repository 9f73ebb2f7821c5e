"""How a terminal shows what waits in quarantine, and what became of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import broken, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.ingest.quarantine_requests import MovedReport, QuarantineList, ReleaseReport
    from headgate.surfaces.cli.paint import Paint

NAMES = ("dataset", "batch", "source", "uri", "waiting", "released", "discarded", "reasons")
AGAIN = "mend what it was made of, and run it again"
KINDS = {"commit": "by hand", "derive": "a run"}


def list_lines(found: QuarantineList, paint: Paint) -> list[str]:
    """List the batches, and count the reasons of all."""
    if not found.entries:
        return ["nothing waits in quarantine"]
    rows = [
        (
            one.dataset,
            one.batch,
            one.source or KINDS.get(one.kind),
            one.uri,
            one.n_rows,
            one.n_released,
            one.n_discarded,
            _reasons(one.reasons) or None,
        )
        for one in found.entries
    ]
    lines = paint.grid(NAMES, rows)
    total = sum(one.n_rows for one in found.entries)
    told = f"{count(total, 'record')} waiting"
    told += f": {_reasons(found.reasons)}" if found.reasons else ""
    lines += broken(told, paint.width)
    for one in found.entries:
        if one.kind == "derive" and one.n_rows:
            lines += broken(f"batch {one.batch} was made by {one.run}: {AGAIN}", paint.width)
    return lines


def release_lines(report: ReleaseReport, paint: Paint) -> list[str]:
    """Show how many pass, and why the others do not."""
    lines = _tried(report, paint)
    if not report.is_applied and report.n_released:
        lines.append(paint.style("cyan", "do it: the same command with --apply"))
    return lines


def fix_lines(report: ReleaseReport, paint: Paint) -> list[str]:
    """Show which records were mended, and what became of them."""
    lines = _tried(report, paint)
    if report.n_fixed:
        lines.insert(1, f"{count(report.n_fixed, 'record')} got new values")
    if not report.is_applied:
        lines.append(paint.style("cyan", "do it: the same command without --plan"))
    return lines


def _tried(report: ReleaseReport, paint: Paint) -> list[str]:
    lines = [
        *_headline(report, paint),
        *paint.pairs(
            [
                ("tried", count(report.n_chosen, "record")),
                ("released" if report.is_applied else "would pass", _passing(report)),
                ("waiting", _waiting(report)),
            ]
        ),
    ]
    if report.refused:
        rows = [(one.record, one.reason, one.before) for one in report.refused]
        lines += ["", *paint.grid(("record", "reason", "before"), rows)]
    for fact in report.facts:
        lines += [paint.style("yellow", line) for line in broken(f"noticed: {fact}", paint.width)]
    return lines


def discard_lines(report: MovedReport, paint: Paint) -> list[str]:
    """Show what was set aside, and how to undo it."""
    lines = _moved(report, paint)
    if report.n_records:
        lines.append(paint.style("cyan", "undo: headgate quarantine restore, with the same choice"))
    return lines


def restore_lines(report: MovedReport, paint: Paint) -> list[str]:
    """Show what waits again."""
    return _moved(report, paint)


def _headline(report: ReleaseReport, paint: Paint) -> list[str]:
    if report.snapshots:
        places = ", ".join(f"{one.dataset}@{one.number}" for one in report.snapshots)
        return [paint.heading(places)]
    if report.is_applied:
        return [f"{paint.heading(report.dataset)} stays as it was"]
    return [f"{paint.heading(report.dataset)}: a plan"]


def _passing(report: ReleaseReport) -> str:
    batches = ", ".join(map(str, report.batches))
    return count(report.n_released, "record") + (f", as batch {batches}" if batches else "")


def _waiting(report: ReleaseReport) -> str:
    reasons = _reasons(report.reasons)
    return count(report.n_waiting, "record") + (f" ({reasons})" if reasons else "")


def _moved(report: MovedReport, paint: Paint) -> list[str]:
    done = "waiting again" if report.state == "waiting" else "discarded"
    reasons = _reasons(report.reasons)
    return [
        f"{paint.heading(report.dataset)}: {count(report.n_records, 'record')} {done}",
        *paint.pairs([("reasons", reasons or "-"), ("waiting", count(report.n_waiting, "record"))]),
    ]


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in reasons.items())
