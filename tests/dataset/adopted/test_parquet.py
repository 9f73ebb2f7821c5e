"""Tables stay where they lie; a version is the list of their files with their digests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

DAY = 86_400
MONDAY = 1_793_577_600
"""2 November 2026 [seconds since 1970]."""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Two files, one written on a Monday, the other the day after."""
    folder = tmp_path / "lake"
    folder.mkdir()
    write(folder / "a.parquet", [1, 2], MONDAY)
    write(folder / "b.parquet", [3], MONDAY + DAY)
    return folder


def write(path: Path, ages: list[int], at: int) -> None:
    """Write a file as of a moment [seconds since 1970]."""
    pq.write_table(pa.table({"age": ages}), path)
    os.utime(path, (at, at))


def files_of(project: Project, name: str) -> dict[str, int]:
    rows = project.dataset.read(name).to_pylist()
    return {Path(row["path"]).name: row["n_rows"] for row in rows}


@pytest.mark.row("L-11", part="tables in place")
def test_a_folder_is_a_table_whose_rows_are_read_from_where_they_lie(
    project: Project, lake: Path
) -> None:
    found = project.adopt.parquet(str(lake), as_="orders")

    assert (found.snapshot, found.n_files, found.n_rows, found.is_new) == ("orders@1", 2, 3, True)
    assert files_of(project, "orders") == {"a.parquet": 2, "b.parquet": 1}
    assert project.adopt.read("orders")["age"].to_pylist() == [1, 2, 3]


@pytest.mark.row("L-11", part="tables in place")
def test_files_that_are_as_they_were_make_no_version_even_if_touched(
    project: Project, lake: Path
) -> None:
    project.adopt.parquet(str(lake), as_="orders")
    (lake / "a.parquet").touch()

    again = project.adopt.parquet(str(lake), as_="orders")

    assert (again.snapshot, again.is_new) == ("orders@1", False)


@pytest.mark.row("L-11", part="tables in place")
def test_a_changed_a_new_and_a_lost_file_make_the_next_version(
    project: Project, lake: Path
) -> None:
    project.adopt.parquet(str(lake), as_="orders")
    write(lake / "a.parquet", [9, 9, 9], MONDAY + 2 * DAY)
    write(lake / "c.parquet", [4], MONDAY + 2 * DAY)
    (lake / "b.parquet").unlink()

    again = project.adopt.parquet(str(lake), as_="orders")

    assert (again.snapshot, again.is_new) == ("orders@2", True)
    assert files_of(project, "orders") == {"a.parquet": 3, "c.parquet": 1}


def test_an_older_version_is_read_only_while_its_files_are_what_it_names(
    project: Project, lake: Path
) -> None:
    project.adopt.parquet(str(lake), as_="orders")
    write(lake / "c.parquet", [4], MONDAY)
    project.adopt.parquet(str(lake), as_="orders")

    before = project.adopt.read("orders", at="1")
    write(lake / "a.parquet", [9], MONDAY)

    assert before["age"].to_pylist() == [1, 2, 3]
    with pytest.raises(Conflict, match=r"a\.parquet is no longer what orders@1 names"):
        project.adopt.read("orders", at="1")
    (lake / "a.parquet").unlink()
    with pytest.raises(NotFound, match="gone"):
        project.adopt.read("orders", at="1")


def test_a_blast_cuts_windows_by_when_the_files_were_written(project: Project, lake: Path) -> None:
    project.adopt.parquet(str(lake), as_="orders")

    report = project.blast("source:orders", from_="2026-11-03", to="2026-11-03")

    assert (report.n_batches, report.n_rows) == (1, 1)


def test_nothing_of_the_files_is_copied(project: Project, lake: Path) -> None:
    write(lake / "long.parquet", list(range(200_000)), MONDAY)

    project.adopt.parquet(str(lake), as_="orders")

    stored = Path(project.address) / ".headgate"
    kept = max(file.stat().st_size for file in (stored / "segments").rglob("*") if file.is_file())
    assert kept < 10_000 < (lake / "long.parquet").stat().st_size


def test_a_dataset_of_ours_is_not_taken_for_a_table(project: Project, lake: Path) -> None:
    project.dataset.commit("orders", [{"id": 1}])

    with pytest.raises(Conflict, match="no adopted table"):
        project.adopt.parquet(str(lake), as_="orders")
    with pytest.raises(Invalid, match="no adopted table"):
        project.adopt.read("orders")

    assert project.dataset.show("orders").snapshot.number == 1


def test_a_folder_without_a_whole_parquet_file_is_refused(project: Project, lake: Path) -> None:
    (lake / "c.parquet").write_bytes(b"PAR1 and no more")
    empty = lake / "empty"
    empty.mkdir()

    for place, error in (("lake/none", NotFound), (str(empty), Invalid), (str(lake), Invalid)):
        with pytest.raises(error):
            project.adopt.parquet(place, as_="orders")

    assert project.dataset.list().datasets == ()


def adopted(project: Project, folder: Path, **columns: Any) -> Any:
    """Adopt a file of each column, all named `x`, and return what they read as."""
    folder.mkdir()
    for name, values in columns.items():
        pq.write_table(pa.table({"x": values}), folder / f"{name}.parquet")
    project.adopt.parquet(str(folder), as_="mixed")
    return project.adopt.read("mixed")["x"].to_pylist()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1], [0.5], [1.0, 0.5]),
        (pa.array([1], pa.int8()), [2**40], [1, 2**40]),
        ([1], pa.nulls(1), [1, None]),
        ([1], pa.array([], pa.int64()), [1]),
    ],
)
def test_a_column_that_is_wider_in_one_file_is_so_in_all(
    project: Project, tmp_path: Path, one: Any, other: Any, expected: list[Any]
) -> None:
    assert adopted(project, tmp_path / "ü b", one=one, two=other) == expected


def test_columns_of_one_name_that_hold_different_things_are_told(
    project: Project, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="mixed@1 do not fit together") as caught:
        adopted(project, tmp_path / "lake", one=[1], two=["x"])

    assert caught.value.mend


def test_a_column_that_a_file_lacks_is_null_there(project: Project, lake: Path) -> None:
    pq.write_table(pa.table({"plan": ["x"]}), lake / "c.parquet")

    project.adopt.parquet(str(lake), as_="orders")

    assert project.adopt.read("orders").to_pylist()[2:] == [
        {"age": 3, "plan": None},
        {"age": None, "plan": "x"},
    ]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ü", "x" * 101])
def test_a_table_bears_a_name_a_dataset_may_have(project: Project, lake: Path, name: str) -> None:
    with pytest.raises(Invalid, match="cannot name a dataset"):
        project.adopt.parquet(str(lake), as_=name)

    assert project.dataset.list().datasets == ()


def test_only_versions_and_tables_that_are_there_are_read(project: Project, lake: Path) -> None:
    project.adopt.parquet(str(lake), as_="orders")

    for name, at, told in (("orders", "7", "orders@7"), ("order", None, "order")):
        with pytest.raises(NotFound, match=told) as caught:
            project.adopt.read(name, at=at)
        assert "orders" in caught.value.mend
