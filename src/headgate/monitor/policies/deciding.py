"""Decides what is done about the findings of a window; a pure function, so history can be retold.

Rules are asked in order. The first one that is about a finding, and whose needs are met, has it; a
rule that was about it but lacked something is named with what it lacked. What was done about the
same window before is not done again, and what was done within a rule's cooldown neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.monitor.nouns import ActionName, Decision
from headgate.monitor.policies.conditions import (
    Held,
    budget_holds,
    facts_hold,
    is_about,
    is_about_window,
)
from headgate.monitor.policies.nouns import STRENGTH, TARGETED, Deed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.monitor.nouns import Finding, MonitorReport
    from headgate.monitor.policies.nouns import Facts, History, Policy, Rule, Taken


class Resolution(NamedTuple):
    """What is done about a window, and what is not.

    Args:
        deeds: what is to be done, the strongest first.
        held_back: rules that were about a finding but lacked something, or whose action had
            nothing to be done to.
        resting: what was done before, so that it is not done again.
        untold: subjects of findings that no rule has.
    """

    deeds: tuple[Deed, ...]
    held_back: tuple[dict[str, Any], ...]
    resting: tuple[dict[str, Any], ...]
    untold: tuple[str, ...] = ()


def decide(report: MonitorReport, facts: Facts, policy: Policy, history: History) -> Decision:
    """Say what is to be done about the findings of a window, and why.

    Args:
        report: what was found.
        facts: what is known besides.
        policy: the rules.
        history: what was done before, and when this is.
    """
    return decision_of(resolve(report, facts, policy, history))


def resolve(report: MonitorReport, facts: Facts, policy: Policy, history: History) -> Resolution:
    """Say each deed that is to be done, and what is not done and why; as `decide` otherwise."""
    asked = _Asked(report, facts, policy, history)
    by_rule: dict[str, list[Finding]] = {}
    untold: dict[str, None] = {}
    for finding in report.findings:
        rule = asked.rule_for(finding)
        if rule is None:
            untold[finding.subject] = None
        else:
            by_rule.setdefault(rule.name, []).append(finding)
    for rule in policy.rules:
        if rule.name in by_rule:
            asked.apply(rule, by_rule[rule.name])
    asked.deeds.sort(key=lambda one: -STRENGTH.index(one.action))
    held_back, resting = tuple(asked.held_back), tuple(asked.resting)
    return Resolution(tuple(asked.deeds), held_back, resting, tuple(untold))


def decision_of(resolution: Resolution) -> Decision:
    """Sum a resolution up: the strongest deed counts, the others are named beside it."""
    evidence = {
        "deeds": [
            {"rule": one.rule, "action": one.action, "target": one.target, "mode": one.mode}
            for one in resolution.deeds
        ],
        "held_back": list(resolution.held_back),
        "resting": list(resolution.resting),
    }
    if not resolution.deeds:
        return _at_rest(resolution, evidence)
    first, *rest = resolution.deeds
    subjects = dict.fromkeys(each for one in resolution.deeds for each in one.subjects)
    others: list[ActionName] = [one.action for one in rest if one.action != first.action]
    also: tuple[ActionName, ...] = tuple(dict.fromkeys(others))
    return Decision(
        action=first.action,
        why=first.why,
        rule=first.rule,
        subjects=tuple(subjects),
        also=also,
        evidence=evidence | first.evidence,
    )


def _at_rest(resolution: Resolution, evidence: dict[str, Any]) -> Decision:
    """Decide where nothing is left to do: what was done about this very window stands."""
    same = [one for one in resolution.resting if one["is_same_window"]]
    if not same:
        return Decision(action="log", why=_why_nothing(resolution), rule="", evidence=evidence)
    first = max(same, key=lambda one: STRENGTH.index(one["action"]))
    others: list[ActionName] = [one["action"] for one in same if one["action"] != first["action"]]
    also: tuple[ActionName, ...] = tuple(dict.fromkeys(others))
    return Decision(
        action=first["action"],
        why=f"done before: {first['why']}",
        rule=first["rule"],
        subjects=tuple(dict.fromkeys(each for one in same for each in one["subjects"])),
        also=also,
        evidence=evidence,
    )


def _why_nothing(resolution: Resolution) -> str:
    if resolution.resting:
        return f"within its cooldown: {resolution.resting[0]['why']}"
    if resolution.untold:
        return f"no rule has what was found of {', '.join(resolution.untold)}"
    if resolution.held_back:
        first = resolution.held_back[0]
        return f"{first['rule']} lacks {first['lacks'][0]['condition']}"
    return "nothing was found"


class _Asked:
    """One pass through the rules."""

    def __init__(
        self, report: MonitorReport, facts: Facts, policy: Policy, history: History
    ) -> None:
        self.report = report
        self.facts = facts
        self.policy = policy
        self.history = history
        self.deeds: list[Deed] = []
        self.held_back: list[dict[str, Any]] = []
        self.resting: list[dict[str, Any]] = []

    def rule_for(self, finding: Finding) -> Rule | None:
        """Return the first rule that is about a finding and lacks nothing."""
        for rule in self.policy.rules:
            if not is_about(rule.when, finding):
                continue
            if not all(one.holds for one in self._held(rule, rule.when)):
                continue
            lacking = [one for one in self._held(rule, rule.needs) if not one.holds]
            if not lacking:
                return rule
            self._hold_back(rule, rule.then, lacking)
        return None

    def _held(self, rule: Rule, wanted: Any) -> list[Held]:
        window = self.report.window
        return [
            *facts_hold(wanted, self.facts),
            *budget_holds(wanted, rule.then, self.policy, self.history, window),
        ]

    def _hold_back(self, rule: Rule, actions: Iterable[str], lacking: list[Held]) -> None:
        told = {
            "rule": rule.name,
            "actions": list(actions),
            "lacks": [{"condition": one.condition, "says": one.says} for one in lacking],
        }
        if told not in self.held_back:
            self.held_back.append(told)

    def apply(self, rule: Rule, findings: list[Finding]) -> None:
        """Note what a rule does about its findings."""
        for action in sorted(set(rule.then), key=STRENGTH.index, reverse=True):
            targets = self._targets(rule, action)
            if not targets:
                self._hold_back(rule, [action], [_nothing_to(action, self.facts)])
            for target in targets:
                earlier = self._decided(action, target)
                if earlier is None:
                    self._do(rule, action, target, findings)
                else:
                    says = f"rule {earlier.rule!r} does it already"
                    self._hold_back(rule, [action], [Held("done once", holds=False, says=says)])

    def _decided(self, action: ActionName, target: str) -> Deed | None:
        """Return what another rule does to the same, where doing it twice means nothing."""
        if action not in TARGETED:
            return None
        alike = (one for one in self.deeds if (one.action, one.target) == (action, target))
        return next(alike, None)

    def _targets(self, rule: Rule, action: ActionName) -> list[str]:
        if action == "quarantine_source":
            return [f"source:{name}" for name in self.facts.at_fault.value or ()]
        if action == "rollback":
            return [] if self.facts.deployment is None else [f"deployment:{self.facts.deployment}"]
        if action == "retrain" and rule.pipeline:
            return [f"pipeline:{rule.pipeline}"]
        if action == "retrain":
            return [f"dataset:{name}" for name in self.facts.datasets[:1]]
        return [f"monitor:{self.report.monitor}"]

    def _do(self, rule: Rule, action: ActionName, target: str, findings: list[Finding]) -> None:
        subjects = tuple(dict.fromkeys(one.subject for one in findings))
        if action != "log":
            subjects, before = self._fresh(rule, action, target, subjects)
            if before is not None:
                self._rest(rule, action, target, before)
            if not subjects:
                return
        chosen = [one for one in findings if one.subject in subjects]
        held = [*self._held(rule, rule.when), *self._held(rule, rule.needs)]
        self.deeds.append(
            Deed(
                rule=rule.name,
                action=action,
                target=target,
                subjects=subjects,
                mode=rule.mode_of(action),
                why=f"{rule.name}: {'; '.join(told(one) for one in chosen[:3])}",
                to=rule.to,
                pipeline=rule.pipeline,
                evidence={
                    "findings": [evidence_of(one) for one in chosen],
                    "conditions": [one._asdict() for one in held],
                    "facts": _facts_of(self.facts),
                },
            )
        )

    def _fresh(
        self, rule: Rule, action: ActionName, target: str, subjects: tuple[str, ...]
    ) -> tuple[tuple[str, ...], Taken | None]:
        """Leave out subjects about which the same was done; say when, if it was."""
        window = self.report.window
        last: Taken | None = None
        done: set[str] = set()
        for one in self.history.taken:
            is_same = (one.action, one.target) == (action, target)
            same_window = is_about_window(one, window)
            rests = one.rule == rule.name and self.history.at < one.at + rule.cooldown
            covered = set(subjects) if action in TARGETED else set(subjects) & set(one.subjects)
            if not is_same or not covered or not (same_window or rests):
                continue
            done |= covered
            last = one if last is None or one.at > last.at else last
        return tuple(one for one in subjects if one not in done), last

    def _rest(self, rule: Rule, action: ActionName, target: str, before: Taken) -> None:
        self.resting.append(
            {
                "rule": rule.name,
                "action": action,
                "target": target,
                "subjects": list(before.subjects),
                "is_same_window": is_about_window(before, self.report.window),
                "at": msgspec.to_builtins(before.at),
                "why": f"{action} of {target} by rule {before.rule!r}",
            }
        )


def told(finding: Finding) -> str:
    """Say a finding by its numbers alone, for what it says may hold values of rows."""
    where = f"{finding.kind} in {finding.subject}"
    for one in finding.measured[:1]:
        if one.value is not None:
            over = "" if one.threshold is None else f", threshold {one.threshold:.4g}"
            return f"{where}: {one.metric} {one.value:.4g}{over}"
    return where


def evidence_of(finding: Finding) -> dict[str, Any]:
    """Return what can be kept of a finding: its numbers, without values of rows."""
    names = ("check", "kind", "subject", "severity", "harm", "is_important", "persists")
    numbers = ("metric", "value", "threshold", "before", "n", "p_value", "is_estimated")
    kept: dict[str, Any] = {name: getattr(finding, name) for name in names}
    kept["measured"] = [{name: getattr(one, name) for name in numbers} for one in finding.measured]
    return kept


def _facts_of(facts: Facts) -> dict[str, Any]:
    names = ("at_fault", "fresh_labels", "deployment_moved", "previous_release_passes")
    return {name: msgspec.to_builtins(getattr(facts, name)) for name in names}


def _nothing_to(action: ActionName, facts: Facts) -> Held:
    says = {
        "quarantine_source": facts.at_fault.says,
        "rollback": "no deployment is watched",
        "retrain": "nothing is known that the model learned from",
    }
    return Held(f"something to {action}", holds=False, says=says.get(action, ""))
