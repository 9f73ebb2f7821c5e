"""Who is erased is blanked in quarantine: in every state, in old and in new texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.searching import files_holding

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ANN = "ann.larsen@example.org"
WHERE = f"email = '{ANN}'"


def _bring(project: Project, *lines: str) -> None:
    """Ingest people; who has no age waits."""
    project.dataset.commit("people", [{"id": 0, "email": ANN, "age": 1}], key=["id"])
    path = Path(project.address) / "people.csv"
    path.write_text("\n".join(["id,email,age", *lines]) + "\n", encoding="utf-8")
    project.source.ingest("people", str(path), mode="upsert", source="desk")
    path.unlink()


@pytest.mark.parametrize("state", ["waiting", "discarded", "released"])
def test_a_record_is_blanked_in_every_state(project: Project, state: str) -> None:
    _bring(project, f"1,{ANN},x", "2,bo@example.org,y")
    if state == "discarded":
        project.quarantine.discard("people", because=f"{ANN} asked for it")
    if state == "released":
        project.quarantine.fix("people", record=["2/1"], set={"age": "7"}, because=f"for {ANN}")

    receipt = project.dataset.erase("people", where=WHERE, apply=True)

    shown = project.quarantine.show("people", state="any").to_pylist()
    assert receipt.traces["quarantined rows"] == 1
    assert (shown[0]["raw"], shown[0]["first_raw"], shown[0]["state"]) == (None, None, state)
    assert shown[1]["raw"] == "2,bo@example.org,y"
    assert files_holding(project, ANN) == []


def test_a_record_is_found_by_the_row_it_became_though_its_old_text_spells_nobody(
    project: Project,
) -> None:
    _bring(project, "1,an.larsn@exmple.org,x")
    project.quarantine.fix("people", record=["2/1"], set={"email": ANN, "age": "7"})

    project.dataset.erase("people", where=WHERE, apply=True)

    assert files_holding(project, "an.larsn@exmple.org") == []
    assert files_holding(project, ANN) == []
    assert project.dataset.fsck(deep=True).problems == ()


def test_who_is_found_by_a_number_alone_is_blanked_where_the_record_became_the_row(
    project: Project,
) -> None:
    _bring(project, "17,bo@example.org,x")
    project.quarantine.fix("people", record=["2/1"], set={"age": "7"})

    plan = project.dataset.erase("people", where="id = 17")
    project.dataset.erase("people", where="id = 17", apply=True)

    assert plan.traces["quarantined rows"] == 1
    assert files_holding(project, "bo@example.org") == []


def test_a_blanked_record_cannot_be_released_and_those_beside_it_can(project: Project) -> None:
    _bring(project, f"1,{ANN},x", "2,bo@example.org,y")
    project.dataset.erase("people", where=WHERE, apply=True)
    rows = [{"id": 5, "email": "e@example.org", "age": "old"}]
    project.dataset.commit("people", rows, key=["id"])

    report = project.quarantine.release("people", apply=True)

    assert (report.n_released, report.n_waiting) == (1, 1)
    assert report.reasons == {"erased": 1}
    assert project.quarantine.list().reasons == {"erased": 1}


def test_who_was_erased_and_may_not_come_back_stays_out_of_a_fix(project: Project) -> None:
    _bring(project, "1,nobody@example.org,x")
    project.dataset.erase("people", where=WHERE, apply=True)

    report = project.quarantine.fix("people", record=["2/1"], set={"email": ANN, "age": "7"})

    assert (report.n_released, report.reasons) == (0, {"suppressed": 1})
