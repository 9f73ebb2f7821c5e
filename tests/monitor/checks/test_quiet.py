"""Thirty windows without any change raise no alert, whatever the check; laws of all checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor.checks.concept_drift import concept_drift, fit_concept_drift
from headgate.monitor.checks.embedding_drift import embedding_drift, fit_embedding_drift
from headgate.monitor.checks.estimated_performance import (
    estimated_performance,
    fit_estimated_performance,
)
from headgate.monitor.checks.realised_performance import (
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.checks.text_drift import fit_text_drift, text_drift
from headgate.monitor.nouns import Measured
from tests.monitor.checks.answers import classified, regressed, three_classes
from tests.monitor.texts.prose import prose

Maker = Callable[[np.random.Generator, int], pa.Table]


def timed(table: pa.Table) -> pa.Table:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    came = [start + timedelta(seconds=each) for each in range(table.num_rows)]
    return table.append_column("at", pa.array(came))


def texts(rng: np.random.Generator, n: int) -> pa.Table:
    columns: dict[str, Any] = {"answer": prose(rng, n)}
    return pa.table(columns)


def vectors(rng: np.random.Generator, n: int) -> pa.Table:
    together = rng.normal(size=(n, 1)) + rng.normal(size=(n, 12))
    columns: dict[str, Any] = {"vector": list(together)}
    return pa.table(columns)


CHECKS: dict[str, tuple[Callable[..., Any], Callable[..., list[Measured]], Maker]] = {
    "estimated, two classes": (fit_estimated_performance, estimated_performance, classified),
    "estimated, three classes": (fit_estimated_performance, estimated_performance, three_classes),
    "estimated, numbers": (fit_estimated_performance, estimated_performance, regressed),
    "realised, two classes": (fit_realised_performance, realised_performance, classified),
    "realised, three classes": (fit_realised_performance, realised_performance, three_classes),
    "realised, numbers": (fit_realised_performance, realised_performance, regressed),
    "concept": (
        fit_concept_drift,
        concept_drift,
        lambda rng, n: timed(classified(rng, n)),
    ),
    "texts": (fit_text_drift, text_drift, texts),
    "vectors": (fit_embedding_drift, embedding_drift, vectors),
}


@pytest.mark.parametrize("name", CHECKS)
def test_ten_windows_of_the_same_world_raise_no_alert(name: str) -> None:
    fit, check, make = CHECKS[name]
    rng = np.random.default_rng(31)
    reference = fit(make(rng, 4000))

    found = [each for _ in range(10) for each in check(reference, make(rng, 600))]

    assert len(found) >= 10
    assert [each for each in found if each.is_exceeded] == []


@pytest.mark.full
@pytest.mark.parametrize("name", CHECKS)
def test_thirty_days_of_two_thousand_rows_raise_one_alert_at_most(name: str) -> None:
    fit, check, make = CHECKS[name]
    rng = np.random.default_rng(32)
    reference = fit(make(rng, 20_000))

    days = [any(each.is_exceeded for each in check(reference, make(rng, 2000))) for _ in range(30)]

    assert sum(days) <= 1


@pytest.mark.parametrize("name", CHECKS)
def test_what_is_fitted_is_plain_data_and_says_the_same_when_read_back(name: str) -> None:
    fit, check, make = CHECKS[name]
    rng = np.random.default_rng(33)
    reference, window = fit(make(rng, 2000)), make(rng, 600)

    back = msgspec.msgpack.decode(msgspec.msgpack.encode(reference), type=type(reference))

    assert back == reference
    assert check(back, window) == check(reference, window)


@pytest.mark.parametrize("name", CHECKS)
def test_every_measurement_is_of_its_check_and_can_be_sent(name: str) -> None:
    fit, check, make = CHECKS[name]
    rng = np.random.default_rng(34)

    found = check(fit(make(rng, 2000)), make(rng, 600))

    assert len({each.check for each in found}) == 1
    assert len({(each.subject, each.metric, each.slice_) for each in found}) == len(found)
    sent = msgspec.json.decode(msgspec.json.encode(found), type=list[Measured])
    assert [each.value for each in sent] == [each.value for each in found]
    assert all(each.threshold is not None for each in found if each.is_exceeded)


@pytest.mark.parametrize("name", CHECKS)
def test_a_window_without_rows_says_nothing_that_alarms(name: str) -> None:
    fit, check, make = CHECKS[name]
    rng = np.random.default_rng(35)
    table = make(rng, 2000)

    found = check(fit(table), table.slice(0, 0))

    assert not any(each.is_exceeded for each in found)
