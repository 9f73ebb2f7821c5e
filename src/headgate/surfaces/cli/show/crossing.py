"""How a terminal shows what a blast reached in other tools."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.flows.reports import ForeignNode, ForeignReach
    from headgate.surfaces.cli.paint import Paint

N_SHOWN = 10
"""Foreign jobs, datasets and dashboards shown of each; `--json` has more [count]."""
WIDE = 100
SENTENCE = (
    "Possible only: of jobs of other tools it is known which datasets they read and wrote, and "
    "when, not which rows. What nobody told of is not listed, and may be affected too."
)


def foreign_lines(reach: ForeignReach, paint: Paint) -> list[str]:
    """Show what other tools may have made of bad data, dashboards first."""
    counts = [
        count(reach.n_jobs, "job"),
        count(reach.n_datasets, "dataset"),
        count(reach.n_dashboards, "dashboard"),
    ]
    lines = ["", paint.heading(f"possibly, in other tools: {', '.join(counts)}")]
    if not (reach.n_jobs or reach.n_datasets or reach.n_dashboards or reach.ours):
        return [*lines, "  none"]
    parts = (
        ("dashboard", reach.dashboards, reach.n_dashboards),
        ("dataset", reach.datasets, reach.n_datasets),
        ("job", reach.jobs, reach.n_jobs),
    )
    entries = [entry for noun, nodes, n_all in parts for entry in _nodes(noun, nodes, n_all)]
    lines += paint.pairs([*entries, *_ours(reach)], indent="  ")
    told = textwrap.wrap(SENTENCE, min(paint.width, WIDE))
    return [*lines, *(paint.style("dim", line) for line in told)]


def _nodes(noun: str, nodes: Sequence[ForeignNode], n_all: int) -> Iterator[tuple[str, str]]:
    shown = nodes[:N_SHOWN]
    yield from ((one.type or noun, one.name) for one in shown)
    if n_all > len(shown):
        yield "", f"and {count(n_all - len(shown), noun)} more"


def _ours(reach: ForeignReach) -> list[tuple[str, str]]:
    entries = [
        ("ours again", ", ".join(reach.ours)),
        ("models", ", ".join(reach.models)),
        ("deployments", ", ".join(reach.deployments)),
        ("predictions", f"{reach.n_predictions:,}" if reach.n_predictions else ""),
    ]
    return [(name, text) for name, text in entries if text]
