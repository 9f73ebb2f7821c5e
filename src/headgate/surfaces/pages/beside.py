"""What stands beside a chart: its legend, and its cells as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.charts import cell_of
from headgate.surfaces.pages.document import folded, share
from headgate.surfaces.pages.tables import Loud, Written, grid

if TYPE_CHECKING:
    from headgate.monitor.nouns import Distribution


def legend(**said: str) -> str:
    """Return what the parts of a chart mean.

    Args:
        said: plain text by part: `band`, `mid` for the dashed line, `now` and `out`.
    """
    parts = (f'<span><i class="{part}"></i>{escape(text)}</span>' for part, text in said.items())
    return f'<p class="legend">{"".join(parts)}</p>'


def usual_legend(before: str, now: str) -> str:
    """Return the legend of distributions.

    Args:
        before: what the reference is called.
        now: what the window is called.
    """
    return legend(
        band=f"where windows of this size lie without drift from the {before}",
        mid=before,
        now=now,
        out="outside",
    )


def table_of(one: Distribution, before: str, now: str) -> str:
    """Return every cell of a chart as a table, folded away.

    Args:
        one: what is drawn.
        before: what the reference is called.
        now: what the window is called.
    """
    rows = [
        (
            cell_of(one, i),
            Written(share(one.reference[i])),
            Written(f"{share(one.low[i]).removesuffix(' %')} to {share(one.high[i])}"),
            Written(share(one.current[i])) if _is_usual(one, i) else Loud(share(one.current[i])),
        )
        for i in range(len(one.current))
    ]
    return folded("as a table", grid([one.column, before, "usual", now], rows))


def _is_usual(one: Distribution, i: int) -> bool:
    return one.low[i] <= one.current[i] <= one.high[i]
