"""Mirrors: every snapshot has a verified export beside it, and what is wrong with one is mended."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import headgate
from headgate.core.errors import Invalid, NotFound
from headgate.dataset import queries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def commit_two(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}, {"id": 2}])
    project.dataset.commit("orders", [{"id": 2}, {"id": 3}])
    project.dataset.commit("users", [{"name": "ada"}])


def states(report: Any) -> list[tuple[str, int, str]]:
    return [(one.dataset, one.number, one.state) for one in report.mirrors]


@pytest.fixture
def mirrored(tmp_path: Path) -> Iterator[Project]:
    """A project whose settings ask for mirrors of `orders`."""
    headgate.init(tmp_path / "kept").close()
    with (tmp_path / "kept" / "headgate.toml").open("a") as file:
        file.write(f'\n[mirror]\npath = "{tmp_path}/mirror"\ndatasets = "ord*, none"\n')
    with headgate.open(tmp_path / "kept") as opened:
        yield opened


def test_every_snapshot_is_mirrored_once_and_recorded(
    project: Project, context: Context, tmp_path: Path
) -> None:
    commit_two(project)

    first = project.dataset.mirror("*", path=tmp_path / "m")
    again = project.dataset.mirror("orders", path=tmp_path / "m")

    assert states(first) == [
        ("orders", 1, "written"),
        ("orders", 2, "written"),
        ("users", 1, "written"),
    ]
    assert states(again) == [("orders", 1, "kept"), ("orders", 2, "kept")]
    assert pq.read_table(tmp_path / "m/orders/1")["id"].to_pylist() == [1, 2]
    with context.catalog.read() as connection:
        record = queries.export_at(connection, context.tenant, str(tmp_path / "m/orders/2"))
    assert record is not None
    assert (record.is_mirror, record.number, record.format) == (True, 2, "parquet")


def test_a_mirror_that_is_gone_or_damaged_is_mended(project: Project, tmp_path: Path) -> None:
    commit_two(project)
    project.dataset.mirror("orders", path=tmp_path / "m")
    shutil.rmtree(tmp_path / "m/orders/1")
    part = next((tmp_path / "m/orders/2").glob("*.parquet"))
    pq.write_table(pa.table({"id": [2, 4]}), part)

    glance = project.dataset.mirror("orders", path=tmp_path / "m")
    look = project.dataset.mirror("orders", path=tmp_path / "m", check=True)

    assert [(one.state, one.reason) for one in glance.mirrors] == [
        ("mended", "it was gone"),
        ("kept", None),
    ]
    assert [(one.state, one.reason) for one in look.mirrors] == [
        ("checked", None),
        ("mended", "it was damaged"),
    ]
    assert pq.read_table(tmp_path / "m/orders/2")["id"].to_pylist() == [2, 3]


def test_a_commit_is_mirrored_in_the_same_call_where_settings_ask(
    mirrored: Project, tmp_path: Path
) -> None:
    commit_two(mirrored)

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("mirror/*/*")) == [
        "mirror/orders/1",
        "mirror/orders/2",
    ]
    assert states(mirrored.dataset.mirror("orders")) == [
        ("orders", 1, "kept"),
        ("orders", 2, "kept"),
    ]


def test_a_mirror_that_fails_leaves_the_commit_and_is_told_as_an_event(
    mirrored: Project, tmp_path: Path
) -> None:
    (tmp_path / "mirror").write_text("in the way")

    snapshot = mirrored.dataset.commit("orders", [{"id": 1}])
    report = mirrored.dataset.mirror("orders")
    (tmp_path / "mirror").unlink()
    mended = mirrored.dataset.mirror("orders")

    assert snapshot.is_new
    kinds = [event.kind for event in mirrored.event.list(subject="dataset:orders").events]
    assert "mirror_failed" in kinds
    assert report.has_findings
    assert "could not be written" in str(report.mirrors[0].reason)
    assert states(mended) == [("orders", 1, "written")]


def test_a_mirror_that_failed_is_made_by_the_next_commit(mirrored: Project, tmp_path: Path) -> None:
    mirrored.dataset.commit("orders", [{"id": 1}])
    folder = tmp_path / "mirror" / "orders"
    (folder / "2").write_text("in the way")
    mirrored.dataset.commit("orders", [{"id": 2}])
    (folder / "2").unlink()

    mirrored.dataset.commit("orders", [{"id": 3}])

    assert sorted(path.name for path in folder.iterdir()) == ["1", "2", "3"]
    assert (folder / "2").is_dir()


def test_a_mirror_that_failed_first_of_all_is_made_too(mirrored: Project, tmp_path: Path) -> None:
    (tmp_path / "mirror").write_text("in the way")
    mirrored.dataset.commit("orders", [{"id": 1}])
    (tmp_path / "mirror").unlink()
    mirrored.dataset.commit("orders", [{"id": 2}])
    mirrored.dataset.commit("orders", [{"id": 3}])

    made = sorted(path.name for path in (tmp_path / "mirror" / "orders").iterdir())

    assert made == ["1", "2", "3"]


def test_a_mirror_that_failed_twice_waits_before_it_is_tried_again(
    mirrored: Project, tmp_path: Path
) -> None:
    mirrored.dataset.commit("orders", [{"id": 1}])
    (tmp_path / "mirror" / "orders" / "2").write_text("in the way")
    for number in range(2, 7):
        mirrored.dataset.commit("orders", [{"id": number}])

    events = mirrored.event.list(subject="dataset:orders").events
    failures = [one.payload["number"] for one in events if one.kind == "mirror_failed"]

    assert failures == [2, 2]
    assert sorted(path.name for path in (tmp_path / "mirror" / "orders").iterdir()) == [
        *map(str, range(1, 7))
    ]


def test_what_was_there_before_there_were_mirrors_is_not_mirrored_by_a_commit(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    project.dataset.commit("orders", [{"id": 2}])
    with (tmp_path / "project" / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write(f'[mirror]\npath = "{tmp_path / "mirror"}"\n')
    with headgate.open(project.address) as opened:
        opened.dataset.commit("orders", [{"id": 3}])
        opened.dataset.commit("orders", [{"id": 4}])

    made = sorted(path.name for path in (tmp_path / "mirror" / "orders").iterdir())

    assert made == ["3", "4"]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_lies_where_a_mirror_would_and_is_none_of_ours_is_left_alone(
    project: Project, tmp_path: Path, *, is_folder: bool
) -> None:
    commit_two(project)
    place = tmp_path / "m" / "orders" / "2"
    theirs = place / "thesis.txt" if is_folder else place
    theirs.parent.mkdir(parents=True)
    theirs.write_text("the only copy")

    report = project.dataset.mirror("orders", path=tmp_path / "m")

    assert states(report) == [("orders", 1, "written"), ("orders", 2, "failed")]
    assert report.has_findings
    assert "no mirror of this project" in str(report.mirrors[1].reason)
    assert theirs.read_text() == "the only copy"


def test_two_projects_do_not_write_over_the_mirrors_of_one_another(
    project: Project, tmp_path: Path
) -> None:
    with headgate.init(tmp_path / "other") as other:
        other.dataset.commit("orders", [{"id": 77}])
        other.dataset.mirror("orders", path=tmp_path / "m")
        commit_two(project)

        ours = project.dataset.mirror("orders", path=tmp_path / "m")
        theirs = other.dataset.mirror("orders", path=tmp_path / "m", check=True)

    assert states(ours) == [("orders", 1, "failed"), ("orders", 2, "written")]
    assert states(theirs) == [("orders", 1, "checked")]


def test_a_mirror_that_was_written_and_not_recorded_is_taken_as_it_lies(
    project: Project, tmp_path: Path
) -> None:
    commit_two(project)
    project.dataset.mirror("orders", path=tmp_path / "m")
    shutil.copytree(tmp_path / "m", tmp_path / "n")
    before = sorted((tmp_path / "n").rglob("*.parquet"))
    moments = [path.stat().st_mtime_ns for path in before]

    first = project.dataset.mirror("orders", path=tmp_path / "n")
    again = project.dataset.mirror("orders", path=tmp_path / "n", check=True)

    assert [one.state for one in (*first.mirrors, *again.mirrors)] == ["checked"] * 4
    assert [path.stat().st_mtime_ns for path in before] == moments


@pytest.mark.full
def test_a_mirror_in_another_format_is_written_anew(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    project.dataset.mirror("orders", path=tmp_path / "m")

    report = project.dataset.mirror("orders", path=tmp_path / "m", format="iceberg")

    assert [(one.state, one.reason) for one in report.mirrors] == [("mended", "it was parquet")]
    assert (tmp_path / "m/orders/1/metadata/v1.metadata.json").is_file()
    assert states(project.dataset.mirror("orders", path=tmp_path / "m", format="iceberg")) == [
        ("orders", 1, "kept")
    ]


def test_what_cannot_be_mirrored_says_why(project: Project, tmp_path: Path) -> None:
    commit_two(project)

    with pytest.raises(Invalid) as homeless:
        project.dataset.mirror("orders")
    with pytest.raises(NotFound) as unknown:
        project.dataset.mirror("order", path=tmp_path / "m")

    assert "[mirror] in headgate.toml" in homeless.value.mend
    assert unknown.value.mend == "did you mean orders?"


def test_a_mirror_that_is_older_than_an_erasure_is_written_anew_without_the_rows(
    project: Project, tmp_path: Path
) -> None:
    people = [{"id": 1, "email": "ann@example.org"}, {"id": 2, "email": "bob@example.org"}]
    project.dataset.commit("people", people, key=["id"])
    project.dataset.mirror("people", path=tmp_path / "m")

    receipt = project.dataset.erase("people", where="id = 1", apply=True)
    first = project.dataset.mirror("people", path=tmp_path / "m").mirrors[0]

    assert [one.kind for one in receipt.obligations] == ["mirror"]
    assert (first.number, first.state, first.reason) == (1, "mended", "rows were erased since")
    assert pq.read_table(tmp_path / "m/people/1")["id"].to_pylist() == [2]
