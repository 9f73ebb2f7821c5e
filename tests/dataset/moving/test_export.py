"""Exporting: whole or not at all, read back, recorded, and never over what is not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.dataset import queries
from headgate.dataset.formats import parquet

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ROWS = {"id": [1, 2, 3], "city": ["Oslo", "Bergen", None]}


@pytest.fixture
def orders(project: Project) -> Any:
    """Two snapshots of a dataset."""
    project.dataset.commit("orders", pa.table(ROWS), key=["id"])
    return project.dataset.commit("orders", [{"id": 3, "city": "Rome"}], mode="upsert")


def test_an_export_is_recorded_with_its_place_and_told_as_an_event(
    project: Project, context: Context, orders: Any, tmp_path: Path
) -> None:
    report = project.dataset.export("orders", tmp_path / "o.parquet")

    with context.catalog.read() as connection:
        record = queries.export_at(connection, context.tenant, str(tmp_path / "o.parquet"))
    assert record is not None
    assert (record.export_id, record.version_id) == (report.export_id, orders.version_id)
    assert (record.dataset, record.number, record.format) == ("orders", 2, "parquet")
    assert (record.n_rows, record.is_mirror) == (3, False)
    event = project.event.list(subject="dataset:orders", limit=1).events[0]
    assert (event.kind, event.payload["export_id"]) == ("dataset_exported", report.export_id)
    assert str(tmp_path) not in str(event.payload)


def test_an_old_snapshot_some_columns_and_row_ids_are_exported(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    project.dataset.export("orders", tmp_path / "o.parquet", at=1, columns=["city"], row_ids=True)

    rows = pq.read_table(tmp_path / "o.parquet")
    assert rows.column_names == ["_rid", "city"]
    assert rows["city"].to_pylist() == ROWS["city"]


def test_the_same_export_again_is_the_one_that_lies_there(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    first = project.dataset.export("orders", tmp_path / "o.csv")

    again = project.dataset.export("orders", tmp_path / "o.csv")

    assert (first.is_new, again.is_new) == (True, False)
    assert again.export_id == first.export_id
    kinds = [event.kind for event in project.event.list(subject="dataset:orders").events]
    assert kinds.count("dataset_exported") == 1


def test_something_else_at_the_place_is_replaced_only_when_asked(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").write_text("mine\n1\n")

    with pytest.raises(Conflict) as caught:
        project.dataset.export("orders", tmp_path / "o.csv")
    report = project.dataset.export("orders", tmp_path / "o.csv", replace=True)

    assert caught.value.mend == "add --replace, or choose another place"
    assert report.is_new
    assert (tmp_path / "o.csv").read_text().startswith('"id","city"')


def test_a_folder_that_no_export_made_is_never_replaced(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")

    with pytest.raises(Conflict) as caught:
        project.dataset.export("orders", tmp_path / "home", format="parquet", replace=True)

    assert "no export of this project made" in caught.value.message
    assert (tmp_path / "home" / "letter.txt").read_text() == "dear"


def test_a_folder_that_an_export_made_and_an_empty_one_are_replaced(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    (tmp_path / "o").mkdir()
    project.dataset.export("orders", tmp_path / "o", at=1, format="parquet")

    report = project.dataset.export("orders", tmp_path / "o", format="parquet", replace=True)

    assert report.number == orders.number
    assert pq.read_table(tmp_path / "o")["city"].to_pylist() == ["Oslo", "Bergen", "Rome"]


def test_a_folder_of_parquet_is_cut_into_files(
    project: Project, orders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "FILE_ROWS", 2)

    report = project.dataset.export("orders", tmp_path / "o", format="parquet")

    names = sorted(file.name for file in (tmp_path / "o").glob("*.parquet"))
    assert names == ["part-00000-of-00002.parquet", "part-00001-of-00002.parquet"]
    assert report.n_bytes == sum(file.stat().st_size for file in (tmp_path / "o").iterdir())
    assert orders.content_root in (tmp_path / "o" / "_headgate.json").read_text()


def test_a_type_the_format_widens_is_told(project: Project, tmp_path: Path) -> None:
    from datetime import time

    clock = pa.array([time(1, 2, 3)], pa.time32("s"))
    project.dataset.commit("orders", pa.table({"clock": clock}))

    report = project.dataset.export("orders", tmp_path / "o.parquet")

    assert report.retyped == ("clock: time32[s] to time32[ms]",)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"path": "o.xlsx"}, "o.xlsx has no suffix that tells its format"),
        ({"path": "o.csv", "columns": []}, "an export of no column holds nothing"),
        ({"path": "o.csv", "columns": ["town"]}, "no column of orders named 'town'"),
        ({"path": "o.csv", "at": 9}, "no snapshot orders@9"),
    ],
)
def test_what_cannot_be_exported_says_why_and_leaves_nothing(
    project: Project, orders: Any, tmp_path: Path, keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as caught:
        project.dataset.export("orders", **keywords | {"path": tmp_path / keywords["path"]})

    assert message in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_a_format_that_gives_back_something_else_keeps_nothing(
    project: Project, orders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headgate.dataset.formats import known

    def lossy(rows: Any, path: Path, _about: Any) -> None:
        pq.write_table(rows.read_all().slice(1), path)

    broken = known.FORMATS["parquet"].__class__(
        name="parquet", write=lossy, read=parquet.read, suffixes=(".parquet",)
    )
    monkeypatch.setitem(known.FORMATS, "parquet", broken)

    with pytest.raises(Invalid) as caught:
        project.dataset.export("orders", tmp_path / "o.parquet")

    assert "2 rows of 3" in caught.value.message
    assert not (tmp_path / "o.parquet").exists()
    assert project.dataset.export("orders", tmp_path / "o.parquet", verify=False).is_new
