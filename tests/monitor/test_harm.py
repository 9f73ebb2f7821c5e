"""Drift is harmful where quality fell with it, different where it did not, else unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.monitor.checks.estimated_performance import (
    EstimatedSettings,
    estimated_performance,
    fit_estimated_performance,
)
from headgate.monitor.checks.realised_performance import (
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.harm import harm_by_slice, harm_of
from headgate.monitor.metrics.psi import psi
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import Columns
from tests.monitor.checks.answers import classified

DRIFT = Measured(check="data_drift", subject="age", metric="psi", value=0.4, is_exceeded=True)


def performance(**given: Any) -> Measured:
    usual: dict[str, Any] = {
        "check": "estimated_performance",
        "subject": "roc_auc",
        "metric": "roc_auc",
        "value": 0.8,
        "threshold": 0.75,
        "is_estimated": True,
    }
    return Measured(**(usual | given))


REALISED: dict[str, Any] = {"check": "realised_performance", "is_estimated": False}
UNTOLD: dict[str, Any] = {"value": None, "threshold": None}
ROSE = {"check": "concept_drift", "metric": "adwin", "threshold": None, "is_exceeded": True}


@pytest.mark.row("S1-22")
@pytest.mark.parametrize(
    ("measured", "harm"),
    [
        ([DRIFT], "unknown"),
        ([DRIFT, performance(threshold=None)], "unknown"),
        ([DRIFT, performance()], "different"),
        ([DRIFT, performance(value=0.6, is_exceeded=True)], "harmful"),
        ([DRIFT, performance(), performance(slice_="country=FR", is_exceeded=True)], "harmful"),
        ([performance(), performance(**REALISED, is_exceeded=True)], "harmful"),
        ([performance(is_exceeded=True), performance(**REALISED)], "different"),
        ([performance(is_exceeded=True), performance(**REALISED, threshold=None)], "harmful"),
        ([performance(), performance(**ROSE)], "harmful"),
        ([performance(**(ROSE | {"is_exceeded": False}))], "unknown"),
        ([performance(), performance(metric="accuracy", **UNTOLD)], "unknown"),
        ([performance(is_exceeded=True), performance(metric="accuracy", **UNTOLD)], "harmful"),
        ([performance(**UNTOLD), performance(**REALISED)], "different"),
        ([performance(**UNTOLD), performance(**REALISED, is_exceeded=True)], "harmful"),
        ([performance(), performance(slice_="country=FR", **UNTOLD)], "different"),
        ([performance(**(REALISED | {"value": None}))], "unknown"),
    ],
)
def test_performance_decides_and_what_is_realised_before_what_is_estimated(
    measured: list[Measured], harm: str
) -> None:
    assert harm_of(measured) == harm


@pytest.mark.row("S1-22")
def test_a_benign_shift_of_the_mix_of_inputs_is_different_and_not_harmful() -> None:
    rng = np.random.default_rng(1)
    past = classified(rng, 20_000)
    reference = fit_estimated_performance(past)
    mixed, vague = classified(rng, 5000, centre=0.5), classified(rng, 5000, centre=0.0)
    narrow = classified(rng, 40_000)
    near = np.flatnonzero(np.abs(narrow["input"].to_numpy()) < 0.4)[:5000]

    found = {
        name: (
            psi(past["input"], window["input"]),
            harm_of(estimated_performance(reference, window)),
        )
        for name, window in (("mixed", mixed), ("same", vague), ("hard", narrow.take(near)))
    }

    assert found["mixed"][0] > 0.2
    assert found["mixed"][1] == "different"
    assert found["same"][0] < 0.1
    assert found["hard"][0] > 0.2
    assert found["hard"][1] == "harmful"


@pytest.mark.row("S1-22")
def test_with_labels_a_moved_concept_is_harmful_though_the_estimate_is_blind() -> None:
    rng = np.random.default_rng(2)
    past, moved = classified(rng, 20_000), classified(rng, 3000, slope=0.2)

    estimated = estimated_performance(fit_estimated_performance(past), moved)
    realised = realised_performance(fit_realised_performance(past), moved)

    assert harm_of(estimated) == "different"
    assert harm_of([*estimated, *realised]) == "harmful"


def test_each_slice_has_its_own_verdict() -> None:
    rng = np.random.default_rng(3)
    settings = EstimatedSettings(columns=Columns(slices=("country",)))
    reference = fit_estimated_performance(classified(rng, 20_000), settings)
    window = classified(rng, 6000)

    verdicts = harm_by_slice(estimated_performance(reference, window, settings))

    assert verdicts == {"": "different", "country=DE": "different", "country=FR": "different"}
    assert harm_by_slice([DRIFT]) == {}
