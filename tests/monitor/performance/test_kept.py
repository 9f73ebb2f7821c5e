"""What is kept of calibration and trees says what the libraries say, after it was read back."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits

from headgate.monitor.performance.calibration import Curve, calibrated, chances_of
from headgate.monitor.performance.trees import Trees, learn


def read_back(trees: Trees) -> Trees:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(trees), type=Trees)


@pytest.mark.parametrize("n_columns", [1, 4])
def test_trees_foretell_what_scikit_learn_does_missing_values_among_them(n_columns: int) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(2000, n_columns))
    inputs[rng.random(inputs.shape) < 0.1] = np.nan
    loss = np.abs(np.nan_to_num(inputs[:, 0])) * rng.random(2000)
    fresh = rng.normal(size=(4500, n_columns))
    fresh[0], fresh[1], fresh[2] = np.nan, np.inf, -np.inf
    with threadpool_limits(1, user_api="openmp"):
        theirs = HistGradientBoostingRegressor(random_state=0).fit(inputs, loss)
        expected = theirs.predict(fresh)

    ours = read_back(learn(inputs, loss))

    np.testing.assert_allclose(ours.predict(fresh), expected, atol=1e-9)


def test_trees_of_a_loss_that_never_varies_say_that_loss() -> None:
    trees = learn(np.arange(100.0)[:, None], np.full(100, 0.25))

    assert trees.predict(np.array([[3.0], [np.nan]])).tolist() == pytest.approx([0.25, 0.25])
    assert trees.predict(np.empty((0, 1))).tolist() == []


def test_a_curve_says_what_the_isotonic_regression_does() -> None:
    rng = np.random.default_rng(2)
    scores = rng.random(3000)
    truth = (rng.random(3000) < scores**2).astype(float)
    pair = np.stack([1 - scores, scores], axis=1)
    theirs = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, truth)

    (curve,) = calibrated(pair, np.stack([1 - truth, truth], axis=1))

    asked = np.concatenate([rng.random(500), [0.0, 1.0]])
    np.testing.assert_allclose(curve.at(asked), theirs.predict(asked), atol=1e-12)


def test_a_hidden_curve_stands_on_an_even_grid_and_says_nearly_the_same() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(20_000)
    truth = (rng.random(20_000) < scores).astype(float)
    pair, both = (np.stack([1 - each, each], axis=1) for each in (scores, truth))

    (open_one,), (hidden,) = (calibrated(pair, both, hidden=each) for each in (False, True))

    assert hidden.scores == tuple(np.linspace(0, 1, 201).tolist())
    assert np.mean(np.abs(hidden.at(scores) - open_one.at(scores))) < 0.005


def test_chances_add_up_to_one_in_each_row_also_where_no_curve_gives_any() -> None:
    none, some = Curve((0.0, 1.0), (0.0, 0.0)), Curve((0.0, 1.0), (0.0, 1.0))
    scores = np.array([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]])

    nowhere = chances_of(scores, (none, none, none))
    somewhere = chances_of(scores, (some, some, none))

    assert nowhere.tolist() == [[pytest.approx(1 / 3)] * 3] * 2
    assert somewhere.sum(axis=1).tolist() == pytest.approx([1, 1])
    assert somewhere[0].tolist() == pytest.approx([0.4, 0.6, 0.0])


def test_one_score_of_a_row_becomes_one_chance() -> None:
    curve = Curve((0.0, 1.0), (0.2, 0.6))

    assert chances_of(np.array([[0.0], [0.5]]), (curve,)).tolist() == [[0.2], [0.4]]
