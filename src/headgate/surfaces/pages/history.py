"""The page of a monitor's past: what its newest windows asked for, and each number over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages.beside import legend
from headgate.surfaces.pages.document import cards, counted, day, document, facts, heading
from headgate.surfaces.pages.findings import MOST_QUIET
from headgate.surfaces.pages.series import follow, lines_of
from headgate.surfaces.pages.strip import Stop, strip
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.monitor.nouns import Finding, Span
    from headgate.monitor.requests import ColumnLine, MonitorDetail, WindowLine

LEGEND = legend(
    band="as usual", mid="from here on it is worth a look", now="its number", out="worth a look"
)


def draw(found: MonitorDetail) -> str:
    """Draw a monitor's newest windows."""
    title = f"{found.monitor}: newest windows"
    parts = [*heading(f"monitor {found.monitor}", _head(found.windows)), _about(found)]
    if found.windows:
        spans = [one.span for one in found.windows]
        parts += ["<h2>Windows</h2>", strip([_stop(one) for one in found.windows])]
        parts += numbers(found.columns, spans)
        parts += ["<h2>Every window</h2>", _windows(found.windows)]
    return document(title, parts)


def numbers(columns: Iterable[ColumnLine], spans: Sequence[Span]) -> list[str]:
    """Return each subject over windows, those that were worth a look first.

    Args:
        columns: their numbers.
        spans: the windows, the oldest first.
    """
    lines = lines_of(columns)
    loud = [one for one in lines if any(one[0].exceeded)]
    quiet = [one for one in lines if not any(one[0].exceeded)]
    parts: list[str] = []
    told = LEGEND if lines else ""
    for title, some in (("Worth a look", loud), ("Other numbers", quiet[:MOST_QUIET])):
        if some:
            parts += [f"<h2>{title}</h2>", told, cards(follow(one, spans) for one in some)]
            told = ""
    more = len(quiet) - MOST_QUIET
    return [*parts, f'<p class="muted">{more:,} more are not drawn</p>'] if more > 0 else parts


def kinds(findings: Iterable[Finding]) -> str:
    """Name what was found and where, each once."""
    return ", ".join(dict.fromkeys(f"{one.kind} ({one.subject})" for one in findings))


def _head(windows: Sequence[WindowLine]) -> str:
    n_loud = sum(bool(one.findings) for one in windows)
    if not windows:
        return "No window was looked at yet"
    if not n_loud:
        return f"Nothing to see to in {counted(len(windows), 'window')}"
    return f"{n_loud:,} of {counted(len(windows), 'window')} have findings"


def _about(found: MonitorDetail) -> str:
    made = found.reference
    names = [f"{one.dataset}@{one.number}" for one in made.references] if made else []
    return facts(
        [
            ("watches", found.watches),
            ("owner", found.owner),
            ("reference", ", ".join(names)),
            ("rows of it", f"{made.n_rows:,}" if made else ""),
            ("fitted", f"{day(made.fitted_at)}, version {made.number}" if made else ""),
        ]
    )


def _stop(one: WindowLine) -> Stop:
    return Stop(one.span, one.action, kinds(one.findings))


def _windows(windows: Sequence[WindowLine]) -> str:
    rows = [
        (day(one.span.since), one.span.n_rows, _asked(one.action), kinds(one.findings))
        for one in reversed(windows)
    ]
    return grid(["window", "rows", "asks for", "findings"], rows, wide=["findings"])


def _asked(action: str) -> str:
    text = action.replace("_", " ")
    return text if action == "log" else Loud(text)
