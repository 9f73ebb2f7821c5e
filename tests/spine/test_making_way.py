"""Rows named by their ids make way for others, in whatever state the dataset has by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Denied, Invalid
from headgate.core.refs import RID
from headgate.core.times import now
from headgate.dataset.branching.branches import change_branch
from headgate.dataset.branching.reports import BranchRequest
from headgate.spine.store.reading import read_rows
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import Mode, Origin, Part, Write
from tests.asking import commit, ids, kinds, log, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

    MakingWay = Callable[[Manifest], Any]

SALES = {"day": ["mon", "mon", "tue"], "n": [1, 2, 3]}


@pytest.fixture
def sales(context: Context) -> Context:
    """A project with three sales of two days."""
    commit(context, "sales", SALES)
    return context


def of_day(context: Context, day: str) -> MakingWay:
    """Name the rows of a day, whatever state they are looked for in."""

    def chosen(manifest: Manifest) -> Any:
        rows = read_rows(context.blobs, manifest, ["day"], own=[RID])
        days = np.asarray(rows["day"].to_pylist())
        return np.sort(rows[RID].to_numpy()[days == day])

    return chosen


def overwrite(
    context: Context, rows: dict[str, list[Any]], making_way: MakingWay, **asked: Any
) -> Snapshot:
    """Write rows in the place of those that are named."""
    given: dict[str, Any] = {"dataset": "sales", "mode": "overwrite"} | asked
    with Work(context) as work:
        return work.write(Write(making_way=making_way, **given), [part(rows)])


def part(rows: dict[str, list[Any]]) -> Part:
    """Take rows as a step of a pipeline brings them."""
    return Part(rows=pa.table(rows), origin=Origin(kind="derive", arrived_at=now()))


def there(context: Context) -> list[tuple[str, int]]:
    """List the sales, sorted."""
    return sorted((row["day"], row["n"]) for row in read(context, "sales").to_pylist())


def test_named_rows_make_way_and_what_comes_again_keeps_its_id(sales: Context) -> None:
    before = ids(sales, "sales", "n")

    snapshot = overwrite(sales, {"day": ["mon", "mon"], "n": [2, 9]}, of_day(sales, "mon"))

    after = ids(sales, "sales", "n")
    assert there(sales) == [("mon", 2), ("mon", 9), ("tue", 3)]
    assert (snapshot.n_added, snapshot.n_removed) == (1, 1)
    assert {n: after[n] for n in (2, 3)} == {n: before[n] for n in (2, 3)}
    assert after[9] not in before.values()


def test_in_a_dataset_that_is_not_there_nobody_is_asked_who_makes_way(context: Context) -> None:
    asked: list[int] = []

    def chosen(manifest: Manifest) -> Any:
        asked.append(manifest.number)
        return np.empty(0, np.int64)

    snapshot = overwrite(context, {"day": ["mon"], "n": [1]}, chosen)

    assert (snapshot.number, asked) == (1, [])


@pytest.mark.parametrize("rids", [[], [10**12]], ids=["none", "of-nowhere"])
def test_where_no_row_makes_way_rows_are_added_beside_their_equals(
    sales: Context, rids: list[int]
) -> None:
    snapshot = overwrite(sales, {"day": ["tue"], "n": [3]}, lambda _: np.array(rids, np.int64))

    assert (snapshot.n_added, snapshot.n_removed) == (1, 0)
    assert there(sales) == [("mon", 1), ("mon", 2), ("tue", 3), ("tue", 3)]
    assert len(ids(sales, "sales", "n")) == 3


def test_rows_that_another_writer_brought_meanwhile_make_way_too(sales: Context) -> None:
    of_monday, seen = of_day(sales, "mon"), list[int]()

    def overtaken(manifest: Manifest) -> Any:
        seen.append(manifest.number)
        if len(seen) == 1:
            commit(sales, "sales", {"day": ["mon", "wed"], "n": [7, 8]}, mode="append")
        return of_monday(manifest)

    snapshot = overwrite(sales, {"day": ["mon"], "n": [5]}, overtaken)

    assert seen == [1, 2]
    assert there(sales) == [("mon", 5), ("tue", 3), ("wed", 8)]
    assert (snapshot.number, snapshot.n_added, snapshot.n_removed) == (3, 1, 3)
    assert len(set(read(sales, "sales", row_ids=True)[RID].to_pylist())) == 3


def test_a_key_that_another_writer_gave_meanwhile_is_heeded(sales: Context) -> None:
    of_monday, seen = of_day(sales, "mon"), list[int]()

    def overtaken(manifest: Manifest) -> Any:
        seen.append(manifest.number)
        if len(seen) == 1:
            commit(sales, "sales", {"day": ["wed"], "n": [4]}, mode="upsert", key=("n",))
        return of_monday(manifest)

    with pytest.raises(Invalid, match="1 rows are in sales already, outside of what is overwr"):
        overwrite(sales, {"day": ["mon"], "n": [3]}, overtaken)

    assert there(sales) == [("mon", 1), ("mon", 2), ("tue", 3), ("wed", 4)]
    assert [one.number for one in log(sales, "sales")] == [2, 1]


def test_a_branch_that_is_protected_meanwhile_takes_nothing_more(sales: Context) -> None:
    def overtaken(_manifest: Manifest) -> Any:
        change_branch(sales, BranchRequest(name="sales", branch="main", protect=True))
        return np.empty(0, np.int64)

    with pytest.raises(Denied, match="'main' of sales is protected") as caught:
        overwrite(sales, {"day": ["wed"], "n": [5]}, overtaken)

    assert "dataset merge sales" in caught.value.mend
    assert len(there(sales)) == 3
    assert kinds(sales, "dataset:sales").count("snapshot_committed") == 1


def test_a_choice_that_fails_changes_nothing_and_holds_nobody_up(sales: Context) -> None:
    def torn(_manifest: Manifest) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        overwrite(sales, {"day": ["wed"], "n": [5]}, torn)

    again = commit(sales, "sales", {"day": ["wed"], "n": [4]}, mode="append")
    assert (again.number, len(there(sales))) == (2, 4)


def test_a_condition_and_named_rows_are_not_both_heeded_so_both_are_refused(
    sales: Context,
) -> None:
    with pytest.raises(Invalid, match="twice which rows of sales make way") as caught:
        overwrite(sales, {"day": ["mon"], "n": [5]}, of_day(sales, "tue"), where="day = 'mon'")

    assert "either" in caught.value.mend
    assert len(there(sales)) == 3


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_rows_make_way_for_an_overwrite_or_beside_an_upsert_alone(
    sales: Context, mode: Mode
) -> None:
    with pytest.raises(Invalid, match=f"mean nothing to mode '{mode}'"):
        overwrite(sales, {"day": ["mon"], "n": [5]}, of_day(sales, "mon"), mode=mode, key=("n",))

    assert len(there(sales)) == 3


def test_rows_leave_beside_an_upsert_unless_one_comes_in_for_them(sales: Context) -> None:
    overwrite(sales, {"day": ["mon"], "n": [2]}, of_day(sales, "mon"), mode="upsert", key=("n",))

    assert there(sales) == [("mon", 2), ("tue", 3)]


def test_a_stream_cannot_make_rows_of_its_choice_make_way(sales: Context) -> None:
    write = Write(dataset="sales", mode="overwrite", making_way=of_day(sales, "mon"))
    origin = Origin(kind="commit", arrived_at=now())

    with pytest.raises(Invalid), Work(sales) as work:
        work.stream(write, Coming([pa.table({"day": ["mon"], "n": [5]})]), origin)

    assert len(there(sales)) == 3
