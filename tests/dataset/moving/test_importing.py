"""Importing: formats are told by what lies there, types are those told or kept."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset import queries

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def test_an_import_is_a_commit_with_mode_key_and_message(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,city\n1,Oslo\n2,Bergen\n")
    (tmp_path / "b.jsonl").write_text('{"id": 2, "city": "Rome"}\n{"id": 3, "city": "Pisa"}\n')

    first = project.dataset.import_("orders", tmp_path / "a.csv", key=["id"])
    second = project.dataset.import_("orders", tmp_path / "b.jsonl", mode="upsert", message="more")

    snapshot = second.snapshots[0].snapshot
    assert (first.format, second.format) == ("csv", "jsonl")
    assert (snapshot.number, snapshot.n_changed, snapshot.n_added) == (2, 1, 1)
    assert snapshot.message == "more"
    assert set(project.dataset.read("orders")["city"].to_pylist()) == {"Oslo", "Pisa", "Rome"}


def test_the_address_it_came_from_is_kept_with_the_batch(
    project: Project, context: Context, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")

    project.dataset.import_("orders", tmp_path / "a.csv")

    with context.catalog.read() as connection:
        uris = queries.imported_uris(connection, context.tenant, "orders")
    assert uris == {str(tmp_path / "a.csv")}


def test_types_are_those_told_then_those_the_dataset_has(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("zip,n\n123,1\n")
    (tmp_path / "b.csv").write_text("zip,n\n456,2\n")

    project.dataset.import_("orders", tmp_path / "a.csv", types={"zip": "string"})
    project.dataset.import_("orders", tmp_path / "b.csv", mode="append")

    assert project.dataset.read("orders").to_pydict() == {"zip": ["123", "456"], "n": [1, 2]}


def test_json_lines_without_told_types_are_read_as_json_has_them(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1, "tags": ["a"]}\n{"id": 2, "spot": {"x": 0.5}}\n')

    project.dataset.import_("orders", tmp_path / "a.jsonl")

    assert project.dataset.read("orders").to_pylist() == [
        {"id": 1, "tags": ["a"], "spot": None},
        {"id": 2, "tags": None, "spot": {"x": 0.5}},
    ]


def test_a_folder_of_parquet_is_one_table_by_column_name(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "o" / "year=2026"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1], "n": pa.array([1], pa.int32())}), folder / "a.parquet")
    pq.write_table(pa.table({"city": ["Oslo"], "id": [2]}), folder / "b.parquet")
    (folder / "_SUCCESS").write_text("")

    report = project.dataset.import_("orders", tmp_path / "o")

    assert report.format == "parquet"
    assert project.dataset.read("orders").to_pylist() == [
        {"id": 1, "n": 1, "city": None},
        {"id": 2, "n": None, "city": "Oslo"},
    ]


@pytest.mark.parametrize(
    ("name", "text", "keywords", "message"),
    [
        ("a.csv", "id\n1\n", {"types": {"id": "integer"}}, "columns of type integer"),
        ("a.parquet", "no parquet", {}, "cannot be read as parquet"),
        ("a.xlsx", "x", {}, "has no suffix that tells its format"),
        ("a.jsonl", "", {}, "holds no column"),
        ("a.csv", "id\n1\nx\n", {"types": {"id": "int64"}}, "column 'id' holds 'x'"),
    ],
)
def test_what_cannot_be_imported_says_why_and_changes_nothing(
    project: Project, tmp_path: Path, *, name: str, text: str, keywords: Any, message: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(Invalid) as caught:
        project.dataset.import_("orders", tmp_path / name, **keywords)

    assert message in caught.value.message
    assert project.dataset.list().datasets == ()


def test_nothing_at_the_path_and_a_folder_of_no_table_are_told_apart(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "o").mkdir()

    with pytest.raises(NotFound):
        project.dataset.import_("orders", tmp_path / "p.csv")
    with pytest.raises(Invalid) as caught:
        project.dataset.import_("orders", tmp_path / "o")

    assert "holds no table of a format known here" in caught.value.message


def test_python_calls_the_verb_by_its_name_with_an_underscore(project: Project) -> None:
    names = dir(project.dataset)

    assert ("import_" in names, "import" in names) == (True, False)
    assert "types" in inspect.signature(project.dataset.import_).parameters
