"""A fitted reference is small, says nothing it should not, and counts windows additively."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.reference import Profile, Window, count, fit, fit_column
from tests.monitor.windows import CATEGORIES, WINDOWS

MANY = settings(max_examples=100, deadline=None)
HOLES = st.lists(st.one_of(st.none(), st.floats(-50, 50), st.just(float("nan"))), max_size=40)


def table(n: int = 2000) -> pa.Table:
    """Return a column of each kind."""
    rng = np.random.default_rng(0)
    columns = {
        "amount": rng.exponential(size=n),
        "items": rng.integers(0, 7, size=n),
        "country": rng.choice(["de", "fr", "it"], size=n),
        "is_new": rng.integers(0, 2, size=n).astype(bool),
    }
    return pa.table({name: pa.array(each) for name, each in columns.items()})


def fitted(values: Any) -> Any:
    """Fit one column, of whichever kind."""
    return fit_column(values)


def test_a_profile_is_plain_data_and_small() -> None:
    profile = fit({"amount": np.random.default_rng(0).normal(size=200_000)})

    stored = msgspec.msgpack.encode(profile)

    assert len(stored) < 12_500
    assert msgspec.msgpack.decode(stored, type=Profile) == profile
    assert msgspec.json.decode(msgspec.json.encode(profile), type=Profile) == profile


def test_a_window_is_plain_data_too() -> None:
    window = count(fit(table()), table(500))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(window), type=Window) == window


@MANY
@given(reference=WINDOWS, first=HOLES, second=HOLES)
def test_parts_of_a_window_add_up_and_are_taken_off_again(
    reference: list[float], first: list[float | None], second: list[float | None]
) -> None:
    column = fitted([float(each) for each in reference])

    a, b, both = column.count(first), column.count(second), column.count([*first, *second])

    whole = a + b
    assert (whole.counts, whole.n_null, whole.n_nan) == (both.counts, both.n_null, both.n_nan)
    assert whole.depths == pytest.approx(both.depths, rel=1e-9, abs=1e-5)
    assert (whole - b).counts == a.counts


@MANY
@given(reference=CATEGORIES, first=CATEGORIES, second=CATEGORIES)
def test_categories_add_up_and_are_taken_off_again(
    reference: list[str], first: list[str], second: list[str]
) -> None:
    column = fitted(reference)

    a, b = column.count(first), column.count(second)

    assert a + b == column.count(first + second)
    assert a + b - b == a


def test_a_profile_counts_its_own_reference_as_it_was() -> None:
    rows = table()
    profile = fit(rows)

    window = count(profile, rows)

    for name, column in profile.columns.items():
        assert column.window.counts == window.columns[name].counts
        assert column.window.mark == window.columns[name].mark


@pytest.mark.parametrize("as_read", [lambda t: t, lambda t: t.to_pandas(), lambda t: t.to_pydict()])
def test_a_table_a_frame_and_a_dict_are_one(as_read: Callable[[pa.Table], Any]) -> None:
    assert fit(as_read(table(200))) == fit(table(200))


def test_windows_of_different_profiles_are_not_added() -> None:
    ones, others = fitted([1.0, 2.0]), fitted([1.0, 3.0])

    with pytest.raises(Invalid, match="different cells"):
        _ = ones.count([1.0]) + others.count([1.0])


def test_no_more_is_taken_off_than_there_is() -> None:
    numbers, names = fitted([1.0, 2.0]), fitted(["a"])

    with pytest.raises(Invalid, match="more is taken off"):
        _ = numbers.count([1.0]) - numbers.count([1.0, 1.0])
    with pytest.raises(Invalid, match="more is taken off"):
        _ = names.count(["a"]) - names.count(["b"])


def test_hidden_names_are_nowhere_in_a_profile_or_window() -> None:
    secret = "sk-planted-4f1d2c"
    profile = fit({"key": [secret, "b", secret]}, hidden=True)

    window = count(profile, {"key": [secret, secret, "other-secret"]})

    stored = msgspec.json.encode([profile, window])
    assert secret.encode() not in stored
    assert b"other-secret" not in stored
    assert (window.columns["key"].n, window.columns["key"].counts) == (3, (2, 0))


def test_what_is_missing_is_counted_apart() -> None:
    column = fitted(pa.array([1.0, None, float("nan"), 2.0, float("inf")]))

    window = column.window
    assert (window.n, window.n_null, window.n_nan) == (3, 1, 1)
    assert window.n_infinite == 1


def test_a_column_that_is_not_there_is_named() -> None:
    profile = fit({"amount": [1.0, 2.0]})

    with pytest.raises(NotFound, match="no column named 'amount'") as caught:
        count(profile, {"amounts": [1.0]})
    assert caught.value.mend == "did you mean amounts?"
    with pytest.raises(NotFound, match="no column named 'price'"):
        profile.column("price")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0, 2.0], "has no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns have one name"),
    ],
)
def test_what_is_no_table_is_refused(given: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        fit(given)


def test_a_column_of_another_kind_is_refused() -> None:
    profile = fit({"amount": [1.0, 2.0], "country": ["de", "fr"]})

    with pytest.raises(Invalid, match="not numbers"):
        count(profile, {"amount": ["de"], "country": ["de"]})
    with pytest.raises(Invalid, match="the window holds numbers"):
        count(profile, {"amount": [1.0], "country": [1.0]})
