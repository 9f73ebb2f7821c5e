"""Conditions: what they are about, when they hold, and that the unknown never does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.monitor.nouns import Span
from headgate.monitor.policies.conditions import (
    budget_holds,
    facts_hold,
    facts_named,
    is_about,
    is_about_window,
    stands_on_facts,
)
from headgate.monitor.policies.nouns import Budget, Conditions, Facts, Policy
from tests.monitor.policies.sample import (
    DAY,
    MONDAY,
    default,
    facts,
    finding,
    history,
    policy,
    taken,
)

NOW = Span(MONDAY, MONDAY + DAY, 1000)
ASKED = ("at_fault", "deployment_moved", "previous_release_passes")


def asked(name: str, wanted: Any) -> Conditions:
    """Ask for one thing."""
    return msgspec.convert({name: wanted}, Conditions)


def holds(conditions: Conditions, known: Facts) -> list[bool]:
    return [one.holds for one in facts_hold(conditions, known)]


def left(actions: Any, *calls: Any, wanted: str = "left", **budget: int) -> list[bool]:
    """Say whether calls are left for a rule that does some things, after some calls."""
    rules = Policy(rules=(), budget=Budget(**budget))
    conditions = asked("budget", wanted)
    found = budget_holds(conditions, actions, rules, history(*calls), NOW)
    return [one.holds for one in found]


@pytest.mark.parametrize(
    ("conditions", "is_met"),
    [
        (Conditions(), True),
        (Conditions(check=("volume", "data_drift")), True),
        (Conditions(check=("volume",)), False),
        (Conditions(kind=("mean shift",)), True),
        (Conditions(kind=("Mean shift",)), False),
        (Conditions(severity=("warning", "error")), True),
        (Conditions(severity=("critical",)), False),
        (Conditions(harm=("unknown",)), True),
        (Conditions(is_important=False), True),
        (Conditions(is_important=True), False),
        (Conditions(persists=False), True),
        (Conditions(persists=True), False),
        (Conditions(check=("data_drift",), is_important=True), False),
        (Conditions(at_fault=True, budget="spent"), True),
    ],
)
def test_conditions_are_about_a_finding_that_meets_each_of_them(
    conditions: Conditions, is_met: bool
) -> None:
    assert is_about(conditions, finding()) is is_met


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("wanted", [True, False])
def test_a_fact_that_nobody_knows_holds_neither_way(name: str, wanted: bool) -> None:
    assert holds(asked(name, wanted), Facts()) == [False]


@pytest.mark.parametrize("name", ASKED)
@given(value=st.booleans(), wanted=st.booleans())
def test_a_fact_that_is_known_holds_just_if_it_is_as_asked(
    name: str, value: bool, wanted: bool
) -> None:
    assert holds(asked(name, wanted), facts(**{name: value})) == [value is wanted]


@given(st.lists(st.text(), max_size=3), st.booleans())
def test_sources_are_at_fault_if_any_is_named(names: list[str], wanted: bool) -> None:
    assert holds(Conditions(at_fault=wanted), facts(at_fault=names)) == [(names != []) is wanted]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_labels_are_enough_from_the_number_on_that_is_asked(known: int, least: int) -> None:
    assert holds(Conditions(fresh_labels=least), facts(fresh_labels=known)) == [known >= least]


def test_no_labels_at_all_are_enough_where_none_are_asked_but_not_if_nobody_counted() -> None:
    none_asked = Conditions(fresh_labels=0)

    assert holds(none_asked, facts(fresh_labels=0)) == [True]
    assert holds(none_asked, Facts()) == [False]


def test_every_condition_on_facts_is_told_with_what_was_found() -> None:
    wanted = Conditions(at_fault=False, deployment_moved=True, fresh_labels=5)

    found = list(facts_hold(wanted, facts(at_fault=[], fresh_labels=7)))

    assert [(one.condition, one.says) for one in found] == [
        ("at_fault: false", "at_fault is []"),
        ("deployment_moved: true", "nobody looked"),
        ("fresh_labels: 5", "fresh_labels is 7"),
    ]


@given(st.integers(0, 6), st.integers(0, 6))
def test_calls_are_left_until_as_many_were_made_as_may_be(most: int, made: int) -> None:
    calls = [taken("page", "loud", f"c{n}", day=-2) for n in range(made)]

    assert left(("page",), *calls, page=most) == [made < most]
    assert left(("page",), *calls, page=most, wanted="spent") == [made >= most]


def test_a_rule_that_acts_and_calls_has_the_budget_of_its_call() -> None:
    spent = [taken("page", "loud", "other", day=-3)] * 2

    assert left(("quarantine_source", "page"), *spent) == [False]
    assert left(("quarantine_source", "ticket"), *spent) == [True]


def test_a_rule_that_makes_both_kinds_of_call_needs_both() -> None:
    spent = taken("page", "loud", "other", day=-3)

    assert left(("ticket", "page"), spent, page=1) == [False, True]


def test_of_a_rule_that_calls_nobody_every_kind_of_call_is_looked_at() -> None:
    spent = taken("page", "loud", "other", day=-3)

    assert left(("log",), spent, page=1, ticket=0, wanted="spent") == [True, True]
    assert left(("log",), spent, page=1, ticket=1, wanted="spent") == [True, False]


@pytest.mark.parametrize(("day", "is_left"), [(-2, False), (-6, False), (-8, True)])
def test_calls_of_long_ago_are_forgotten(day: int, is_left: bool) -> None:
    assert left(("page",), taken("page", "a", "b", day=day), page=1, days=7) == [is_left]


def test_a_call_about_this_very_window_does_not_count() -> None:
    assert left(("page",), taken("page", "a", "b"), page=1) == [True]


def test_deeds_that_call_nobody_cost_nothing() -> None:
    held = taken("quarantine_source", "a", "b", day=-2)

    assert left(("page",), held, page=1) == [True]


def test_without_the_condition_nothing_is_said_of_the_budget() -> None:
    found = budget_holds(Conditions(), ("page",), default(), history(), NOW)

    assert list(found) == []


def test_a_window_is_the_same_only_with_both_ends() -> None:
    done = taken("page", "a", "b")

    assert is_about_window(done, NOW)
    assert not is_about_window(done, Span(MONDAY, MONDAY + timedelta(hours=12), 10))
    assert not is_about_window(done, Span(MONDAY - DAY, MONDAY + DAY, 10))


def test_a_policy_names_the_facts_it_asks_for_wherever_it_does() -> None:
    rules = policy(
        "rules:\n"
        "  - {when: {at_fault: false, check: volume}, then: log}\n"
        "  - {when: {}, needs: {fresh_labels: 0, budget: left}, then: page}\n"
    )

    assert facts_named(rules) == {"at_fault", "fresh_labels"}
    assert facts_named(policy("rules: [{when: {harm: harmful}, then: log}]")) == frozenset()


@pytest.mark.parametrize(
    ("conditions", "stands"),
    [
        (Conditions(at_fault=False), True),
        (Conditions(fresh_labels=0), True),
        (Conditions(check=("volume",), persists=True), False),
        (Conditions(budget="left"), False),
    ],
)
def test_only_conditions_on_facts_stand_on_facts(conditions: Conditions, stands: bool) -> None:
    assert stands_on_facts(conditions) is stands
