"""Draws a window beside its reference, as SVG: a band, a line, and what lies outside of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from headgate.surfaces.pages.document import figure, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.nouns import Distribution

WIDTH, HEIGHT = 320, 132
LEFT, RIGHT, TOP, BOTTOM = 4, 4, 8, 16
MOST_CATEGORIES = 8
ROW = 22
NAMES, SHARES = 112, 52
"""Room for the names of categories, and for their shares [px]."""
N_SIGNS = 18
UNEVEN = 20.0
"""Where one cell is so many times as wide as the middle one, cells are drawn equally wide."""


class Cell(NamedTuple):
    """One cell of a chart: where it stands [px] and what is drawn there [ratio, per width]."""

    left: float
    right: float
    low: float
    high: float
    reference: float
    current: float


def distribution(one: Distribution) -> str:
    """Draw a column: numbers as a line over the reference's band, categories as bars."""
    if one.kind == "number" and len(one.edges) == len(one.current) + 1:
        return _numbers(one)
    return _categories(one)


def _numbers(one: Distribution) -> str:
    cells = _cells(one)
    top = max((max(cell.high, cell.current, cell.reference) for cell in cells), default=0.0) or 1.0

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)

    band = "".join(
        f'<rect x="{c.left:.1f}" y="{y(c.high):.1f}" width="{c.right - c.left:.1f}" '
        f'height="{max(y(c.low) - y(c.high), 1):.1f}" fill="var(--band)"/>'
        for c in cells
    )
    line = _steps([(c.left, c.right, y(c.reference)) for c in cells])
    now = _steps([(c.left, c.right, y(c.current)) for c in cells])
    off = "".join(
        f'<path d="M{c.left:.1f} {y(c.current):.1f}H{c.right:.1f}" stroke="var(--off)" '
        f'stroke-width="2.5" fill="none"><title>{escape(_said(one, i))}</title></path>'
        for i, c in enumerate(cells)
        if not c.low <= c.current <= c.high
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_label(one))}">'
        f'{band}<path d="{line}" fill="none" stroke="var(--mid)" stroke-dasharray="2 2"/>'
        f'<path d="{now}" fill="none" stroke="var(--text)" stroke-width="1.25"/>{off}'
        f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="var(--line)"/>'
        f"{_ends(one)}</svg>"
    )


def _cells(one: Distribution) -> list[Cell]:
    """Place cells on the axis, their heights per width where widths are near each other."""
    n = len(one.current)
    widths = [b - a for a, b in zip(one.edges, one.edges[1:], strict=False)]
    middle = sorted(widths)[n // 2] if widths else 0.0
    is_even = min(widths, default=0) > 0 and max(widths, default=0) <= UNEVEN * middle
    used = widths if is_even else [1.0] * n
    scale = (WIDTH - LEFT - RIGHT) / (sum(used) or 1.0)
    cells: list[Cell] = []
    at = float(LEFT)
    for i, width in enumerate(used):
        values = (one.low[i], one.high[i], one.reference[i], one.current[i])
        low, high, reference, current = (
            value * middle / width if is_even else value for value in values
        )
        cells.append(Cell(at, at + width * scale, low, high, reference, current))
        at += width * scale
    return cells


def _steps(points: Sequence[tuple[float, float, float]]) -> str:
    if not points:
        return ""
    first = points[0]
    parts = [f"M{first[0]:.1f} {first[2]:.1f}H{first[1]:.1f}"]
    parts += [f"V{y:.1f}H{right:.1f}" for _, right, y in points[1:]]
    return "".join(parts)


def _categories(one: Distribution) -> str:
    order = sorted(range(len(one.current)), key=lambda i: -max(one.current[i], one.reference[i]))
    shown = order[:MOST_CATEGORIES]
    top = max((max(one.high[i], one.current[i]) for i in shown), default=0.0) or 1.0
    rows = "".join(_bar(one, i, place * ROW + 4, top) for place, i in enumerate(shown))
    label = escape(_label(one))
    height = ROW * len(shown) + 4
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{rows}</svg>'


def _bar(one: Distribution, i: int, y: int, top: float) -> str:
    """Draw one category: its name, the band, the reference, the window, and its share."""
    low, high, now, before = (
        NAMES + (WIDTH - SHARES - NAMES) * value / top
        for value in (one.low[i], one.high[i], one.current[i], one.reference[i])
    )
    is_off = not one.low[i] <= one.current[i] <= one.high[i]
    colour = "var(--off)" if is_off else "var(--text)"
    return (
        f"<g><title>{escape(_said(one, i))}</title>"
        f'<text x="{NAMES - 6}" y="{y + 12}" text-anchor="end">{escape(_short(one, i))}</text>'
        f'<rect x="{low:.1f}" y="{y + 2}" width="{max(high - low, 2):.1f}" height="14" '
        'fill="var(--band)"/>'
        f'<path d="M{before:.1f} {y + 2}v14" stroke="var(--mid)" stroke-dasharray="2 2"/>'
        f'<path d="M{NAMES} {y + 9}H{now:.1f}" stroke="{colour}" stroke-width="1.5"/>'
        f'<circle cx="{now:.1f}" cy="{y + 9}" r="3" fill="{colour}"/>'
        f'<text x="{WIDTH - 2}" y="{y + 12}" text-anchor="end">{share(one.current[i])}</text></g>'
    )


def _short(one: Distribution, i: int) -> str:
    name = one.labels[i] if i < len(one.labels) else ""
    return name if len(name) <= N_SIGNS else f"{name[: N_SIGNS - 1]}…"


def cell_of(one: Distribution, i: int) -> str:
    """Name a cell: from where to where it goes, or what it holds.

    The ends are those of the reference; more than is usual in a cell at an end may lie beyond it.
    """
    if one.kind != "number" or len(one.edges) <= i + 1:
        return one.labels[i] if i < len(one.labels) else ""
    if _is_full(one, 0) and i == 0:
        return f"{figure(one.edges[1])} or less"
    if _is_full(one, -1) and i == len(one.edges) - 2:
        return f"{figure(one.edges[-2])} or more"
    return f"{figure(one.edges[i])} to {figure(one.edges[i + 1])}"


def _is_full(one: Distribution, i: int) -> bool:
    return one.current[i] > one.high[i]


def _ends(one: Distribution) -> str:
    y = HEIGHT - 4
    least = figure(one.edges[0]) + " or less" * _is_full(one, 0)
    most = figure(one.edges[-1]) + " or more" * _is_full(one, -1)
    return (
        f'<text x="{LEFT}" y="{y}">{least}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{y}" text-anchor="end">{most}</text>'
    )


def _said(one: Distribution, i: int) -> str:
    usual = f"usually {share(one.low[i])} to {share(one.high[i])}"
    return f"{cell_of(one, i)}: {share(one.current[i])}, {usual}"


def _label(one: Distribution) -> str:
    off = [i for i in range(len(one.current)) if not one.low[i] <= one.current[i] <= one.high[i]]
    if not off:
        return f"{one.column}: as in the reference"
    return f"{one.column}: " + "; ".join(_said(one, i) for i in off[:6])
