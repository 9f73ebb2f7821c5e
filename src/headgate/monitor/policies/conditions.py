"""Whether conditions hold: of a finding, of the facts, and of the budget; each with its evidence.

What is not known is never taken to hold.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.monitor.policies.nouns import TOLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from headgate.monitor.nouns import ActionName, Finding, Span
    from headgate.monitor.policies.nouns import Conditions, Fact, Facts, History, Policy, Taken

OF_FACTS = ("at_fault", "deployment_moved", "previous_release_passes")


class Held(NamedTuple):
    """A condition, whether it holds, and why.

    Args:
        condition: what had to hold, such as `fresh_labels: 1000`.
        holds: whether it does.
        says: what was found, in a sentence.
    """

    condition: str
    holds: bool
    says: str


def is_about(wanted: Conditions, finding: Finding) -> bool:
    """Say whether a finding is one of those that conditions are about."""
    return (
        _among(wanted.check, finding.check)
        and _among(wanted.kind, finding.kind)
        and _among(wanted.severity, finding.severity)
        and _among(wanted.harm, finding.harm)
        and wanted.is_important in (None, finding.is_important)
        and wanted.persists in (None, finding.persists)
    )


def facts_hold(wanted: Conditions, facts: Facts) -> Iterator[Held]:
    """Yield for each condition on the facts whether it holds."""
    for name in OF_FACTS:
        asked = getattr(wanted, name)
        if asked is not None:
            fact: Fact = getattr(facts, name)
            holds = fact.value is not None and bool(fact.value) == asked
            yield Held(f"{name}: {str(asked).lower()}", holds, fact.says)
    if wanted.fresh_labels is not None:
        fact = facts.fresh_labels
        holds = fact.value is not None and fact.value >= wanted.fresh_labels
        yield Held(f"fresh_labels: {wanted.fresh_labels}", holds, fact.says)


def budget_holds(
    wanted: Conditions, actions: Iterable[ActionName], policy: Policy, history: History, now: Span
) -> Iterator[Held]:
    """Yield whether calls on people are left, or were spent, if that is a condition.

    Args:
        wanted: the conditions.
        actions: what the rule does; of a rule that calls nobody, every kind of call is looked at.
        policy: says how many calls may be made.
        history: the calls that were made.
        now: the window; calls about it do not count, or it would be decided otherwise again.
    """
    if wanted.budget is None:
        return
    begins = history.at - timedelta(days=policy.budget.days)
    calls = [one for one in history.taken if one.at > begins and not is_about_window(one, now)]
    for action in sorted(TOLD & set(actions) or TOLD):
        most: int = getattr(policy.budget, action)
        spent = sum(one.action == action for one in calls)
        says = f"{spent} of {most} {action}s in {policy.budget.days} days"
        yield Held(f"budget: {wanted.budget}", (spent < most) == (wanted.budget == "left"), says)


def is_about_window(one: Taken, window: Span) -> bool:
    """Say whether something was done about this very window."""
    return (one.since, one.until) == (window.since, window.until)


def stands_on_facts(wanted: Conditions) -> bool:
    """Say whether conditions ask for more than a finding and the budget."""
    return any(getattr(wanted, name) is not None for name in (*OF_FACTS, "fresh_labels"))


def facts_named(policy: Policy) -> frozenset[str]:
    """Name the facts that a policy asks for, so that no other is looked up."""
    asked = [each for rule in policy.rules for each in (rule.when, rule.needs)]
    names = (*OF_FACTS, "fresh_labels")
    return frozenset(name for name in names if any(getattr(one, name) is not None for one in asked))


def _among(wanted: tuple[str, ...], is_: str) -> bool:
    return not wanted or is_ in wanted
