"""What a policy is made of: rules in order, each with what it is about, needs and does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from headgate.monitor.nouns import ActionName, CheckName, Finding, Harm, Span

Severity = Literal["critical", "error", "warning", "info"]
Mode = Literal["plan", "act"]
State = Literal["proposed", "begun", "done", "failed", "undone"]
STRENGTH: tuple[ActionName, ...] = (
    "log",
    "ticket",
    "page",
    "retrain",
    "quarantine_source",
    "rollback",
)
"""Actions from the weakest to the strongest."""
TOLD: frozenset[ActionName] = frozenset({"ticket", "page"})
"""Actions that only tell somebody, and so are taken unless a rule says otherwise."""
N_DAYS = 3_650
"""The longest time for which a policy looks back [days]."""
TARGETED: frozenset[ActionName] = frozenset({"quarantine_source", "retrain", "rollback"})
"""Actions on something other than the monitor, for which a cooldown holds as a whole."""


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many calls on people a monitor may make.

    Args:
        page: pages [count].
        ticket: tickets [count].
        days: in how long [days].
    """

    page: Annotated[int, msgspec.Meta(ge=0)] = 2
    ticket: Annotated[int, msgspec.Meta(ge=0)] = 12
    days: Annotated[int, msgspec.Meta(ge=1, le=N_DAYS)] = 30


class Conditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold; what is not said may be anything.

    Args:
        check: which checks found it.
        kind: what it is, such as `missing values`.
        severity: how bad it is.
        harm: whether the model answers worse for it.
        is_important: the subject matters to the model.
        persists: two of the newest three windows showed it.
        at_fault: a source upstream brought records that broke a promise.
        fresh_labels: so many labels became known since the model learned [count].
        deployment_moved: it began when the deployment was pointed at another release.
        previous_release_passes: the release before does better on the same window.
        budget: calls on people are left, or were spent.
    """

    check: tuple[CheckName, ...] = ()
    kind: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()
    harm: tuple[Harm, ...] = ()
    is_important: bool | None = None
    persists: bool | None = None
    at_fault: bool | None = None
    fresh_labels: Annotated[int, msgspec.Meta(ge=0)] | None = None
    deployment_moved: bool | None = None
    previous_release_passes: bool | None = None
    budget: Literal["left", "spent"] | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about findings of a kind.

    Args:
        name: what decisions call it; its number if nothing is said.
        when: which findings it is about; the first rule that is about a finding has it.
        then: what is done.
        needs: what must hold besides; where it does not, the next rule is asked, and the decision
            says what was missing.
        cooldown: for how long the same is not done again.
        to: notifiers that are told; all of headgate.toml if none is named.
        mode: whether it is done, or proposed.
        pipeline: what retraining runs; found by lineage if not said.
        line: where it stands in the file.
    """

    name: str = ""
    when: Conditions
    then: tuple[ActionName, ...]
    needs: Conditions = Conditions()
    cooldown: timedelta = timedelta(0)
    to: tuple[str, ...] | None = None
    mode: Mode | None = None
    pipeline: str = ""
    line: int = 0

    def mode_of(self, action: ActionName) -> Mode:
        """Say whether one of its actions is done, or proposed: telling people is done."""
        if action in TOLD or action == "log":
            return "act"
        return self.mode or "plan"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, in the order they are asked.

    Args:
        rules: the rules.
        budget: how many calls on people a monitor may make.
        fault_ratio: from which share of a source's records in quarantine it is at fault [ratio].
    """

    rules: tuple[Rule, ...]
    budget: Budget = Budget()
    fault_ratio: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.01


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was looked up, with what a reader can check it by.

    Args:
        value: what came of it; nothing if it could not be told.
        says: that, in a sentence.
        evidence: the numbers behind it.
    """

    value: Any
    says: str
    evidence: dict[str, Any] = {}


UNKNOWN = Fact(value=None, says="nobody looked")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known besides the findings.

    Args:
        at_fault: names of the sources at fault.
        fresh_labels: labels that became known since the model learned [count].
        deployment_moved: when the deployment moved, at the beginning of the trouble.
        previous_release_passes: whether the release before does better on the same window.
        deployment: what is watched, if it is a deployment.
        datasets: what the model learned from, or what is watched.
    """

    at_fault: Fact = UNKNOWN
    fresh_labels: Fact = UNKNOWN
    deployment_moved: Fact = UNKNOWN
    previous_release_passes: Fact = UNKNOWN
    deployment: str | None = None
    datasets: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about a window before.

    Args:
        rule: by which rule.
        action: what.
        target: to what.
        subjects: for which subjects.
        since: when the window began.
        until: when it ended.
        at: when it was decided.
    """

    rule: str
    action: ActionName
    target: str
    subjects: tuple[str, ...]
    since: datetime
    until: datetime
    at: datetime


class Past(msgspec.Struct, frozen=True):
    """A window that was looked at before, and what was found in it."""

    window: Span
    findings: tuple[Finding, ...]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What came before.

    Args:
        at: when the decision is made.
        taken: what was done before, in any order.
        windows: windows before this one, the oldest first.
    """

    at: datetime
    taken: tuple[Taken, ...] = ()
    windows: tuple[Past, ...] = ()


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is to be done.

    Args:
        rule: by which rule.
        action: what.
        target: to what, such as `source:north`.
        subjects: for which subjects.
        mode: whether it is done, or proposed.
        why: in a sentence.
        to: notifiers that are told; all of headgate.toml if none is named.
        pipeline: what retraining runs.
        evidence: the findings and facts it stands on.
    """

    rule: str
    action: ActionName
    target: str
    subjects: tuple[str, ...]
    mode: Mode
    why: str
    to: tuple[str, ...] | None = None
    pipeline: str = ""
    evidence: dict[str, Any] = {}
