"""Whether one quality rule of a contract holds wherever another does."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from headgate.contract.odcs.nouns import Element, Property, Rule

SOFT = ("info", "information", "low", "note", "warning", "warn")
"""Severities of rules that refuse no row: they may be added and dropped."""


class Interval(NamedTuple):
    """Numbers from one to another; an open end leaves the bound out."""

    low: float
    high: float
    is_low_open: bool = False
    is_high_open: bool = False

    def holds(self, other: Interval) -> bool:
        """Say whether everything of another lies in this one."""
        low = (self.low, self.is_low_open) <= (other.low, other.is_low_open)
        high = (self.high, not self.is_high_open) >= (other.high, not other.is_high_open)
        return low and high


def interval(rule: Rule) -> Interval | None:
    """Return the numbers a rule allows; nothing if they are no one stretch."""
    found = rule.operator
    if found is None:
        return None
    name, value = found
    if name == "mustBeBetween":
        return Interval(*value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    known = {
        "mustBe": Interval(value, value),
        "mustBeGreaterThan": Interval(value, math.inf, is_low_open=True),
        "mustBeGreaterOrEqualTo": Interval(value, math.inf),
        "mustBeLessThan": Interval(-math.inf, value, is_high_open=True),
        "mustBeLessOrEqualTo": Interval(-math.inf, value),
    }
    return known.get(name)


def counts(rule: Rule) -> bool:
    """Say whether a rule binds: text is checked by nobody, a soft rule refuses nothing."""
    return rule.type != "text" and rule.severity.lower() not in SOFT


def implied(rule: Rule, others: Iterable[Rule]) -> bool:
    """Say whether a rule holds wherever these do."""
    return any(_implies(other, rule) for other in others if counts(other))


def stated(element: Element) -> list[Rule]:
    """List an element's rules with those that `required` and `unique` are by another name."""
    found = list(element.quality)
    if isinstance(element, Property):
        if element.required or element.primary_key:
            found.append(Rule(metric="nullValues", must_be=0))
        if element.unique or (element.primary_key and element.primary_key_position < 1):
            found.append(Rule(metric="duplicateValues", must_be=0))
    return found


def _implies(rule: Rule, demanded: Rule) -> bool:
    if _subject(rule) != _subject(demanded) or not _arguments(rule, demanded):
        return False
    mine, theirs = interval(rule), interval(demanded)
    if mine is None or theirs is None:
        return rule.operator == demanded.operator
    is_none = mine == Interval(0, 0)
    if is_none and rule.metric and rule.metric != "rowCount":
        return theirs.holds(mine)
    return rule.unit.lower() == demanded.unit.lower() and theirs.holds(mine)


def _subject(rule: Rule) -> Any:
    metric = rule.metric or rule.extra.get("rule")
    kind = rule.type if rule.type != "custom" else rule.engine
    held = rule.implementation
    return (
        kind,
        metric,
        " ".join(rule.query.split()),
        held if isinstance(held, str) else repr(held),
    )


def _arguments(rule: Rule, demanded: Rule) -> bool:
    """Say whether what a rule counts as wrong holds all that the demanded one counts as wrong."""
    if rule.metric != "invalidValues":
        return rule.arguments == demanded.arguments
    for key, wanted in demanded.arguments.items():
        held = rule.arguments.get(key)
        if isinstance(wanted, list) and isinstance(held, list):
            if not all(one in wanted for one in held):
                return False
        elif held != wanted:
            return False
    return True
