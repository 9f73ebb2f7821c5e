"""Draws a number over windows: its line, where it is as usual, and where it is worth a look."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from headgate.surfaces.pages.document import card, counted, day, figure, folded
from headgate.surfaces.pages.tables import Loud, Written, grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.monitor.nouns import Span
    from headgate.monitor.requests import ColumnLine

WIDTH, HEIGHT = 320, 116
LEFT, RIGHT, TOP, BOTTOM = 4, 4, 16, 18
ROOM = 0.06
"""Room above the highest value and below the lowest, of the way between them [ratio]."""


def lines_of(columns: Iterable[ColumnLine]) -> list[tuple[ColumnLine, ...]]:
    """Put the numbers of one subject and check together, the one most often worth a look first."""
    found: dict[tuple[str, str], list[ColumnLine]] = {}
    for one in columns:
        if any(value is not None for value in one.values):
            found.setdefault((one.check, one.subject), []).append(one)
    return [tuple(sorted(some, key=_rank)) for some in found.values()]


def _rank(one: ColumnLine) -> tuple[int, bool]:
    return -sum(one.exceeded), one.threshold is None


def follow(some: Sequence[ColumnLine], spans: Sequence[Span]) -> str:
    """Return a card that follows a subject over windows.

    Args:
        some: its numbers; the first of them is drawn, all stand in the table.
        spans: the windows, the oldest first.
    """
    first = some[0]
    n_over = sum(first.exceeded)
    newest = next(value for value in reversed(first.values) if value is not None)
    check = first.check.replace("_", " ")
    told = escape(f"{check}, {first.metric}: newest {figure(newest)}")
    if n_over:
        over = f"in {n_over:,} of {counted(len(spans), 'window')}"
        told += f', <span class="off">△\u00a0worth a look</span> {over}'
    rows = [
        (day(span.since), *(_value(one, place) for one in some)) for place, span in enumerate(spans)
    ]
    table = grid(["window", *(one.metric for one in some)], rows)
    return card(
        first.subject,
        f'<p class="small muted">{told}</p>',
        series(first, spans),
        folded("as a table", table),
    )


def _value(one: ColumnLine, place: int) -> str | None:
    """Write a number of a window, with a mark where it is worth a look."""
    value = one.values[place]
    if value is None:
        return None
    return Loud(f"△ {figure(value)}") if one.exceeded[place] else Written(figure(value))


def series(one: ColumnLine, spans: Sequence[Span]) -> str:
    """Draw a number over windows: its line, where it is as usual, and where it is worth a look."""
    limits = one.thresholds or (None,) * len(one.values)
    known = [value for value in (*one.values, *limits) if _is_drawn(value)]
    frame = _frame(known, len(one.values))
    line = _line(one.values, frame)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_label(one))}">'
        f"{_usual(limits, frame, is_ceiling=_is_ceiling(one))}"
        f'<path d="{line}" fill="none" stroke="var(--text)" stroke-width="1.25"/>'
        f"{_loud(one, spans, frame)}"
        f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="var(--line)"/>'
        f"{_ends(one, spans)}</svg>"
    )


class Frame(NamedTuple):
    """Where windows and values stand on a chart.

    Args:
        low: value at its bottom.
        high: value at its top.
        step: room of a window [px].
    """

    low: float
    high: float
    step: float

    def x(self, place: float) -> float:
        """Return where a window begins, or with half a place more its middle [px]."""
        return LEFT + self.step * place

    def y(self, value: float) -> float:
        """Return how far down a value stands [px]."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def _frame(known: Sequence[float], n: int) -> Frame:
    """Find from where to where an axis goes; it begins at 0 where the values come near it."""
    low, high = min(known, default=0.0), max(known, default=0.0)
    room = ROOM * (high - low) or abs(high) or 1.0
    is_near = 0 <= low <= high - low
    return Frame(0.0 if is_near else low - room, high + room, (WIDTH - LEFT - RIGHT) / max(n, 1))


def _is_drawn(value: float | None) -> TypeGuard[float]:
    return value is not None and isfinite(value)


def _usual(limits: Sequence[float | None], frame: Frame, *, is_ceiling: bool) -> str:
    """Shade, window by window, where a number is as usual, and draw where that ends."""
    end = frame.y(frame.low if is_ceiling else frame.high)
    return "".join(
        f'<rect x="{frame.x(i):.1f}" y="{min(frame.y(limit), end):.1f}" width="{frame.step:.1f}" '
        f'height="{abs(frame.y(limit) - end):.1f}" fill="var(--band)"/>'
        f'<path d="M{frame.x(i):.1f} {frame.y(limit):.1f}h{frame.step:.1f}" stroke="var(--mid)" '
        'stroke-dasharray="3 2"/>'
        for i, limit in enumerate(limits)
        if _is_drawn(limit)
    )


def _loud(one: ColumnLine, spans: Sequence[Span], frame: Frame) -> str:
    """Draw a point for every window in which the number is worth a look."""
    return "".join(
        f'<circle cx="{frame.x(i + 0.5):.1f}" cy="{frame.y(value):.1f}" r="3.5" fill="var(--off)">'
        f"<title>{day(spans[i].since)}: {figure(value)}</title></circle>"
        for i, value in enumerate(one.values)
        if _is_drawn(value) and one.exceeded[i]
    )


def _line(values: Sequence[float | None], frame: Frame) -> str:
    """Draw a line through values, torn where one is lacking; a value alone is a point."""
    parts: list[str] = []
    is_down = False
    for place, value in enumerate(values):
        if _is_drawn(value):
            end = "" if is_down else "h.01"
            letter = "L" if is_down else "M"
            parts.append(f"{letter}{frame.x(place + 0.5):.1f} {frame.y(value):.1f}{end}")
        is_down = _is_drawn(value)
    return "".join(parts)


def _is_ceiling(one: ColumnLine) -> bool:
    """Tell whether the quiet values lie below their thresholds."""
    limits = one.thresholds or (one.threshold,) * len(one.values)
    below = [
        (value <= limit) != is_over
        for value, limit, is_over in zip(one.values, limits, one.exceeded, strict=True)
        if value is not None and limit is not None
    ]
    return 2 * sum(below) >= len(below)


def _ends(one: ColumnLine, spans: Sequence[Span]) -> str:
    y = HEIGHT - 5
    return (
        f'<text x="{LEFT}" y="{TOP - 4}">{_reach(one)}</text>'
        f'<text x="{LEFT}" y="{y}">{day(spans[0].since)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{y}" text-anchor="end">{day(spans[-1].since)}</text>'
    )


def _label(one: ColumnLine) -> str:
    n_over = sum(one.exceeded)
    told = f"{one.metric} of {one.subject} over {counted(len(one.values), 'window')}"
    return f"{told}, worth a look in {n_over:,}" if n_over else f"{told}, as usual in all"


def _reach(one: ColumnLine) -> str:
    known = [value for value in one.values if _is_drawn(value)]
    return f"{figure(min(known))} to {figure(max(known))}" if known else ""
