"""What MLflow knows becomes part of the graph: runs, what they read, models, aliases."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Denied, Invalid, NotFound, Unavailable
from tests.flows.adopting.tracking import Tracking

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

READ = "file//lake/orders/a.parquet"


@pytest.mark.row("L-11", part="mlflow")
def test_runs_models_aliases_and_what_was_read_are_taken(
    project: Project, tracking: Tracking
) -> None:
    found = project.adopt.mlflow(tracking.url)

    assert (found.n_runs, found.n_silent_runs, found.n_events) == (2, 1, 4)
    assert [(one.mlflow, one.model, one.is_told) for one in found.models] == [
        ("churn/1", "churn@1", True),
        ("churn/2", "churn@2", False),
    ]
    assert (found.datasets, found.unlinked) == ((READ,), (READ,))
    assert found.releases == ("churn-champion@1",)
    assert project.release.show("churn-champion@1").model == "churn@1"


@pytest.mark.row("L-11", part="mlflow")
def test_adopted_twice_nothing_changes(project: Project, tracking: Tracking) -> None:
    project.adopt.mlflow(tracking.url)
    before = project.event.list(limit=100)

    again = project.adopt.mlflow(tracking.url)

    assert (again.n_events, again.releases) == (0, ())
    assert [one.is_new for one in again.models] == [False, False]
    assert project.event.list(limit=100) == before


def test_page_after_page_is_read(project: Project) -> None:
    with Tracking(page=1) as tracking:
        found = project.adopt.mlflow(tracking.url)

    assert (found.n_runs, len(found.models)) == (2, 2)


def test_the_digest_that_a_run_told_is_the_version_it_read(
    project: Project, tracking: Tracking
) -> None:
    project.adopt.mlflow(tracking.url)

    events = project.lineage.events().events

    told = [one.text for one in events if "a.parquet" in one.text]
    assert len(told) == 2
    assert all('"datasetVersion":"6335ea79"' in text for text in told)


def test_whoever_ran_it_is_not_taken_over(project: Project, tracking: Tracking) -> None:
    project.adopt.mlflow(tracking.url)

    told = " ".join(one.text for one in project.lineage.events().events)

    assert "ada" not in told


def test_an_alias_that_moved_makes_the_next_release(project: Project, tracking: Tracking) -> None:
    project.adopt.mlflow(tracking.url)
    tracking.told["registered-models"][0]["aliases"][0]["version"] = "2"

    again = project.adopt.mlflow(tracking.url)

    assert again.releases == ("churn-champion@2",)
    assert project.release.show("churn-champion@2").model == "churn@2"


def test_a_stage_is_a_release_too(project: Project, tracking: Tracking) -> None:
    tracking.told["model-versions"][0]["current_stage"] = "Production"

    found = project.adopt.mlflow(tracking.url)

    assert found.releases == ("churn-champion@1", "churn-production@1")


def test_a_model_whose_version_was_deleted_there_keeps_its_number_told(
    project: Project, tracking: Tracking
) -> None:
    del tracking.told["model-versions"][1]

    found = project.adopt.mlflow(tracking.url)

    assert [(one.mlflow, one.model) for one in found.models] == [("churn/2", "churn@1")]


def test_the_bytes_of_an_adopted_model_say_where_it_lies(
    project: Project, tracking: Tracking
) -> None:
    project.adopt.mlflow(tracking.url)

    content = project.model.fetch("churn@1")

    assert b'"source":"models:/m-' in content
    assert f'"tracking":"mlflow://127.0.0.1:{tracking.port}"'.encode() in content


def test_a_token_is_told_as_mlflow_tells_it(
    project: Project, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")

    project.adopt.mlflow(tracking.url)

    assert {one["Authorization"] for one in tracking.asked} == {"Bearer secret"}


@pytest.mark.parametrize(
    ("status", "error"), [(401, Denied), (302, Invalid), (404, Invalid), (503, Unavailable)]
)
def test_a_server_that_refuses_is_told_as_what_it_is(
    project: Project, tracking: Tracking, status: int, error: type[Exception]
) -> None:
    tracking.status = status

    with pytest.raises(error):
        project.adopt.mlflow(tracking.url)

    assert project.model.list().models == ()


def test_what_is_no_address_and_who_is_not_there_are_told_apart(project: Project) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(Unavailable):
            project.adopt.mlflow(nobody)

    with pytest.raises(Invalid, match="no address of an MLflow server"):
        project.adopt.mlflow("mlruns")
    with pytest.raises(Invalid) as raised:
        project.adopt.mlflow("http://ann:secret@127.0.0.1")
    assert "secret" not in raised.value.message


def test_an_experiment_that_is_not_there_is_named(project: Project, tracking: Tracking) -> None:
    with pytest.raises(NotFound, match="chrun"):
        project.adopt.mlflow(tracking.url, experiment=["chrun"])
