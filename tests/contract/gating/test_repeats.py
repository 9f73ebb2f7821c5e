"""A value that may stand once: looked for among the rows that stay, and in no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.times import now
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Write
from tests.contract.guarded import AMOUNT, ID, UNIQUE, guarded, reasons

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.writes import Mode
    from headgate.surfaces.python import Project

MAIL: dict[str, object] = {"name": "mail", "logicalType": "string", "unique": True}
ROWS = [{"id": n, "mail": f"m{n}"} for n in range(6)]


def streamed(context: Context, rows: list[dict[str, Any]], mode: Mode, key: str = "") -> Snapshot:
    """Commit rows as a stream of chunks of three."""
    chunks = [pa.Table.from_pylist(rows[start : start + 3]) for start in range(0, len(rows), 3)]
    write = Write(dataset="orders", mode=mode, key=(key,) if key else ())
    with Work(context) as work:
        coming = Coming(chunks, chunk_rows=3)
        return work.stream(write, coming, Origin(kind="commit", arrived_at=now()))


def test_a_column_that_is_new_repeats_nothing_that_lies_there(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}, {"id": 2}])
    guarded(project, ID, MAIL)

    snapshot = project.dataset.commit("orders", [{"id": 3, "mail": "a"}], mode="append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (3, 0)


def test_rows_that_bring_their_ids_repeat_nothing_of_themselves(project: Project) -> None:
    guarded(project, UNIQUE, MAIL)
    project.dataset.commit("orders", ROWS)
    rows = project.dataset.read("orders", row_ids=True)

    snapshot = project.dataset.commit("orders", rows.slice(0, 3), mode="upsert")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6, 0)


def test_rows_that_bring_their_ids_may_not_take_the_value_of_a_row_that_stays(
    project: Project,
) -> None:
    guarded(project, ID, MAIL)
    project.dataset.commit("orders", ROWS)
    rows = project.dataset.read("orders", row_ids=True).slice(0, 3)
    taken = pa.array(["m0", "m5", "new"])
    rows = rows.set_column(rows.column_names.index("mail"), "mail", taken)

    snapshot = project.dataset.commit("orders", rows, mode="upsert")

    assert snapshot.n_rows == 6
    assert reasons(project) == ["mail.unique: mail stands in another row too: 'm5' (orders 1.0.0)"]
    assert project.dataset.read("orders")["mail"].to_pylist().count("m5") == 1


def test_an_id_and_a_key_both_make_way(project: Project) -> None:
    guarded(project, ID, MAIL)
    project.dataset.commit("orders", ROWS, key="id")
    rows = project.dataset.read("orders", row_ids=True).slice(0, 1)
    moved = rows.set_column(rows.column_names.index("id"), "id", pa.array([50]))

    snapshot = project.dataset.commit("orders", moved, mode="upsert")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6, 0)
    assert 50 in project.dataset.read("orders")["id"].to_pylist()


@pytest.mark.parametrize(("mail", "n_held"), [("m0", 0), ("m4", 1)])
def test_an_overwrite_is_held_to_the_rows_outside_of_its_condition(
    project: Project, mail: str, n_held: int
) -> None:
    guarded(project, ID, MAIL)
    project.dataset.commit("orders", ROWS)
    fresh = [{"id": 0, "mail": mail}, {"id": 1, "mail": "x"}, {"id": 2, "mail": "y"}]

    snapshot = project.dataset.commit("orders", fresh, mode="overwrite", where="id < 3")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6 - n_held, n_held)
    mails = project.dataset.read("orders")["mail"].to_pylist()
    assert len(mails) == len(set(mails))


def test_a_missing_value_repeats_nothing(project: Project) -> None:
    guarded(project, ID, MAIL)
    project.dataset.commit("orders", [{"id": 1, "mail": None}, {"id": 2, "mail": "x"}])

    rows = [{"id": 3, "mail": None}, {"id": 4, "mail": None}, {"id": 5, "mail": "q"}]
    snapshot = project.dataset.commit("orders", rows, mode="append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (5, 0)


@pytest.mark.parametrize(("mode", "key"), [("replace", ""), ("upsert", "id")])
def test_a_stream_that_comes_again_repeats_nothing_of_what_it_replaces(
    project: Project, context: Context, mode: Mode, key: str
) -> None:
    guarded(project, UNIQUE, MAIL)
    first = streamed(context, ROWS, mode, key)

    again = streamed(context, ROWS, mode, key)

    assert (first.n_rows, again.n_rows) == (6, 6)
    assert (first.n_quarantined, again.n_quarantined) == (0, 0)


def test_an_upserted_stream_may_not_take_the_value_of_another_row(
    project: Project, context: Context
) -> None:
    guarded(project, ID, MAIL)
    streamed(context, ROWS, "upsert", "id")

    snapshot = streamed(
        context, [{"id": 0, "mail": "m5"}, {"id": 1, "mail": "n1"}, ROWS[2]], "upsert", "id"
    )

    assert snapshot.n_rows == 6
    assert reasons(project) == ["mail.unique: mail stands in another row too: 'm5' (orders 1.0.0)"]
    assert project.dataset.read("orders").sort_by("id")["mail"].to_pylist()[:2] == ["m0", "n1"]


def test_an_appended_stream_is_held_to_what_lies_there(project: Project, context: Context) -> None:
    guarded(project, UNIQUE, AMOUNT)
    project.dataset.commit("orders", [{"id": 1, "amount": 1.0}])

    rows = [{"id": n, "amount": 1.0} for n in range(6)]
    snapshot = streamed(context, rows, "append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6, 1)
    assert project.dataset.read("orders").sort_by("id")["id"].to_pylist() == list(range(6))


def test_few_bad_rows_at_the_end_of_a_stream_wait_and_stop_nothing(
    project: Project, context: Context
) -> None:
    guarded(project, ID, AMOUNT)
    good = [{"id": n, "amount": 1.0} for n in range(9)]

    snapshot = streamed(context, [*good, {"id": 9, "amount": -1.0}], "append")
    more = streamed(context, [*good, *[{"id": 9, "amount": -1.0}]], "append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (9, 1)
    assert (more.n_rows, more.n_quarantined) == (18, 1)


def test_a_short_last_chunk_is_measured_as_a_full_one(project: Project, context: Context) -> None:
    guarded(project, ID, AMOUNT)
    good = [{"id": n, "amount": 1.0} for n in range(10)]
    bad = [{"id": n, "amount": -1.0} for n in (20, 21)]
    chunks = [pa.Table.from_pylist(good), pa.Table.from_pylist(bad)]

    with Work(context) as work:
        write, origin = Write(dataset="orders", mode="append"), Origin("commit", now())
        snapshot = work.stream(write, Coming(chunks, chunk_rows=10), origin)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (10, 2)
    assert project.quarantine.show("orders")["line"].to_pylist() == [11, 12]
