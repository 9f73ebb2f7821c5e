"""Which column explains a change of the loss: the planted cause, and not what moved beside it."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.checks.estimated_performance import (
    fit_estimated_performance,
    row_losses,
)
from headgate.monitor.contribution import (
    ContributionReference,
    contribution,
    fit_contribution,
)
from tests.monitor.checks.answers import classified, regressed


def beside(rng: np.random.Generator, table: pa.Table, *, centre: float = 0.0) -> pa.Table:
    """Put a column beside the others that moves and means nothing."""
    return table.append_column("noise", pa.array(rng.normal(centre, 1, table.num_rows)))


def test_the_planted_cause_stands_first_and_what_only_moved_explains_nothing() -> None:
    rng = np.random.default_rng(1)
    past = beside(rng, classified(rng, 20_000))
    many = beside(rng, classified(rng, 30_000), centre=1.0)
    near = np.flatnonzero(np.abs(many["input"].to_numpy()) < 0.5)[:5000]
    window, estimated = many.take(near), fit_estimated_performance(past)
    suspects = ("noise", "country", "input")

    fitted = fit_contribution(past, row_losses(estimated, past), columns=suspects)
    reference = msgspec.msgpack.decode(msgspec.msgpack.encode(fitted), type=ContributionReference)
    ranked = contribution(reference, window, row_losses(estimated, window))

    assert ranked[0].column == "input"
    assert 0.8 < ranked[0].share < 1.2
    assert ranked[0].worst.startswith("input above")
    assert all(abs(each.share) < 0.05 for each in ranked[1:])


def test_of_numbers_the_wider_input_explains_the_greater_error() -> None:
    rng = np.random.default_rng(2)
    past, window = regressed(rng, 6000), regressed(rng, 3000, spread=2.0)
    estimated = fit_estimated_performance(past)

    reference = fit_contribution(past, row_losses(estimated, past), columns=("first", "second"))
    ranked = contribution(reference, window, row_losses(estimated, window))

    assert ranked[0].column == "second"
    assert ranked[0].share > 0.5
    assert abs(ranked[1].share) < 0.1


def test_it_is_the_reweighting_of_the_reference_by_hand() -> None:
    past = pa.table({"plan": ["basic"] * 6 + ["gold"] * 4})
    window = pa.table({"plan": ["basic"] * 2 + ["gold"] * 7 + [None]})
    losses = np.array([0.1] * 6 + [0.5] * 4)

    found = contribution(
        fit_contribution(past, losses), window, np.array([0.1] * 2 + [0.5] * 7 + [0.9])
    )

    # mean loss 0.26; basic 0.6 to 0.2, gold 0.4 to 0.7, missing 0 to 0.1 with the window's 0.9
    assert found[0].explained == pytest.approx(-0.4 * -0.16 + 0.3 * 0.24 + 0.1 * 0.64)
    assert found[0].share == pytest.approx(1.0)
    assert found[0].worst == "plan = gold"


def test_where_the_loss_fell_the_column_that_explains_the_fall_stands_first() -> None:
    past = pa.table({"a": [0, 1] * 50, "b": [0, 0, 1, 1] * 25})
    window = pa.table({"a": [0] * 100, "b": [0, 0, 1, 1] * 25})

    ranked = contribution(
        fit_contribution(past, np.array([0.0, 1.0] * 50)), window, np.full(100, 0.0)
    )

    assert [each.column for each in ranked] == ["a", "b"]
    assert ranked[0].explained == pytest.approx(-0.5)
    assert ranked[0].worst == "a = 0"


def test_of_a_hidden_reference_no_name_is_kept() -> None:
    past = pa.table({"town": ["quetzal", "zephyr"] * 10, "tags": [["x"]] * 20})

    reference = fit_contribution(past, np.arange(20.0), hidden=True)

    assert b"quetzal" not in msgspec.json.encode(reference)
    assert list(reference.columns) == ["town"]
    ranked = contribution(reference, past, np.arange(20.0))
    assert ranked[0].explained == pytest.approx(0.0)
    assert ranked[0].share == 0.0


def test_losses_that_do_not_fit_the_rows_are_refused() -> None:
    with pytest.raises(Invalid, match="1 losses for 2 rows"):
        fit_contribution(pa.table({"a": [1, 2]}), np.array([0.5]))
