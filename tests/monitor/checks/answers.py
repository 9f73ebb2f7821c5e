"""Worlds whose answers, confidences and labels the tests of performance look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa


def classified(
    rng: np.random.Generator, n: int, *, centre: float = 0.0, slope: float = 1.5
) -> pa.Table:
    """Return a classifier's answers: it ranks by the one input, and is too sure of itself."""
    inputs = rng.normal(centre, 1, size=n)
    labels = rng.random(n) < 1 / (1 + np.exp(-slope * inputs))
    scores = 1 / (1 + np.exp(-4 * inputs))
    said = scores >= 0.5
    columns: dict[str, Any] = {
        "input": inputs,
        "country": np.where(rng.random(n) < 0.6, "DE", "FR"),
        "prediction": np.where(said, "yes", "no"),
        "confidence": np.where(said, scores, 1 - scores),
        "label": np.where(labels, "yes", "no"),
    }
    return pa.table(columns)


def positive_scores(table: pa.Table) -> Any:
    """Return the probability of `yes`."""
    sure, said = (table[each].to_numpy() for each in ("confidence", "prediction"))
    return np.where(said == "yes", sure, 1 - sure)


def three_classes(rng: np.random.Generator, n: int) -> pa.Table:
    """Return the answers of a model of three classes that are as likely as it says."""
    logits = rng.normal(size=(n, 3)) * 1.5
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    drawn = np.minimum((rng.random((n, 1)) > np.cumsum(chances, axis=1)).sum(axis=1), 2)
    names = np.array(["cat", "dog", "owl"])
    columns: dict[str, Any] = {
        "prediction": names[chances.argmax(axis=1)],
        "confidence": chances.max(axis=1),
        "label": names[drawn],
        **{f"p_{name}": chances[:, code] for code, name in enumerate(names)},
    }
    return pa.table(columns)


def regressed(rng: np.random.Generator, n: int, *, spread: float = 1.0) -> pa.Table:
    """Return a regression's answers: it errs by the size of its second input."""
    first, second = rng.normal(size=n), rng.normal(0, spread, size=n)
    columns: dict[str, Any] = {
        "first": first,
        "second": second,
        "plan": np.where(rng.random(n) < 0.5, "basic", "gold"),
        "prediction": 10 + first,
        "label": 10 + first + np.abs(second) * rng.normal(size=n),
    }
    return pa.table(columns)
