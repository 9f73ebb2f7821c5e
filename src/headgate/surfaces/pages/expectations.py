"""The page of an adoption of Great Expectations: both verdicts, expectation by expectation."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from headgate.surfaces.pages.document import counted, document, facts, folded, heading
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.contract.switching.reports import Compared, GxAdopted, SuiteAdopted

MARKS = {"agree": "the same", "explained": "○ explained", "not compared": "not compared"}

KEPT = {True: "kept", False: "broken", None: None}


def draw(report: GxAdopted) -> str:
    """Draw what became of suites, and where both look at the same rows otherwise."""
    about = facts(
        [
            ("beside", f"Great Expectations {report.version}" if report.version else ""),
            ("rows", f"{report.looked_at}, {report.n_rows:,}" if report.looked_at else ""),
            ("the same", report.n_agreed or None),
            ("explained", report.n_explained or None),
            ("unexplained", report.n_unexplained or None),
        ]
    )
    parts = [*heading("adopted of Great Expectations", _head(report)), about]
    for suite in report.suites:
        parts += _suite(suite)
    if report.left_out:
        parts += ["<h2>Not translated besides</h2>", left_out(report.left_out)]
    if report.notifiers:
        notifiers = f"<pre>{escape(report.notifiers)}</pre>"
        parts += ["<h2>Notifiers</h2>", folded("sections of headgate.toml", notifiers)]
    return document("adopted of Great Expectations", parts)


def left_out(some: Iterable[Any]) -> str:
    """Return what did not translate, and why.

    Args:
        some: what was left out, each with `path`, `what` and `why`.
    """
    rows = [(one.path or "the file", one.what, one.why) for one in some]
    return grid(["where", "what", "why"], rows, wide=["where", "what", "why"])


def _head(report: GxAdopted) -> str:
    n = report.n_unexplained
    if n:
        return f"{counted(n, 'expectation')} seen otherwise, and nobody knows why"
    adopted = counted(sum(one.n_expectations for one in report.suites), "expectation")
    if not report.looked_at:
        return f"{adopted} adopted, not yet compared"
    return f"{adopted} adopted, every difference has its reason"


def _suite(one: SuiteAdopted) -> list[str]:
    names = ["expectation", "column", "is", "there", "here", "figure there", "figure here", "why"]
    told = f"{counted(one.n_expectations, 'expectation')}, now contract {one.contract}: {one.path}"
    parts = [f"<h2>{escape(one.suite)}</h2>", f'<p class="muted">{escape(told)}</p>']
    if one.compared:
        parts.append(grid(names, [_compared(each) for each in one.compared], wide=["why"]))
    if one.left_out:
        parts += ["<h3>Not translated</h3>", left_out(one.left_out)]
    return parts


def _compared(one: Compared) -> tuple[str | float | None, ...]:
    return (
        one.expectation,
        one.column,
        MARKS[one.state] if one.state in MARKS else Loud(f"▲ {one.state}"),
        KEPT[one.gx],
        KEPT[one.ours],
        one.gx_figure,
        one.our_figure,
        one.reason,
    )
