"""What the verbs on escalations are asked and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from headgate.monitor.nouns import ActionName
from headgate.monitor.policies.nouns import N_DAYS, State


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done about a window, or is proposed.

    Args:
        escalation_id: its id; the same decision about the same window has the same.
        monitor: which monitor found it.
        watches: what that watches.
        since: when the window began.
        until: when it ended.
        rule: the rule of the policy.
        action: what is done.
        target: to what, such as `source:north`.
        state: whether it is proposed, begun, done, failed or undone.
        subjects: what it is about.
        why: the rule and the findings, in a sentence.
        settings: what the action was given.
        evidence: the findings, conditions and facts it stands on.
        outcome: what was planned or done, and how it is undone.
        decided_at: when it was decided.
        settled_at: when it was done, failed or undone.
        settled_by: by whom.
        well_at: when the trouble was over.
    """

    escalation_id: str
    monitor: str
    watches: str
    since: datetime
    until: datetime
    rule: str
    action: ActionName
    target: str
    state: State
    subjects: tuple[str, ...]
    why: str
    settings: dict[str, Any]
    evidence: dict[str, Any]
    outcome: dict[str, Any]
    decided_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    well_at: datetime | None = None


class ListEscalations(msgspec.Struct, frozen=True, kw_only=True):
    """Which escalations to list.

    Args:
        monitor: only those of this monitor.
        state: only those in this state.
        limit: the most to list, the newest first [count].
    """

    monitor: str | None = None
    state: State | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class EscalationList(msgspec.Struct, frozen=True):
    """Escalations, the newest first."""

    escalations: tuple[Escalation, ...]


class WhichEscalation(msgspec.Struct, frozen=True, kw_only=True):
    """Which escalation.

    Args:
        escalation_id: its id, as `headgate escalation list` shows it.
    """

    escalation_id: str


class UndoEscalation(msgspec.Struct, frozen=True, kw_only=True):
    """What to undo, and why.

    Args:
        escalation_id: its id, as `headgate escalation list` shows it.
        because: why.
    """

    escalation_id: str
    because: str = ""


class InitPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Where to write the policy: monitors/policy.yaml.

    Args:
        replace: the policy that is there makes way.
    """

    replace: bool = False


class PolicyWritten(msgspec.Struct, frozen=True):
    """The policy that was written.

    Args:
        path: its file.
        n_rules: rules in it [count].
    """

    path: str
    n_rules: int


class ShowPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy: the project's, or the one that is shipped if it has none."""


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the policy.

    Args:
        name: its name.
        about: which findings, in words.
        needs: what must hold besides, in words.
        then: what is done.
        proposes: those of the actions that are proposed, not done.
        cooldown: for how long it is not done again, such as `1d`.
        line: where it stands in its file.
    """

    name: str
    about: str
    needs: str
    then: tuple[ActionName, ...]
    proposes: tuple[ActionName, ...]
    cooldown: str
    line: int


class PolicyShown(msgspec.Struct, frozen=True):
    """The rules in the order they are asked.

    Args:
        path: the file; empty for the policy that is shipped.
        rules: the rules.
    """

    path: str
    rules: tuple[RuleLine, ...]


class RehearsePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Over what to try the policy.

    Args:
        monitor: the monitor whose windows are gone through again.
        days: how far back from the newest window [days].
    """

    monitor: str
    days: Annotated[int, msgspec.Meta(ge=1, le=N_DAYS)] = 30


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy would have done about a window.

    Args:
        since: when the window began.
        until: when it ended, at which the decision would have been made.
        action: what would have been done.
        target: to what.
        rule: by which rule.
        mode: whether it would have been done, or proposed.
        subjects: what it is about.
        why: in a sentence.
        did: what was done about the same window and subjects, if anything was.
    """

    since: datetime
    until: datetime
    action: ActionName
    target: str
    rule: str
    mode: str
    subjects: tuple[str, ...]
    why: str
    did: str = ""


class PolicyTested(msgspec.Struct, frozen=True, kw_only=True):
    """What would have happened, against what did.

    Args:
        monitor: the monitor.
        n_windows: windows that were gone through [count].
        n_findings: findings in them [count].
        would: what the policy would have done, the oldest first.
        did: what was done that it would not have done.
        counts: how often it would have done what.
        held_back: which rules lacked what, and in how many windows.
    """

    monitor: str
    n_windows: int
    n_findings: int
    would: tuple[Would, ...]
    did: tuple[Escalation, ...]
    counts: dict[str, int]
    held_back: dict[str, int]
