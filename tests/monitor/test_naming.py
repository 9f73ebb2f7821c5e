"""A drift is called what it is: the change that brings the window back onto the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor.naming import Name, names_of, quantiles_of
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import fit
from tests.monitor.seeing import baseline_of, seen_of

RNG = np.random.default_rng(2)
N = 1000
NORMAL = RNG.normal(20, 5, 20_000)
SKEWED = RNG.lognormal(1, 0.8, 20_000)


def named(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Name]:
    return names_of(baseline_of(before), seen_of(before, after), list(after))


def normal(n: int = N) -> Any:
    return np.random.default_rng(3).normal(20, 5, n)


@pytest.mark.parametrize(
    ("after", "kind", "says"),
    [
        (normal() + 1.5, "mean shift", "mean moved up by 0.3"),
        (normal() - 3, "mean shift", "mean moved down by 0.56"),
        ((normal() - 20) * 2 + 20, "spread shift", "spread is 1.99"),
        (np.full(N, 7.0), "constant column", "is 7 nearly everywhere"),
        (normal() * 1000, "unit change", "is 1,000 times what it was"),
        (normal() / 100, "unit change", "is divided by 100, what it was"),
        (normal() * 60, "unit change", "60, as of minutes"),
        (normal() * 1.8 + 32, "unit change", "Celsius and Fahrenheit"),
        ((normal() - 32) / 1.8, "unit change", "divided by 1.8"),
        (-normal(), "unit change", "-1, as of debit"),
        (np.where(np.arange(N) % 2, 5.0, 35.0) + normal() / 10, "new distribution", "otherwise"),
    ],
)
def test_a_column_of_numbers_is_named(after: Any, kind: str, says: str) -> None:
    found = named({"a": NORMAL}, {"a": after})["a"]

    assert found.kind == kind
    assert says in found.says


@pytest.mark.parametrize("factor", [10, 100, 1000, 24, 2.2046, 1.609344, 2.54, 7])
def test_units_are_told_of_skewed_columns_too(factor: float) -> None:
    after = np.random.default_rng(4).lognormal(1, 0.8, N)

    kinds = [named({"a": SKEWED}, {"a": one})["a"].kind for one in (after * factor, after / factor)]

    assert kinds == ["unit change", "unit change"]


def test_columns_that_look_like_one_anothers_reference_were_swapped() -> None:
    before = {"height": NORMAL, "price": SKEWED, "other": NORMAL + 100}
    after = {"height": SKEWED[:N], "price": NORMAL[:N], "other": NORMAL[:N] + 103}

    found = named(before, after)

    assert {name: one.kind for name, one in found.items()} == {
        "height": "swapped columns",
        "price": "swapped columns",
        "other": "mean shift",
    }
    assert "price" in found["height"].says


@pytest.mark.parametrize("hidden", [False, True])
def test_columns_of_names_that_stand_in_one_another_were_swapped(hidden: bool) -> None:
    before = {"city": ["Oslo", "Rome"] * 500, "dish": ["soup", "fish"] * 500}
    after = {"city": before["dish"], "dish": before["city"]}

    found = names_of(
        baseline_of(before, hidden=hidden), seen_of(before, after, hidden=hidden), list(after)
    )

    assert {one.kind for one in found.values()} == {"swapped columns"}


def test_names_in_another_mix_are_another_distribution() -> None:
    before = {"city": ["Oslo", "Rome"] * 500}

    found = named(before, {"city": ["Oslo"] * 900 + ["Rome"] * 100})

    assert found["city"].kind == "new distribution"


def test_quantiles_of_a_profile_are_those_of_its_values() -> None:
    column = fit({"a": SKEWED}).column("a")

    assert isinstance(column, NumberColumn)
    expected = np.quantile(SKEWED, np.arange(1, 20) / 20)
    assert quantiles_of(column) == pytest.approx(expected, rel=0.01)


def test_what_holds_no_number_is_named_without_a_form() -> None:
    before = {"a": NORMAL}
    nothing = pa.array([None] * N, pa.float64())

    assert named(before, {"a": nothing})["a"].kind == "new distribution"


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ([1e308] * 500 + [-1e308] * 500, "new distribution"),
        ([float("inf")] * N, "new distribution"),
        ([float("nan")] * N, "new distribution"),
        (["x"] * N, "new distribution"),
        ([0.0] * N, "constant column"),
        ([7.0, float("inf"), float("nan"), None] * 250, "constant column"),
    ],
)
def test_values_beyond_all_measure_are_named_without_a_warning(after: Any, kind: str) -> None:
    assert named({"a": NORMAL}, {"a": after})["a"].kind == kind


def test_a_column_that_was_constant_and_is_not_is_another_distribution() -> None:
    assert named({"a": [5.0] * N}, {"a": NORMAL[:N]})["a"].kind == "new distribution"


def test_columns_nobody_profiled_or_that_are_gone_have_no_name() -> None:
    assert named({"a": NORMAL}, {"a": NORMAL[:N], "b": NORMAL[:N]}).keys() == {"a"}
    assert names_of(baseline_of({"a": NORMAL}), seen_of({"a": NORMAL}, {"b": NORMAL}), ["a"]) == {}


@pytest.mark.parametrize("times", [1.15, 5.0, 42.0])
def test_a_factor_that_is_no_unit_is_not_called_one(times: float) -> None:
    assert named({"a": NORMAL}, {"a": normal() * times})["a"].kind != "unit change"
