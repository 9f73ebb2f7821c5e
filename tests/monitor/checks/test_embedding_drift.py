"""Vectors that moved are told apart, those that did not are not, each time alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.checks.embedding_drift import (
    EmbeddingReference,
    EmbeddingSettings,
    embedding_drift,
    fit_embedding_drift,
)
from headgate.monitor.metrics.psi import psi

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured

SMALL = EmbeddingSettings(n_most=1000)


def vectors(rng: np.random.Generator, n: int, width: int = 48, **moved: Any) -> Any:
    """Return vectors whose numbers move together in part."""
    mixed = np.random.default_rng(99).normal(size=(width, width)) / np.sqrt(width)
    rows = rng.normal(size=(n, width)) @ (np.eye(width) + mixed)
    return rows * moved.get("spread", 1.0) + moved.get("centre", 0.0)


def table(rows: Any) -> pa.Table:
    return pa.table({"id": pa.array(range(len(rows))), "vector": pa.array(list(rows))})


def by_metric(found: list[Measured]) -> dict[str, Measured]:
    return {each.metric: each for each in found}


def test_vectors_of_one_origin_raise_no_alert() -> None:
    rng = np.random.default_rng(1)
    reference = fit_embedding_drift(table(vectors(rng, 2000)), SMALL)

    found = [
        each
        for _ in range(5)
        for each in embedding_drift(reference, table(vectors(rng, 800)), SMALL)
    ]

    assert {each.metric for each in found} == {
        "domain_classifier",
        "mean_distance",
        "drifted_dimensions",
    }
    assert all(each.threshold is not None and not each.is_exceeded for each in found)
    areas = [each.value for each in found if each.metric == "domain_classifier"]
    assert np.mean(np.array(areas)) == pytest.approx(0.5, abs=0.02)


def test_a_moved_centre_is_seen_by_all_three() -> None:
    rng = np.random.default_rng(2)
    reference = fit_embedding_drift(table(vectors(rng, 2000)), SMALL)

    found = by_metric(embedding_drift(reference, table(vectors(rng, 800, centre=0.7)), SMALL))

    assert all(each.is_exceeded for each in found.values())
    assert (found["domain_classifier"].value or 0) > 0.9
    assert (found["drifted_dimensions"].value or 0) > 0.5
    assert len(found["drifted_dimensions"].evidence["worst"]) == 5


def test_a_wider_spread_around_the_same_centre_is_told_apart() -> None:
    rng = np.random.default_rng(3)
    reference = fit_embedding_drift(table(vectors(rng, 2000)), SMALL)

    found = by_metric(embedding_drift(reference, table(vectors(rng, 800, spread=1.6)), SMALL))

    assert found["domain_classifier"].is_exceeded
    assert not found["mean_distance"].is_exceeded


def test_a_single_dimension_that_moved_is_named_with_its_psi() -> None:
    rng = np.random.default_rng(4)
    past, now = vectors(rng, 1000), vectors(rng, 800)
    now[:, 7] += 3.0
    reference = fit_embedding_drift(table(past), SMALL)

    found = by_metric(embedding_drift(reference, table(now), SMALL))["drifted_dimensions"]

    assert found.value == pytest.approx(1 / 48)
    assert not found.is_exceeded
    assert next(iter(found.evidence["worst"])) == "7"
    assert found.evidence["worst"]["7"] == pytest.approx(psi(past[:, 7], now[:, 7]), rel=1e-9)


def test_the_same_seed_says_the_same_and_a_reference_is_read_back_whole() -> None:
    rng = np.random.default_rng(5)
    past, now = table(vectors(rng, 3000)), table(vectors(rng, 2000, centre=0.1))

    one = fit_embedding_drift(past, SMALL)
    other = msgspec.msgpack.decode(
        msgspec.msgpack.encode(fit_embedding_drift(past, SMALL)), type=EmbeddingReference
    )

    assert one == other
    assert embedding_drift(one, now, SMALL) == embedding_drift(other, now, SMALL)
    assert len(msgspec.msgpack.encode(one)) < 200_000


def test_of_a_hidden_reference_no_vector_is_kept() -> None:
    rng = np.random.default_rng(6)
    hidden = EmbeddingSettings(hidden=True)
    reference = fit_embedding_drift(table(vectors(rng, 1000)), hidden)

    found = by_metric(embedding_drift(reference, table(vectors(rng, 800, centre=0.7)), hidden))

    assert reference.columns["vector"].projected == b""
    assert found["domain_classifier"].value is None
    assert "hidden" in found["domain_classifier"].evidence["says"]
    assert found["mean_distance"].is_exceeded


def test_missing_and_infinite_vectors_are_counted_and_left_out() -> None:
    rng = np.random.default_rng(7)
    rows: list[Any] = [*vectors(rng, 700)]
    rows[0], rows[1] = None, np.full(48, np.inf)
    reference = fit_embedding_drift(table(vectors(rng, 1000)), SMALL)

    found = by_metric(embedding_drift(reference, table(rows), SMALL))["mean_distance"]

    assert found.n == 698
    assert found.evidence["n_missing"] == 2


def test_a_small_window_raises_no_alert() -> None:
    rng = np.random.default_rng(8)
    reference = fit_embedding_drift(table(vectors(rng, 1000)), SMALL)

    found = embedding_drift(reference, table(vectors(rng, 100, centre=2.0)), SMALL)

    assert all(each.threshold is None and not each.is_exceeded for each in found)


def test_what_is_no_vector_is_refused_and_other_widths_too() -> None:
    rng = np.random.default_rng(9)
    past = table(vectors(rng, 200))

    with pytest.raises(Invalid, match="id holds no vectors of one length"):
        fit_embedding_drift(past, EmbeddingSettings(columns=("id",)))
    with pytest.raises(NotFound, match="no column named 'vectr'"):
        fit_embedding_drift(past, EmbeddingSettings(columns=("vectr",)))
    with pytest.raises(Invalid, match="vectors of 16 numbers, the reference 48"):
        embedding_drift(fit_embedding_drift(past), table(vectors(rng, 50, width=16)))
    assert embedding_drift(fit_embedding_drift(past), pa.table({"id": [1]})) == []
