"""What models name of the store, and what an erasure makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ANN = "ann@example.org"


def learn(project: Project, name: str, **asked: Any) -> None:
    """Let a model learn from what is read of the people."""
    with project.run("train") as run:
        project.dataset.read("people", **asked)
        run.log_model(name, {"n": 1}, notes=f"asked for by {ANN}")


@pytest.fixture
def people(project: Project) -> Project:
    """Two people; one model learned from both, one from Bo alone, one from nobody knows whom."""
    rows = [{"id": 1, "email": ANN}, {"id": 2, "email": "bo@example.org"}]
    project.dataset.commit("people", rows, key=["id"])
    learn(project, "both")
    learn(project, "bo", where="id = 2")
    project.model.register("stray", b"weights", filename="w.bin", format="file")
    return project


def test_the_bytes_of_every_version_outlive_a_collection_without_grace(people: Project) -> None:
    learn(people, "both")

    people.dataset.gc(keep_last=1, grace_h=0, apply=True, purge=True)

    assert people.model.load("both@1", trust=True) == {"n": 1}
    assert people.model.load("both@2", trust=True) == {"n": 1}
    assert people.model.fetch("stray") == b"weights"
    assert people.dataset.fsck(deep=True).problems == ()


def test_a_snapshot_that_a_model_learned_from_does_not_expire(people: Project) -> None:
    people.dataset.commit("people", [{"id": 3, "email": "cy@example.org"}])
    people.dataset.commit("people", [{"id": 4, "email": "di@example.org"}])

    report = people.dataset.gc(keep_last=1, grace_h=0, apply=True)

    assert [(one.dataset, one.number) for one in report.expiring] == [("people", 2)]
    assert people.dataset.read("people", at="1").num_rows == 2


def test_only_models_that_learned_from_the_subject_are_left_to_do(people: Project) -> None:
    receipt = people.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    left = [(one.what, one.n_rows) for one in receipt.obligations if one.kind == "model"]
    assert left == [("model:both@1", 1)]
    assert receipt.traces["models"] == 1


def test_notes_of_models_and_messages_of_prompts_lose_the_subjects_name(people: Project) -> None:
    people.prompt.create("greet", "Hello", message=f"{ANN} wished for it")

    people.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    shown = [people.model.show("both").version.notes, people.model.show("bo").version.notes]
    shown.append(people.prompt.show("greet").message)
    assert not any(ANN in str(text) for text in shown)
    assert all(shown)


def test_a_plan_leaves_notes_and_the_newest_event_as_they_are(people: Project) -> None:
    before = people.event.list(limit=1).events[0].seq

    plan = people.dataset.erase("people", where=f"email = '{ANN}'")

    assert (plan.is_applied, plan.signature, plan.traces["models"]) == (False, "", 1)
    assert ANN in str(people.model.show("both").version.notes)
    assert people.event.list(limit=1).events[0].seq == before


def test_a_held_dataset_keeps_its_subject_and_what_is_said_of_models(people: Project) -> None:
    people.dataset.hold("people", reason="case 7")

    with pytest.raises(Conflict, match="hold"):
        people.dataset.erase("people", where=f"email = '{ANN}'", apply=True)

    assert ANN in str(people.model.show("both").version.notes)
    assert people.dataset.read("people", where=f"email = '{ANN}'").num_rows == 1
