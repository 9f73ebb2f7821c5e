"""The stream of errors: its change is seen, dated, remembered across windows, and not made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.checks.concept_drift import (
    ConceptReference,
    ConceptSettings,
    carry_concept_drift,
    concept_drift,
    fit_concept_drift,
)

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured

START = datetime(2026, 3, 2, tzinfo=UTC)


def answers(wrong: Any, *, since: datetime = START) -> pa.Table:
    """Return one answer a minute, wrong where it says so."""
    columns: dict[str, Any] = {
        "at": [since + timedelta(minutes=each) for each in range(len(wrong))],
        "prediction": ["yes"] * len(wrong),
        "label": ["no" if each else "yes" for each in wrong],
    }
    return pa.table(columns)


def by_metric(found: list[Measured]) -> dict[str, Measured]:
    return {each.metric: each for each in found}


def moment(measured: Measured) -> datetime:
    return datetime.fromisoformat(measured.evidence["changed_at"])


@pytest.mark.row("S1-21", part="measured, error stream")
def test_a_rise_of_errors_is_seen_and_dated() -> None:
    rng = np.random.default_rng(1)
    reference = fit_concept_drift(answers(rng.random(3000) < 0.1))
    later = START + timedelta(days=10)
    wrong = np.concatenate([rng.random(1000) < 0.1, rng.random(1000) < 0.3])

    found = by_metric(concept_drift(reference, answers(wrong, since=later)))

    for each in found.values():
        assert each.is_exceeded
        assert (each.value or 0) > 0.2
        assert (each.value or 0) >= (each.threshold or 1)
        assert each.before == pytest.approx(0.1, abs=0.03)
        assert abs(moment(each) - later - timedelta(minutes=1000)) < timedelta(minutes=60)


def test_errors_as_before_raise_no_alert_over_thirty_windows() -> None:
    rng = np.random.default_rng(2)
    reference = fit_concept_drift(answers(rng.random(3000) < 0.15))
    alerts = 0

    for day in range(30):
        window = answers(rng.random(1000) < 0.15, since=START + timedelta(days=day + 5))
        alerts += sum(each.is_exceeded for each in concept_drift(reference, window))
        reference = carry_concept_drift(reference, window)

    assert alerts == 0
    assert len(msgspec.msgpack.encode(reference)) < 400_000


def test_fewer_errors_are_no_alert() -> None:
    rng = np.random.default_rng(3)
    reference = fit_concept_drift(answers(rng.random(3000) < 0.4))

    found = concept_drift(reference, answers(rng.random(2000) < 0.05, since=START))

    assert not any(each.is_exceeded for each in found)


def test_what_is_remembered_lets_many_small_windows_see_what_one_large_one_sees() -> None:
    rng = np.random.default_rng(4)
    first = fit_concept_drift(answers(rng.random(3000) < 0.1))
    wrong = np.concatenate([rng.random(300) < 0.1, rng.random(600) < 0.35])
    seen: list[datetime] = []
    reference, later = first, START + timedelta(days=10)

    for part in range(18):
        window = answers(
            wrong[part * 50 : part * 50 + 50], since=later + timedelta(minutes=part * 50)
        )
        found = by_metric(concept_drift(reference, window))["page_hinkley"]
        seen += [moment(found)] if found.is_exceeded else []
        reference = msgspec.msgpack.decode(
            msgspec.msgpack.encode(carry_concept_drift(reference, window)), type=ConceptReference
        )

    alone = by_metric(concept_drift(first, answers(wrong, since=later)))["page_hinkley"]
    assert seen[0] == moment(alone)


def test_after_a_change_what_lay_before_it_is_forgotten_and_the_alert_is_not_repeated() -> None:
    rng = np.random.default_rng(5)
    reference = fit_concept_drift(answers(rng.random(3000) < 0.1))
    bad = answers(rng.random(2000) < 0.4, since=START + timedelta(days=5))

    carried = carry_concept_drift(reference, bad)
    again = concept_drift(carried, answers(rng.random(1000) < 0.4, since=START + timedelta(days=8)))

    assert carried.errors not in reference.errors
    assert min(carried.forgotten.values()) == 0
    assert len(carried.errors) / 8 == pytest.approx(2000, abs=100)
    assert not any(each.is_exceeded for each in again)


def test_numbers_err_by_their_distance() -> None:
    rng = np.random.default_rng(6)

    def regression(noise: float) -> pa.Table:
        truth = rng.normal(size=1500)
        columns: dict[str, Any] = {
            "at": [START + timedelta(minutes=each) for each in range(1500)],
            "prediction": truth + rng.normal(0, noise, 1500),
            "label": truth,
        }
        return pa.table(columns)

    reference = fit_concept_drift(regression(1.0))

    found = by_metric(concept_drift(reference, regression(2.0)))

    assert reference.mean == pytest.approx(np.sqrt(2 / np.pi), abs=0.05)
    assert found["adwin"].is_exceeded
    assert found["page_hinkley"].is_exceeded


def test_without_labels_there_is_nothing_to_say() -> None:
    reference = fit_concept_drift(answers([True, False] * 50))
    window = answers([True] * 10)
    unlabelled = window.set_column(2, "label", pa.nulls(10, pa.string()))

    assert concept_drift(reference, unlabelled) == []
    assert carry_concept_drift(reference, unlabelled).errors == reference.errors
    with pytest.raises(Invalid, match="0 rows of the reference have a label; 30 are needed"):
        fit_concept_drift(unlabelled)


def test_no_more_errors_are_kept_than_asked() -> None:
    settings = ConceptSettings(n_kept=40)

    reference = fit_concept_drift(answers([True, False] * 50), settings)

    assert len(reference.errors) == 40 * 8
