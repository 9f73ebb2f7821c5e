"""How a terminal shows a blast radius."""

from __future__ import annotations

import textwrap
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from headgate.core.times import render
from headgate.surfaces.cli.paint import broken, count
from headgate.surfaces.cli.show.crossing import foreign_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.flows.reports import BlastReport, Coverage
    from headgate.surfaces.cli.paint import Paint

N_UNKNOWN_SHOWN = 5
WIDE = 100


def blast_lines(report: BlastReport, paint: Paint) -> list[str]:
    """Show what bad data touched, with what is not known and what it does not mean."""
    lines = [*_head(report, paint), *_datasets(report, paint), *_models(report, paint)]
    lines += [*_deployments(report, paint), *_radii(report, paint), *_beside(report, paint)]
    lines += foreign_lines(report.foreign, paint) if report.foreign else []
    lines += ["", paint.heading("what this rests on")]
    lines += [f"  {line}" for known in report.coverage for line in _coverage(known, paint)]
    wide = min(paint.width, WIDE)
    lines += ["", *textwrap.wrap(report.sentence, wide), *_next(report, paint)]
    return [*lines, paint.style("dim", f"found in {report.took_ms:.0f} ms")]


def _head(report: BlastReport, paint: Paint) -> Iterator[str]:
    window = [
        f"{word} {at}" for word, at in zip(("from", "to"), _window(report), strict=True) if at
    ]
    title = " ".join(["blast radius of", report.ref, *window])
    yield from (paint.heading(part) for part in broken(title, paint.width))
    batches = count(report.n_batches, "batch", "batches")
    made = f"; {count(report.n_descendants, 'row')} made of them" if report.n_descendants else ""
    yield f"{count(report.n_rows, 'bad row')} in {batches}{made}"


def _datasets(report: BlastReport, paint: Paint) -> Iterator[str]:
    rows = [
        (
            each.dataset,
            f"{len(each.snapshots):,} of {each.n_snapshots:,}",
            _numbers(each.snapshots[0].number, each.snapshots[-1].number),
            f"{each.snapshots[-1].n_bad:,} of {each.snapshots[-1].n_rows:,}",
            share(max(snapshot.bad_ratio for snapshot in each.snapshots)),
            each.level,
        )
        for each in report.datasets
        if each.snapshots
    ]
    names = ("dataset", "snapshots", "which", "bad rows in the last", "worst", "known by")
    yield from _section("datasets", names, rows, paint)


def _models(report: BlastReport, paint: Paint) -> Iterator[str]:
    rows = [
        (each.ref, f"{each.n_bad:,} of {each.n_rows:,}", share(each.bad_ratio), each.created_at)
        for each in report.models
    ]
    names = ("model", "bad rows learned from", "share", "made")
    yield from _section("models that learned from them", names, rows, paint)


def _deployments(report: BlastReport, paint: Paint) -> Iterator[str]:
    rows = [
        (each.name, each.release, "LIVE" if each.is_live else "past", count(each.n_exposed))
        for each in report.deployments
    ]
    names = ("deployment", "release", "state", "predictions")
    yield from _section("deployments that served those", names, rows, paint)


def _radii(report: BlastReport, paint: Paint) -> Iterator[str]:
    answers, people = report.predictions, report.users
    rows = [
        ("predictions", count(answers.n_exposed), count(answers.n_exact), count(answers.n_all)),
        ("distinct users", count(people.n_exposed), count(people.n_exact), None),
    ]
    yield from _section("answers", ("", "exposed", "exact", "in the log"), rows, paint)


def _beside(report: BlastReport, paint: Paint) -> Iterator[str]:
    coarse = report.dataset_level
    parts = [
        count(coarse.n_snapshots, "snapshot"),
        count(coarse.n_rows, "row"),
        count(coarse.n_models, "model"),
        count(coarse.n_predictions, "prediction"),
    ]
    told = f"lineage between datasets alone would say: {', '.join(parts)}"
    yield ""
    yield from (paint.style("dim", line) for line in textwrap.wrap(told, min(paint.width, WIDE)))


def _coverage(known: Coverage, paint: Paint) -> Iterator[str]:
    told = f"{known.kind}: {known.n_known:,} of known lineage, {known.n_unknown:,} of none"
    yield paint.style("yellow", told) if known.n_unknown else told
    if known.unknown:
        shown = ", ".join(known.unknown[:N_UNKNOWN_SHOWN])
        n_all = len(known.unknown) if known.kind == "predictions" else known.n_unknown
        more = n_all - N_UNKNOWN_SHOWN
        told = f"not known: {shown}" + (f" and {more:,} more" if more > 0 else "")
        for line in textwrap.wrap(told, min(paint.width, WIDE) - 4, break_long_words=False):
            yield f"  {line}"
    for line in textwrap.wrap(known.connect, min(paint.width, WIDE) - 4):
        yield paint.style("cyan", f"  {line}")


def _next(report: BlastReport, paint: Paint) -> Iterator[str]:
    live = [each.name for each in report.deployments if each.is_live]
    flags = ("--from", "--until")
    window = [f"{flag} {at}" for flag, at in zip(flags, _window(report), strict=True) if at]
    for name in dict.fromkeys(live):
        words = ["headgate rollback", name, "--because", report.ref, *window, "--plan"]
        yield paint.style("cyan", "next: " + " ".join(words))


def _window(report: BlastReport) -> tuple[str, str]:
    """Write both ends as they may be typed: a date where it is midnight, the last one included."""
    low, high = report.from_, report.to
    if high is not None and high.time() == time():
        high -= timedelta(days=1)
        return _day(low), high.date().isoformat()
    return _day(low), _day(high)


def _day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.date().isoformat() if moment.time() == time() else render(moment)


def _numbers(first: int, last: int) -> str:
    return f"@{first}" if first == last else f"@{first} to @{last}"


def _section(
    title: str, names: tuple[str, ...], rows: Sequence[Sequence[object]], paint: Paint
) -> Iterator[str]:
    yield ""
    yield paint.heading(title)
    if not rows:
        yield "  none"
        return
    yield from (f"  {line}" for line in paint.inset().grid(names, rows))


def share(ratio: float) -> str:
    """Write a ratio as a share in percent, never 0 % where there is something.

    >>> share(0.5), share(0.00001), share(0.0)
    ('50.0 %', '<0.1 %', '0.0 %')
    """
    return "<0.1 %" if 0 < ratio < 0.001 else f"{ratio:.1%}".replace("%", " %")  # noqa: PLR2004 - what one decimal can show
