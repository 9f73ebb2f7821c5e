"""Features of any type beside each other; which differ is checked by eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.serve.skew.comparing import EXAMPLES, skew
from headgate.serve.skew.nouns import FeatureSkew, SkewReport, SkewRequest
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.serve.conftest import NOON, Serving, fresh

INF, NAN = float("inf"), float("nan")


@pytest.fixture(scope="module")
def kept() -> Iterator[Serving]:
    """A project that tests put deployments and datasets of their own into."""
    with fresh() as serving:
        yield serving


def compare(
    serving: Serving, name: str, served: list[dict[str, Any]], offline: Any, **asked: Any
) -> SkewReport:
    """Serve inputs whose entity `k` is counted from 0, and compare them with a dataset."""
    serving.deploy(name)
    rows = [
        {"prediction_id": f"{name}{n}", "input": {"k": n} | row, "output": 1, "at": NOON}
        for n, row in enumerate(served)
    ]
    serving.log(rows, deployment=name)
    table = pa.table({"k": list(range(len(next(iter(offline.values()))))), **offline})
    with Work(serving.context) as work:
        origin = Origin(kind="commit", arrived_at=NOON)
        work.write(Write(dataset=name, mode="replace"), [Part(table, origin)])
    return skew(serving.context, SkewRequest(deployment=name, offline=name, key="k", **asked))


def only(report: SkewReport) -> FeatureSkew:
    (one,) = report.features
    return one


@pytest.mark.parametrize(
    ("name", "served", "offline", "differing"),
    [
        ("nan", [1.0, None, 3.0], [NAN, NAN, 3.0], [0]),
        ("infinite", [1.0, 2.0, 3.0], [INF, -INF, 3.0], [0, 1]),
        ("large", [2**62, 2**62 + 2**50], [2**62, 2**62], [1]),
        ("unsigned", [1, 5], pa.array([2**63 + 5, 5], pa.uint64()), [0]),
        ("decimal", [1.5, 2], [Decimal("1.50"), Decimal("3.00")], [1]),
        ("truth", [True, False, None], [True, True, None], [1]),
        ("text", ["ü", "b", ""], ["ü", "B", ""], [1]),
        ("number_as_text", ["1", "3"], [1, 2], [1]),
        ("bytes", ["/w==", "x"], [b"\xff", b"x"], [1]),
        ("nested", [[1, 2], [1]], [[1, 2], [2]], [1]),
        ("zero", [0, 1e-300], [0.0, 0.0], [1]),
        ("nothing", [None, None], pa.nulls(2), []),
    ],
)
def test_values_of_any_type_differ_where_they_are_not_the_same(
    kept: Serving, name: str, served: list[Any], offline: Any, differing: list[int]
) -> None:
    report = compare(kept, name, [{"x": value} for value in served], {"x": offline})

    found = [one for one in report.features if one.feature == "x"]
    ids = {one.prediction_id for feature in found for one in feature.examples}
    assert ids == {f"{name}{n}" for n in differing}
    assert report.n_compared == len(served)
    assert report.has_findings == bool(differing)


def test_a_time_served_as_text_is_the_time_and_not_its_spelling(kept: Serving) -> None:
    told = ["2026-11-03T12:00:00Z", "2026-11-03 13:00:00+01:00", "2026-11-03T12:00:01"]
    times = pa.array([NOON] * 3, pa.timestamp("us", "UTC"))

    report = compare(kept, "times", [{"x": text} for text in told], {"x": times})

    assert [one.prediction_id for one in only(report).examples] == ["times2"]


def test_a_text_that_is_no_time_beside_times_is_compared_as_text(kept: Serving) -> None:
    report = compare(kept, "soon", [{"x": "soon"}], {"x": [NOON.date()]})

    (example,) = only(report).examples
    assert (example.served, example.offline) == ("soon", "2026-11-03")


def test_gaps_and_shares_are_those_numpy_counts(kept: Serving) -> None:
    random = np.random.default_rng(11)
    truth = random.normal(100, 20, 400)
    served = np.where(random.random(400) < 0.3, truth + random.normal(0, 1, 400), truth)

    report = compare(
        kept, "many", [{"x": float(x)} for x in served], {"x": truth}, within=0.005, tolerance=0.1
    )

    differs = ~np.isclose(served, truth, rtol=0.005, atol=0)
    gaps = (served - truth)[differs]
    found = only(report)
    assert (found.n_entities, found.n_differing) == (400, int(differs.sum()))
    assert found.differing_ratio == pytest.approx(differs.mean())
    assert found.mean_gap == pytest.approx(gaps.mean())
    assert found.largest_gap == pytest.approx(gaps[np.argmax(np.abs(gaps))])
    assert found.is_exceeded == (differs.mean() > 0.1)
    order = np.argsort(-np.where(differs, np.abs(served - truth), -1))[:EXAMPLES]
    assert [one.prediction_id for one in found.examples] == [f"many{n}" for n in order]


def test_infinite_gaps_count_as_different_but_have_no_mean(kept: Serving) -> None:
    report = compare(kept, "unbounded", [{"x": 1.0}, {"x": 2.0}], {"x": [INF, 4.0]})

    found = only(report)
    assert (found.n_differing, found.mean_gap, found.largest_gap) == (2, -2.0, -2.0)


def test_an_entity_served_wrongly_once_differs_however_often_it_was_right(kept: Serving) -> None:
    kept.deploy("again")
    rows = [{"input": {"k": 0, "x": x}, "at": NOON} for x in (1, 1, 1, 2)]
    kept.log(rows, deployment="again")

    report = compare(kept, "again2", [{"x": 1}], {"x": [1]})
    asked = SkewRequest(deployment="again", offline="again2", key="k")
    found = skew(kept.context, asked)

    assert not report.has_findings
    assert (found.n_predictions, only(found).n_entities, only(found).n_differing) == (4, 1, 1)


def test_only_the_window_is_compared_and_its_end_is_not_in_it(kept: Serving) -> None:
    hour = timedelta(hours=1)
    report = compare(kept, "window", [{"x": 1}], {"x": [2]}, since=NOON, until=NOON + hour)
    asked = SkewRequest(deployment="window", offline="window", key="k", until=NOON)

    assert report.n_predictions == 1
    with pytest.raises(NotFound, match="answered nothing") as caught:
        skew(kept.context, asked)
    assert "prediction list" in caught.value.mend


def test_a_share_equal_to_the_tolerance_is_tolerated(kept: Serving) -> None:
    rows = [{"x": n} for n in range(4)]

    at, below = (
        compare(kept, f"share{n}", rows, {"x": [0, 1, 2, 9]}, tolerance=tolerance)
        for n, tolerance in enumerate((0.25, 0.24))
    )

    assert (at.has_findings, below.has_findings) == (False, True)
