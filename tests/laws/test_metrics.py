"""Laws of drift metrics, over every plugin there is: what holds whatever is measured, and how."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.nulls import null_quantile
from headgate.monitor.reference import prepared
from headgate.spine.registry import Registry

FEW = settings(max_examples=15, deadline=None)
METRICS = list(Registry().plugins("metrics"))
FILES = {"ks": "ks_statistic"}
VALUES = st.lists(st.integers(-20, 20), min_size=8, max_size=40)
IN_ORDER = [name for name in METRICS if name not in {"anderson_darling", "mann_whitney"}]


def load(metric: str) -> Any:
    """Load one metric as a monitor does."""
    return Registry().load("metrics", metric)


def test_the_thirteen_are_there() -> None:
    assert len(METRICS) == 13


@pytest.mark.parametrize("metric", METRICS)
@FEW
@given(reference=VALUES, current=VALUES, seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(
    metric: str, reference: list[int], current: list[int], seed: int
) -> None:
    assume(has_spread(reference + current))
    rng = np.random.default_rng(seed)

    shuffled = load(metric)(rng.permutation(reference), rng.permutation(current))

    assert shuffled == pytest.approx(load(metric)(reference, current), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@FEW
@given(reference=VALUES, current=VALUES)
def test_the_library_of_an_array_does_not_matter(
    metric: str, reference: list[int], current: list[int]
) -> None:
    assume(has_spread(reference + current))

    of_lists = load(metric)(reference, current)

    assert load(metric)(pa.array(reference), np.array(current)) == of_lists


@pytest.mark.parametrize("metric", IN_ORDER)
@FEW
@given(window=VALUES)
def test_no_window_is_nearer_than_the_reference_itself(metric: str, window: list[int]) -> None:
    assume(has_spread(window))
    moved = [each + 60 for each in window]

    assert load(metric)(window, window) <= load(metric)(window, moved)


@pytest.mark.parametrize("metric", METRICS)
def test_a_result_is_a_plain_float(metric: str) -> None:
    assert type(load(metric)([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 9])) is float


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("hole", [None, float("nan")])
def test_a_missing_value_is_refused_and_left_out_when_asked(
    metric: str, hole: float | None
) -> None:
    whole, other = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 3.0, 4.0, 5.0, 6.0, 9.0]

    with pytest.raises(Invalid, match="the current window has"):
        load(metric)(whole, [*other, hole])
    assert load(metric)(whole, [*other, hole], missing="drop") == load(metric)(whole, other)


@pytest.mark.parametrize("metric", METRICS)
def test_an_empty_window_is_refused(metric: str) -> None:
    with pytest.raises(Invalid, match="the current window has no"):
        load(metric)([1.0, 2.0], [])


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_knows_its_null(metric: str) -> None:
    over = np.arange(100.0) if metric in {"wasserstein", "energy_distance"} else 10

    usual, rare = (null_quantile(metric, 900, 700, share=each, over=over) for each in (0.9, 0.99))

    assert 0 < usual < rare


@pytest.mark.parametrize(
    "metric", [name for name in METRICS if name not in {"chi_square", "l_infinity"}]
)
def test_a_window_prepared_once_serves_again(metric: str) -> None:
    reference, current = [5, 1, 2, 2, 7, 3], [4, 5, 1, 9, 9, 2]

    found = load(metric)(prepared(reference), prepared(current))

    assert found == load(metric)(reference, current)


def has_spread(values: list[int]) -> bool:
    """Tell whether the middle half of the values is not one value."""
    return bool(np.ptp(np.percentile(values, [25, 75])))


@pytest.mark.parametrize(
    "metric", ["ks", "mann_whitney", "cramer_von_mises", "anderson_darling", "chi_square"]
)
@FEW
@given(reference=VALUES, current=VALUES)
def test_a_p_value_is_a_share_and_the_same_both_ways(
    metric: str, reference: list[int], current: list[int]
) -> None:
    assume(has_spread(reference + current))
    module = __import__(f"headgate.monitor.metrics.{FILES.get(metric, metric)}", fromlist=["_"])
    p_value = getattr(module, f"{metric}_pvalue")

    found = p_value(reference, current)

    assert 0 <= found <= 1
    assert p_value(current, reference) == pytest.approx(found, rel=1e-6, abs=1e-9)
