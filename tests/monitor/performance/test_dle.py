"""DLE where rows stay as hard as they were, and where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics

from headgate.core.errors import Invalid
from headgate.monitor.performance import dle

N = 12_000


def population(rng: np.random.Generator, n: int, *, centre: float = 2.0) -> tuple[Any, Any, Any]:
    """Return features, predictions and true values; large inputs are harder to predict."""
    inputs = rng.normal(centre, 0.7, size=n)
    said = 20 + 3 * inputs
    truth = said + rng.normal(size=n) * (0.5 + np.abs(inputs))
    return inputs[:, None], said, truth


def realised(truth: Any, said: Any) -> dict[str, float]:
    """Compute by sklearn.metrics what DLE estimates."""
    return {
        "mae": sklearn.metrics.mean_absolute_error(truth, said),
        "mape": sklearn.metrics.mean_absolute_percentage_error(truth, said),
        "mse": sklearn.metrics.mean_squared_error(truth, said),
        "rmse": sklearn.metrics.root_mean_squared_error(truth, said),
        "msle": sklearn.metrics.mean_squared_log_error(truth, said),
        "rmsle": sklearn.metrics.root_mean_squared_log_error(truth, said),
    }


@pytest.mark.row("S1-21", part="estimated, numbers")
def test_the_estimate_follows_rows_that_are_harder() -> None:
    rng = np.random.default_rng(1)
    features, said, truth = population(rng, N)
    harder, then, hidden = population(rng, N, centre=2.8)

    estimates = dle(features, harder, predictions=(said, then), labels=truth)

    expected = realised(hidden, then)
    assert estimates.metrics.keys() == expected.keys()
    for metric, value in expected.items():
        assert estimates[metric].value == pytest.approx(value, rel=0.12), metric
        assert estimates[metric].is_estimated
    assert estimates["mae"].is_outside
    assert estimates["mae"].reference == pytest.approx(realised(truth, said)["mae"], rel=1e-9)


def test_a_window_like_the_reference_lies_within_the_band() -> None:
    rng = np.random.default_rng(2)
    features, said, truth = population(rng, N)
    same, then, _ = population(rng, 2000)

    estimates = dle(features, same, predictions=(said, then), labels=truth)

    assert not any(each.is_outside for each in estimates.metrics.values())


def test_under_concept_drift_it_is_blind() -> None:
    rng = np.random.default_rng(3)
    features, said, truth = population(rng, 3000)
    same, then, hidden = population(rng, 3000)

    estimates = dle(features, same, predictions=(said, then), labels=truth)

    assert realised(hidden + 8, then)["mae"] > 3 * estimates["mae"].value


def test_errors_of_logarithms_are_left_out_where_a_value_is_negative() -> None:
    rng = np.random.default_rng(4)
    features = pa.table({name: pa.array(rng.normal(size=300)) for name in "ab"})
    said = rng.normal(size=300)

    estimates = dle(features, features, predictions=(said, said), labels=said + 1)

    assert sorted(estimates.metrics) == ["mae", "mape", "mse", "rmse"]
    assert estimates["mae"].value == pytest.approx(1.0)


def test_a_feature_that_is_missing_in_part_or_altogether_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    features, said, truth = population(rng, 2000)
    holes = np.where(rng.random((2000, 1)) < 0.1, np.nan, features)
    nothing = np.full((2000, 1), np.nan)

    estimates = dle(
        np.hstack([holes, nothing]),
        np.hstack([features, nothing]),
        predictions=(said, said),
        labels=truth,
    )

    assert estimates["mae"].value == pytest.approx(realised(truth, said)["mae"], rel=0.1)


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.ones((3, 1)), [1.0, 2.0], "2 labels for 3 predictions"),
        (np.ones((2, 1)), [1.0, 2.0, 3.0], "2 rows of features for 3 predictions"),
        (np.ones((3, 2)), [1.0, 2.0, 3.0], "other features than before"),
        (np.ones((3, 1)), [1.0, None, 3.0], "a label is missing"),
        ([[1.0], ["a"], [2.0]], [1.0, 2.0, 3.0], "a value is no number"),
        ({}, [1.0, 2.0, 3.0], "0 rows of features"),
    ],
)
def test_what_does_not_fit_together_is_refused(features: Any, labels: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        dle(features, np.ones((1, 1)), predictions=([1.0, 2.0, 3.0], [1.0]), labels=labels)
