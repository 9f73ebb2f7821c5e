"""Looks up what a policy asks besides findings: faults upstream, moves, labels, the release before.

What cannot be told stays untold, with the reason; a rule that needs it then does not apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.core.times import render
from headgate.monitor.policies.answers import fresh_labels, previous_release
from headgate.monitor.policies.conditions import facts_named
from headgate.monitor.policies.faults import sources_at_fault
from headgate.monitor.policies.nouns import UNKNOWN, Fact, Facts
from headgate.spine.lineage.events import list_events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from headgate.core.nouns import Event
    from headgate.monitor.nouns import MonitorReport
    from headgate.monitor.policies.nouns import Past, Policy
    from headgate.spine.context import Context

MOVES = ("deployment_created", "deployment_moved", "deployment_rolled_back")
OF_ANSWERS = frozenset({"estimated_performance", "realised_performance", "concept_drift"})
NO_DEPLOYMENT = Fact(value=None, says="no deployment is watched")


class Onset(NamedTuple):
    """When trouble began.

    Args:
        after: when the last window without it began.
        until: when the first window with it ended.
    """

    after: datetime
    until: datetime


def gather(
    context: Context, report: MonitorReport, policy: Policy, windows: Sequence[Past]
) -> Facts:
    """Look up the facts that a policy asks for.

    Args:
        context: the project.
        report: what a monitor found.
        policy: says which facts are asked for.
        windows: windows before this one, the oldest first.
    """
    kind, _, name = report.target.partition("?")[0].partition(":")
    deployment = name if kind == "deployment" else None
    learned = tuple(dict.fromkeys(one.dataset for one in report.references))
    watched = (name,) if kind == "dataset" else ()
    asked = facts_named(policy) if report.findings else frozenset[str]()
    makers: dict[str, Callable[[], Fact]] = {
        "at_fault": lambda: sources_at_fault(
            context, (*watched, *learned), report.window, policy.fault_ratio
        ),
        "fresh_labels": lambda: fresh_labels(context, report),
        "deployment_moved": lambda: _moved(context, deployment, onset(report, windows)),
        "previous_release_passes": lambda: _previous(context, deployment, report, windows),
    }
    found = {name: make() if name in asked else UNKNOWN for name, make in makers.items()}
    return Facts(
        **found, deployment=deployment, datasets=tuple(dict.fromkeys((*learned, *watched)))
    )


def onset(report: MonitorReport, windows: Sequence[Past]) -> Onset:
    """Say when the trouble of a report began: its windows are followed back without a gap.

    Performance counts where it is among the findings, for the data may have moved long before.
    """
    checks = {one.check for one in report.findings}
    checks = checks & OF_ANSWERS or checks
    until, since = report.window.until, report.window.since
    for past in reversed(windows):
        if past.window.until > since or not any(one.check in checks for one in past.findings):
            if past.window.until <= since:
                return Onset(past.window.since, until)
            continue
        until, since = past.window.until, past.window.since
    return Onset(since - (until - since), until)


def _moved(context: Context, deployment: str | None, began: Onset) -> Fact:
    """Say whether a deployment moved when the trouble began."""
    if deployment is None:
        return NO_DEPLOYMENT
    moves = _moves(context, deployment)
    found = [one for one in moves if began.after <= one.at < began.until]
    between = f"between {render(began.after)} and {render(began.until)}"
    if not found:
        says = f"{deployment} did not move {between}, when it began"
        return Fact(value=False, says=says, evidence={"n_moves": len(moves)})
    last = found[-1]
    says = f"{deployment} moved from {last.payload.get('from')} to {last.payload.get('to')}"
    evidence = {"at": render(last.at), "from": last.payload.get("from")}
    return Fact(
        value=last.payload.get("from") is not None,
        says=f"{says} at {render(last.at)}, {between}",
        evidence=evidence | {"to": last.payload.get("to"), "event": last.seq},
    )


def _previous(
    context: Context, deployment: str | None, report: MonitorReport, windows: Sequence[Past]
) -> Fact:
    if deployment is None:
        return NO_DEPLOYMENT
    moves = _moves(context, deployment)
    if not moves or moves[-1].payload.get("from") is None:
        return Fact(value=None, says=f"{deployment} had no release before")
    payload = moves[-1].payload
    return previous_release(
        context, report, onset(report, windows).after, (str(payload["from"]), str(payload["to"]))
    )


def _moves(context: Context, deployment: str) -> list[Event]:
    """List the events of a deployment's moves, the oldest first."""
    with context.catalog.read() as connection:
        found = list_events(connection, context.tenant, subject=f"deployment:{deployment}")
    return [one for one in reversed(found) if one.kind in MOVES]
