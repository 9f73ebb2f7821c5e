"""Policies as files: what they mean, and how every mistake is told with its line and mend."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from headgate.core.errors import Invalid
from headgate.monitor.policies.nouns import Budget
from headgate.monitor.policies.reading import PLACE, policy_of
from tests.monitor.policies.sample import default, policy

WHOLE = """\
budget: {page: 1, ticket: 5, days: 7}
fault_ratio: 0.2
rules:
  - name: bad source
    when: {at_fault: true, check: [missing, volume], severity: error}
    needs: {fresh_labels: 10, budget: left}
    then: [quarantine_source, page]
    cooldown: 1d12h
    to: [oncall]
    mode: act
  - when: {}
    then: retrain
    pipeline: train
"""


def test_a_single_word_stands_for_a_list_of_one() -> None:
    first, second = policy(WHOLE).rules

    assert (first.when.check, first.when.severity) == (("missing", "volume"), ("error",))
    assert (second.then, second.name, second.line) == (("retrain",), "rule 2", 11)


def test_a_rule_keeps_what_it_needs_whom_it_tells_and_for_how_long_it_rests() -> None:
    read = policy(WHOLE)

    first = read.rules[0]
    assert (first.needs.fresh_labels, first.needs.budget) == (10, "left")
    assert (first.to, first.cooldown) == (("oncall",), timedelta(hours=36))
    assert (read.budget, read.fault_ratio) == (Budget(page=1, ticket=5, days=7), 0.2)


def test_what_changes_something_is_proposed_unless_its_rule_says_otherwise() -> None:
    first, second = policy(WHOLE).rules

    assert [first.mode_of(one) for one in ("quarantine_source", "page")] == ["act", "act"]
    assert second.mode_of("retrain") == "plan"


def test_the_policy_that_is_shipped_proposes_and_never_acts_but_by_telling() -> None:
    rules = default().rules

    done = {one for rule in rules for one in rule.then if rule.mode_of(one) == "act"}
    assert done == {"log", "ticket", "page"}
    assert rules[-1].then == ("log",)


def test_a_project_without_a_policy_has_the_one_that_is_shipped(tmp_path: Path) -> None:
    assert policy_of(tmp_path) == default()


def test_a_projects_own_policy_counts(tmp_path: Path) -> None:
    (tmp_path / "monitors").mkdir()
    (tmp_path / PLACE).write_text("rules: [{when: {}, then: page}]", encoding="utf-8")

    (rule,) = policy_of(tmp_path).rules

    assert rule.then == ("page",)


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        ("rules: [{when: {chek: volume}, then: log}]", "1:17: rules[0].when.chek", "mean check?"),
        ("rules: [{when: {check: wind}, then: log}]", "1:24: rules[0].when.check", "volume"),
        ("rules: [{when: {}, then: pge}]", "1:26: rules[0].then", "mean page?"),
        ("rules: [{when: {}, then: [log, 3]}]", "1:32: rules[0].then[1]: 3 is", "log"),
        ("rules: [{when: {}, then: []}]", "nothing is to be done", "write log"),
        ("rules: [{then: log}]", "rules[0].when: when is missing", "when: {}"),
        ("rules: [{when: {}}]", "rules[0].then: then is missing", "add `then"),
        ("rules: [{when: {}, then: log, cooldown: soon}]", "no length of time", "90s"),
        ("rules: [{when: {}, then: log, cooldown: 5}]", "must be text, not 5", "quotes"),
        ("rules: [{when: {}, then: log, mode: try}]", "rules[0].mode", "write one of act, plan"),
        ("rules: [{when: {at_fault: 1}, then: log}]", "must be true or false", "write true"),
        ("rules: [{when: {}, then: log, pipeline: a}]", "means nothing", "leave it out"),
        (
            "rules: [{when: {}, needs: {check: volume}, then: log}]",
            "'check' is no key",
            "under `when`",
        ),
        ("rules: [1]", "rules[0]: must be a mapping", "write a mapping"),
        ("rules: []", "there are no rules", "write `- when"),
        ("budget: {page: 1}", "rules is missing", "add `rules:"),
        ("rules: {when: {}, then: log}", "must be a list, not a mapping", "write a list"),
        ("budget: {pages: 1}\nrules: [{when: {}, then: log}]", "1:10: budget.pages", "mean page?"),
        ("fault_ratio: 2\nrules: [{when: {}, then: log}]", "at most 1, not 2", "a number, above 0"),
        ("rules: [{when: {at_fault: }, then: log}]", "not nothing", "true or false, or leave"),
        ("rules: [{when: {check: []}, then: log}]", "nothing is said", "leave it out"),
        ("rules: [{when: {check: }, then: log}]", "1:24: rules[0].when.check", "leave the key"),
        (
            "rules: [{when: {}, needs: {budget: }, then: log}]",
            "must be left or spent",
            "left or spent, or leave",
        ),
        ("rules: [{when: {fresh_labels: -1}, then: log}]", "must be at least 0", "whole number"),
        ("rules: [{when: {}, then: log, cooldown: 3651d}]", "longer than a policy", "3650d"),
        ("rules: [{when: {}, then: log, cooldown: 99999999999w}]", "too long", "some years"),
        ("budget: {days: 0}\nrules: [{when: {}, then: log}]", "1 and at most 3650, not 0", "whole"),
        ("budget: {days: 9999}\nrules: [{when: {}, then: log}]", "most 3650, not 9999", "whole"),
        ("budget: {page: -1}\nrules: [{when: {}, then: log}]", "at least 0, not -1", "whole"),
        ("- a", "1:1: the document: must be a mapping", "write a mapping"),
    ],
)
def test_a_mistake_is_told_with_its_line_clause_and_mend(
    text: str, message: str, mend: str
) -> None:
    with pytest.raises(Invalid) as told:
        policy(text)

    assert message in told.value.message
    assert told.value.message.startswith("policy.yaml:")
    assert mend in told.value.mend


def test_all_mistakes_are_told_at_once() -> None:
    text = "rules:\n  - {when: {chek: volume}, then: log}\n  - {when: {}, then: pge}\nmore: 1\n"

    with pytest.raises(Invalid) as told:
        policy(text)

    assert "also wrong: line 3 rules[1].then, line 4 more" in told.value.message


def test_two_rules_of_one_name_are_refused() -> None:
    text = "rules:\n  - {name: a, when: {}, then: log}\n  - {name: a, when: {}, then: page}\n"

    with pytest.raises(Invalid, match="rule 'a' stands on line 2 already"):
        policy(text)


def test_two_rules_of_one_name_are_refused_on_one_line_too() -> None:
    text = "rules: [{name: a, when: {}, then: log}, {name: a, when: {}, then: page}]"

    with pytest.raises(Invalid, match="rule 'a' stands on line 1 already"):
        policy(text)


def test_a_name_that_another_rule_has_by_its_number_is_refused() -> None:
    text = "rules:\n  - {name: rule 2, when: {}, then: log}\n  - {when: {}, then: page}\n"

    with pytest.raises(Invalid, match="rule 'rule 2' stands on line 2 already"):
        policy(text)


def test_the_longest_cooldown_is_read() -> None:
    (rule,) = policy("rules: [{when: {}, then: log, cooldown: 3650d}]").rules

    assert rule.cooldown == timedelta(days=3650)
