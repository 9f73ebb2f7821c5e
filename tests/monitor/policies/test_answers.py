"""What answers were worth: averages held against numpy, and answers that cannot be averaged."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.times import now
from headgate.monitor.nouns import MonitorReport, Span
from headgate.monitor.policies.answers import Tally, fresh_labels, previous_release
from headgate.monitor.policies.nouns import Fact
from headgate.spine.context import Context
from headgate.surfaces.python import Project
from tests.monitor.policies.sample import finding, report

WORSE = finding("realised_performance", "accuracy", kind="performance", persists=True)
finite = st.floats(-1e6, 1e6)


def answered(project: Project, pairs: dict[str, list[tuple[Any, Any]]]) -> None:
    """Let releases answer, each with a label where one is given, and none where it is `...`."""
    for number, (release, given_) in enumerate(pairs.items()):
        project.release.create("api")
        if number == 0:
            project.deployment.create("prod", release=release)
        else:
            project.deployment.promote("prod", release)
        rows = [
            {"prediction_id": f"{release}-{n}", "output": one} for n, (one, _) in enumerate(given_)
        ]
        project.prediction.log(rows, deployment="prod", release=release)
        labels = [
            {"prediction_id": f"{release}-{n}", "value": label}
            for n, (_, label) in enumerate(given_)
            if label is not ...
        ]
        project.feedback.log(labels)


def recent(target: str = "deployment:prod") -> MonitorReport:
    """A report of the last day, held against nothing."""
    until = now() + timedelta(seconds=1)
    window = Span(until - timedelta(days=1), until, 300)
    return msgspec.structs.replace(report(WORSE, target=target), window=window, references=())


def compared(context: Context) -> Fact:
    seen = recent()
    return previous_release(context, seen, seen.window.since, ("api@1", "api@2"))


@given(st.lists(st.lists(finite, min_size=1), min_size=1))
def test_a_tally_over_parts_is_the_mean_and_variance_of_the_whole(parts: list[list[float]]) -> None:
    tally = Tally()
    for part in parts:
        tally.add(part)

    whole = np.concatenate([np.asarray(part) for part in parts])

    scale = max(float(np.max(np.abs(whole))), 1.0)
    assert tally.n == len(whole)
    assert tally.mean == pytest.approx(float(np.mean(whole)), abs=1e-9 * scale)
    assert tally.variance == pytest.approx(float(np.var(whole)), abs=1e-9 * scale**2)


@given(st.lists(finite, min_size=1), st.lists(st.sampled_from([math.nan, math.inf, -math.inf])))
def test_what_is_no_finite_number_is_left_out_of_a_tally(
    values: list[float], odd: list[float]
) -> None:
    plain, mixed = Tally(), Tally()
    plain.add(values)
    mixed.add([*values, *odd])

    assert mixed.told() == plain.told()


def test_a_tally_of_nothing_says_so() -> None:
    tally = Tally()
    tally.add([])

    assert tally.told() == {"n_labels": 0, "mean": 0.0}


@pytest.mark.parametrize(
    ("values", "says"),
    [([1.0, 1.0, 0.0, 1.0], "is right in 75.0%"), ([-0.5, -1.5], "is off by 1 on average")],
)
def test_a_tally_says_whether_answers_are_right_or_how_far_off(
    values: list[float], says: str
) -> None:
    tally = Tally()
    tally.add(values)

    assert tally.says == says


def test_one_answer_that_is_off_by_more_than_a_number_holds_does_not_hide_which_release_is_better(
    project: Project, context: Context
) -> None:
    good = [(n + 0.5, float(n)) for n in range(120)]
    bad = [*((n + 2.5, float(n)) for n in range(119)), (1.7e308, -1.7e308)]
    answered(project, {"api@1": good, "api@2": bad})

    fact = compared(context)

    assert fact.value is True
    assert fact.evidence == {
        "api@1": {"n_labels": 120, "mean": -0.5},
        "api@2": {"n_labels": 119, "mean": -2.5},
    }


def test_answers_that_are_lists_are_right_as_a_whole_or_not_at_all(
    project: Project, context: Context
) -> None:
    right, half = ([1, 2], [1, 2]), ([1, 2], [1, 3])
    answered(project, {"api@1": [right] * 110, "api@2": [half] * 110})

    fact = compared(context)

    assert fact.says == "api@1 is right in 100.0%, api@2 is right in 0.0%, on rows with a label"


def test_a_difference_within_the_noise_is_none(project: Project, context: Context) -> None:
    first = [(n % 10 < 8, True) for n in range(100)]
    second = [(n % 10 < 7, True) for n in range(100)]
    answered(project, {"api@1": first, "api@2": second})

    fact = compared(context)

    error = math.sqrt(0.8 * 0.2 / 100 + 0.7 * 0.3 / 100)
    assert 2 * error > 0.8 - 0.7
    assert fact.value is False
    assert fact.says == "api@1 is right in 80.0%, api@2 is right in 70.0%, on rows with a label"


def test_only_answers_whose_label_is_known_count(project: Project, context: Context) -> None:
    answered(project, {"api@1": [("yes", "yes"), ("no", ...), ("no", "yes")]})

    assert fresh_labels(context, recent()).value == 2


def test_labels_are_those_of_a_deployment_only(context: Context) -> None:
    fact = fresh_labels(context, recent("dataset:people"))

    assert (fact.value, fact.says) == (None, "no deployment is watched, so nothing has labels")


def test_a_deployment_that_is_gone_has_no_labels(context: Context) -> None:
    assert fresh_labels(context, recent("deployment:gone")).value == 0
