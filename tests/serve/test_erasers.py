"""Erasing from the prediction log: payload goes, what sums stand on stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ANN = "ann@example.org"


@pytest.fixture
def served(project: Project) -> Project:
    """Two people, and predictions of a release, some of them about the first."""
    rows = [{"id": 1, "email": ANN}, {"id": 2, "email": "bo@example.org"}]
    project.dataset.commit("people", rows, key=["id"])
    project.release.create("api", provider_model="some-model")
    project.deployment.create("prod", release="api@1")
    return project


def _log(project: Project, *predictions: dict[str, Any]) -> None:
    rows = [
        {"prediction_id": f"p{number}", "output": "yes", "cost": 0.25, "latency_ms": 8.0} | one
        for number, one in enumerate(predictions)
    ]
    project.prediction.log(rows, deployment="prod", snapshot="people@1")


def _erase(project: Project, **asked: Any) -> Any:
    return project.dataset.erase("people", where=f"email = '{ANN}'", apply=True, **asked)


def _listed(project: Project) -> dict[str, dict[str, Any]]:
    return {row["prediction_id"]: row for row in project.prediction.list().to_pylist()}


def _row_ids(project: Project) -> list[int]:
    rids: Any = project.dataset.read("people", row_ids=True)["_rid"].to_pylist()
    return rids


def test_retrieved_rows_count_like_input_rows(served: Project) -> None:
    ann, bo = _row_ids(served)
    _log(
        served,
        {"input_row_ids": [ann], "retrieved_row_ids": [bo]},
        {"input_row_ids": [bo], "retrieved_row_ids": [bo, ann]},
        {"input_row_ids": [bo], "retrieved_row_ids": [bo]},
    )

    receipt = _erase(served)

    outputs = [one["output"] for one in _listed(served).values()]
    assert receipt.traces == {"predictions": 2}
    assert sorted(outputs, key=str) == ['"yes"', None, None]


def test_what_sums_and_lineage_stand_on_stays(served: Project) -> None:
    ann, _ = _row_ids(served)
    _log(served, {"input_row_ids": [ann], "n_tokens_in": 12, "user_key": "u1"})
    before = _listed(served)["p0"]

    _erase(served)

    after = _listed(served)["p0"]
    kept = ("at", "deployment", "release", "cost", "latency_ms", "n_tokens_in", "input_row_ids")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (after["output"], after["user_key"]) == (None, None)


@pytest.mark.parametrize(
    "prediction",
    [
        {"input": f"write to {ANN}"},
        {"input": '{"to": "' + ANN + '"}'},
        {"input": ANN.upper()},
        {"user_key": ANN},
        {"session_id": ANN},
        {"mood": f"as said by {ANN}"},
    ],
    ids=["text", "json", "case", "user", "session", "extra"],
)
def test_a_prediction_that_names_the_subject_anywhere_is_blanked(
    served: Project, prediction: dict[str, Any]
) -> None:
    _log(served, prediction, {"input": "of somebody else"})

    receipt = _erase(served)

    assert receipt.traces == {"predictions": 1}
    assert _listed(served)["p1"]["output"] == '"yes"'


def test_a_word_inside_of_another_is_not_the_subject(served: Project) -> None:
    _log(served, {"input": f"jo{ANN}"}, {"input": f"{ANN}x"})

    assert _erase(served).traces == {}


def test_other_words_for_the_subject_are_looked_for_when_they_are_given(served: Project) -> None:
    _log(served, {"input": "Ann Larsen asks"}, {"input": "Annabel Larsen asks"})

    receipt = _erase(served, aliases=["Ann Larsen"])

    assert receipt.traces == {"predictions": 1}


def test_users_of_blanked_predictions_are_counted_no_more(served: Project) -> None:
    ann, bo = _row_ids(served)
    _log(
        served,
        {"input_row_ids": [ann, bo], "user_key": "u1"},
        {"input_row_ids": [bo], "user_key": "u2"},
    )

    _erase(served)

    report = served.blast(f"row:{bo}")
    assert (report.predictions.n_exact, report.users.n_exact) == (2, 1)


def test_feedback_notes_and_reasons_lose_the_subjects_words(served: Project) -> None:
    _log(served, {"input": "x"})
    served.prediction.feedback("p0", "correction", f"it was {ANN}")
    served.release.create("api", provider_model="other", notes=f"asked for by {ANN}")

    _erase(served)

    (feedback,) = served.feedback.list()
    assert "[erased]" in str(feedback.value)
    assert served.release.show("api@2").notes == "asked for by [erased]"


def test_a_plan_counts_predictions_and_leaves_them(served: Project) -> None:
    _log(served, {"input": ANN})

    plan = served.dataset.erase("people", where=f"email = '{ANN}'")

    assert plan.traces == {"predictions": 1}
    assert ANN in _listed(served)["p0"]["input"]


def test_a_second_erasure_finds_nothing_left_to_blank(served: Project) -> None:
    ann, _ = _row_ids(served)
    _log(served, {"input_row_ids": [ann]})
    _erase(served)

    again = served.dataset.erase("people", where="email = 'bo@example.org'", aliases=[ANN])

    assert again.traces == {}
