"""Records are set aside and come back; lists and pages count them in every state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from tests.ingest.waiting import balance, bring, made, read, waiting, widen

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.mark.row("S2-43")
def test_a_discarded_record_is_kept_and_not_released(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y")
    project.quarantine.discard("orders", record=["2/1"], because="a row of a test")
    widen(project)

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 1
    assert [row["id"] for row in read(project)] == [0, 2]
    [record] = waiting(project, state="discarded")
    assert (record["record"], record["raw"]) == ("2/1", "1,one,x")
    assert balance(Path(project.address)) == {2: (0, 1, 0, 1)}


def test_what_was_discarded_can_wait_again_and_be_released(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y", "3,4")
    gone = project.quarantine.discard("orders", reason="type", because="a slip")

    back = project.quarantine.restore("orders", record=["2/3"])

    assert (gone.n_records, gone.n_waiting, gone.reasons) == (2, 1, {"type": 2})
    assert (back.n_records, back.n_waiting, back.reasons) == (1, 2, {"type": 1})
    assert [record["record"] for record in waiting(project)] == ["2/1", "2/3"]
    assert project.quarantine.list().reasons == {"fields": 1, "type": 1}


def test_who_discards_says_why(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x")

    with pytest.raises(Invalid, match="why"):
        project.quarantine.discard("orders", because=" ")

    assert len(waiting(project)) == 1


def test_a_second_call_does_nothing(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x")
    project.quarantine.discard("orders", because="a test")
    happened = len(project.event.list(limit=100).events)

    again = project.quarantine.discard("orders", because="a test")

    assert again.n_records == 0
    assert len(project.event.list(limit=100).events) == happened


def test_batches_are_listed_by_reason_source_batch_and_state(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,3,4,5")
    bring(project, "b.csv", "5,five,x", source="other")
    project.quarantine.discard("orders", batch=3, because="a test")

    def listed(**asked: Any) -> list[tuple[int, int, int]]:
        entries = project.quarantine.list("orders", **asked).entries
        return [(one.batch, one.n_rows, one.n_discarded) for one in entries]

    assert listed() == [(2, 2, 0)]
    assert listed(state="any") == [(2, 2, 0), (3, 0, 1)]
    assert listed(state="discarded") == [(3, 0, 1)]
    assert listed(state="any", source="other") == [(3, 0, 1)]
    assert listed(state="any", batch=2) == [(2, 2, 0)]
    assert listed(reason="fields") == [(2, 2, 0)]
    assert listed(reason="quote") == []


def test_pages_follow_one_another_without_a_gap(project: Project) -> None:
    made(project)
    for name in ("a", "b"):
        bring(project, f"{name}.csv", *(f"{one},{name}{one},x" for one in range(5)))
    project.quarantine.discard("orders", record=["2/2", "3/1"], because="a test")
    everything = [record["record"] for record in waiting(project)]
    pages: list[str] = []
    after = None

    while page := waiting(project, limit=3, after=after):
        pages += [record["record"] for record in page]
        after = pages[-1]

    assert pages == everything
    assert len(pages) == 8
    assert [record["record"] for record in waiting(project, where="line = 4", reason="type")] == [
        "2/3",
        "3/3",
    ]
    with pytest.raises(NotFound):
        waiting(project, batch=9)
