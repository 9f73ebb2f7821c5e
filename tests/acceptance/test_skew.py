"""Training-serving skew: the features that were served beside those the offline data held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
CUSTOMERS = [
    {"customer_id": n, "age": 20 + n, "city": "Ulm", "spent": 100.0 * n, "risk": 0.1}
    for n in range(1, 5)
]


@pytest.fixture
def prod(project: Project) -> Project:
    project.dataset.commit("features", CUSTOMERS, key=["customer_id"])
    project.deployment.create("prod")
    return project


def serve(project: Project, *inputs: dict[str, Any], **given: Any) -> None:
    rows = [
        {"prediction_id": f"p{n}", "input": row, "output": 1} | given
        for n, row in enumerate(inputs)
    ]
    project.prediction.log(rows, deployment="prod")


def features(project: Project, **asked: Any) -> dict[str, Any]:
    report = project.deployment.skew(
        "prod", asked.pop("offline", "features"), "customer_id", **asked
    )
    return {one.feature: one for one in report.features} | {"report": report}


@pytest.mark.row("S3-03")
def test_features_that_were_served_otherwise_are_found_with_their_gap(prod: Project) -> None:
    wrong = [row | {"spent": row["spent"] / 100} for row in CUSTOMERS[:2]]
    serve(prod, *wrong, *CUSTOMERS[2:])

    found = features(prod)

    spent = found["spent"]
    assert (spent.n_entities, spent.n_differing, spent.differing_ratio) == (4, 2, 0.5)
    assert spent.mean_gap == pytest.approx(-148.5)
    assert spent.largest_gap == pytest.approx(-198.0)
    assert [(one.prediction_id, one.served, one.offline) for one in spent.examples] == [
        ("p1", "2.0", "200.0"),
        ("p0", "1.0", "100.0"),
    ]
    assert not found["age"].is_exceeded
    assert found["report"].has_findings
    assert next(iter(found)) == "spent"


@pytest.mark.row("S3-03")
def test_a_tolerated_share_of_entities_may_differ(prod: Project) -> None:
    serve(prod, CUSTOMERS[0] | {"city": "Bonn"}, *CUSTOMERS[1:])

    strict, mild = features(prod), features(prod, tolerance=0.25)

    assert strict["report"].has_findings
    assert not mild["report"].has_findings
    assert mild["city"].differing_ratio == 0.25


def test_numbers_may_be_a_little_apart(prod: Project) -> None:
    serve(prod, CUSTOMERS[0] | {"risk": 0.1 + 1e-9, "age": 21.2})

    assert not features(prod)["risk"].is_exceeded
    assert features(prod)["age"].is_exceeded
    assert not features(prod, within=0.01)["age"].is_exceeded


@pytest.mark.row("S3-03")
def test_a_prediction_is_held_against_what_stood_when_it_was_made(prod: Project) -> None:
    serve(prod, CUSTOMERS[0])
    changed = [row | {"age": row["age"] + 1} for row in CUSTOMERS]
    prod.dataset.commit("features", changed)
    serve(prod, changed[0], prediction_id="later")

    found = features(prod)

    assert found["age"].n_differing == 0
    assert (found["report"].n_compared, found["report"].n_before) == (2, 0)


@pytest.mark.row("S3-03")
def test_a_row_for_every_change_is_chosen_by_its_time(project: Project) -> None:
    project.deployment.create("prod")
    history = [
        {"customer_id": 1, "age": 30, "made": NOON},
        {"customer_id": 1, "age": 31, "made": NOON + timedelta(hours=2)},
        {"customer_id": 2, "age": 50, "made": NOON + timedelta(hours=9)},
    ]
    project.dataset.commit("history", history)
    serve(project, {"customer_id": 1, "age": 30}, at=NOON + timedelta(hours=1))
    serve(project, {"customer_id": 1, "age": 30}, prediction_id="l", at=NOON + timedelta(hours=3))
    serve(project, {"customer_id": 2, "age": 50}, prediction_id="m", at=NOON)

    found = features(project, offline="history?at=made")

    assert [one.prediction_id for one in found["age"].examples] == ["l"]
    assert (found["report"].n_compared, found["report"].n_without_row) == (2, 1)
    with pytest.raises(Invalid, match="2 rows"):
        features(project, offline="history")


def test_what_is_on_one_side_only_is_told(prod: Project) -> None:
    unknown = {"customer_id": 99, "age": 1}
    serve(prod, {"customer_id": 1, "age": None, "shoe": 44, "spent": None, "city": "Ulm"}, unknown)

    found = features(prod)

    assert found["age"].n_served_missing == 1
    assert found["report"].only_served == ("shoe",)
    assert found["report"].only_offline == ("risk",)
    assert found["report"].n_without_row == 1


def test_predictions_older_than_the_dataset_are_held_against_its_first_state(
    prod: Project,
) -> None:
    serve(prod, CUSTOMERS[0], at=NOON - timedelta(days=900))

    found = features(prod)["report"]

    assert (found.n_compared, found.n_before) == (1, 1)
    assert not found.has_findings


def test_what_cannot_be_compared_is_told(prod: Project) -> None:
    with pytest.raises(NotFound, match="answered nothing"):
        features(prod)
    serve(prod, {"id": 1})
    with pytest.raises(NotFound, match="customer_id"):
        features(prod)
    serve(prod, CUSTOMERS[0], prediction_id="k")
    for offline in ("feature", "features?at=made"):
        with pytest.raises(NotFound):
            features(prod, offline=offline)
    with pytest.raises(Invalid):
        features(prod, offline="features?at=age")
