"""A planted secret is in nothing that is kept of a reference, if it is told to hide it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor.checks.embedding_drift import (
    EmbeddingSettings,
    embedding_drift,
    fit_embedding_drift,
)
from headgate.monitor.checks.estimated_performance import (
    EstimatedSettings,
    estimated_performance,
    fit_estimated_performance,
    row_losses,
)
from headgate.monitor.checks.realised_performance import (
    RealisedSettings,
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.checks.text_drift import fit_text_drift, text_drift
from headgate.monitor.contribution import contribution, fit_contribution
from headgate.monitor.performance.answered import Columns
from tests.monitor.checks.answers import classified
from tests.monitor.texts.prose import prose

SECRET = "quetzalcoatl"
HIDDEN = Columns(slices=("country",), hidden=True)


def with_secrets(n: int) -> pa.Table:
    """Return answers whose classes and slices are secrets."""
    rng = np.random.default_rng(41)
    table = classified(rng, n)
    for name in ("prediction", "label", "country"):
        values = [f"{SECRET}-{each}" for each in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def written(*kept: Any) -> bytes:
    return b"".join(msgspec.msgpack.encode(each) for each in kept)


def test_names_of_classes_and_slices_are_not_kept_nor_told() -> None:
    table = with_secrets(3000)
    estimates, realities = EstimatedSettings(columns=HIDDEN), RealisedSettings(columns=HIDDEN)

    guess = fit_estimated_performance(table, estimates)
    known = fit_realised_performance(table, realities)

    said = [
        *estimated_performance(guess, table, estimates),
        *realised_performance(known, table, realities),
    ]
    assert SECRET.encode() not in written(guess, known, said)
    assert {each.slice_.partition("=")[0] for each in said} == {"", "class", "country"}


def test_metrics_are_the_same_hidden_or_not() -> None:
    table = with_secrets(3000)
    shown = RealisedSettings(columns=Columns(slices=("country",)))
    hidden = RealisedSettings(columns=HIDDEN)

    one, other = (
        realised_performance(fit_realised_performance(table, each), table, each)
        for each in (shown, hidden)
    )

    # digests may order two classes the other way, so only what is of both is compared
    pair = [{each.value for each in found if each.metric == "accuracy"} for found in (one, other)]
    assert pair[0] == pair[1]
    assert len(one) == len(other)


def test_suspects_are_ranked_without_a_name_of_their_values() -> None:
    table = with_secrets(2000)
    losses = np.linspace(0, 1, 2000)

    reference = fit_contribution(table, losses, columns=("country",), hidden=True)

    said = contribution(reference, table, losses)
    assert SECRET.encode() not in written(reference, said)
    assert said[0].worst.startswith("country = #")


def test_losses_are_estimated_by_hidden_classes_as_by_known_ones() -> None:
    table = with_secrets(4000)
    open_settings = EstimatedSettings(columns=Columns(positive=f"{SECRET}-yes"))
    hidden = EstimatedSettings(columns=Columns(positive=f"{SECRET}-yes", hidden=True))

    one, other = (
        row_losses(fit_estimated_performance(table, each), table, each)
        for each in (open_settings, hidden)
    )

    assert np.mean(np.abs(one - other)) < 0.01


def test_no_text_and_no_word_is_kept_or_told() -> None:
    texts = [f"{SECRET} {each}" for each in prose(np.random.default_rng(42), 800)]
    columns: dict[str, Any] = {"answer": texts}

    reference = fit_text_drift(pa.table(columns))

    assert SECRET.encode() not in written(reference, text_drift(reference, pa.table(columns)))


@pytest.mark.parametrize("width", [8, 64])
def test_no_vector_is_kept(width: int) -> None:
    rng = np.random.default_rng(43)
    rows = rng.normal(size=(800, width))
    columns: dict[str, Any] = {"vector": list(rows)}
    hidden = EmbeddingSettings(hidden=True)

    reference = fit_embedding_drift(pa.table(columns), hidden)

    kept = reference.columns["vector"]
    assert rows[17].tobytes() not in written(reference)
    assert rows[17].astype(np.float32).tobytes() not in written(reference)
    assert len(kept.means) == 8 * width
    assert embedding_drift(reference, pa.table(columns), hidden)[0].value is None
