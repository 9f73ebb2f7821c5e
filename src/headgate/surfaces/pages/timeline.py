"""Draws windows side by side: what was to be done in each, and a number over all of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from headgate.surfaces.pages.document import card, counted, day, figure, folded
from headgate.surfaces.pages.tables import Loud, Written, grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from headgate.monitor.nouns import Span
    from headgate.monitor.requests import ColumnLine

WIDTH, HEIGHT = 320, 116
LEFT, RIGHT, TOP, BOTTOM = 4, 4, 16, 18
SIGNS = {"ticket": "△", "page": "▲", "log": ""}
"""What is to be done by shape; anything stronger than a page has a page's."""
MOST_WIDE = 56
"""So wide is a window on a strip at most [px]."""
ROOM = 0.06
"""Room above the highest value and below the lowest, of the way between them [ratio]."""


class Stop(NamedTuple):
    """One window on a strip.

    Args:
        span: which.
        action: what was to be done.
        told: plain text of what was found; empty if nothing was.
    """

    span: Span
    action: str
    told: str = ""


def strip(stops: Sequence[Stop]) -> str:
    """Return windows side by side, the oldest first, each in the colour and shape of its action."""
    cells = "".join(map(_stop, stops))
    told = (day(stops[0].span.since), _shapes(stops), day(stops[-1].span.until))
    ends = "".join(f"<span>{one}</span>" for one in told)
    room = MOST_WIDE * len(stops)
    return f'<ol class="strip" style="max-width:{room}px">{cells}</ol><p class="ends">{ends}</p>'


def _shapes(stops: Sequence[Stop]) -> str:
    """Say what the shapes on a strip mean, those that stand there."""
    actions = dict.fromkeys(one.action for one in stops if one.action != "log")
    return ", ".join(f"{SIGNS.get(one, SIGNS['page'])} {escape(one)}" for one in actions)


def _stop(one: Stop) -> str:
    kind = one.action if one.action in {"ticket", "log"} else "page"
    word = "noted" if kind == "log" and one.told else kind
    asked = one.action.replace("_", " ")
    said = f"{day(one.span.since)}: {asked if one.told or kind != 'log' else 'as usual'}"
    text = escape(f"{said}; {one.told}" if one.told else said)
    return f'<li class="{word}" title="{text}" aria-label="{text}">{SIGNS[kind]}</li>'


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
    told = f"{first.check.replace('_', ' ')}, {first.metric}: newest {figure(newest)}"
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
    bottom, top = _reach([*one.values, *limits])
    step = (WIDTH - LEFT - RIGHT) / max(len(one.values), 1)

    def x(place: float) -> float:
        return LEFT + step * place

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - bottom) / (top - bottom))

    usual = bottom if _is_ceiling(one) else top
    band = "".join(
        f'<rect x="{x(i):.1f}" y="{min(y(limit), y(usual)):.1f}" width="{step:.1f}" '
        f'height="{abs(y(limit) - y(usual)):.1f}" fill="var(--band)"/>'
        f'<path d="M{x(i):.1f} {y(limit):.1f}h{step:.1f}" stroke="var(--mid)" '
        'stroke-dasharray="3 2"/>'
        for i, limit in enumerate(limits)
        if limit is not None
    )
    dots = "".join(
        f'<circle cx="{x(i + 0.5):.1f}" cy="{y(value):.1f}" r="3.5" fill="var(--off)">'
        f"<title>{day(spans[i].since)}: {figure(value)}</title></circle>"
        for i, value in enumerate(one.values)
        if value is not None and one.exceeded[i]
    )
    path = _path(one.values, lambda i: x(i + 0.5), y)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_label(one))}">{band}'
        f'<path d="{path}" fill="none" stroke="var(--text)" stroke-width="1.25"/>{dots}'
        f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="var(--line)"/>'
        f"{_ends(one, spans)}</svg>"
    )


def _path(
    values: Sequence[float | None], x: Callable[[int], float], y: Callable[[float], float]
) -> str:
    """Draw a line through values, torn where one is lacking; a value alone is a point."""
    parts: list[str] = []
    is_down = False
    for place, value in enumerate(values):
        if value is not None:
            parts.append(f"{'L' if is_down else 'M'}{x(place):.1f} {y(value):.1f}")
            parts += [] if is_down else ["h.01"]
        is_down = value is not None
    return "".join(parts)


def _reach(values: Iterable[float | None]) -> tuple[float, float]:
    """Find from where to where an axis goes; it begins at 0 where the values come near it."""
    known = [value for value in values if value is not None] or [0.0]
    low, high = min(known), max(known)
    room = ROOM * (high - low) or abs(high) or 1.0
    is_near = 0 <= low <= (high - low)
    return (0.0 if is_near else low - room), high + room


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
    known = [value for value in one.values if value is not None]
    y = HEIGHT - 5
    return (
        f'<text x="{LEFT}" y="{TOP - 4}">{figure(min(known))} to {figure(max(known))}</text>'
        f'<text x="{LEFT}" y="{y}">{day(spans[0].since)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{y}" text-anchor="end">{day(spans[-1].since)}</text>'
    )


def _label(one: ColumnLine) -> str:
    n_over = sum(one.exceeded)
    told = f"{one.metric} of {one.subject} over {counted(len(one.values), 'window')}"
    return f"{told}, worth a look in {n_over:,}" if n_over else f"{told}, as usual in all"
