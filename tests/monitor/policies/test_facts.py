"""What is looked up besides findings: when a deployment moved, labels, the release before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from headgate.core.times import now
from headgate.monitor.nouns import Finding, MonitorReport, Span
from headgate.monitor.policies.facts import gather, onset
from headgate.monitor.policies.nouns import Facts, Past
from headgate.spine.context import Context
from headgate.spine.ports import Reference
from headgate.surfaces.python import Project
from tests.monitor.policies.sample import DAY, MONDAY, default, finding, policy, report

WORSE = finding("realised_performance", "accuracy", kind="performance", persists=True)
ALL = """\
rules:
  - when: {at_fault: true, deployment_moved: true, previous_release_passes: true, fresh_labels: 1}
    then: page
"""


def served(project: Project, n: int = 150, right_before: float = 0.9, right: float = 0.6) -> None:
    """Two releases, one after the other, each with so many answers whose label is known."""
    project.dataset.commit("people", [{"id": 1}])
    with project.run("train") as run:
        project.dataset.read("people", run=run.id)
        project.model.register("churn", b"1", run=run.id, format="file")
    for _ in range(2):
        project.release.create("api", model="churn@1")
    project.deployment.create("prod", release="api@1")
    for number, share in ((1, right_before), (2, right)):
        if number == 2:
            project.deployment.promote("prod", "api@2")
        rows = [{"prediction_id": f"{number}-{one}", "output": one < share * n} for one in range(n)]
        project.prediction.log(rows, deployment="prod", release=f"api@{number}")
        labels = [{"prediction_id": f"{number}-{one}", "value": True} for one in range(n)]
        project.feedback.log(labels, kind="label")


def recent(*, days: int = 1) -> MonitorReport:
    """A report of worse answers in the days until now."""
    until = now() + timedelta(seconds=1)
    window = Span(until - timedelta(days=days), until, 300)
    return msgspec.structs.replace(
        report(WORSE), window=window, references=(Reference("people", 1, ("prod",)),)
    )


def known(context: Context, seen: MonitorReport) -> Facts:
    return gather(context, seen, policy(ALL), ())


@pytest.mark.row("S1-24", part="rollback")
def test_a_release_before_that_does_better_on_the_same_rows_passes(
    project: Project, context: Context
) -> None:
    served(project)

    facts = known(context, recent())

    assert facts.previous_release_passes.value is True
    assert facts.previous_release_passes.evidence == {
        "api@1": {"n_labels": 150, "mean": 0.9},
        "api@2": {"n_labels": 150, "mean": 0.6},
    }
    assert facts.deployment_moved.value is True
    assert facts.fresh_labels.value == 300


def test_a_release_before_that_does_no_better_does_not_pass(
    project: Project, context: Context
) -> None:
    served(project, right_before=0.6, right=0.58)

    facts = known(context, recent())

    assert facts.previous_release_passes.value is False


def test_answers_that_are_numbers_are_compared_by_how_far_they_are_off(
    project: Project, context: Context
) -> None:
    project.dataset.commit("people", [{"id": 1}])
    for _ in range(2):
        project.release.create("api")
    project.deployment.create("prod", release="api@1")
    project.deployment.promote("prod", "api@2")
    for number, off in ((1, 0.5), (2, 2.5)):
        rows = [{"prediction_id": f"{number}-{n}", "output": n + off} for n in range(120)]
        project.prediction.log(rows, deployment="prod", release=f"api@{number}")
        project.feedback.log([{"prediction_id": f"{number}-{n}", "value": n} for n in range(120)])

    facts = known(context, recent())

    assert facts.previous_release_passes.value is True
    assert "api@1 is off by 0.5 on average" in facts.previous_release_passes.says


def test_too_few_labels_leave_it_open_which_release_is_better(
    project: Project, context: Context
) -> None:
    served(project, n=20)

    facts = known(context, recent())

    assert facts.previous_release_passes.value is None
    assert "100 of each are needed" in facts.previous_release_passes.says


def test_a_deployment_that_never_moved_has_no_release_before(
    project: Project, context: Context
) -> None:
    project.release.create("api")
    project.deployment.create("prod", release="api@1")
    project.dataset.commit("people", [{"id": 1}])

    facts = known(context, recent())

    assert facts.previous_release_passes.says == "prod had no release before"
    assert facts.deployment_moved.value is False


def test_of_a_dataset_there_is_no_deployment_to_know_of(project: Project, context: Context) -> None:
    project.dataset.commit("people", [{"id": 1}])

    facts = known(context, report(WORSE, target="dataset:people"))

    assert facts.deployment is None
    assert facts.deployment_moved.value is facts.fresh_labels.value is None
    assert facts.datasets == ("people",)


def test_facts_that_no_rule_asks_for_are_not_looked_up(context: Context) -> None:
    facts = gather(context, report(WORSE), policy("rules: [{when: {}, then: log}]"), ())

    assert facts.at_fault.says == "nobody looked"


def test_without_findings_nothing_is_looked_up(context: Context) -> None:
    facts = gather(context, report(), default(), ())

    assert facts.at_fault.says == "nobody looked"


def past(day: int, *found: Finding) -> Past:
    since = MONDAY + day * DAY
    return Past(Span(since, since + DAY, 10), found)


def test_trouble_began_with_the_first_of_the_windows_that_show_it_without_a_gap() -> None:
    windows = [past(0, WORSE), past(1), past(2, WORSE), past(3, WORSE)]

    began = onset(report(WORSE, day=4), windows)

    assert (began.after, began.until) == (MONDAY + DAY, MONDAY + 3 * DAY)


def test_drift_that_was_there_before_does_not_begin_the_decline() -> None:
    drift = finding("data_drift")
    windows = [past(0, drift), past(1, drift)]

    began = onset(report(WORSE, drift, day=2), windows)

    assert (began.after, began.until) == (MONDAY + DAY, MONDAY + 3 * DAY)


def test_without_windows_before_it_may_have_begun_one_window_earlier() -> None:
    began = onset(report(WORSE, day=2), ())

    assert began.after == datetime(2026, 11, 3, tzinfo=UTC)
    assert began.until == datetime(2026, 11, 5, tzinfo=UTC)
