"""Change events land as the table they tell of: newest by key, deletes gone, none counted twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import headgate
from headgate.core.errors import Invalid, NotFound
from tests.ingest.changing import Event, anna, mysql, postgres, rows_of, take, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

BOB = {"id": 2, "name": "Bob"}


@pytest.mark.row("S3-40", part="changes")
def test_creates_updates_and_deletes_lead_to_the_table_that_the_database_has(
    project: Project, tmp_path: Path
) -> None:
    events = [
        postgres("r", None, anna(1), 10),
        postgres("c", None, BOB, 20),
        postgres("u", None, anna(2), 30),
        postgres("d", {"id": 2, "name": None}, None, 40),
    ]

    report = take(project, tmp_path / "a.jsonl", events)

    assert rows_of(project) == [anna(2)]
    assert (report.n_read, report.n_taken, report.n_quarantined) == (4, 4, 0)
    assert "keys written: 1, deleted: 1" in report.facts


def test_the_content_is_that_of_the_table_loaded_directly(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("direct", [anna(2), BOB])
    events = [postgres("c", None, anna(1), 10), postgres("c", None, BOB, 20)]

    report = take(project, tmp_path / "a.jsonl", [*events, postgres("u", anna(1), anna(2), 30)])

    assert report.snapshot.content_root == project.dataset.show("direct").snapshot.content_root


def test_an_older_event_of_a_later_file_overwrites_nothing(
    project: Project, tmp_path: Path
) -> None:
    take(project, tmp_path / "b.jsonl", [postgres("u", None, anna(5), 50)])

    report = take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])

    assert rows_of(project) == [anna(5)]
    assert not report.snapshot.is_new
    assert "events overtaken by newer ones, or known already: 1" in report.facts


def test_a_late_event_does_not_bring_a_deleted_row_back(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])
    take(project, tmp_path / "b.jsonl", [postgres("d", {"id": 1}, None, 30)])

    take(project, tmp_path / "late.jsonl", [postgres("u", None, anna(2), 20)])

    assert rows_of(project) == []


def test_a_row_deleted_and_made_again_is_there(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])
    take(project, tmp_path / "b.jsonl", [postgres("d", {"id": 1}, None, 30)])

    take(project, tmp_path / "c.jsonl", [postgres("c", None, anna(4), 40)])

    assert rows_of(project) == [anna(4)]


def test_an_update_keeps_the_row_id(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])
    [before] = project.dataset.read("customers", row_ids=True).to_pylist()

    take(project, tmp_path / "b.jsonl", [postgres("u", None, anna(2), 20)])

    [after] = project.dataset.read("customers", row_ids=True).to_pylist()
    assert after["_rid"] == before["_rid"]


def test_mysql_is_ordered_by_file_then_place_then_row_as_numbers(
    project: Project, tmp_path: Path
) -> None:
    events = [
        mysql("u", anna(3), anna(4), ("mysql-bin.1000000", 4, 0)),
        mysql("u", anna(2), anna(3), ("mysql-bin.999999", 900, 1)),
        mysql("c", None, anna(2), ("mysql-bin.999999", 900, 0)),
    ]

    take(project, tmp_path / "a.jsonl", events)

    assert rows_of(project) == [anna(4)]


def test_events_of_a_topic_bring_their_key_and_tombstones_are_no_rows(
    project: Project, tmp_path: Path
) -> None:
    key = {"schema": {"type": "struct"}, "payload": {"id": 1}}
    dump = [
        {
            "topic": "shop.customers",
            "offset": 1,
            "key": key,
            "value": postgres("c", None, anna(1), 10),
        },
        {
            "topic": "shop.customers",
            "offset": 2,
            "key": json.dumps({"id": 2}),
            "payload": json.dumps(postgres("c", None, BOB, 15)),
        },
        {
            "topic": "shop.customers",
            "offset": 3,
            "key": key,
            "value": postgres("d", None, None, 20),
        },
        {"topic": "shop.customers", "offset": 4, "key": key, "value": None},
    ]

    report = take(project, tmp_path / "a.jsonl", dump, key=())

    assert rows_of(project) == [BOB]
    assert report.n_read == 3


def test_a_truncate_empties_the_table_and_what_came_before_it_stays_away(
    project: Project, tmp_path: Path
) -> None:
    rows = [postgres("c", None, anna(1), 10), postgres("c", None, BOB, 50)]
    take(project, tmp_path / "a.jsonl", rows)

    take(project, tmp_path / "b.jsonl", [postgres("t", None, None, 40)])
    take(project, tmp_path / "c.jsonl", [postgres("u", None, anna(3), 30)])

    assert rows_of(project) == [BOB]


def test_malformed_events_wait_in_quarantine_with_line_and_reason(
    project: Project, tmp_path: Path
) -> None:
    left_out = anna(1, note="__debezium_unavailable_value")
    events = [
        postgres("c", None, BOB, 10),
        '{"op": ',
        {"op": "z", "source": {"lsn": 1}},
        postgres("u", None, None, 20),
        postgres("u", None, left_out, 30),
        {"op": "c", "after": anna(1), "source": {"name": "shop"}},
        postgres("d", None, None, 40),
    ]

    report = take(project, tmp_path / "a.jsonl", events)

    waiting = project.quarantine.show("customers").to_pylist()
    assert rows_of(project) == [BOB]
    assert {row["line"]: row["reason"].split(":")[0] for row in waiting} == {
        2: "json",
        3: "op",
        4: "after",
        5: "unavailable",
        6: "position",
        7: "null-key",
    }
    assert (report.n_read, report.n_taken, report.n_quarantined) == (7, 1, 6)


def test_positions_without_a_common_order_are_refused_and_nothing_changes(
    project: Project, tmp_path: Path
) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])

    with pytest.raises(Invalid, match="counted by binlog and by lsn"):
        take(project, tmp_path / "b.jsonl", [mysql("u", None, anna(2), ("bin.000003", 1, 0))])

    assert rows_of(project) == [anna(1)]


def test_a_key_must_be_known_and_be_there(project: Project, tmp_path: Path) -> None:
    events = [postgres("c", None, anna(1), 10)]

    with pytest.raises(Invalid, match="no key of customers"):
        take(project, tmp_path / "a.jsonl", events, key=())
    with pytest.raises(NotFound, match="idd"):
        take(project, tmp_path / "a.jsonl", events, key=("idd",))


def test_a_file_of_several_tables_needs_one_to_be_named(project: Project, tmp_path: Path) -> None:
    events = [postgres("c", None, anna(1), 10), postgres("c", None, {"no": 7}, 20, table="orders")]

    with pytest.raises(Invalid, match=r"public\.customers, public\.orders"):
        take(project, tmp_path / "a.jsonl", events)
    take(project, tmp_path / "a.jsonl", events, settings={"table": "public.customers"})

    assert rows_of(project) == [anna(1)]


def test_appended_events_stay_a_log(project: Project, tmp_path: Path) -> None:
    events = [postgres("c", None, anna(1), 10), postgres("d", anna(1), None, 20)]

    take(project, tmp_path / "a.jsonl", events, mode="append", key=())

    assert [row["_op"] for row in project.dataset.read("customers").to_pylist()] == ["c", "d"]


def test_a_row_that_a_gate_keeps_out_leaves_the_older_one(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, {"id": 1, "age": 36}, 10)])
    nameless: dict[str, Any] = {"id": None, "age": 3}

    report = take(project, tmp_path / "b.jsonl", [postgres("u", None, nameless, 20)])

    assert report.reasons == {"null-key": 1}
    assert rows_of(project) == [{"id": 1, "age": 36}]


def test_two_writers_at_once_leave_the_newest(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "0.jsonl", [postgres("c", None, anna(1), 1)])
    lsns = [30, 10, 60, 20, 50, 40]

    def apply(lsn: int) -> None:
        take(project, tmp_path / f"{lsn}.jsonl", [postgres("u", None, anna(lsn), lsn)])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(apply, lsns))

    assert rows_of(project) == [anna(60)]


CHANGE = st.tuples(st.integers(0, 4), st.sampled_from("cudt"), st.integers(0, 99))


def _history(drawn: list[tuple[int, str, int]]) -> tuple[list[Event], dict[int, Event]]:
    """Play changes on a table; return their events and the table."""
    table: dict[int, Event] = {0: {"id": 0, "value": -1}}
    events = [postgres("r", None, table[0], 5)]
    for step, (key, op, value) in enumerate(drawn, start=1):
        row = {"id": key, "value": value}
        if op == "t" and value < 20:
            table.clear()
            events.append(postgres("t", None, None, step * 10))
        elif op == "d":
            table.pop(key, None)
            events.append(postgres("d", {"id": key}, None, step * 10))
        else:
            table[key] = row
            events.append(postgres("u" if op == "u" else "c", None, row, step * 10))
    return events, table


@pytest.mark.row("S3-40", part="order")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(CHANGE, min_size=1, max_size=14), data=st.data())
def test_any_order_any_cut_and_any_repetition_lead_to_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    events, table = _history(drawn)
    shuffled = data.draw(st.permutations(events))
    again = data.draw(st.lists(st.sampled_from(shuffled), max_size=4))
    cut = data.draw(st.integers(1, len(shuffled)))
    folder = tmp_path_factory.mktemp("history")

    with headgate.init(folder / "project") as project:
        for name, part in (("a", shuffled[:cut]), ("b", [*again, *shuffled[cut:]])):
            if part:
                take(project, folder / f"{name}.jsonl", part)
        found = rows_of(project)

    assert found == [table[key] for key in sorted(table)]


def test_events_without_rows_leave_the_columns_as_they_are(
    project: Project, tmp_path: Path
) -> None:
    rows = [postgres("c", None, anna(1), 10), postgres("c", None, BOB, 20)]
    first = take(project, tmp_path / "a.jsonl", rows).snapshot

    deleted = take(
        project, tmp_path / "b.jsonl", [postgres("d", {"id": 1, "name": None}, None, 30)]
    )
    emptied = take(project, tmp_path / "c.jsonl", [postgres("t", None, None, 40)])

    assert deleted.snapshot.columns == emptied.snapshot.columns == first.columns
    assert emptied.snapshot.n_rows == 0


def test_a_branch_needs_its_places_on_a_branch_too(project: Project, tmp_path: Path) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)])
    project.dataset.branch("customers", "try")
    update = [postgres("u", None, anna(2), 20)]

    with pytest.raises(NotFound, match="branch of customers_positions"):
        take(project, tmp_path / "b.jsonl", update, branch="try")
    project.dataset.branch("customers_positions", "try")
    take(project, tmp_path / "b.jsonl", update, branch="try")

    assert rows_of(project) == [anna(1)]
    assert project.dataset.read("customers", at="try")["name"].to_pylist() == ["Anna 2"]


def test_a_transaction_in_two_files_of_a_folder_lands_in_one_snapshot(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    write(folder / "1.jsonl", [postgres("c", None, anna(1), 11), "{"])
    write(folder / "2.jsonl", [postgres("c", None, BOB, 12)])

    report = project.source.ingest("customers", str(folder), connector="debezium", key=("id",))

    assert (report.snapshot.number, report.snapshot.n_rows, report.n_objects) == (1, 2, 2)
    placed = project.dataset.read("customers_positions").to_pylist()
    assert {row["transaction"] for row in placed} == {"556"}


def test_a_source_that_went_wrong_is_followed_to_the_rows_its_changes_made(
    project: Project, tmp_path: Path
) -> None:
    take(project, tmp_path / "a.jsonl", [postgres("c", None, anna(1), 10)], source="good")
    take(project, tmp_path / "b.jsonl", [postgres("c", None, BOB, 20)], source="bad")

    found = project.blast("source:bad")

    assert (found.n_batches, found.n_rows) == (1, 1)


def test_a_dataset_emptied_and_filled_again_holds_what_came_after(
    project: Project, tmp_path: Path
) -> None:
    events = [
        postgres("c", None, anna(1), 10),
        postgres("t", None, None, 20),
        postgres("c", None, anna(3), 30),
        postgres("c", None, BOB, 15),
    ]

    report = take(project, tmp_path / "a.jsonl", events)

    assert rows_of(project) == [anna(3)]
    assert any("the table was emptied before lsn:" in fact for fact in report.facts)
