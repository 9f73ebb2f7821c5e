"""Laws of decisions, over many policies, findings and pasts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from headgate.monitor.nouns import ActionName, Finding
from headgate.monitor.policies.conditions import is_about
from headgate.monitor.policies.deciding import Resolution, decision_of, resolve
from headgate.monitor.policies.nouns import (
    STRENGTH,
    TARGETED,
    Budget,
    Conditions,
    Facts,
    Policy,
    Rule,
    Taken,
)
from tests.monitor.policies.sample import DAY, MONDAY, facts, finding, history, report

COLUMNS = ("age", "city", "plan", "größe 😀")
maybe = st.none() | st.booleans()
findings = st.lists(
    st.builds(
        finding,
        st.sampled_from(["data_drift", "missing", "volume"]),
        st.sampled_from(COLUMNS),
        severity=st.sampled_from(["critical", "warning"]),
        persists=st.booleans(),
    ),
    max_size=5,
)
conditions = st.builds(
    Conditions,
    check=st.lists(st.sampled_from(["data_drift", "missing", "volume"]), max_size=2).map(tuple),
    persists=maybe,
    at_fault=maybe,
    budget=st.sampled_from([None, "left", "spent"]),
)
needs = st.builds(Conditions, fresh_labels=st.sampled_from([None, 10]), deployment_moved=maybe)
deeds = st.lists(st.sampled_from(STRENGTH), min_size=1, max_size=3).map(tuple)
rule = st.builds(
    Rule,
    name=st.just(""),
    when=conditions,
    needs=needs,
    then=deeds,
    cooldown=st.integers(0, 5).map(timedelta),
    mode=st.sampled_from([None, "act"]),
)
budgets = st.builds(Budget, page=st.integers(0, 2), ticket=st.integers(0, 2), days=st.just(7))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy whose rules have names of their own."""
    drawn = draw(st.lists(rule, min_size=1, max_size=5))
    named = [msgspec.structs.replace(one, name=f"r{n}") for n, one in enumerate(drawn)]
    return Policy(rules=tuple(named), budget=draw(budgets))


known = st.builds(
    facts,
    at_fault=st.sampled_from([[], ["north"], ["north", "south"]]),
    fresh_labels=st.integers(0, 20),
    deployment_moved=st.booleans(),
)


def done(resolution: Resolution, day: int = 0) -> list[Taken]:
    """What is remembered of a resolution once it was acted on."""
    since = MONDAY + day * DAY
    return [
        Taken(
            rule=one.rule,
            action=one.action,
            target=one.target,
            subjects=one.subjects,
            since=since,
            until=since + DAY,
            at=since + DAY,
        )
        for one in resolution.deeds
        if one.action != "log"
    ]


@given(policies(), findings, known)
def test_what_was_done_about_a_window_is_never_done_again(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    first = resolve(report(*found), seen, rules, history())

    again = resolve(report(*found), seen, rules, history(*done(first)))

    assert [one for one in again.deeds if one.action != "log"] == []


@given(policies(), findings, known)
def test_deciding_again_says_the_same_as_the_first_time(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    first = resolve(report(*found), seen, rules, history())

    again = decision_of(resolve(report(*found), seen, rules, history(*done(first))))

    before = decision_of(first)
    if before.action != "log" and all(one.action != "log" for one in first.deeds):
        assert (again.action, set(again.also)) == (before.action, set(before.also))


@given(policies(), findings, known, st.randoms())
def test_the_order_in_which_the_past_is_listed_does_not_matter(
    rules: Policy, found: list[Finding], seen: Facts, draw: Any
) -> None:
    past = [
        one
        for day in (-3, -2, -1)
        for one in done(
            resolve(report(*found, day=day), seen, rules, history(at=MONDAY + (day + 1) * DAY)), day
        )
    ]
    mixed = draw.sample(past, len(past))

    one = resolve(report(*found), seen, rules, history(*past))
    other = resolve(report(*found), seen, rules, history(*mixed))

    assert one.deeds == other.deeds


@given(policies(), findings, known)
def test_the_strongest_deed_stands_first(rules: Policy, found: list[Finding], seen: Facts) -> None:
    resolution = resolve(report(*found), seen, rules, history())

    strengths = [STRENGTH.index(one.action) for one in resolution.deeds]
    assert strengths == sorted(strengths, reverse=True)
    if resolution.deeds:
        assert decision_of(resolution).action == resolution.deeds[0].action


@given(policies(), findings, known)
def test_nothing_is_held_retrained_or_rolled_back_twice_at_once(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    resolution = resolve(report(*found), seen, rules, history())

    strong = Counter((one.action, one.target) for one in resolution.deeds)
    each = Counter((one.rule, one.action, one.target) for one in resolution.deeds)
    assert all(n == 1 for (action, _), n in strong.items() if action in TARGETED)
    assert set(each.values()) <= {1}


@given(policies(), findings, known)
def test_a_finding_goes_to_the_first_rule_that_has_it_and_no_other(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    plain = [
        msgspec.structs.replace(
            one,
            needs=Conditions(),
            when=msgspec.structs.replace(one.when, at_fault=None, budget=None),
        )
        for one in rules.rules
    ]
    policy = msgspec.structs.replace(rules, rules=tuple(plain))
    expected = {
        (next((r.name for r in plain if is_about(r.when, one)), ""), one.subject) for one in found
    }

    resolution = resolve(report(*found), seen, policy, history())

    told: set[tuple[str, str]] = {("", one) for one in resolution.untold}
    told |= {(one.rule, subject) for one in resolution.deeds for subject in one.subjects}
    assert told <= expected
    assert {one for one in expected if one[0] == ""} == {one for one in told if one[0] == ""}


@given(policies(), findings, known)
def test_only_rules_in_mode_act_change_something(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    modes = {one.name: one.mode for one in rules.rules}

    resolution = resolve(report(*found), seen, rules, history())

    for one in resolution.deeds:
        expected = "act" if one.action not in TARGETED else modes[one.rule] or "plan"
        assert one.mode == expected


@given(policies(), findings, known)
def test_a_decision_can_be_written_down_and_read_again(
    rules: Policy, found: list[Finding], seen: Facts
) -> None:
    decision = decision_of(resolve(report(*found), seen, rules, history()))

    read = msgspec.json.decode(msgspec.json.encode(decision), type=type(decision))

    assert read == decision


@given(st.sampled_from(sorted(TARGETED)), st.integers(0, 9), st.integers(1, 9))
def test_a_deed_rests_for_just_its_cooldown(
    action: ActionName, n_days: int, n_cooldown: int
) -> None:
    one = Rule(name="r", when=Conditions(), then=(action,), cooldown=timedelta(n_cooldown))
    rules = Policy(rules=(one,))
    seen = facts(at_fault=["north"])
    first = resolve(report(finding(), day=-10), seen, rules, history(at=MONDAY - 9 * DAY))
    later = history(*done(first, -10), at=MONDAY + (n_days - 9) * DAY)

    again = resolve(report(finding("volume", "rows")), seen, rules, later)

    assert bool(again.deeds) is (n_days >= n_cooldown)
