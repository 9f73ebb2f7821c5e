"""Two writings of one application beside each other: what only one of them has, and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from tests.ingest.changing import anna, postgres, take

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

BOB, CY, DEE = {"id": 2, "name": "Bob"}, {"id": 3, "name": "Cy"}, {"id": 4, "name": "Dee"}
LAST_CHANGE = datetime.fromtimestamp(1_559_033_904.913, UTC)
"""When the database made the change with the place 50."""


@pytest.fixture
def shop(project: Project, tmp_path: Path) -> Project:
    """Customers as the database's log tells of them: Anna twice, Bob, and Cy, who is deleted."""
    events = [
        postgres("c", None, anna(1), 10),
        postgres("c", None, BOB, 20),
        postgres("c", None, CY, 30),
        postgres("d", CY, None, 40),
        postgres("u", None, anna(5), 50),
    ]
    take(project, tmp_path / "a.jsonl", events)
    return project


@pytest.mark.row("S3-40", part="dual writes")
def test_each_kind_of_difference_is_found_with_key_columns_and_times(
    shop: Project, tmp_path: Path
) -> None:
    lines = [f"{row['id']},{row['name']}" for row in (anna(1), CY, DEE)]
    (tmp_path / "own.csv").write_text("\n".join(["id,name", *lines]))
    at = LAST_CHANGE + timedelta(seconds=90)
    shop.source.ingest("own", str(tmp_path / "own.csv"), key=("id",), at=at.isoformat())

    report = shop.source.compare("customers", "own")

    found = {one.key["id"]: one for one in report.apart}
    assert {key: (one.kind, one.is_deleted) for key, one in found.items()} == {
        1: ("differing", False),
        2: ("only changes", False),
        3: ("only direct", True),
        4: ("only direct", False),
    }
    assert found[1].columns == ("name",)
    assert (found[1].changed_at, found[1].written_at) == (LAST_CHANGE, at)
    assert [found[key].apart_s for key in (1, 2, 3, 4)] == [90.0, None, 90.01, None]


def test_equal_datasets_have_no_findings(shop: Project) -> None:
    shop.dataset.commit("own", [BOB, anna(5)])

    report = shop.source.compare("customers", "own")

    assert (report.n_same, report.has_findings, report.apart) == (2, False, [])


def test_what_is_younger_than_it_takes_to_settle_does_not_count(shop: Project) -> None:
    shop.dataset.commit("own", [BOB, anna(6)])

    report = shop.source.compare("customers", "own", settle_s=3600)

    assert (report.n_differing, report.n_settling, report.has_findings) == (0, 1, False)


def test_columns_that_one_side_has_alone_are_told_and_not_compared(shop: Project) -> None:
    rows: list[dict[str, Any]] = [BOB | {"note": "x"}, anna(5, note="y")]
    shop.dataset.commit("own", rows)

    report = shop.source.compare("customers", "own")

    assert (report.n_same, report.columns_unpaired) == (2, ("note",))


def test_a_dataset_without_changes_and_a_column_that_is_no_key_are_refused(shop: Project) -> None:
    shop.dataset.commit("own", [BOB, BOB])

    with pytest.raises(Invalid, match="no change ever came into own"):
        shop.source.compare("own", "customers")
    with pytest.raises(Invalid, match="have a key that another row has"):
        shop.source.compare("customers", "own")
    with pytest.raises(NotFound, match="idd"):
        shop.source.compare("customers", "own", key=("idd",))


def test_those_furthest_apart_in_time_come_first_and_no_more_than_asked(
    shop: Project, tmp_path: Path
) -> None:
    for name, row, after_s in (("near", BOB, 100), ("far", anna(2), 500)):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"id,name\n{row['id']},{row['name']}!\n")
        at = LAST_CHANGE + timedelta(seconds=after_s)
        shop.source.ingest("own", str(path), mode="upsert", key=("id",), at=at.isoformat())

    report = shop.source.compare("customers", "own", limit=1)

    [first] = report.apart
    assert (first.key, first.apart_s, report.n_differing) == ({"id": 1}, 500.0, 2)


def test_an_older_snapshot_may_be_compared(shop: Project, tmp_path: Path) -> None:
    shop.dataset.commit("own", [BOB, anna(5)])
    take(shop, tmp_path / "b.jsonl", [postgres("d", BOB, None, 60)])

    older = shop.source.compare("customers@1", "own")
    newer = shop.source.compare("customers", "own")

    assert (older.n_only_direct, newer.n_only_direct) == (0, 1)
    assert newer.apart[0].is_deleted


def test_a_key_of_several_columns_pairs_rows_by_all_of_them(
    project: Project, tmp_path: Path
) -> None:
    rows = [{"shop": shop, "no": no, "v": 1} for shop in ("a", "b") for no in (1, 2)]
    events = [postgres("c", None, row, 10) for row in rows]
    take(project, tmp_path / "a.jsonl", events, key=("shop", "no"))
    project.dataset.commit("own", [*rows[:3], rows[3] | {"v": 2}])

    report = project.source.compare("customers", "own")

    assert (report.n_same, report.n_differing) == (3, 1)
    assert report.apart[0].key == {"shop": "b", "no": 2}
