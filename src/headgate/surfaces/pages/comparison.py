"""The page of a comparison: what moved between training and production, and what is new there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import document, facts, grid
from headgate.surfaces.pages.monitor import columns, findings, reference

if TYPE_CHECKING:
    from headgate.monitor.versus.reports import Comparison


def draw(found: Comparison) -> str:
    """Draw training inputs and production data side by side."""
    seen = found.seen
    n = len(seen.findings) + len(found.wording) + found.n_more
    verdict = f"{n} {'thing' if n == 1 else 'things'} moved" if n else "As in training"
    since, until = (at.strftime("%Y-%m-%d %H:%M") for at in (seen.window.since, seen.window.until))
    about = facts(
        [
            ("asked now", seen.target),
            ("window", f"{since} to {until} UTC, {seen.window.n_rows:,} rows"),
            ("training", "; ".join(reference(one) for one in seen.references)),
            ("rows of it", f"{seen.reference_n:,}"),
        ]
    )
    parts = [f"<h1>{verdict}</h1>", about, *findings(seen), *_wording(found), *columns(seen)]
    return document(f"{seen.target} beside training", parts)


def _wording(found: Comparison) -> list[str]:
    if not found.wording:
        return []
    rows = [
        (one.column, one.says, ", ".join(dict.fromkeys(map(str, one.examples))))
        for one in found.wording
    ]
    more = f'<p class="muted">{found.n_more} more with --limit</p>' if found.n_more else ""
    table = grid(["column", "what is new", "such as"], rows, wide=["what is new", "such as"])
    return ["<h2>Said otherwise</h2>", table, more]
