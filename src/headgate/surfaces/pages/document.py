"""The frame of a page and its small parts: headings, facts, tables, chips."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        f"<title>{escape(title)}</title>\n<style>{STYLE.read_text()}</style>\n</head>\n"
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


def grid(names: Sequence[str], rows: Iterable[Sequence[Any]], *, wide: Sequence[str] = ()) -> str:
    """Return a table: numbers to the right, text cut to a line, but where it may be wide.

    Args:
        names: of the columns.
        rows: their cells; a number, text, or nothing.
        wide: columns whose text may take several lines.
    """
    kinds = ["wide" if name in wide else "name" for name in names]
    written = list(rows)
    is_number = [any(isinstance(row[i], int | float) for row in written) for i in range(len(names))]
    head = "".join(
        f'<th class="number">{escape(name)}</th>' if right else f"<th>{escape(name)}</th>"
        for name, right in zip(names, is_number, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(_cell(one, kind) for one, kind in zip(row, kinds, strict=True))}</tr>"
        for row in written
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


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


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return '<td class="muted">-</td>'
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, int | float):
        return f'<td class="number">{figure(value)}</td>'
    text = escape(str(value))
    return f'<td class="{kind}" title="{text}">{text}</td>'
