"""The newest label of each prediction, whichever way it is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.times import now
from headgate.serve import operations
from headgate.serve.nouns import LogFeedback
from headgate.serve.watching import labels
from headgate.serve.watching.labels import labelled_after, newest_labels
from tests.serve.conftest import NOON, Serving, fresh

HOUR = timedelta(hours=1)
GIVEN = [
    ("p0", "label", 1, 1),
    ("p0", "correction", 2, 3),
    ("p0", "label", 3, 2),
    ("p0", "thumb", "up", 9),
    ("p1", "override", 4, 1),
    ("p2", "label", "[erased]", 1),
    ("p3", "label", {"a": None}, 1),
    *((f"q{n}", "label", n, 0) for n in range(20)),
]
"""Prediction, kind, value, and how many hours after noon it was given."""


@pytest.fixture(scope="module")
def labelled() -> Iterator[Serving]:
    with fresh() as serving:
        serving.deploy("prod")
        serving.deploy("other")
        for name, ids in {"prod": ["p0", "p1", "p2"], "other": ["p3", "q0"]}.items():
            rows = [{"prediction_id": one, "at": NOON + int(one[1]) * HOUR} for one in ids]
            serving.log(rows, deployment=name)
        for one, kind, value, hours in GIVEN:
            rows = {"prediction_id": [one], "value": [value], "at": [NOON + hours * HOUR]}
            asked = LogFeedback(kind=kind)
            operations.log_feedback(serving.context, asked, pa.table(rows))
        yield serving


def aligned(serving: Serving, *ids: str) -> tuple[list[Any], list[Any]]:
    wanted = pa.array(ids, pa.string())
    values, at = newest_labels(serving.context, wanted).aligned(wanted)
    return values.to_pylist(), at.to_pylist()


@pytest.mark.parametrize("worth_all", [0, 1_000])
def test_the_newest_truth_counts_whether_few_or_all_are_read(
    labelled: Serving, monkeypatch: pytest.MonkeyPatch, worth_all: int
) -> None:
    monkeypatch.setattr(labels, "_WORTH_ALL", worth_all)

    values, at = aligned(labelled, "p0", "p1", "p2", "p3", "p0", "nobody")

    assert values == ["2", None, None, '{"a":null}', "2", None]
    newest, first = NOON + 3 * HOUR, NOON + HOUR
    assert at == [newest, None, first, first, newest, None]


def test_no_predictions_have_no_labels(labelled: Serving) -> None:
    assert aligned(labelled) == ([], [])


def test_only_predictions_of_the_deployment_are_late_by_when_they_were_made(
    labelled: Serving,
) -> None:
    ever, afterwards = NOON - 900_000 * HOUR, now()

    late = {name: labelled_after(labelled.context, name, ever) for name in ("prod", "other")}

    assert late == {"prod": (NOON, NOON + 2 * HOUR), "other": (NOON, NOON + 3 * HOUR)}
    assert labelled_after(labelled.context, "prod", afterwards) == ()
