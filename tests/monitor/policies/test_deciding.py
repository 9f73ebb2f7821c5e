"""What is decided about findings: by which rule, on what evidence, and once only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headgate.monitor.nouns import Finding
from headgate.monitor.policies.deciding import decide, resolve
from tests.monitor.policies.sample import (
    DAY,
    MONDAY,
    default,
    facts,
    finding,
    history,
    policy,
    report,
    taken,
)

WORSE = finding("realised_performance", "roc_auc", kind="performance", persists=True)
BLAMELESS = {"at_fault": [], "deployment_moved": False}


@pytest.mark.row("S2-33")
@pytest.mark.parametrize(
    ("found", "action"),
    [
        (finding("schema", severity="error", kind="column gone"), "page"),
        (finding("contract", severity="error"), "page"),
        (finding("schema", kind="schema change"), "ticket"),
        (finding("data_drift"), "log"),
        (finding("data_drift", severity="error"), "log"),
        (finding("data_drift", is_important=True), "ticket"),
        (finding("data_drift", is_important=True, severity="error"), "page"),
        (finding("prediction_drift", "prediction"), "ticket"),
        (finding("missing", kind="missing values"), "ticket"),
        (finding("volume", "rows", severity="error"), "page"),
        (finding("volume", "rows"), "ticket"),
        (finding("realised_performance", "roc_auc"), "log"),
        (WORSE, "page"),
    ],
)
def test_the_shipped_policy_routes_each_finding_to_its_tier(found: Finding, action: str) -> None:
    decision = decide(report(found), facts(**BLAMELESS), default(), history())

    assert decision.action == action


def test_nothing_found_is_nothing_done() -> None:
    decision = decide(report(), facts(), default(), history())

    assert (decision.action, decision.rule, decision.why) == ("log", "", "nothing was found")


@pytest.mark.row("S1-24")
def test_the_strongest_deed_is_the_action_and_the_others_stand_beside_it() -> None:
    broken = finding("schema", "plan", severity="critical")
    missing = finding("missing", "age")

    decision = decide(report(missing, broken), facts(**BLAMELESS), default(), history())

    assert (decision.action, decision.also) == ("page", ("ticket",))
    assert decision.rule == "broken schema"
    assert set(decision.subjects) == {"plan", "age"}


@pytest.mark.row("S1-24")
def test_a_source_at_fault_is_held_and_nothing_is_retrained_on_it() -> None:
    known = facts(at_fault=["north"], fresh_labels=5000, deployment_moved=False)

    resolution = resolve(report(WORSE), known, default(), history())

    assert [(one.action, one.target) for one in resolution.deeds] == [
        ("quarantine_source", "source:north"),
        ("page", "monitor:churn"),
    ]
    assert resolution.deeds[0].mode == "plan"


@pytest.mark.row("S1-24")
def test_a_worse_release_is_rolled_back_only_if_the_one_before_passes() -> None:
    moved = {"at_fault": [], "deployment_moved": True}

    better = resolve(
        report(WORSE), facts(**moved, previous_release_passes=True), default(), history()
    )
    unknown = resolve(report(WORSE), facts(**moved), default(), history())

    assert [(one.action, one.target) for one in better.deeds] == [
        ("rollback", "deployment:prod"),
        ("page", "monitor:churn"),
    ]
    assert [one.action for one in unknown.deeds] == ["page"]
    assert unknown.held_back[0]["rule"] == "bad release"
    lacks = [one["condition"] for one in unknown.held_back[0]["lacks"]]
    assert lacks == ["previous_release_passes: true"]


@pytest.mark.row("S1-24")
@pytest.mark.parametrize(("n_labels", "action"), [(999, "page"), (1000, "retrain")])
def test_a_model_is_retrained_only_on_enough_fresh_labels(n_labels: int, action: str) -> None:
    known = facts(**BLAMELESS, fresh_labels=n_labels)

    decision = decide(report(WORSE), known, default(), history())

    assert decision.action == action


def test_every_condition_stands_in_the_evidence_with_what_was_found() -> None:
    known = facts(**BLAMELESS, fresh_labels=2000)

    decision = decide(report(WORSE), known, default(), history())

    told = {one["condition"]: one["says"] for one in decision.evidence["conditions"]}
    assert told["fresh_labels: 1000"] == "fresh_labels is 2000"
    assert decision.evidence["findings"][0]["measured"][0]["value"] == 0.31


def test_the_evidence_holds_numbers_and_no_sentence_that_could_quote_a_row() -> None:
    secret = finding("missing", says="Ann Smith is missing")

    decision = decide(report(secret), facts(**BLAMELESS), default(), history())

    assert "Ann Smith" not in str(decision)


def test_what_was_done_about_a_window_is_not_done_again() -> None:
    before = taken("ticket", "missing values", "age")

    decision = decide(
        report(finding("missing")),
        facts(**BLAMELESS),
        default(),
        history(before, at=MONDAY + 9 * DAY),
    )

    assert decision.evidence["deeds"] == []
    assert (decision.action, decision.subjects) == ("ticket", ("age",))
    assert decision.why.startswith("done before")


def test_the_same_rests_for_a_cooldown_and_comes_again_after_it() -> None:
    before = taken("ticket", "missing values", "age")

    within = decide(
        report(finding("missing"), day=1),
        facts(**BLAMELESS),
        default(),
        history(before, at=MONDAY + 2 * DAY),
    )
    after = decide(
        report(finding("missing"), day=4),
        facts(**BLAMELESS),
        default(),
        history(before, at=MONDAY + 5 * DAY),
    )

    assert (within.action, after.action) == ("log", "ticket")


def test_another_subject_does_not_rest() -> None:
    before = taken("ticket", "missing values", "age")

    decision = decide(
        report(finding("missing"), finding("missing", "city"), day=1),
        facts(**BLAMELESS),
        default(),
        history(before, at=MONDAY + 2 * DAY),
    )

    assert (decision.action, decision.subjects) == ("ticket", ("city",))


def test_a_target_rests_whatever_the_subject() -> None:
    rules = policy(
        "rules: [{name: hold, when: {at_fault: true}, then: quarantine_source, cooldown: 2d}]"
    )
    before = taken("quarantine_source", "hold", "age", target="source:north")
    known = facts(at_fault=["north", "south"])

    resolution = resolve(
        report(finding(subject="city"), day=1), known, rules, history(before, at=MONDAY + 2 * DAY)
    )

    assert [one.target for one in resolution.deeds] == ["source:south"]


def test_a_spent_budget_lets_the_next_rule_answer() -> None:
    rules = policy(
        """\
budget: {page: 1, ticket: 9, days: 7}
rules:
  - {name: loud, when: {}, needs: {budget: left}, then: page}
  - {name: quiet, when: {}, then: ticket}
"""
    )
    spent = taken("page", "loud", "other", day=-3)

    first = decide(report(finding()), facts(), rules, history())
    second = decide(report(finding()), facts(), rules, history(spent))
    later = decide(
        report(finding()), facts(), rules, history(spent, at=MONDAY + timedelta(days=20))
    )

    assert [one.action for one in (first, second, later)] == ["page", "ticket", "page"]


def test_what_has_nothing_to_be_done_to_is_held_back() -> None:
    rules = policy("rules: [{name: back, when: {}, then: [rollback, page]}]")
    dataset = report(finding(), target="dataset:orders")
    no_deployment = facts()
    no_deployment = type(no_deployment)(datasets=("orders",))

    resolution = resolve(dataset, no_deployment, rules, history())

    assert [one.action for one in resolution.deeds] == ["page"]
    assert resolution.held_back[0]["lacks"][0]["says"] == "no deployment is watched"


def test_retraining_goes_to_the_pipeline_of_its_rule_or_else_to_what_was_learned_from() -> None:
    named = policy("rules: [{when: {}, then: retrain, pipeline: weekly}]")
    found = policy("rules: [{when: {}, then: retrain}]")

    targets = [
        resolve(report(finding()), facts(), rules, history()).deeds[0].target
        for rules in (named, found)
    ]

    assert targets == ["pipeline:weekly", "dataset:people"]


def test_a_rule_that_acts_and_pages_keeps_to_its_budget_of_pages() -> None:
    rules = policy(
        """\
budget: {page: 1, ticket: 9, days: 7}
rules:
  - {name: hold, when: {at_fault: true}, needs: {budget: left}, then: [quarantine_source, page]}
  - {name: quiet, when: {}, then: ticket}
"""
    )
    known = facts(at_fault=["north"])
    spent = taken("page", "hold", "other", day=-3)

    first = decide(report(finding()), known, rules, history())
    second = decide(report(finding()), known, rules, history(spent))

    assert (first.action, first.also) == ("quarantine_source", ("page",))
    assert (second.action, second.also) == ("ticket", ())


def test_the_last_call_of_a_budget_is_not_followed_by_another_about_the_same_window() -> None:
    rules = policy(
        """\
budget: {page: 1, ticket: 9, days: 7}
rules:
  - {name: loud, when: {}, needs: {budget: left}, then: page}
  - {name: quiet, when: {}, then: ticket}
"""
    )
    paged = taken("page", "loud", "age")

    again = resolve(report(finding()), facts(), rules, history(paged))

    assert again.deeds == ()
    assert again.resting[0]["is_same_window"] is True


def test_two_rules_that_hold_one_source_propose_it_once() -> None:
    rules = policy(
        """\
rules:
  - {name: first, when: {check: missing}, then: quarantine_source}
  - {name: second, when: {}, then: [quarantine_source, page]}
"""
    )
    found = report(finding("missing"), finding("volume", "rows"))

    resolution = resolve(found, facts(at_fault=["north"]), rules, history())

    assert [(one.rule, one.action) for one in resolution.deeds] == [
        ("first", "quarantine_source"),
        ("second", "page"),
    ]
    assert resolution.held_back[0]["lacks"][0]["says"] == "rule 'first' does it already"


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("rules: [{when: {check: volume}, then: page}]", "no rule has what was found of age"),
        ("rules: [{name: back, when: {}, then: retrain}]", "back lacks something to retrain"),
    ],
)
def test_why_nothing_is_done_about_something_that_was_found(rules: str, why: str) -> None:
    known = type(facts())()

    decision = decide(report(finding()), known, policy(rules), history())

    assert (decision.action, decision.why) == ("log", why)


def test_a_subject_that_rests_does_not_hold_another_back_in_the_reasons() -> None:
    before = taken("ticket", "missing values", "city")

    resolution = resolve(
        report(finding("missing"), day=1),
        facts(**BLAMELESS),
        default(),
        history(before, at=MONDAY + 2 * DAY),
    )

    assert [one.subjects for one in resolution.deeds] == [("age",)]
    assert resolution.resting == ()
