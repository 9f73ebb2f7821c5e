"""A calibration that is kept: from the score a model gives to the chance that it means."""

from __future__ import annotations

import msgspec
import numpy as np

from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats

BINARY = 2
"""Classes of a model that says yes or no, of which the second is meant [count]."""

N_GRID = 201
"""Points that a hidden curve is kept at, evenly over 0 to 1 [count]."""


class Curve(msgspec.Struct, frozen=True):
    """A rising curve, straight between its knots and level outside of them.

    Args:
        scores: where its knots lie, ascending [ratio].
        chances: what each means [ratio].
    """

    scores: tuple[float, ...]
    chances: tuple[float, ...]

    def at(self, scores: Floats) -> Floats:
        """Return the chance that each score means, shape (n,)."""
        return np.interp(scores, self.scores, self.chances)


def calibrated(scores: Floats, truth: Floats, *, hidden: bool = False) -> tuple[Curve, ...]:
    """Fit the isotonic curve of each class, as `cbpe` does; of two classes that of the second.

    Args:
        scores: of each class, shape (n, k).
        truth: 1 for the true class of each row, shape (n, k).
        hidden: keep the curves on an even grid, so that no score of a row is kept.

    Raises:
        Unavailable: scikit-learn is not installed.
    """
    with needing("calibration"):
        from sklearn.isotonic import IsotonicRegression
    k = scores.shape[1]
    curves: list[Curve] = []
    for one in [1] if k == BINARY else range(k):
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        fitted.fit(scores[:, one], truth[:, one])
        knots = np.linspace(0, 1, N_GRID) if hidden else fitted.X_thresholds_
        curves.append(Curve(tuple(knots.tolist()), tuple(fitted.predict(knots).tolist())))
    return tuple(curves)


def chances_of(scores: Floats, curves: tuple[Curve, ...]) -> Floats:
    """Turn scores into chances that add up to 1 in each row, shape (n, k).

    Args:
        scores: of each class, shape (n, k); of one column the chance alone comes back.
        curves: of each class; of two classes that of the second.
    """
    k = scores.shape[1]
    if k == 1:
        return curves[0].at(scores[:, 0])[:, None]
    if k == BINARY:
        second = curves[0].at(scores[:, 1])
        return np.stack([1 - second, second], axis=1)
    chances = np.stack([each.at(scores[:, one]) for one, each in enumerate(curves)], axis=1)
    total = chances.sum(axis=1, keepdims=True)
    return np.where(total > 0, chances / np.where(total > 0, total, 1), 1 / k)
