"""A model of losses that is kept as plain numbers, for what is read back must not be code."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats
from headgate.monitor.performance.loss import N_THREADED, SEED

N_AT_ONCE = 4096
"""Rows that go down the trees together: what is in flight stays in the processor's cache."""


class Trees(msgspec.Struct, frozen=True):
    """Boosted trees over numbers: all nodes in one row of each array, leaves leading to themselves.

    Args:
        baseline: what every row starts from [unit of the loss].
        roots: each tree's first node.
        n_levels: steps from the deepest root to its leaf [count].
        values: what a leaf adds, float64 [unit of the loss].
        features: which column a node asks, int32.
        cuts: a row goes left up to here, float64.
        is_left_missing: a row without a value goes left, uint8.
        left: the node on the left, int32.
        right: the node on the right, int32.
    """

    baseline: float
    roots: tuple[int, ...]
    n_levels: int
    values: bytes
    features: bytes
    cuts: bytes
    is_left_missing: bytes
    left: bytes
    right: bytes

    def predict(self, inputs: Floats) -> Floats:
        """Return what the trees say of each row, shape (n,), for inputs of shape (n, d)."""
        parts = [
            self._predict(inputs[start : start + N_AT_ONCE])
            for start in range(0, len(inputs), N_AT_ONCE)
        ]
        return np.concatenate([np.empty(0), *parts])

    def _predict(self, inputs: Floats) -> Floats:
        features, cuts = np.frombuffer(self.features, np.int32), np.frombuffer(self.cuts)
        lefts = np.frombuffer(self.left, np.int32)
        rights = np.frombuffer(self.right, np.int32)
        missing = np.frombuffer(self.is_left_missing, np.uint8).astype(bool)
        values, rows = np.frombuffer(self.values), np.arange(len(inputs))
        total = np.full(len(inputs), self.baseline)
        for root in self.roots:
            nodes = np.full(len(inputs), root, dtype=np.int32)
            for _ in range(self.n_levels):
                asked = inputs[rows, features[nodes]]
                is_left = (asked <= cuts[nodes]) | (np.isnan(asked) & missing[nodes])
                following = np.where(is_left, lefts[nodes], rights[nodes])
                if np.array_equal(following, nodes):
                    break
                nodes = following
            total += values[nodes]
        return total


def learn(inputs: Floats, loss: Floats) -> Trees:
    """Learn how large the loss of a row is, as `dle` does.

    Args:
        inputs: features and prediction, shape (n, d); NaN where one is missing.
        loss: shape (n,).

    Raises:
        Unavailable: scikit-learn is not installed.
    """
    with needing("dle"):
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits
    with threadpool_limits(1 if len(inputs) < N_THREADED else None, user_api="openmp"):
        fitted = HistGradientBoostingRegressor(random_state=SEED).fit(inputs, loss)
    # scikit-learn tells of its trees in private names only; a test holds ours to its predictions
    kept: Any = vars(fitted)
    nodes = [stage[0].nodes for stage in kept["_predictors"]]
    return _packed(float(kept["_baseline_prediction"].item()), nodes)


def _packed(baseline: float, trees: list[Any]) -> Trees:
    sizes = [len(each) for each in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    nodes = np.concatenate(trees)
    at, start = np.arange(len(nodes)), np.repeat(roots, sizes)
    is_leaf = nodes["is_leaf"].astype(bool)
    return Trees(
        baseline=baseline,
        roots=tuple(roots.tolist()),
        n_levels=int(nodes["depth"].max()),
        values=nodes["value"].astype(np.float64).tobytes(),
        features=np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int32).tobytes(),
        cuts=nodes["num_threshold"].astype(np.float64).tobytes(),
        is_left_missing=nodes["missing_go_to_left"].astype(np.uint8).tobytes(),
        left=np.where(is_leaf, at, start + nodes["left"]).astype(np.int32).tobytes(),
        right=np.where(is_leaf, at, start + nodes["right"]).astype(np.int32).tobytes(),
    )
