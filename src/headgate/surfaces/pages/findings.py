"""Cards of what a monitor found, and of columns beside their reference."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from headgate.surfaces.pages.beside import table_of
from headgate.surfaces.pages.charts import distribution
from headgate.surfaces.pages.document import MARKS, card, cards, chips, counted, share
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.monitor.nouns import Distribution, Finding, Measured

MOST_QUIET = 60
"""Columns without a finding that are drawn."""

HARM = {
    "harmful": "the model answers worse",
    "different": "different, not harmful",
    "unknown": "harm not known",
}


class Sides(NamedTuple):
    """What the two sides of a comparison are called.

    Args:
        before: the reference.
        now: the window.
        is_watched: windows before this one were looked at too.
    """

    before: str = "reference"
    now: str = "this window"
    is_watched: bool = True


USUAL = Sides()


def said(one: Finding) -> tuple[str, str]:
    """Part what a finding says from the figures that stand in brackets behind it."""
    text, bracket, figures = one.says.rpartition(" (")
    if bracket and one.measured and figures.startswith(f"{one.measured[0].metric} "):
        return text, figures.removesuffix(")")
    return one.says, ""


def finding(one: Finding, drawn: Distribution | None, sides: Sides = USUAL) -> str:
    """Return a card that says what was found, with a picture of the column if there is one."""
    text, figures = said(one)
    lasts = "2 of 3 windows" if one.persists else "first seen"
    words = [
        one.kind,
        HARM[one.harm],
        "important" if one.is_important else "",
        lasts if sides.is_watched else "",
    ]
    level = "muted" if one.severity == "info" else "off"
    mark = f'<span class="{level}">{MARKS[one.severity]} {one.severity}</span>'
    told = f'<p class="small muted">{escape(figures)}</p>' if figures else ""
    return card(
        one.subject,
        f"<p>{mark}: {escape(text)}</p>{told}",
        chips(words),
        _picture(drawn, sides) if drawn is not None else "",
    )


def findings(some: Iterable[Finding]) -> str:
    """Return findings side by side, without pictures."""
    return cards(finding(one, None) for one in some)


def columns(
    some: Sequence[Distribution], title: str, sides: Sides = USUAL, told: str = ""
) -> list[str]:
    """Return columns side by side under a heading; nothing if there is none.

    Args:
        some: what is drawn, the first `MOST_QUIET` of them; columns without a value are not.
        title: plain text of the heading.
        sides: what reference and window are called.
        told: HTML that stands under the heading.
    """
    drawn = [one for one in some if min(one.missing, one.missing_before) < 1]
    if not drawn:
        return []
    shown = cards(_column(one, sides) for one in drawn[:MOST_QUIET])
    parts = [f"<h2>{escape(title)}</h2>", told, shown]
    more = len(drawn) - MOST_QUIET
    return [*parts, f'<p class="muted">{more:,} more are not drawn</p>'] if more > 0 else parts


def numbers(measured: Iterable[Measured]) -> str:
    """Return every number as a table, those worth a look first."""
    names = ["subject", "check", "metric", "slice", "value", "threshold", "before", "n", "is"]
    rows = [
        [
            one.subject,
            one.check.replace("_", " "),
            one.metric,
            one.slice_ or None,
            one.value,
            one.threshold,
            one.before,
            one.n,
            _state(one),
        ]
        for one in sorted(measured, key=lambda one: not one.is_exceeded)
    ]
    return grid(names, rows)


def verdict(some: Sequence[Finding]) -> str:
    """Say the worst finding, and how many there are besides."""
    more = f", and {counted(len(some) - 1, 'more finding')}" if len(some) > 1 else ""
    return f"{said(some[0])[0]}{more}"


def _picture(one: Distribution, sides: Sides) -> str:
    return distribution(one) + table_of(one, sides.before, sides.now)


def _column(one: Distribution, sides: Sides) -> str:
    told = ""
    if one.missing or one.missing_before:
        text = f"missing {share(one.missing)}, before {share(one.missing_before)}"
        told = f'<p class="small muted">{text}</p>'
    return card(one.column, told, _picture(one, sides))


def _state(one: Measured) -> str:
    tail = ", estimated" if one.is_estimated else ""
    return Loud(f"worth a look{tail}") if one.is_exceeded else f"as usual{tail}"
