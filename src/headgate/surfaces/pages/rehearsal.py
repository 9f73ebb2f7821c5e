"""The page of a policy tried on the past: what it would have done when, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import counted, day, document, facts, heading
from headgate.surfaces.pages.tables import grid

if TYPE_CHECKING:
    from headgate.monitor.escalations.reports import Escalation, PolicyTested, Would


def draw(report: PolicyTested) -> str:
    """Draw what a policy would have done, beside what was done."""
    done = [f"{_word(name)} {n:,}" for name, n in report.counts.items()]
    windows = counted(report.n_windows, "window")
    n = counted(len(report.would), "time")
    verdict = f"Something would have been done {n}" if done else "Nothing would have been done"
    about = facts(
        [
            ("windows", f"{windows}, {counted(report.n_findings, 'finding')}"),
            ("in all", ", ".join(done)),
        ]
    )
    parts = [*heading(f"policy of monitor {report.monitor}", verdict), about]
    if report.would:
        names = ["window", "would", "to", "why", "what was done"]
        rows = [_would(one) for one in report.would]
        parts += ["<h2>What it would have done</h2>", grid(names, rows, wide=["why"])]
    if report.did:
        names = ["window", "did", "to", "why", "is"]
        rows = [_did(one) for one in report.did]
        parts += ["<h2>Done, though it would not have</h2>", grid(names, rows, wide=["why"])]
    if report.held_back:
        names = ["what lacked", "windows"]
        rows = list(report.held_back.items())
        parts += ["<h2>Held back</h2>", grid(names, rows, wide=["what lacked"])]
    return document(f"{report.monitor}: policy on the past", parts)


def _would(one: Would) -> tuple[str, ...]:
    verb = _word(one.action) if one.mode == "act" else f"propose {_word(one.action)}"
    return day(one.since), verb, one.target, one.why, one.did or "nothing"


def _did(one: Escalation) -> tuple[str, ...]:
    return day(one.since), _word(one.action), one.target, one.why, one.state


def _word(action: str) -> str:
    return action.replace("_", " ")
