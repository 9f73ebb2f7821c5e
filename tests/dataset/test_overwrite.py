"""The three write modes under retry and backfill: upsert, overwriting a part, and stateless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid
from headgate.spine.context import Context
from tests.asking import commit, ids, read

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.core.nouns import Snapshot
    from headgate.surfaces.python import Project

DAYS = {"day": ["mon", "mon", "tue", "wed"], "n": [1, 2, 3, 4]}


def overwrite(context: Context, day: str, numbers: list[int], **asked: Any) -> Snapshot:
    """Write a day anew."""
    rows = {"day": [day] * len(numbers), "n": numbers}
    return commit(context, "sales", rows, mode="overwrite", where=f"day = '{day}'", **asked)


def sales(context: Context) -> list[tuple[str, int]]:
    """Read the sales, sorted."""
    return sorted((row["day"], row["n"]) for row in read(context, "sales").to_pylist())


@pytest.mark.row("S3-27")
def test_a_part_is_replaced_and_the_rest_stays(context: Context) -> None:
    commit(context, "sales", DAYS)
    before = ids(context, "sales", "n")

    snapshot = overwrite(context, "mon", [2, 9])

    assert sales(context) == [("mon", 2), ("mon", 9), ("tue", 3), ("wed", 4)]
    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (1, 1, 0)
    assert {n: rid for n, rid in ids(context, "sales", "n").items() if n in before} == {
        n: before[n] for n in (2, 3, 4)
    }


@pytest.mark.row("S3-27")
@pytest.mark.parametrize("mode", ["replace", "upsert", "overwrite"])
def test_every_mode_done_twice_is_as_done_once(context: Context, mode: str) -> None:
    asked: dict[str, Any] = {"mode": mode, "key": ("n",)}
    if mode == "overwrite":
        asked["where"] = "day = 'mon'"
    commit(context, "sales", DAYS, key=("n",))
    rows = {"day": ["mon", "mon"], "n": [1, 7]}
    once = commit(context, "sales", rows, **asked)

    twice = commit(context, "sales", rows, **asked)

    assert once.is_new
    assert not twice.is_new
    assert twice.version_id == once.version_id


@pytest.mark.row("S3-27")
def test_a_backfill_of_one_day_brings_it_back_to_what_it_was(
    project: Project, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.csv" for name in ("mon", "tue", "bad")}
    files["mon"].write_text("day,n\nmon,1\nmon,2\n")
    files["tue"].write_text("day,n\ntue,3\n")
    files["bad"].write_text("day,n\nmon,-1\n")
    day_of = {"mon": "mon", "tue": "tue", "bad": "mon"}
    reports = {}
    for name in ("mon", "tue", "bad", "mon", "mon"):
        where = f"day = '{day_of[name]}'"
        reports[name] = project.source.ingest(
            "sales", str(files[name]), mode="overwrite", where=where
        )

    rows = project.dataset.read("sales").to_pylist()

    assert sorted((row["day"], row["n"]) for row in rows) == [("mon", 1), ("mon", 2), ("tue", 3)]
    assert not reports["mon"].snapshot.is_new
    assert project.dataset.log("sales").snapshots[0].number == 4


def test_a_row_that_does_not_meet_the_condition_is_refused_by_hand(context: Context) -> None:
    commit(context, "sales", DAYS)
    rows = {"day": ["mon", "tue"], "n": [1, 2]}

    with pytest.raises(Invalid) as caught:
        commit(context, "sales", rows, mode="overwrite", where="day = 'mon'")

    assert caught.value.message == (
        "1 rows cannot go into sales, the first at position 1: outside-condition: day = 'mon'"
    )
    assert sales(context) == [("mon", 1), ("mon", 2), ("tue", 3), ("wed", 4)]


def test_a_row_of_a_source_that_does_not_meet_it_waits_in_quarantine(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "mon.csv"
    path.write_text("day,n\nmon,1\ntue,2\n")

    report = project.source.ingest("sales", str(path), mode="overwrite", where="day = 'mon'")

    assert (report.n_taken, report.n_quarantined) == (1, 1)
    assert report.reasons == {"outside-condition": 1}


def test_a_key_that_stands_outside_is_not_doubled(context: Context) -> None:
    commit(context, "sales", DAYS, key=("n",))

    with pytest.raises(Invalid) as caught:
        overwrite(context, "mon", [1, 3])

    assert caught.value.message.startswith("1 rows are in sales already, outside")
    assert sales(context) == [("mon", 1), ("mon", 2), ("tue", 3), ("wed", 4)]


def test_overwriting_what_is_not_there_adds(context: Context) -> None:
    first = overwrite(context, "mon", [1])

    second = overwrite(context, "tue", [2])

    assert (first.n_added, second.n_added, second.n_removed) == (1, 1, 0)
    assert sales(context) == [("mon", 1), ("tue", 2)]


def test_a_part_is_emptied_by_no_rows(context: Context) -> None:
    commit(context, "sales", DAYS)

    snapshot = commit(
        context, "sales", read(context, "sales").slice(0, 0), mode="overwrite", where="n < 3"
    )

    assert (snapshot.n_removed, sales(context)) == (2, [("tue", 3), ("wed", 4)])


@pytest.mark.parametrize(
    "asked", [{"mode": "overwrite"}, {"mode": "append", "where": "n > 1"}], ids=["none", "other"]
)
def test_a_condition_goes_with_overwriting_and_with_nothing_else(
    context: Context, asked: dict[str, Any]
) -> None:
    commit(context, "sales", DAYS)

    with pytest.raises(Invalid):
        commit(context, "sales", DAYS, **asked)

    assert len(sales(context)) == 4


def test_a_condition_that_cannot_be_read_changes_nothing(context: Context) -> None:
    commit(context, "sales", DAYS)

    with pytest.raises(Invalid) as caught:
        commit(context, "sales", DAYS, mode="overwrite", where="nosuch = 1")

    assert "did not run" in caught.value.message
