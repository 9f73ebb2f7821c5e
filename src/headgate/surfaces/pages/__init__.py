"""Reports as one self-contained page: one file a kind of report, and the parts they share."""

from __future__ import annotations

from typing import Any

from headgate.core.errors import Invalid

PAGES = {
    "Backtest": "backtest",
    "CheckReport": "contract",
    "Comparison": "comparison",
    "EvidentlyAdopted": "evidently",
    "GxAdopted": "expectations",
    "InferReport": "proposal",
    "Inspected": "inspection",
    "MonitorDetail": "history",
    "MonitorReport": "monitor",
    "PolicyTested": "rehearsal",
    "ProfileReport": "profile",
    "SkewReport": "skew",
    "SourceDiffReport": "wording",
}
"""Which module draws a report, by the report's type."""

VERBS = frozenset(
    {
        "adopt.evidently",
        "adopt.gx",
        "ci",
        "contract.check",
        "contract.infer",
        "dataset.profile",
        "deployment.skew",
        "escalation.test",
        "monitor.backtest",
        "monitor.compare",
        "monitor.run",
        "monitor.show",
        "source.diff",
    }
)
"""Verbs whose answer can be drawn."""


def page(report: Any) -> str:
    """Draw a report as one HTML page that needs no server, no script and no other file.

    Args:
        report: what one of `VERBS` answers, such as `monitor run`.

    Raises:
        Invalid: there is no page for such a thing.
    """
    from headgate.surfaces.verbs import load_module

    kind = type(report).__name__
    if kind not in PAGES:
        raise Invalid(f"there is no page of a {kind}", mend=f"give one of {', '.join(PAGES)}")
    return load_module(f"headgate.surfaces.pages.{PAGES[kind]}").draw(report)
