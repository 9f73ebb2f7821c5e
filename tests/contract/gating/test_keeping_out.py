"""What becomes of rows that break the contract in force: they wait, are refused, or only noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Write
from tests.contract.guarded import AMOUNT, ID, UNIQUE, facts_of, guarded, reasons

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.spine.writes import Mode
    from headgate.surfaces.python import Project

GOOD = [{"id": n, "amount": 10.0} for n in range(1, 4)]
BAD = {"id": 9, "amount": -1.0}


def last_check(project: Project, name: str = "orders") -> Any:
    """Return what the gate of a contract found last."""
    (found,) = project.contract.show(name).checks
    return found


def test_a_row_that_breaks_a_clause_waits_and_the_others_go_in(project: Project) -> None:
    guarded(project, ID, AMOUNT)

    snapshot = project.dataset.commit("orders", [*GOOD, BAD])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (3, 1)
    assert reasons(project) == ["amount.range: amount is out of its range: -1.0 (orders 1.0.0)"]
    assert last_check(project).is_passed
    assert last_check(project).broken == {"amount.range": 1}


def test_a_row_that_breaks_two_clauses_names_both(project: Project) -> None:
    guarded(project, ID, AMOUNT)

    project.dataset.commit("orders", [*GOOD, {"id": None, "amount": -1.0}])

    assert reasons(project) == ["id.required: id is null: None; also amount.range (orders 1.0.0)"]


def test_a_warning_stops_nothing(project: Project) -> None:
    warning = {"metric": "nullValues", "mustBe": 0, "severity": "warning"}
    guarded(project, ID, {"name": "city", "quality": [warning]})

    snapshot = project.dataset.commit("orders", [{"id": 1, "city": None}, {"id": 2, "city": None}])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 0)
    assert last_check(project).is_passed
    assert "city.nullValues of contract orders 1.0.0 is broken in 2 rows" in facts_of(project)[0]


def test_a_gate_that_passes_takes_every_row_and_says_what_they_break(project: Project) -> None:
    guarded(project, ID, AMOUNT, gate="pass")

    snapshot = project.dataset.commit("orders", [*GOOD, BAD])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (4, 0)
    assert not last_check(project).is_passed
    assert last_check(project).broken == {"amount.range": 1}


def test_a_gate_that_refuses_takes_nothing(project: Project, tmp_path: Path) -> None:
    guarded(project, ID, AMOUNT, gate="refuse")
    project.dataset.commit("orders", GOOD)
    file = tmp_path / "bad.csv"
    file.write_text("id,amount\n4,1\n5,-2\n", encoding="utf-8")

    with pytest.raises(Invalid, match=r"position 3: amount.range: .* -1.0") as by_hand:
        project.dataset.commit("orders", [*GOOD, BAD])
    with pytest.raises(Invalid, match=r"1 row of it breaks contract orders 1.0.0"):
        project.source.ingest("orders", str(file), source="web", mode="append")

    assert by_hand.value.exit_code == 2
    assert project.dataset.show("orders").snapshot.n_rows == 3
    assert project.quarantine.list().entries == []


def test_one_bad_row_alone_is_a_bad_row_and_replaces_nothing(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    project.dataset.commit("orders", GOOD)

    snapshot = project.dataset.commit("orders", [BAD])

    assert (snapshot.n_rows, snapshot.is_new, snapshot.n_quarantined) == (3, False, 1)
    assert reasons(project) == ["amount.range: amount is out of its range: -1.0 (orders 1.0.0)"]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_where_half_of_the_rows_break_a_clause_all_of_them_wait(
    project: Project, mode: Mode
) -> None:
    guarded(project, ID, AMOUNT)
    project.dataset.commit("orders", GOOD)

    rows = [{"id": 5, "amount": 1.0}, {"id": 6, "amount": 2.0}, BAD, BAD]
    snapshot = project.dataset.commit("orders", rows, mode=mode)

    assert (snapshot.n_rows, snapshot.is_new, snapshot.n_quarantined) == (3, False, 4)
    assert (
        reasons(project)[:2] == ["breaking-change: amount.range in 2 of 4 rows (orders 1.0.0)"] * 2
    )
    assert not last_check(project).is_passed


def test_a_dataset_whose_first_rows_all_wait_begins_with_the_columns_it_was_promised(
    project: Project,
) -> None:
    guarded(project, ID, AMOUNT)

    snapshot = project.dataset.commit("orders", [{"amount": "x"}, {"amount": "y"}])
    later = project.dataset.commit("orders", GOOD)

    assert [(one.name, one.type) for one in snapshot.columns] == [
        ("id", "int64"),
        ("amount", "double"),
    ]
    assert (snapshot.n_rows, later.n_rows) == (0, 3)


def test_only_the_file_that_breaks_waits(project: Project, tmp_path: Path) -> None:
    guarded(project, ID, AMOUNT)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("id,amount\n1,1\n2,2\n3,3\n", encoding="utf-8")
    (folder / "b.csv").write_text("id,amount\n4,-1\n5,-2\n6,3\n", encoding="utf-8")

    report = project.source.ingest("orders", str(folder), source="web", mode="append")

    assert (report.n_taken, report.n_quarantined) == (3, 3)
    assert project.dataset.read("orders")["id"].to_pylist() == [1, 2, 3]


def test_a_value_that_may_stand_once_is_looked_for_in_what_lies_there(project: Project) -> None:
    guarded(project, UNIQUE, AMOUNT)
    project.dataset.commit("orders", GOOD)

    fresh = [{"id": n, "amount": 1.0} for n in (3, 4, 5, 6)]
    snapshot = project.dataset.commit("orders", fresh, mode="append")

    assert snapshot.n_rows == 6
    assert reasons(project) == ["id.unique: id stands in another row too: 3 (orders 1.0.0)"]


def test_an_upsert_may_bring_a_value_again_for_the_row_that_has_it(project: Project) -> None:
    mail: dict[str, object] = {"name": "mail", "logicalType": "string", "unique": True}
    guarded(project, ID, mail)
    project.dataset.commit("orders", [{"id": 1, "mail": "a"}, {"id": 2, "mail": "b"}], key="id")

    rows = [{"id": 1, "mail": "a"}, {"id": 3, "mail": "b"}, {"id": 4, "mail": "d"}]
    snapshot = project.dataset.commit("orders", rows, mode="upsert")

    assert snapshot.n_rows == 3
    assert reasons(project) == ["mail.unique: mail stands in another row too: 'b' (orders 1.0.0)"]


def test_a_promise_on_the_whole_is_noted_and_the_rows_go_in(project: Project) -> None:
    clause = {
        "type": "custom",
        "engine": "headgate",
        "implementation": {"expectation": "mean"},
        "mustBeLessThan": 5,
    }
    guarded(project, ID, AMOUNT | {"quality": [clause]})

    snapshot = project.dataset.commit("orders", GOOD)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (3, 0)
    assert not last_check(project).is_passed
    assert facts_of(project) == [
        "amount.mean of contract orders 1.0.0 is broken: the mean of amount"
    ]


def test_the_number_of_rows_is_that_of_the_dataset_and_not_of_what_came(project: Project) -> None:
    guarded(project, ID, quality=[{"metric": "rowCount", "mustBeGreaterThan": 3}])

    project.dataset.commit("orders", [{"id": n} for n in range(3)])
    few = last_check(project)
    project.dataset.commit("orders", [{"id": 7}], mode="append")

    assert (few.is_passed, few.broken) == (False, {"rowCount": 0})
    assert last_check(project).is_passed


def test_a_branch_is_guarded_too(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    project.dataset.commit("orders", GOOD)
    project.dataset.branch("orders", "trial")

    snapshot = project.dataset.commit("orders", [*GOOD, BAD], branch="trial", mode="append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6, 1)


def test_a_stream_leaves_bad_rows_in_quarantine_with_their_place_in_it(
    project: Project, context: Context
) -> None:
    guarded(project, ID, AMOUNT)
    chunks = [pa.Table.from_pylist(rows) for rows in (GOOD, [*GOOD, BAD], GOOD)]

    with Work(context) as work:
        coming = Coming(chunks, chunk_rows=3)
        write = Write(dataset="orders", mode="append")
        snapshot = work.stream(write, coming, Origin(kind="commit", arrived_at=now()))

    assert (snapshot.n_rows, snapshot.n_quarantined) == (9, 1)
    assert project.quarantine.show("orders")["line"].to_pylist() == [7]
    fixed = project.quarantine.fix("orders", record=["1/1"], set={"amount": "1"})
    assert fixed.n_released == 1


def test_a_stream_that_breaks_the_contract_is_refused_as_a_whole(
    project: Project, context: Context
) -> None:
    guarded(project, ID, AMOUNT)
    chunks = [pa.Table.from_pylist(rows) for rows in (GOOD, [BAD, BAD, BAD])]

    coming = Coming(chunks, chunk_rows=3)
    write, origin = Write(dataset="orders", mode="append"), Origin("commit", now())
    with Work(context) as work, pytest.raises(Invalid, match=r"amount.range in 3 of 3 rows"):
        work.stream(write, coming, origin)

    assert project.dataset.list().datasets == ()
