"""Past predictions become part of the log, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

WHEN = datetime(2026, 11, 2, 10, tzinfo=UTC)
FLAGS: dict[str, Any] = {
    "at": "when",
    "user": "customer",
    "input": ["age", "plan"],
    "output": "score",
}


def past(n: int = 3) -> list[dict[str, Any]]:
    """Predictions for two customers; the first and the last are alike if there are three."""
    scores = [0.1, 0.9, 0.1, 0.7]
    return [
        {"when": WHEN, "customer": "ab"[i % 2], "age": 20, "plan": "x", "score": scores[i], "k": 1}
        for i in range(n)
    ]


@pytest.mark.row("L-11", part="predictions")
def test_columns_go_where_the_flags_say_and_the_others_stand_beside(project: Project) -> None:
    found = project.adopt.predictions(past(), deployment="prod", **FLAGS)

    (row, *_) = project.prediction.list(deployment="prod").to_pylist()
    assert (found.n_adopted, found.n_known, found.extra) == (3, 0, ("k",))
    assert (row["at"], row["user_key"]) == (WHEN, "a")
    assert json.loads(row["input"]) == {"age": 20, "plan": "x"}
    assert json.loads(row["extra"]) == {"k": 1}


@pytest.mark.row("L-11", part="predictions")
def test_adopted_twice_they_change_nothing_though_alike_ones_count_each(project: Project) -> None:
    project.adopt.predictions(past(), deployment="prod", **FLAGS)

    again = project.adopt.predictions(past()[::-1], deployment="prod", **FLAGS)

    assert (again.n_adopted, again.n_known) == (0, 3)
    assert project.prediction.list().num_rows == 3


def test_of_a_file_that_grew_only_what_is_new_is_taken(project: Project) -> None:
    project.adopt.predictions(past(3), deployment="prod", **FLAGS)

    grown = project.adopt.predictions(past(4), deployment="prod", **FLAGS)

    assert (grown.n_adopted, grown.n_known) == (1, 3)


def test_the_same_answers_of_two_deployments_are_different_predictions(project: Project) -> None:
    project.adopt.predictions(past(), deployment="prod", **FLAGS)

    other = project.adopt.predictions(past(), deployment="canary", **FLAGS)

    assert other.n_adopted == 3
    assert {one.name for one in project.deployment.list()} == {"prod", "canary"}


def test_their_own_ids_are_kept(project: Project) -> None:
    rows = [row | {"no": f"n{i}"} for i, row in enumerate(past(2))]

    project.adopt.predictions(rows, deployment="prod", id="no", **FLAGS)

    assert project.prediction.show("n1").user_key == "b"


def test_a_model_makes_one_release_that_the_deployment_points_at(project: Project) -> None:
    project.model.register("churn", b"weights")

    first = project.adopt.predictions(past(2), deployment="prod", model="churn@1", **FLAGS)
    second = project.adopt.predictions(past(4), deployment="prod", model="churn@1", **FLAGS)

    assert (first.release, second.release) == ("prod@1", "prod@1")
    assert project.deployment.show("prod").release == "prod@1"
    assert project.prediction.list(release="prod@1").num_rows == 4


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        ({"at": "then"}, NotFound),
        ({"at": "when", "model": "churn@7"}, NotFound),
        ({"at": "when", "model": "churn"}, Invalid),
        ({"at": "when", "user": "when"}, Invalid),
        ({"at": "when", "input": ["score", "k"]}, Invalid),
        ({"at": "gap"}, Invalid),
    ],
)
def test_what_cannot_be_right_is_refused_and_leaves_nothing(
    project: Project, flags: dict[str, Any], error: type[Exception]
) -> None:
    rows = [row | {"input": 1, "gap": None} for row in past()]
    rows[0]["gap"] = WHEN

    with pytest.raises(error):
        project.adopt.predictions(rows, deployment="prod", **flags)

    assert project.deployment.list() == ()
    assert project.prediction.list().num_rows == 0
