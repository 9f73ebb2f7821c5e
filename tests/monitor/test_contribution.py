"""Which column explains a change of the loss: the planted cause, and not what moved beside it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.checks.estimated_performance import (
    fit_estimated_performance,
    row_losses,
)
from headgate.monitor.contribution import (
    Contribution,
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


def alone(past: list[Any], now: list[Any], losses: list[float]) -> Contribution:
    """Say what one column explains, where each row of a value loses alike."""
    lost = dict(zip(past, losses, strict=True))
    reference = fit_contribution(pa.table({"a": past}), np.array(losses))
    (found,) = contribution(
        reference, pa.table({"a": now}), np.array([lost.get(each, 0.0) for each in now])
    )
    return found


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=30),
    st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=30),
)
def test_a_column_that_decides_the_loss_explains_the_whole_change(
    past: list[str], now: list[str]
) -> None:
    loss = {"x": 0.0, "y": 0.25, "z": 1.0}
    before, after = (np.array([loss[each] for each in values]) for values in (past, now))

    (found,) = contribution(
        fit_contribution(pa.table({"a": past}), before), pa.table({"a": now}), after
    )

    # a value that the reference has not loses what it loses in the window, which is the same
    assert found.explained == pytest.approx(after.mean() - before.mean(), abs=1e-12)


@pytest.mark.parametrize(
    ("past", "now", "worst"),
    [
        (["b"] * 9 + ["g"], ["g"] * 10, "a = g"),
        ([None] + ["b"] * 9, [None] * 10, "a is missing"),
        ([5] + [1] * 9, [5] * 10, "a = 5"),
        ([2.5] + [1.0] * 9, [2.5] * 10, "a = 2.5"),
        ([True] + [False] * 9, [True] * 10, "a = true"),
    ],
)
def test_the_worst_cell_is_told_in_words(past: list[Any], now: list[Any], worst: str) -> None:
    losses = [1.0 if each == now[0] else 0.0 for each in past]

    found = alone(past, now, losses)

    assert found.worst == worst
    assert (found.explained, found.share) == (pytest.approx(0.9), pytest.approx(1.0))


def test_a_value_nobody_knows_is_another_value_and_loses_what_it_loses_now() -> None:
    past = pa.table({"a": ["x"] * 10})
    reference = fit_contribution(past, np.zeros(10))

    (found,) = contribution(
        reference, pa.table({"a": ["x"] * 5 + ["new"] * 5}), np.array([0.0] * 5 + [1.0] * 5)
    )

    assert found.worst == "a is another value"
    assert found.explained == pytest.approx(0.5)


def test_of_many_numbers_cells_are_told_by_their_ends() -> None:
    values = np.arange(100.0)
    reference = fit_contribution(pa.table({"a": pa.array(values)}), (values > 89).astype(float))

    found = {
        place: contribution(reference, pa.table({"a": [place] * 4}), np.ones(4))[0].worst
        for place in (1000.0, 95.0)
    }

    assert found == {1000.0: "a above 89", 95.0: "a above 89"}


def test_a_column_without_a_value_explains_nothing_until_it_has_one() -> None:
    reference = fit_contribution(pa.table({"a": pa.nulls(4, pa.float64())}), np.zeros(4))

    (still,), (filled,) = (
        contribution(reference, pa.table({"a": pa.array(values, pa.float64())}), np.ones(4))
        for values in ([None] * 4, [1.0] * 4)
    )

    assert (still.explained, still.share) == (0.0, 0.0)
    assert (filled.explained, filled.worst) == (1.0, "a is another value")


def test_columns_that_the_window_has_not_are_left_out_and_wrong_names_are_told() -> None:
    past = pa.table({"plan": ["a", "b"], "age": [1, 2]})
    losses = np.array([0.0, 1.0])

    ranked = contribution(fit_contribution(past, losses), past.select(["age"]), losses)

    assert [each.column for each in ranked] == ["age"]
    with pytest.raises(NotFound, match="no column named 'plann'"):
        fit_contribution(past, losses, columns=("plann",))
    with pytest.raises(Invalid, match="names no classes"):
        fit_contribution(pa.table({"tags": [["a"], ["b"]]}), losses, columns=("tags",))
    with pytest.raises(Invalid, match="0 losses for 0 rows"):
        contribution(fit_contribution(past, losses), past.slice(0, 0), np.empty(0))
