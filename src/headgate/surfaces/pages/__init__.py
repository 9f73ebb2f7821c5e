"""Reports as one self-contained page: one file a noun, one function a kind of report."""

from __future__ import annotations

from typing import Any

from headgate.core.errors import Invalid

PAGES = {
    "CheckReport": "contract",
    "MonitorReport": "monitor",
    "ProfileReport": "profile",
}
"""Which module draws a report, by the report's type."""

VERBS = frozenset({"contract.check", "dataset.profile", "monitor.run"})
"""Verbs whose answer can be drawn."""


def page(report: Any) -> str:
    """Draw a report as one HTML page that needs no server, no script and no other file.

    Args:
        report: what `contract check`, `dataset profile` or `monitor run` answers.

    Raises:
        Invalid: there is no page for such a thing.
    """
    from headgate.surfaces.verbs import load_module

    kind = type(report).__name__
    if kind not in PAGES:
        raise Invalid(f"there is no page of a {kind}", mend=f"give one of {', '.join(PAGES)}")
    return load_module(f"headgate.surfaces.pages.{PAGES[kind]}").draw(report)
