"""Where rows are found by key, a released record stands where it would have stood."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import HeadgateError
from headgate.ingest.choosing import Choice, choose
from headgate.ingest.releasing import unmoved
from headgate.spine.context import Context, open_context
from headgate.spine.work import Work
from tests.ingest.waiting import balance, bring, made, read, waiting, widen

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


def test_the_order_of_releases_does_not_matter(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,first,x")
    bring(project, "b.csv", "1,second,x")
    project.dataset.commit("orders", [{"id": 9, "price": "text"}], key=["id"], mode="replace")
    later = project.quarantine.release("orders", batch=3, apply=True)

    earlier = project.quarantine.release("orders", batch=2, apply=True)

    assert (later.n_released, earlier.n_released) == (1, 0)
    assert earlier.reasons == {"overtaken": 1}
    assert [row["price"] for row in read(project)] == ["second", "text"]


def test_a_record_that_equals_the_row_there_is_counts_as_released(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1, "price": 7}], key=["id"])
    bring(project, "a.csv", "1,seven", header="id,price")

    report = project.quarantine.fix("orders", record=["2/1"], set={"price": "7"})

    assert (report.n_released, [one.is_new for one in report.snapshots]) == (1, [False])
    assert read(project) == [{"id": 1, "price": 7}]
    assert balance(Path(project.address)) == {2: (0, 1, 0, 0)}
    assert project.quarantine.release("orders", apply=True).n_chosen == 0


def test_a_key_of_several_columns_is_compared_as_a_whole(project: Project) -> None:
    rows = [{"id": 1, "shop": "north", "price": 1}, {"id": 1, "shop": "south", "price": 2}]
    project.dataset.commit("orders", rows, key=["id", "shop"])
    asked: dict[str, Any] = {"header": "id,shop,price", "key": ["id", "shop"]}
    bring(project, "a.csv", "1,north,ten", "1,east,eleven", "1,,twelve", **asked)
    bring(project, "b.csv", "1,north,20", **asked)
    project.quarantine.fix("orders", record=["2/3"], set={"price": "12"})
    widened = [row | {"price": str(row["price"])} for row in read(project)]
    project.dataset.commit("orders", widened, mode="replace", key=["id", "shop"])

    plan = project.quarantine.release("orders")

    assert (plan.n_released, plan.reasons) == (1, {"overtaken": 1, "null-key": 1})


def test_a_dataset_that_got_a_key_since_is_held_to_it(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1, "price": 2}])
    bring(project, "a.csv", "5,x", "5,y", header="id,price", mode="replace", key=[])
    bring(project, "b.csv", "6,7,8", header="id,price", mode="append", key=[])
    project.dataset.commit("orders", [{"id": 5, "price": "z"}], mode="replace", key=["id"])

    report = project.quarantine.release("orders", apply=True)

    assert report.n_released == 0
    assert [row["price"] for row in read(project)] == ["z"]


def test_the_key_column_of_a_fixed_record_may_be_the_thing_that_is_fixed(
    project: Project,
) -> None:
    made(project)
    bring(project, "a.csv", ",20,x", "2,30,y")
    before = waiting(project)[0]["rule"]

    report = project.quarantine.fix("orders", record=["2/1"], set={"id": "1"})

    assert (before, report.n_released) == ("null-key", 1)
    assert [row["id"] for row in read(project)] == [0, 1, 2]


def test_a_row_of_parquet_comes_back_with_every_value_it_had(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("t", [{"id": 1, "at": 5}], key=["id"])
    held = {"id": [2], "at": ["five"], "x": [math.nan], "b": [b"\xff\x00"], "l": [[1, None]]}
    pq.write_table(pa.table(held), tmp_path / "a.parquet")
    project.source.ingest("t", str(tmp_path / "a.parquet"), mode="upsert")
    project.dataset.commit("t", [{"id": 1, "at": "5"}], key=["id"])

    project.quarantine.release("t", apply=True)

    [row] = [row for row in project.dataset.read("t").to_pylist() if row["id"] == 2]
    assert math.isnan(row["x"])
    assert (row["at"], row["b"], row["l"]) == ("five", b"\xff\x00", [1, None])


def test_what_was_chosen_is_read_again_if_somebody_touched_it_before_the_lock(
    project: Project,
) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y")
    context: Context = open_context(Path(project.address))
    choice = Choice("orders")
    chosen = choose(context, choice)
    with Work(context) as work:
        assert unmoved(context, work, choice, chosen) is chosen
    project.quarantine.discard("orders", record=["2/1"], because="a test")

    with Work(context) as work:
        now = unmoved(context, work, choice, chosen)

    assert [one.numbers.tolist() for one in now.found] == [[2]]
    context.opened.close()


def test_a_branch_that_takes_merges_only_takes_no_record(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x")
    widen(project)
    project.dataset.branch("orders", "main", protect=True)
    before = waiting(project)

    for ask in (
        lambda: project.quarantine.release("orders", apply=True),
        lambda: project.quarantine.fix("orders", record=["2/1"], set={"price": "1"}),
    ):
        with pytest.raises(HeadgateError, match="protected"):
            ask()

    assert waiting(project) == before
