"""How loud a finding is by its policy alone, before anything else is known: log, ticket or page.

Rules that stand on facts (a source at fault, a deployment that moved) are passed over: this is
what a backtest counts, and what a window says until its policy was asked in full.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from headgate.monitor.nouns import Decision
from headgate.monitor.policies.conditions import is_about, stands_on_facts
from headgate.monitor.policies.reading import DEFAULT, read_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.nouns import ActionName, Finding
    from headgate.monitor.policies.nouns import Policy

Tier = Literal["log", "ticket", "page"]
ORDER: tuple[Tier, ...] = ("log", "ticket", "page")


@cache
def shipped() -> Policy:
    """Return the policy of projects that have none of their own."""
    return read_policy(DEFAULT.read_bytes(), "the default policy")


def tier_of(finding: Finding, policy: Policy | None = None) -> tuple[Tier, str]:
    """Say how loud a finding is, and by which rule.

    Args:
        finding: with its severity.
        policy: the rules; those that are shipped if not given.
    """
    for rule in (policy or shipped()).rules:
        is_plain = not stands_on_facts(rule.when) and not stands_on_facts(rule.needs)
        if is_plain and is_about(rule.when, finding):
            told: list[Tier] = [one for one in ORDER if one in rule.then]
            return (told[-1] if told else "log"), rule.name
    return "log", ""


def decided(findings: Sequence[Finding], policy: Policy | None = None) -> Decision:
    """Decide about a window: the loudest of its findings.

    Args:
        findings: of the window.
        policy: the rules; those that are shipped if not given.
    """
    if not findings:
        return Decision(action="log", why="nothing is worth a look", rule="")
    ranked = sorted(
        ((*tier_of(one, policy), one) for one in findings),
        key=lambda each: -ORDER.index(each[0]),
    )
    loudest, rule, first = ranked[0]
    alike = [one for tier, _, one in ranked if tier == loudest]
    tiers = {tier for tier, _, _ in ranked} - {loudest}
    also: tuple[ActionName, ...] = tuple(tier for tier in ORDER[::-1] if tier in tiers)
    return Decision(
        action=loudest,
        why=f"{rule}: {first.says}",
        rule=rule,
        subjects=tuple(dict.fromkeys(one.subject for one in alike)),
        also=also,
        evidence={"n_findings": len(findings), "kinds": sorted({one.kind for one in alike})},
    )
