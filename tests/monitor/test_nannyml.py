"""Results that NannyML wrote are read as measurements of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.nannyml import chunks_of

CHUNK: dict[str, Any] = {
    "chunk_key": "[2500:4999]",
    "chunk_start_index": 2500,
    "chunk_end_index": 4999,
    "chunk_start_date": datetime(2026, 3, 2),  # noqa: DTZ001 - as NannyML writes it
    "chunk_end_date": "2026-03-03T00:00:00",
    "chunk_period": "analysis",
}


def result(**columns: Any) -> pa.Table:
    return pa.table({name: [value] for name, value in {**CHUNK, **columns}.items()})


def banded(metric: str, value: float | None, *, alert: bool) -> dict[str, Any]:
    return {
        f"{metric}_value": value,
        f"{metric}_lower_threshold": 0.7,
        f"{metric}_upper_threshold": 0.9,
        f"{metric}_alert": alert,
    }


@pytest.mark.row("S2-16")
def test_an_estimate_keeps_its_chunk_its_band_and_its_alert() -> None:
    table = result(**banded("roc_auc", 0.65, alert=True), roc_auc_realized=None)

    (chunk,) = chunks_of(table)

    assert (chunk.name, chunk.n_rows, chunk.is_reference) == ("[2500:4999]", 2500, False)
    assert chunk.since == datetime(2026, 3, 2, tzinfo=UTC)
    assert chunk.until == datetime(2026, 3, 3, tzinfo=UTC)
    (measured,) = chunk.measured
    assert measured.check == "estimated_performance"
    assert (measured.value, measured.threshold) == (0.65, 0.7)
    assert measured.is_estimated
    assert measured.is_exceeded


@pytest.mark.parametrize(
    ("metric", "value", "exceeded"),
    [("accuracy", 0.95, False), ("accuracy", 0.6, True), ("mae", 0.95, True), ("mae", 0.6, False)],
)
def test_of_realised_performance_only_what_is_worse_raises_an_alert(
    metric: str, value: float, exceeded: bool
) -> None:
    (measured,) = chunks_of(result(**banded(metric, value, alert=True)))[0].measured

    assert measured.check == "realised_performance"
    assert not measured.is_estimated
    assert measured.is_exceeded is exceeded
    assert measured.evidence["is_marked"]


def test_drift_is_told_by_column_under_our_names() -> None:
    columns = banded("age_kolmogorov_smirnov", 0.95, alert=True)
    columns |= banded("home_town_jensen_shannon", 0.8, alert=False)

    measured = chunks_of(result(**columns))[0].measured

    assert [(one.subject, one.metric, one.is_exceeded) for one in measured] == [
        ("age", "ks_statistic", True),
        ("home_town", "jensen_shannon", False),
    ]


def test_a_chunk_without_time_or_value_is_read_too() -> None:
    table = result(**banded("accuracy", None, alert=False), chunk_start_date=None)

    (chunk,) = chunks_of(table)

    assert chunk.since is None
    assert chunk.measured[0].value is None
    assert not chunk.measured[0].is_exceeded


def test_what_is_no_result_of_nannyml_is_refused() -> None:
    with pytest.raises(Invalid, match="this is no result of NannyML"):
        chunks_of(pa.table({"a_value": [1.0]}))
    with pytest.raises(Invalid, match="this is no result of NannyML"):
        chunks_of(pa.table({"chunk_key": ["a"]}))
