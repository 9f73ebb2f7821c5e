"""Draws windows side by side, each in the colour and shape of what was to be done in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from headgate.surfaces.pages.document import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.nouns import Span

SIGNS = {"ticket": "△", "page": "▲", "log": ""}
"""What is to be done by shape; anything stronger than a page has a page's."""
MOST_WIDE = 56
"""So wide is a window on a strip at most [px]."""


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
    """Return windows side by side, each in the colour and shape of its action.

    Args:
        stops: the windows, the oldest first; nothing is drawn if there is none.
    """
    if not stops:
        return ""
    cells = "".join(map(_stop, stops))
    told = (day(stops[0].span.since), _shapes(stops), day(stops[-1].span.until))
    ends = "".join(f"<span>{one}</span>" for one in told)
    room = MOST_WIDE * len(stops)
    return f'<ol class="strip" style="max-width:{room}px">{cells}</ol><p class="ends">{ends}</p>'


def _shapes(stops: Sequence[Stop]) -> str:
    """Say what the shapes on a strip mean, those that stand there."""
    signs = {one.action: SIGNS.get(one.action, SIGNS["page"]) for one in stops if one.told}
    return ", ".join(f"{sign or '▁'} {_words(action)}" for action, sign in signs.items())


def _stop(one: Stop) -> str:
    kind = one.action if one.action in {"ticket", "log"} else "page"
    word = "noted" if kind == "log" and one.told else kind
    asked = _words(one.action)
    said = f"{day(one.span.since)}: {asked if one.told or kind != 'log' else 'as usual'}"
    text = escape(f"{said}; {one.told}" if one.told else said)
    return f'<li class="{word}" title="{text}" aria-label="{text}">{SIGNS[kind]}</li>'


def _words(action: str) -> str:
    return action.replace("_", " ")
