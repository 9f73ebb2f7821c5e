"""A record in quarantine gets new values; what it came with is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, HeadgateError, Invalid, NotFound
from tests.ingest.waiting import balance, bring, made, read, waiting

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.mark.row("S2-43")
def test_a_fixed_record_becomes_a_row_and_keeps_its_old_text(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,20,x", "2,2o,y")

    report = project.quarantine.fix(
        "orders", record=["2/1"], set={"price": "20"}, because="a letter for a nought"
    )

    [record] = waiting(project, state="released")
    assert (report.n_fixed, report.n_released) == (1, 1)
    assert read(project)[2] == {"id": 2, "price": 20, "note": "y"}
    assert record["first_raw"] == "2,2o,y"
    assert record["raw"] == '{"id":"2","price":"20","note":"y"}'
    assert balance(Path(project.address)) == {2: (1, 1, 0, 0)}


def test_a_fix_that_does_not_pass_waits_with_its_new_values(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "2,2o,y")

    report = project.quarantine.fix("orders", record=["2/1"], set={"price": "2O"})
    better = project.quarantine.fix("orders", record=["2/1"], set={"price": "21"})

    assert (report.n_fixed, report.n_released) == (1, 0)
    assert report.refused[0].reason == "type: price is '2O', not int64"
    assert better.n_released == 1
    assert read(project)[1] == {"id": 2, "price": 21, "note": "y"}


def test_many_records_are_fixed_from_a_file(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y", "3,three,z")
    path = Path(project.address) / "fixed.csv"
    path.write_text("record,price\n2/1,1\n2/3,3\n", encoding="utf-8")

    plan = project.quarantine.fix("orders", values=str(path), plan=True)
    report = project.quarantine.fix("orders", values=str(path))

    assert (plan.is_applied, plan.n_released, report.n_released) == (False, 2, 2)
    assert [(row["id"], row["price"]) for row in read(project)] == [(0, 1), (1, 1), (3, 3)]
    assert [record["record"] for record in waiting(project)] == ["2/2"]


def test_a_record_that_is_not_there_is_told_with_those_that_are(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x")
    bring(project, "b.csv", "2,two,y", "3,three,z")

    with pytest.raises(NotFound, match="no record 9/9 in the quarantine of orders") as caught:
        project.quarantine.fix("orders", record=["9/9"], set={"price": "1"})

    assert caught.value.mend == "there is 2/1, 3/1 to 3/2"


def test_a_record_torn_apart_gets_all_of_its_columns(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,20")

    values = {"id": "1", "price": "20", "note": ""}
    report = project.quarantine.fix("orders", record=["2/1"], set=values)

    assert report.n_released == 1
    assert read(project)[1] == {"id": 1, "price": 20, "note": None}


def test_what_cannot_be_fixed_changes_nothing(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y")
    project.quarantine.discard("orders", record=["2/2"], because="a test")
    path = Path(project.address) / "fixed.csv"
    path.write_text("record,price\n2/1,1\n2/1,3\n", encoding="utf-8")
    before = waiting(project, state="any")

    wrong: list[tuple[type[HeadgateError], dict[str, Any]]] = [
        (Invalid, {"record": ["2/1"]}),
        (Invalid, {"set": {"price": "1"}}),
        (Invalid, {"values": str(path)}),
        (Invalid, {"values": "fixed.docx"}),
        (NotFound, {"record": ["2/1"], "set": {"pirce": "1"}}),
        (NotFound, {"record": ["2/7"], "set": {"price": "1"}}),
        (Conflict, {"record": ["2/2"], "set": {"price": "1"}}),
    ]
    for error, asked in wrong:
        with pytest.raises(error):
            project.quarantine.fix("orders", **asked)

    assert waiting(project, state="any") == before


def test_events_tell_of_a_fix_without_a_value_of_the_record(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,Larsen")

    project.quarantine.fix(
        "orders", record=["2/1"], set={"price": "1", "note": "Hansen"}, because="Larsen called"
    )

    told = str(project.event.list(limit=100).events)
    assert "records_fixed" in told
    assert "records_released" in told
    assert "Larsen" not in told
    assert "Hansen" not in told
