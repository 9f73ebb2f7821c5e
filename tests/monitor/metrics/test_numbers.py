"""Windows come as arrays of any library; what is missing is counted, never lost."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import numbers
from headgate.monitor.metrics.chi_square import chi_square
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.psi import psi

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "n_null", "n_nan"),
    [
        ([2, 1, 3], 0, 0),
        ([2, None, 1, 3.0], 1, 0),
        ([2, None, 1, 3.0, NAN], 1, 1),
        (np.array([3.0, NAN, 1.0, 2.0], np.float32), 0, 1),
        (np.ma.masked_array([1, 2, 3, 9], [False, False, False, True]), 1, 0),
        (pa.array([3, None, 1, 2]), 1, 0),
        (pa.array([3.0, None, NAN, 1, 2]), 1, 1),
        (pa.chunked_array([[3], [1, 2]]), 0, 0),
        (pa.array([decimal.Decimal(each) for each in (1, 2, 3)]), 0, 0),
        (pa.array([3, 1, 2, 2]).dictionary_encode()[:3], 0, 0),
        (pd.Series([3.0, NAN, 1, 2]), 0, 1),
        (pd.Series([3, None, 1, 2], dtype="Int64"), 1, 0),
        (pd.Series([3, 1, 2], index=[7, 8, 9]), 0, 0),
        ((3, 1, 2), 0, 0),
    ],
)
def test_a_window_is_read_from_any_array(values: object, n_null: int, n_nan: int) -> None:
    found = numbers(values)

    assert found.ordered.tolist() == [1.0, 2.0, 3.0]
    assert (found.n_null, found.n_nan) == (n_null, n_nan)


def test_a_window_sorted_once_serves_every_metric() -> None:
    reference, current = numbers([3, 1, 2, 2]), numbers([4, 5, 1])

    assert ks_statistic(reference, current) == ks_statistic([3, 1, 2, 2], [4, 5, 1])
    assert psi(reference, current) == psi([3, 1, 2, 2], [4, 5, 1])


def test_the_callers_array_is_left_as_it_was() -> None:
    values = np.array([3.0, 1.0, 2.0])

    numbers(values)

    assert values.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "b"], "not numbers"),
        ([[1, 2], [3, 4]], "2 dimensions"),
        ([1, "a", None], "cannot be read as one column"),
        (np.array(["2026-01-01"], "datetime64[D]"), "not numbers"),
        ([1 + 2j], "complex"),
        (5, "a int is no column"),
        (None, "a NoneType is no column"),
        ((each for each in [1, 2]), "a generator is no column"),
        ([[1, 2], [3]], "no column"),
        ([2**70, 1], "cannot be read as one column"),
    ],
)
def test_what_is_no_window_of_numbers_is_refused(values: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        numbers(values)


@pytest.mark.parametrize("missing", [None, NAN])
def test_missing_values_are_refused_unless_they_may_be_dropped(missing: float | None) -> None:
    with pytest.raises(Invalid, match="the reference window has") as caught:
        ks_statistic([1.0, missing], [1.0])

    assert "a signal of its own" in caught.value.mend
    assert ks_statistic([1.0, missing], [1.0], missing="drop") == 0.0


def test_a_window_of_nulls_alone_has_no_number() -> None:
    with pytest.raises(Invalid, match="has no number"):
        ks_statistic([None, None], [1.0], missing="drop")


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pd.Series(["a", "b", "a"], dtype="category"),
        pd.Series(["a", "b", "a"]),
        np.array(["a", "b", "a"]),
        pa.chunked_array([["a"], ["b", "a"]]),
    ],
)
def test_categories_are_read_from_any_array(values: object) -> None:
    assert chi_square(values, ["a", "b", "a"]) == pytest.approx(0.0)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["a", None, "a"]),
        pd.Series(["a", NAN, "a"], dtype="object"),
        ["a", NAN, "a"],
        pa.array(["a", None, "a"]),
    ],
)
def test_text_that_is_not_there_is_a_null(values: object) -> None:
    with pytest.raises(Invalid, match="the reference window has 1 null and 0 NaN"):
        chi_square(values, ["a"])


def test_null_and_nan_have_a_cell_each() -> None:
    reference = [1.0, 2.0, None, NAN]

    same = chi_square(reference, reference, missing="cell")
    swapped = chi_square([1.0, None, None], [1.0, NAN, NAN], missing="cell")

    assert same == pytest.approx(0.0)
    assert swapped == pytest.approx(4.0)
