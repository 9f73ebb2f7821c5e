"""Records come out of quarantine once, as rows with the origin they came with."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import headgate
from headgate.core.errors import Invalid, NotFound
from tests.ingest.waiting import balance, bring, made, read, waiting, widen

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.mark.row("S2-43")
def test_what_passes_the_gates_as_they_are_now_becomes_a_row(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,20,x", "2,cheap,y", "3,dear,z")
    widen(project)

    report = project.quarantine.release("orders", apply=True)

    assert (report.n_chosen, report.n_released, report.n_waiting) == (2, 2, 0)
    assert [row["price"] for row in read(project)] == ["1", "20", "cheap", "dear"]
    assert waiting(project) == []
    assert [row["released_in"] for row in waiting(project, state="released")] == report.batches * 2


def test_a_plan_says_what_would_pass_and_why_others_would_not_and_changes_nothing(
    project: Project,
) -> None:
    made(project)
    bring(project, "a.csv", "1,cheap,x", "2,20,y,y")
    widen(project)
    before = project.event.list().events

    plan = project.quarantine.release("orders")

    assert (plan.is_applied, plan.n_released, plan.n_waiting) == (False, 1, 1)
    assert plan.reasons == {"fields": 1}
    assert [one.record for one in plan.refused] == ["2/1"]
    assert project.event.list().events == before
    assert len(waiting(project)) == 2


def test_what_does_not_pass_stays_with_the_new_reason_beside_the_old_one(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,20,x", "1,30,y")

    report = project.quarantine.release("orders", apply=True)

    [record] = waiting(project)
    assert report.n_released == 0
    assert record["first_reason"] == "duplicate-key: line 3 has it too and came later"
    assert (record["rule"], record["state"]) == ("overtaken", "waiting")
    assert project.quarantine.list().reasons == {"overtaken": 1}
    assert project.dataset.show("orders").snapshot.number == 2


def test_a_second_call_adds_nothing_and_writes_nothing(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,cheap,x", "2,20,y,y")
    widen(project)
    project.quarantine.release("orders", apply=True)
    rows, happened = read(project), len(project.event.list(limit=1000).events)

    again = project.quarantine.release("orders", apply=True)
    named = project.quarantine.release("orders", record=["2/2"], apply=True)

    assert (again.n_chosen, again.n_released) == (1, 0)
    assert (named.n_chosen, named.facts) == (0, ["2/2 is released already"])
    assert read(project) == rows
    assert len(project.event.list(limit=1000).events) == happened


@pytest.mark.row("S2-43")
def test_released_rows_keep_source_object_and_time_so_that_blast_and_trace_find_them(
    project: Project,
) -> None:
    made(project)
    bring(project, "a.csv", "1,20,x", "2,cheap,y", at="2026-11-02")
    widen(project)
    project.quarantine.release("orders", apply=True)

    bad = project.blast("source:shop", from_="2026-11-02", to="2026-11-02")
    [row] = [one for one in _with_ids(project) if one["id"] == 2]
    traced = str(project.trace(f"row:{row['_rid']}"))

    [reached] = bad.datasets
    assert [(one.number, one.n_bad) for one in reached.snapshots] == [(2, 1), (4, 1)]
    assert "source:shop" in traced
    assert "a.csv" in traced
    assert "'released_from': 2" in traced
    [source] = project.source.list().sources
    assert (source.n_batches, source.n_rows) == (1, 2)
    assert balance(Path(project.address)) == {2: (1, 1, 0, 0)}


def test_a_newer_row_with_its_key_is_not_overwritten(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,old,x", "2,old,x")
    bring(project, "b.csv", "1,30,newer")
    widen(project)
    bring(project, "c.csv", "2,newest,x")

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 0
    assert report.reasons == {"overtaken": 2}
    assert [row["price"] for row in read(project)] == ["1", "30", "newest"]


def test_an_older_row_with_its_key_is_overwritten_as_it_would_have_been(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1, "price": 5}], key=["id"])
    bring(project, "a.csv", "1,6,", "1,later,", header="id,price,kind")
    project.quarantine.fix("orders", record=["2/1"], set={"price": "7"}, because="as told")

    assert [(row["id"], row["price"]) for row in read(project)] == [(1, 6)]
    [record] = waiting(project)
    assert record["rule"] == "overtaken"


def test_a_record_that_came_after_the_row_with_its_key_replaces_it(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1, "price": 5}], key=["id"])
    bring(project, "a.csv", "1,later", header="id,price")

    report = project.quarantine.fix("orders", record=["2/1"], set={"price": "7"})

    assert report.n_released == 1
    assert [(row["id"], row["price"]) for row in read(project)] == [(1, 7)]


def test_of_two_released_records_with_one_key_the_later_one_counts(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,first,x")
    bring(project, "b.csv", "1,second,x")
    project.dataset.commit("orders", [{"id": 9, "price": "text"}], key=["id"], mode="replace")
    first = project.quarantine.release("orders", batch=2, apply=True)

    second = project.quarantine.release("orders", apply=True)

    assert (first.n_released, second.n_released) == (1, 1)
    assert [row["price"] for row in read(project)] == ["second", "text"]


def test_appended_records_are_appended(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1, "price": 2}])
    bring(project, "a.csv", "1,20", "1,x", header="id,price", mode="append", key=[])
    project.dataset.commit("orders", [{"id": 1, "price": "2"}], mode="replace")

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 1
    assert sorted(row["price"] for row in read(project)) == ["2", "x"]


def test_records_go_to_the_branch_they_wanted_to_go_to_or_to_the_one_named(
    project: Project,
) -> None:
    made(project)
    project.dataset.branch("orders", "dev")
    bring(project, "a.csv", "1,cheap,x", branch="dev")
    bring(project, "b.csv", "2,dear,x", branch="dev")

    rows = [{"id": 0, "price": "1"}]
    project.dataset.commit("orders", rows, mode="replace", branch="dev")
    widen(project)
    own = project.quarantine.release("orders", batch=2, apply=True)
    named = project.quarantine.release("orders", batch=3, branch="main", apply=True)

    bring(project, "c.csv", "3,4,5,6")

    assert [one.branch for one in (*own.snapshots, *named.snapshots)] == ["dev", "main"]
    assert project.dataset.read("orders@dev")["id"].to_pylist() == [0, 1]
    assert [row["id"] for row in read(project)] == [0, 2]
    with pytest.raises(NotFound, match="branch"):
        project.quarantine.release("orders", branch="dve")


def test_records_are_chosen_by_batch_name_reason_source_and_condition(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,cheap,x", "2,3,4,5")
    bring(project, "b.csv", "5,dear,x", source="other")

    choices: list[dict[str, Any]] = [
        {},
        {"batch": 2},
        {"record": ["2/1", "3/1"]},
        {"reason": "type"},
        {"source": "other"},
        {"where": "line = 3 and raw like '2,%'"},
    ]

    chosen = [project.quarantine.release("orders", **asked).n_chosen for asked in choices]

    assert chosen == [3, 2, 2, 2, 1, 1]
    for record, error in (("2/9", NotFound), ("2", Invalid), ("x/1", Invalid)):
        with pytest.raises(error):
            project.quarantine.release("orders", record=[record])


def test_many_objects_with_other_columns_and_types_are_released_in_one_call(
    project: Project, tmp_path: Path
) -> None:
    made(project)
    bring(project, "a.csv", "1,cheap,x")
    table = pa.table({"id": [2], "price": ["dear"], "at": pa.array([0], pa.date32())})
    pq.write_table(table, tmp_path / "b.parquet")
    asked: dict[str, Any] = {"mode": "upsert", "source": "shop"}
    project.source.ingest("orders", str(tmp_path / "b.parquet"), **asked)
    (tmp_path / "c.jsonl").write_text('{"id": 3, "price": "odd"}\n', encoding="utf-8")
    project.source.ingest("orders", str(tmp_path / "c.jsonl"), **asked)
    (tmp_path / "b.parquet").unlink()
    widen(project)

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 3
    assert [row["price"] for row in read(project)] == ["1", "cheap", "dear", "odd"]
    assert str(read(project)[2]["at"]) == "1970-01-01"


def test_what_was_kept_before_it_was_written_down_how_says_so(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,cheap,x")
    _forget_how(Path(project.address))

    plan = project.quarantine.release("orders")
    fixed = project.quarantine.fix("orders", record=["2/1"], set={"id": "1", "price": "3"})

    assert "quarantine fix" in plan.refused[0].reason
    assert fixed.n_released == 1
    assert [row["price"] for row in read(project)] == [1, 3]


def test_an_event_of_a_database_is_not_released_past_its_log(
    project: Project, tmp_path: Path
) -> None:
    source = {"lsn": 7, "ts_ms": 1_559_033_904_863, "schema": "public", "table": "orders"}
    events = [
        {"op": "c", "before": None, "after": {"id": one}, "source": source} for one in (1, None)
    ]
    path = tmp_path / "changes.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    project.source.ingest("orders", str(path), connector="debezium", key=["id"])

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 0
    assert waiting(project)[0]["rule"] == "change"


@pytest.mark.row("S2-43")
def test_two_who_release_at_the_same_time_add_each_record_once(project: Project) -> None:
    made(project)
    n_records = 40
    bring(project, "a.csv", *(f"{one},p{one},x" for one in range(1, n_records + 1)))
    widen(project)
    counts: list[int] = []

    def release() -> None:
        with headgate.open(project.address) as own:
            counts.append(own.quarantine.release("orders", apply=True).n_released)

    threads = [threading.Thread(target=release) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(counts) == [0, 0, 0, n_records]
    assert [row["id"] for row in read(project)] == list(range(n_records + 1))
    assert balance(Path(project.address)) == {2: (0, n_records, 0, 0)}


def test_who_releases_and_who_discards_at_the_same_time_share_the_records(
    project: Project,
) -> None:
    made(project)
    n_records = 24
    bring(project, "a.csv", *(f"{one},p{one},x" for one in range(1, n_records + 1)))
    widen(project)
    moved: list[int] = []

    def release(first: int) -> None:
        with headgate.open(project.address) as own:
            for number in range(first, n_records + 1, 4):
                told = own.quarantine.release("orders", record=[f"2/{number}"], apply=True)
                moved.append(told.n_released)

    def discard() -> None:
        with headgate.open(project.address) as own:
            for number in range(n_records, 0, -3):
                told = own.quarantine.discard("orders", record=[f"2/{number}"], because="a test")
                moved.append(told.n_records)

    threads = [threading.Thread(target=release, args=(first,)) for first in (1, 2)]
    threads.append(threading.Thread(target=discard))
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    [(_, n_released, n_waiting, n_discarded)] = balance(Path(project.address)).values()
    assert n_released + n_discarded == sum(moved)
    assert n_released + n_waiting + n_discarded == n_records
    assert [row["id"] for row in read(project)] == sorted({row["id"] for row in read(project)})
    assert len(read(project)) == n_released + 1


def _forget_how(root: Path) -> None:
    """Leave the files of quarantine as releases before this one wrote them."""
    for path in (root / ".headgate" / "quarantine").rglob("*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)


def _with_ids(project: Project) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = project.dataset.read("orders", row_ids=True).to_pylist()
    return rows
