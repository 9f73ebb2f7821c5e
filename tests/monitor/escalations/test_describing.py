"""The policy as a file of the project, and its rules in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Conflict, Invalid
from headgate.core.times import span
from headgate.monitor.escalations.describing import shown, write_default
from headgate.monitor.escalations.reports import RuleLine
from headgate.monitor.policies.reading import DEFAULT, PLACE, policy_of

ONE = """\
rules:
  - name: hold it
    when: {at_fault: true, persists: false, check: [missing, volume], fresh_labels: 0}
    needs: {budget: left, fresh_labels: 10}
    then: [quarantine_source, page]
    cooldown: 36h
  - {when: {}, then: [retrain, rollback], mode: act, pipeline: weekly}
"""


def written(root: Path, text: str) -> tuple[RuleLine, ...]:
    """Give a folder a policy and say its rules."""
    (root / PLACE).parent.mkdir(exist_ok=True)
    (root / PLACE).write_text(text, encoding="utf-8")
    return shown(root).rules


def test_the_shipped_policy_is_written_as_it_is_and_means_the_same(tmp_path: Path) -> None:
    before = policy_of(tmp_path)

    report = write_default(tmp_path, replace=False)

    assert (tmp_path / PLACE).read_bytes() == DEFAULT.read_bytes()
    assert policy_of(tmp_path) == before
    assert (report.path, report.n_rules) == ("monitors/policy.yaml", len(before.rules))


def test_a_policy_that_is_there_makes_way_only_if_told_so(tmp_path: Path) -> None:
    written(tmp_path, ONE)

    with pytest.raises(Conflict, match=r"there is a monitors/policy\.yaml already") as told:
        write_default(tmp_path, replace=False)
    kept = (tmp_path / PLACE).read_text(encoding="utf-8")
    write_default(tmp_path, replace=True)

    assert "--replace" in told.value.mend
    assert kept == ONE
    assert (tmp_path / PLACE).read_bytes() == DEFAULT.read_bytes()


def test_a_rule_is_said_in_words(tmp_path: Path) -> None:
    first, second = written(tmp_path, ONE)

    assert first.about == "check missing or volume, not persists, at_fault, fresh_labels 0"
    assert first.needs == "fresh_labels 10, budget left"
    assert (first.then, first.proposes) == (("quarantine_source", "page"), ("quarantine_source",))
    assert (first.cooldown, first.line) == ("36h", 2)
    assert (second.name, second.about, second.needs) == ("rule 2", "any finding", "")
    assert (second.proposes, second.cooldown, second.line) == ((), "", 7)


def test_where_the_rules_come_from_is_said(tmp_path: Path) -> None:
    shipped = shown(tmp_path)

    written(tmp_path, ONE)

    assert shipped.path == ""
    assert shipped.rules[0].name == "source at fault"
    assert shown(tmp_path).path == "monitors/policy.yaml"


def test_a_broken_policy_is_not_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"monitors/policy\.yaml:1:"):
        written(tmp_path, "rules: [{when: {}, then: shout}]")


@given(seconds=st.integers(1, 3650 * 86_400))
def test_a_cooldown_in_words_is_read_as_the_same_length(
    tmp_path_factory: pytest.TempPathFactory, seconds: int
) -> None:
    root = tmp_path_factory.getbasetemp() / "lengths"
    root.mkdir(exist_ok=True)

    (rule,) = written(root, f"rules: [{{when: {{}}, then: page, cooldown: {seconds}s}}]")

    assert span(rule.cooldown) == timedelta(seconds=seconds)
