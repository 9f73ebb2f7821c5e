"""The page of a monitor's newest windows: what each asked for, and every number over them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.charts import line
from headgate.surfaces.pages.document import card, document, facts, figure, grid
from headgate.surfaces.pages.monitor import reference

if TYPE_CHECKING:
    from headgate.monitor.requests import ColumnLine, MonitorDetail, WindowLine

MOST_QUIET = 90
"""Numbers that were never worth a look and are drawn."""


def draw(found: MonitorDetail) -> str:
    """Draw a monitor with its newest windows."""
    n_loud = sum(bool(one.findings) for one in found.windows)
    head = f"{found.monitor}: {n_loud} of {len(found.windows)} windows with findings"
    parts = [f"<h1>{escape(head)}</h1>", _about(found)]
    if found.windows:
        rows = [_window(one) for one in reversed(found.windows)]
        names = ["window", "rows", "asks for", "findings"]
        parts += ["<h2>Windows</h2>", grid(names, rows, wide=["findings"])]
    drawn = [one for one in found.columns if any(value is not None for value in one.values)]
    loud = [one for one in drawn if any(one.exceeded)]
    quiet = [one for one in drawn if not any(one.exceeded)]
    parts += [*_numbers("Worth a look", loud), *_numbers("As usual", quiet[:MOST_QUIET])]
    if len(quiet) > MOST_QUIET:
        parts.append(f'<p class="muted">{len(quiet) - MOST_QUIET} more are not drawn</p>')
    parts.append("<footer>Dashed: the threshold. Dots: windows in which it was crossed.</footer>")
    return document(head, parts)


def _about(found: MonitorDetail) -> str:
    held = found.reference
    spans = [one.span for one in found.windows]
    told = [("watches", found.watches), ("owner", found.owner)]
    if spans:
        told.append(
            ("windows", f"{spans[0].since:%Y-%m-%d %H:%M} to {spans[-1].until:%Y-%m-%d %H:%M}")
        )
    if held is not None:
        told.append(("reference", "; ".join(reference(one) for one in held.references)))
        told.append(("rows of it", f"{held.n_rows:,}"))
    return facts(told)


def _window(one: WindowLine) -> list[object]:
    found = dict.fromkeys(f"{each.kind} ({each.subject})" for each in one.findings)
    since = one.span.since.strftime("%Y-%m-%d %H:%M")
    return [since, one.span.n_rows, one.action.replace("_", " "), ", ".join(found) or None]


def _numbers(head: str, numbers: list[ColumnLine]) -> list[str]:
    if not numbers:
        return []
    cards = "".join(map(_number, numbers))
    return [f"<h2>{head}</h2>", f'<div class="cards">{cards}</div>']


def _number(one: ColumnLine) -> str:
    newest = next((value for value in reversed(one.values) if value is not None), None)
    held = "" if one.threshold is None else f", threshold {figure(one.threshold)}"
    told = f"{one.metric} {figure(newest)}{held}"
    picture = line(one.values, one.threshold, one.exceeded, f"{one.subject}: {told}")
    check = one.check.replace("_", " ")
    return card(one.subject, f'<p class="muted">{escape(check)}: {escape(told)}</p>', picture)
