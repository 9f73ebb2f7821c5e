"""What people are told: a title, a key that stays, numbers, and never a value of a row."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from headgate.monitor.escalations.messages import message_of
from headgate.monitor.nouns import Finding, Measured
from headgate.monitor.policies.deciding import resolve, told
from headgate.monitor.policies.nouns import Deed
from tests.monitor.policies.sample import facts, finding, history, policy, report

LOUD = "rules: [{name: loud, when: {at_fault: true}, then: page, to: [oncall]}]"


def deed(*found: Finding, rules: str = LOUD) -> Deed:
    """The page that findings ask for."""
    known = facts(at_fault=["north"])
    return resolve(report(*found), known, policy(rules), history()).deeds[0]


def message(*found: Finding, day: int = 0, beside: tuple[str, ...] = ()) -> dict[str, Any]:
    return message_of(report(*found, day=day), deed(*found), "esc-1", beside)


def test_a_message_says_what_was_found_why_and_where_to_look() -> None:
    said = message(finding(), beside=("esc-2",))

    assert said["title"] == "churn: loud: age"
    assert said["body"].splitlines() == [
        "deployment:prod, 2026-11-02 00:00 to 2026-11-03 00:00 UTC, 1,000 rows",
        "- mean shift in age: psi 0.31, threshold 0.1 (warning, unknown)",
        "at_fault: true: at_fault is ['north']",
        "Decided too: headgate escalation show esc-2",
        "See: headgate escalation show esc-1",
    ]
    assert said["details"] == {
        "monitor": "churn",
        "watches": "deployment:prod",
        "rule": "loud",
        "since": "2026-11-02T00:00:00Z",
        "until": "2026-11-03T00:00:00Z",
    }


def test_a_title_names_three_subjects_and_counts_the_others() -> None:
    three = message(*(finding(subject=f"c{n}") for n in range(3)))
    five = message(*(finding(subject=f"c{n}") for n in range(5)))

    assert three["title"] == "churn: loud: c0, c1, c2"
    assert five["title"] == "churn: loud: c0, c1, c2 and 2 more"


def test_whom_it_goes_to_is_said_only_where_the_rule_does() -> None:
    silent = deed(finding(), rules="rules: [{when: {}, then: page}]")
    nobody = deed(finding(), rules="rules: [{when: {}, then: page, to: []}]")

    assert message(finding())["to"] == ["oncall"]
    assert message_of(report(finding()), silent, "esc-1", ())["to"] is None
    assert message_of(report(finding()), nobody, "esc-1", ())["to"] == []


def test_the_same_trouble_of_another_day_has_the_same_key() -> None:
    first, later = message(finding()), message(finding(), day=3)

    assert first["key"] == later["key"]
    assert first["key"].startswith("monitor/churn/page/")


@given(st.lists(st.text(), min_size=1, max_size=3, unique=True), st.text())
def test_other_subjects_have_another_key(subjects: list[str], more: str) -> None:
    found = [finding(subject=one) for one in subjects]

    alike = message(*found)["key"] == message(*found, finding(subject=more))["key"]

    assert alike is (more in subjects)


@given(st.text())
def test_what_a_finding_says_of_rows_is_never_told(says: str) -> None:
    secret = f"<secret {says}>"

    assert secret not in str(message(finding(says=secret)))


def test_a_finding_is_told_by_its_first_number_and_its_threshold() -> None:
    number = Measured(
        check="missing",
        subject="age",
        metric="share",
        value=0.123456,
        threshold=0.05,
        is_exceeded=True,
    )
    bare = Measured(check="missing", subject="age", metric="share", value=2e9, is_exceeded=True)
    unknown = msgspec.structs.replace(bare, value=None)

    assert told(finding(measured=(number,))) == ("mean shift in age: share 0.1235, threshold 0.05")
    assert told(finding(measured=(bare,))) == "mean shift in age: share 2e+09"
    assert told(finding(measured=(unknown,))) == "mean shift in age"
    assert told(finding(measured=())) == "mean shift in age"


def test_a_message_lists_only_findings_that_the_deed_is_about() -> None:
    one, other = finding(), finding(subject="city")

    said = message_of(report(one, other), deed(one), "esc-1", ())

    assert "in age" in said["body"]
    assert "of city" not in said["body"]
