"""The frame of a page and its small parts: headings, facts, chips, cards."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MARKS = {"critical": "▲▲", "error": "▲", "warning": "△", "info": "○"}
"""Severity by shape, for readers who cannot tell it by colour."""

STYLE = Path(__file__).with_name("page.css")
TINY = 1e-300
LONG = 1000
"""From here on a number has no places after its point."""


def document(title: str, parts: Iterable[str]) -> str:
    """Return a whole page.

    Args:
        title: what a tab of the browser shows.
        parts: HTML, from top to bottom.
    """
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def facts(pairs: Iterable[tuple[str, Any]]) -> str:
    """Return facts by name; those that are empty are left out."""
    rows = [
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in pairs
        if value not in (None, "", ())
    ]
    return f"<dl>{''.join(rows)}</dl>"


def chips(words: Iterable[str]) -> str:
    """Return words, each in a small frame of its own."""
    return "".join(f'<span class="chip">{escape(word)}</span>' for word in words if word)


def card(head: str, *parts: str) -> str:
    """Return a card.

    Args:
        head: plain text of its heading.
        parts: HTML.
    """
    return f'<section class="card"><h3>{escape(head)}</h3>{"".join(parts)}</section>'


def cards(some: Iterable[str]) -> str:
    """Return cards side by side, as many as fit."""
    return f'<div class="cards">{"".join(some)}</div>'


def heading(over: str, text: str) -> list[str]:
    """Return what a page begins with.

    Args:
        over: plain text of what was looked at, in small.
        text: plain text of what came of it.
    """
    return [f'<p class="over">{escape(over)}</p>', f"<h1>{escape(text)}</h1>"]


def folded(summary: str, inner: str) -> str:
    """Return what is told only to who asks for it.

    Args:
        summary: plain text that is always there.
        inner: HTML.
    """
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def listed(items: Iterable[str]) -> str:
    """Return plain texts as a list."""
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in items)}</ul>"


def sentence(text: str) -> str:
    """Begin a text as a sentence begins.

    >>> sentence("all is well")
    'All is well'
    """
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write how many there are.

    >>> counted(1, "row"), counted(1200, "row"), counted(2, "entity", "entities")
    ('1 row', '1,200 rows', '2 entities')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def day(moment: datetime) -> str:
    """Write when, to the minute, without the hour where it is midnight."""
    at_midnight = not (moment.hour or moment.minute)
    return f"{moment:%Y-%m-%d}" if at_midnight else f"{moment:%Y-%m-%d %H:%M}"


def figure(value: float | None) -> str:
    """Write a number shortly.

    >>> figure(2280.06), figure(8000), figure(0.00012345), figure(1.0), figure(None)
    ('2,280', '8,000', '0.000123', '1', '-')
    """
    if value is None:
        return "-"
    if abs(value) < TINY:
        return "0"
    if abs(value) >= LONG:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 or value % 1 else f"{value:.0f}"


def share(value: float) -> str:
    """Write a share as percent.

    >>> share(0.1234), share(0.0004)
    ('12.3 %', '0.04 %')
    """
    percent = 100 * value
    return f"{percent:.1f} %" if percent >= 1 or not percent else f"{percent:.2g} %"
