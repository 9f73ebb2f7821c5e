"""Each p-value is the other way round of its null quantile; scipy is the second source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from headgate.core.errors import NotFound
from headgate.monitor.baseline import spreads_of
from headgate.monitor.nulls import null_quantile
from headgate.monitor.p_values import (
    p_value,
    p_value_of_shares,
    p_value_of_spread,
    quantile_of_spread,
)
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import fit
from headgate.monitor.thresholds import threshold

SIZES = (20_000, 1000)


@pytest.mark.parametrize("metric", ["psi", "jensen_shannon", "ks_statistic", "l_infinity"])
@pytest.mark.parametrize("share", [0.9, 0.99, 0.9999])
def test_at_the_null_quantile_the_p_value_is_what_lies_beyond(metric: str, share: float) -> None:
    value = null_quantile(metric, *SIZES, share=share, over=12)

    assert p_value(metric, value, SIZES, cells=12) == pytest.approx(1 - share, rel=0.02)


def test_that_of_the_wasserstein_distance_is_too() -> None:
    profile = fit({"a": np.random.default_rng(0).lognormal(size=20_000)})
    spread = spreads_of(profile)["a"]

    value = quantile_of_spread(0.999, SIZES, spread)

    assert p_value_of_spread(value, SIZES, spread) == pytest.approx(0.001, rel=1e-6)
    column = profile.columns["a"]
    limit = threshold("wasserstein", *SIZES, over=column).null
    assert isinstance(column, NumberColumn)
    assert value / column.std == pytest.approx(limit)


def test_a_constant_column_has_no_spread() -> None:
    assert quantile_of_spread(0.99, SIZES, (0.0, 0.0, 1.0)) == 0.0
    assert p_value_of_spread(0.0, SIZES, (0.0, 0.0, 1.0)) == 1.0


def test_shares_are_compared_as_scipy_compares_them() -> None:
    before, after = (400, 20_000), (45, 1000)

    chance, spread = p_value_of_shares(before, after)

    found: Any = stats.chi2_contingency([[400, 19_600], [45, 955]], correction=False)
    assert chance == pytest.approx(found.pvalue, rel=0.05)
    assert spread == pytest.approx(np.sqrt(0.0212 * 0.9788 * (1 / 20_000 + 1 / 1000)), rel=0.01)


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(NotFound, match="no metric named 'tvd'"):
        p_value("tvd", 0.1, SIZES)
