"""The page of a comparison: what a model learned from beside what it is asked, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages import findings
from headgate.surfaces.pages.document import counted, document, heading, sentence
from headgate.surfaces.pages.monitor import about, seen
from headgate.surfaces.pages.wording import differences

if TYPE_CHECKING:
    from headgate.monitor.versus.reports import Comparison

SIDES = findings.Sides("training", "production", is_watched=False)


def draw(found: Comparison) -> str:
    """Draw training inputs and production data side by side."""
    target = found.seen.target
    parts = [*heading(f"{target} beside its training", _head(found)), about(found.seen, SIDES)]
    parts += seen(found.seen, "Columns as in training", SIDES)
    if found.wording:
        parts += ["<h2>Words, formats and units that training had not</h2>"]
        parts += differences(found.wording, found.n_more, "training")
    parts += ["<h2>Every number</h2>", findings.numbers(found.seen.measured)]
    return document(f"{target}: training and production", parts)


def _head(found: Comparison) -> str:
    if found.seen.findings:
        return sentence(findings.verdict(found.seen.findings))
    n = len(found.wording) + found.n_more
    if n:
        return f"Columns are as in training, but for {counted(n, 'difference')} in words"
    return "Production is as training was"
