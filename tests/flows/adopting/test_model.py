"""A model in service is taken with what it learned from and what it answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLAGS = {"at": "day", "output": "score", "label": "left", "id": "k"}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A model, what it learned from, and two days of answers; the second day has no labels yet."""
    (tmp_path / "churn.pkl").write_bytes(b"weights")
    (tmp_path / "train.csv").write_text("age,plan,left\n20,x,0\n30,y,1\n40,x,0\n")
    days = tmp_path / "days"
    days.mkdir()
    (days / "1.csv").write_text(
        "k,day,age,plan,score,left\na,2026-11-01,20,x,0.5,1\nb,2026-11-01,30,y,0.1,0\n"
    )
    (days / "2.csv").write_text("k,day,age,plan,score,left\nc,2026-11-02,50,x,0.9,\n")
    (days / "notes.txt").write_text("none of ours")
    return tmp_path


def adopt(project: Project, service: Path) -> Any:
    asked = {"training": str(service / "train.csv"), "answers": str(service / "days")}
    return project.adopt.model("churn", str(service / "churn.pkl"), **asked, **FLAGS)


def test_everything_is_in_the_graph_after_one_call(project: Project, service: Path) -> None:
    found = adopt(project, service)

    assert (found.model, found.learned_from) == ("churn@1", "churn-training@1")
    assert (found.deployment, found.release) == ("churn", "churn@1")
    assert (found.n_files, found.n_adopted, found.n_labels) == (2, 3, 2)
    shown = project.prediction.show("a")
    assert shown.input == {"age": 20, "plan": "x"}
    assert (shown.output, shown.feedback[0].value) == (0.5, 1)
    report = project.blast("source:churn-training")
    assert report.predictions.n_exposed == 3


def test_twice_changes_nothing_and_late_labels_come_in(project: Project, service: Path) -> None:
    adopt(project, service)
    again = adopt(project, service)
    late = service / "days" / "2.csv"
    late.write_text(late.read_text().replace("0.9,", "0.9,1"))

    third = adopt(project, service)

    assert (again.model, again.n_adopted, again.n_known, again.n_labels) == ("churn@1", 0, 3, 0)
    assert (third.n_adopted, third.n_labels) == (0, 1)
    assert len(project.run.list().runs) == 1


def test_other_bytes_are_another_version(project: Project, service: Path) -> None:
    adopt(project, service)
    (service / "churn.pkl").write_bytes(b"other weights")

    found = adopt(project, service)

    assert (found.model, found.release) == ("churn@2", "churn@2")


def test_a_deployment_points_at_the_newest_model_that_was_adopted(
    project: Project, service: Path
) -> None:
    first = adopt(project, service)
    (service / "churn.pkl").write_bytes(b"other weights")

    found = adopt(project, service)
    again = adopt(project, service)

    assert (first.points_at, first.moved_from) == ("churn@1", None)
    assert (found.points_at, found.moved_from) == ("churn@2", "churn@1")
    assert (again.points_at, again.moved_from) == ("churn@2", None)
    moves = project.deployment.show("churn").moves
    assert [(one.kind, one.to_release) for one in moves] == [
        ("create", "churn@1"),
        ("promote", "churn@2"),
    ]


def test_a_model_that_was_taken_back_is_not_put_in_service_by_the_next_night(
    project: Project, service: Path
) -> None:
    adopt(project, service)
    (service / "churn.pkl").write_bytes(b"other weights")
    adopt(project, service)
    project.deployment.promote("churn", "churn@1", reason="worse")

    found = adopt(project, service)

    assert (found.release, found.points_at, found.moved_from) == ("churn@2", "churn@1", None)
    assert project.deployment.show("churn").release == "churn@1"


def test_a_release_of_the_model_and_more_stays_where_it_is(project: Project, service: Path) -> None:
    adopt(project, service)
    project.release.create("churn", model="churn@1", provider_model="some-model")
    project.deployment.promote("churn", "churn@2")

    found = adopt(project, service)

    assert (found.points_at, found.moved_from) == ("churn@2", None)


def test_a_model_alone_is_registered_without_answers(project: Project, service: Path) -> None:
    found = project.adopt.model(
        "churn", str(service / "churn.pkl"), training=str(service / "train.csv")
    )

    assert (found.n_files, found.release) == (0, None)
    assert [one.dataset for one in project.model.show("churn@1").reads] == ["churn-training"]


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"label": "gone"}, NotFound, "gone"),
        ({"answers": "nowhere"}, NotFound, "nowhere"),
        ({"at": "gone"}, NotFound, "gone"),
    ],
)
def test_what_is_not_there_is_named(
    project: Project, service: Path, change: dict[str, str], error: type[Exception], told: str
) -> None:
    asked = {"training": str(service / "train.csv"), "answers": str(service / "days")}

    with pytest.raises(error, match=told):
        project.adopt.model("churn", str(service / "churn.pkl"), **(asked | FLAGS | change))

    assert project.dataset.list().datasets == ()


def test_a_column_that_no_flag_named_is_asked_for_by_its_flag(
    project: Project, service: Path
) -> None:
    asked = {"training": str(service / "train.csv"), "answers": str(service / "days")}

    with pytest.raises(NotFound, match="no column 'at'") as refused:
        project.adopt.model("churn", str(service / "churn.pkl"), **asked)

    assert refused.value.mend == "name one with --at: k, day, age, plan, score, left"


def test_a_folder_without_rows_is_refused_before_anything_is_written(
    project: Project, service: Path
) -> None:
    (service / "empty").mkdir()

    with pytest.raises(Invalid, match="no file of"):
        project.adopt.model(
            "churn",
            str(service / "churn.pkl"),
            training=str(service / "train.csv"),
            answers=str(service / "empty"),
        )

    assert project.dataset.list().datasets == ()


def test_labels_that_are_nan_or_null_are_not_known_yet(project: Project, service: Path) -> None:
    days = service / "lake"
    days.mkdir()
    moment = datetime(2026, 11, 3, tzinfo=UTC)
    for n, labels in enumerate(([1.0, float("nan"), None], pa.nulls(3))):
        rows = {"k": [f"{n}{i}" for i in range(3)], "day": [moment] * 3, "age": [20] * 3}
        rows |= {"score": [0.5] * 3, "left": labels}
        pq.write_table(pa.table(rows), days / f"{n}.parquet")

    asked = {"training": str(service / "train.csv"), "answers": str(days)}
    found = project.adopt.model("churn", str(service / "churn.pkl"), **asked, **FLAGS)

    assert (found.n_files, found.n_adopted, found.n_labels) == (2, 6, 1)
    assert [one.prediction_id for one in project.feedback.list()] == ["00"]


def test_answers_without_ids_are_known_by_what_they_hold(project: Project, service: Path) -> None:
    asked = {"training": str(service / "train.csv"), "answers": str(service / "days")}
    flags: dict[str, Any] = FLAGS | {"id": None}

    first, again = (
        project.adopt.model("churn", str(service / "churn.pkl"), **asked, **flags) for _ in range(2)
    )

    assert (first.n_adopted, first.n_labels) == (3, 2)
    assert (again.n_adopted, again.n_known, again.n_labels) == (0, 3, 0)


def test_folders_among_the_answers_are_passed_over(project: Project, service: Path) -> None:
    (service / "days" / "older.csv").mkdir()

    assert adopt(project, service).n_files == 2


@pytest.mark.parametrize("weights", ["days", "nothing.pkl"])
def test_weights_that_are_no_file_are_told_before_anything_is_written(
    project: Project, service: Path, weights: str
) -> None:
    with pytest.raises(NotFound, match=weights) as caught:
        project.adopt.model(
            "churn", str(service / weights), training=str(service / "train.csv"), **FLAGS
        )

    assert caught.value.mend
    assert project.dataset.list().datasets == ()


def test_other_training_data_is_another_version_of_the_same_bytes(
    project: Project, service: Path
) -> None:
    adopt(project, service)
    (service / "train.csv").write_text("age,plan,left\n21,x,0\n")

    found = adopt(project, service)

    assert (found.model, found.learned_from) == ("churn@2", "churn-training@2")
    assert found.release == "churn@2"
