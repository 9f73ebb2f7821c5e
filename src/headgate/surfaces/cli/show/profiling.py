"""How a terminal shows a profile: a line a column, with the shape of what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from headgate.monitor.profiling.reports import ColumnProfile, ProfileReport
    from headgate.surfaces.cli.paint import Paint

BLOCKS = " ▁▂▃▄▅▆▇█"
LONG = 1000
"""From here on a number has no places after its point."""
N_NAMES = 3
N_DRAWN = 10
MIDDLE = 3
"""Where among the quantiles the median stands."""


def profile_lines(report: ProfileReport, paint: Paint) -> list[str]:
    """Show each column of a profile."""
    what = f"{cell(report.dataset)}: {count(report.n_rows, 'row')}"
    since = f", come since {cell(report.since)}" if report.since else ""
    names = ["column", "kind", "shape", "missing", "distinct", "low", "median", "high"]
    lines = [*paint.told(what + since, "bold"), *paint.grid(names, list(map(_row, report.columns)))]
    told = [(one.name, _frequent(one)) for one in report.columns if one.shares]
    lines += paint.pairs(told) if told else []
    kept = report.n_segments - report.n_made
    read = f"{count(report.n_made, 'segment')} read, {kept:,} known from before"
    return [*lines, *paint.told(read, "dim")]


def spark(cells: tuple[float, ...], width: int = 10) -> str:
    """Draw shares of cells with blocks of eight heights.

    Args:
        cells: shares, shape (k,).
        width: signs of the drawing; neighbouring cells are put together.

    >>> spark((0.1, 0.2, 0.4, 0.3), 4)
    '▂▄█▆'
    """
    step = max(len(cells) // width, 1)
    sums = [sum(cells[i : i + step]) for i in range(0, len(cells), step)]
    top = max(sums, default=0.0)
    if not top:
        return ""
    scale = len(BLOCKS) - 1
    return "".join(BLOCKS[max(round(scale * one / top), one > 0)] for one in sums)


def _row(one: ColumnProfile) -> list[Any]:
    about = "" if one.is_distinct_exact else "~"
    return [
        one.name,
        one.kind,
        _shape(one) or None,
        f"{100 * one.null_ratio:.3g} %" if one.null_ratio else None,
        f"{about}{one.n_distinct:,}" if one.kind != "other" else None,
        _short(one.low),
        _short(one.quantiles[MIDDLE]),
        _short(one.high),
    ]


def _short(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= LONG else f"{value:.4g}"


def _shape(one: ColumnProfile) -> str:
    """Draw names by their shares where there are few, else numbers, or the lengths of text."""
    if one.kind in {"text", "bool"} and one.n_distinct <= N_DRAWN:
        return spark(tuple(n / one.n for _, n in one.frequent))
    return spark(one.cells)


def _frequent(one: ColumnProfile) -> str:
    told = [f"{cell(name)} {100 * share:.3g} %" for name, share in one.shares[:N_NAMES]]
    more = one.n_distinct - len(told)
    return ", ".join([*told, *([f"{count(more)} more"] if more > 0 else [])])
