"""The checks that do with counts: columns, rows, what is missing, what is new, and how it lies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor.baseline import Baseline
from headgate.monitor.checks.data_drift import data_drift
from headgate.monitor.checks.freshness import FreshnessSettings, freshness
from headgate.monitor.checks.missing import MissingSettings, missing
from headgate.monitor.checks.new_categories import NewSettings, new_categories
from headgate.monitor.checks.prediction_drift import prediction_drift
from headgate.monitor.checks.schema import SchemaSettings, schema
from headgate.monitor.checks.volume import VolumeSettings, volume
from headgate.monitor.comparing import DriftSettings, n_tests
from headgate.monitor.metrics.jensen_shannon import jensen_shannon
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.psi import psi
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.monitor.reference import Profile
from headgate.monitor.seen import Past, looked_at
from tests.monitor.seeing import baseline_of, one, seen_of
from tests.monitor.worlds import START, moments

DAY = timedelta(days=1)
RNG = np.random.default_rng(8)
NUMBERS = RNG.normal(size=20_000)
NAMES = RNG.choice(["x", "y", "z"], 20_000, p=[0.5, 0.3, 0.2])


def past(*counts: int, until: Any = START) -> tuple[Past, ...]:
    n = len(counts)
    return tuple(Past(until - (n - i) * DAY, count) for i, count in enumerate(counts))


def test_columns_that_are_gone_changed_or_new_are_told() -> None:
    before = {"a": [1.0], "b": ["x"], "c": [True], "d": [1.0]}
    after = {"a": ["1"], "b": pa.nulls(1), "c": [False], "e": [1.0], "f": [1]}

    found = schema(baseline_of(before), seen_of(before, after, known=("f",)), SchemaSettings())

    assert [(each.subject, each.metric) for each in found] == [
        ("a", "type"),
        ("d", "gone"),
        ("e", "new"),
    ]
    assert one(found, "a", "type").evidence == {"was": "number", "is": "text"}


def test_new_columns_may_be_passed_over_and_an_empty_window_has_no_schema() -> None:
    before, after = {"a": [1.0]}, {"a": [1.0], "prediction": ["x"], "output.why": ["y"]}

    assert schema(baseline_of(before), seen_of(before, after), SchemaSettings()) == []
    extra = seen_of(before, {"a": [1.0], "z": [1]})
    assert schema(baseline_of(before), extra, SchemaSettings(new=False)) == []
    nothing = seen_of(before, {"b": pa.array([], pa.int8())})
    assert schema(baseline_of(before), nothing, SchemaSettings()) == []


@pytest.mark.parametrize(
    ("n", "is_exceeded"), [(100, False), (140, False), (40, True), (160, True), (0, True)]
)
def test_the_number_of_rows_is_held_against_trailing_windows(n: int, is_exceeded: bool) -> None:
    window = seen_of({}, {"a": [1.0] * n}, trailing=past(100, 98, 102, 100, 101))

    (found,) = volume(Baseline(data=Profile({})), window, VolumeSettings())

    assert (found.value, found.before, found.is_exceeded) == (n, 100, is_exceeded)


def test_a_weekday_is_held_against_the_same_weekdays() -> None:
    sunday = START + (6 - START.weekday()) % 7 * DAY
    trailing = tuple(
        Past(sunday - (28 - i) * DAY, 20 if (sunday - (28 - i) * DAY).weekday() >= 5 else 100)
        for i in range(28)
    )

    (quiet,) = volume(
        Baseline(data=Profile({})),
        seen_of({}, {"a": [1.0] * 20}, since=sunday, trailing=trailing),
        VolumeSettings(),
    )
    (loud,) = volume(
        Baseline(data=Profile({})),
        seen_of({}, {"a": [1.0] * 100}, since=sunday, trailing=trailing),
        VolumeSettings(),
    )

    assert (quiet.before, quiet.is_exceeded) == (20, False)
    assert loud.is_exceeded


def test_two_windows_say_nothing_of_what_is_usual() -> None:
    window = seen_of({}, {"a": [1.0]}, trailing=past(100, 100))

    (found,) = volume(Baseline(data=Profile({})), window, VolumeSettings())

    assert (found.threshold, found.is_exceeded) == (None, False)


def test_the_newest_row_may_be_as_old_as_is_said() -> None:
    before: dict[str, Any] = {"a": [1.0]}
    after = {"at": moments(0, 4).slice(0, 2), "a": [1.0, 2.0]}
    window = seen_of(before, after)
    none = seen_of(before, {"a": pa.array([], pa.float64())})
    settings = FreshnessSettings(age="6h")

    (late,), (fine,) = (
        freshness(baseline_of(before), window, each) for each in (settings, FreshnessSettings())
    )
    (nothing,) = freshness(baseline_of(before), none, settings)

    assert (late.value, late.threshold, late.is_exceeded) == (15 * 3600, 6 * 3600, True)
    assert not fine.is_exceeded
    assert (nothing.value, nothing.is_exceeded) == (86_400, True)


@pytest.mark.parametrize(
    ("share", "is_exceeded"), [(0.05, False), (0.06, False), (0.1, True), (0.0, True)]
)
def test_what_is_missing_more_or_less_than_in_the_reference_is_told(
    share: float, is_exceeded: bool
) -> None:
    before = {"a": pa.array(NUMBERS, mask=np.arange(20_000) % 20 == 0)}
    n_missing = int(share * 2000)
    after = {"a": pa.array(NUMBERS[:2000], mask=np.arange(2000) < n_missing)}

    found = missing(baseline_of(before), seen_of(before, after), MissingSettings())

    number = one(found, "a", "missing_share")
    assert (number.value, number.before, number.is_exceeded) == (share, 0.05, is_exceeded)


def test_few_rows_raise_no_alert() -> None:
    before = {"a": NUMBERS, "b": NAMES}
    after = {"a": pa.nulls(400, pa.float64()), "b": ["new"] * 400}
    window = seen_of(before, after)

    found = [
        *missing(baseline_of(before), window, MissingSettings()),
        *new_categories(baseline_of(before), window, NewSettings()),
        *data_drift(baseline_of(before), window, DriftSettings()),
    ]

    assert found
    assert not any(each.is_exceeded for each in found)


@pytest.mark.parametrize("hidden", [False, True])
def test_a_new_name_is_told_with_its_share(hidden: bool) -> None:
    before = {"b": NAMES}
    after = {"b": [*NAMES[:950], *["new"] * 30, *["newer"] * 20]}
    window = seen_of(before, after, hidden=hidden)

    found = new_categories(baseline_of(before, hidden=hidden), window, NewSettings())

    number = one(found, "b", "new_share")
    assert (number.value, number.before, number.is_exceeded) == (0.05, 0.0, True)
    names = number.evidence["names"]
    assert [name.startswith("#") for name in names] == [hidden] * 2
    assert hidden or names == ["new", "newer"]


def test_rare_names_are_no_news_where_the_reference_has_many() -> None:
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, 5001)
    drawn = [f"n{each}" for each in rng.choice(5000, 6000, p=weights / weights.sum())]
    before, after = {"b": drawn[:3000]}, {"b": drawn[3000:]}

    found = new_categories(baseline_of(before), seen_of(before, after), NewSettings())

    number = one(found, "b", "new_share")
    assert number.value is not None
    assert number.value > 0.1
    assert not number.is_exceeded


def test_drift_is_measured_as_the_exact_metrics_measure_it() -> None:
    before, after = {"a": NUMBERS, "b": NAMES}, {"a": NUMBERS[:2000] + 0.5, "b": NAMES[:2000]}
    after["b"] = np.where(np.arange(2000) % 4 == 0, "z", after["b"])

    found = data_drift(baseline_of(before), seen_of(before, after), DriftSettings())

    exact = {
        "psi": psi(before["a"], after["a"]),
        "ks_statistic": ks_statistic(before["a"], after["a"]),
        "wasserstein": wasserstein(before["a"], after["a"], scale="std"),
    }
    for metric, value in exact.items():
        number = one(found, "a", metric)
        assert number.value == pytest.approx(value, abs=0.005)
        assert number.is_exceeded
    names = one(found, "b", "jensen_shannon")
    assert names.value == pytest.approx(jensen_shannon(before["b"], after["b"]), abs=1e-9)
    assert one(found, "b", "l_infinity").is_exceeded


def test_numbers_of_few_values_are_compared_as_categories_are() -> None:
    before, after = {"a": [1, 2, 3] * 300}, {"a": [1] * 900}

    found = data_drift(baseline_of(before), seen_of(before, after), DriftSettings())

    assert {each.metric for each in found} == {"jensen_shannon", "l_infinity"}
    assert n_tests(baseline_of({**before, "b": NAMES[:900], "c": NUMBERS[:900]}).data.columns) == 7


def test_a_floor_and_a_null_both_have_to_be_exceeded() -> None:
    before, after = {"a": NUMBERS}, {"a": NUMBERS[:5000] + 0.07}
    window, baseline = seen_of(before, after), baseline_of(before)

    by_floor = data_drift(baseline, window, DriftSettings())
    by_null = data_drift(baseline, window, DriftSettings(wasserstein=0, psi=0, ks=0))

    assert not any(each.is_exceeded for each in by_floor)
    numbers = {each.metric: each for each in by_null}
    assert numbers["wasserstein"].threshold == numbers["wasserstein"].evidence["null"]
    assert one(by_floor, "a", "psi").threshold == 0.1


def test_predictions_are_measured_by_the_answers_of_the_reference() -> None:
    answers = baseline_of({"prediction": NAMES, "confidence": NUMBERS})
    baseline = Baseline(data=Profile({}), answers=answers.data, spreads=answers.spreads)
    table = pa.table({"prediction": pa.array(["x"] * 900), "confidence": pa.array(NUMBERS[:900])})
    tally, rows, n = looked_at([table], baseline, None)
    _, counted = tally.windows()
    window = seen_of({}, {"a": [1.0]})
    window = type(window)(
        span=window.span, data=window.data, answers=counted, types={}, rows=rows, n_looked=n
    )

    found = prediction_drift(baseline, window, DriftSettings())

    assert {each.subject for each in found if each.is_exceeded} == {"prediction"}
    assert {each.check for each in found} == {"prediction_drift"}
