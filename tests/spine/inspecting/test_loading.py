"""Data files, read as a commit would read them."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Denied, Invalid, NotFound
from headgate.spine.context import Context, without_project
from headgate.spine.inspecting.loading import load


@pytest.fixture
def folder(tmp_path: Path) -> Context:
    """A folder that is no project."""
    return without_project(tmp_path)


def remote(context: Context) -> Context:
    return Context(context.opened, actor="ann", is_remote=True)


def test_text_gets_its_types_and_each_row_its_line(folder: Context, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,city\n1,"Oslo\nnorth"\n2,Rome\n3\n', encoding="utf-8")

    loaded = load(folder, "places", "a.csv")

    assert loaded.rows.schema == pa.schema([("id", pa.int64()), ("city", pa.string())])
    assert (loaded.file, loaded.lines) == ("a.csv", (2, 4))
    assert [(one.line, one.reason) for one in loaded.rejected] == [(5, "fields: 1 instead of 2")]
    assert loaded.place(1, "x").line == 4


def test_a_format_without_lines_has_whole_files_as_places(folder: Context, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "a.parquet")

    loaded = load(folder, "places", str(tmp_path / "a.parquet"))

    assert loaded.rows.to_pydict() == {"id": [1, 2]}
    assert loaded.place(1, "x").line == 0


def test_json_lines_are_read(folder: Context, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2}\n', encoding="utf-8")

    assert load(folder, "places", "a.jsonl").rows.to_pydict() == {"id": [1, 2]}


def test_a_file_that_is_not_there_or_of_no_known_format_is_told(
    folder: Context, tmp_path: Path
) -> None:
    (tmp_path / "a.docx").write_bytes(b"")

    with pytest.raises(NotFound, match=r"no file b\.csv"):
        load(folder, "places", "b.csv")
    with pytest.raises(Invalid, match="no known format"):
        load(folder, "places", "a.docx")


@pytest.mark.parametrize("word", ["../secret.csv", ".headgate/secret.csv"])
def test_through_a_server_only_files_of_the_project_are_read(tmp_path: Path, word: str) -> None:
    root = tmp_path / "project"
    (root / ".headgate").mkdir(parents=True)
    for place in (tmp_path / "secret.csv", root / ".headgate" / "secret.csv", root / "own.csv"):
        place.write_text("id\n1\n", encoding="utf-8")
    context = remote(without_project(root))

    own = load(context, "places", "own.csv")
    with pytest.raises(Denied):
        load(context, "places", word)

    assert own.rows.num_rows == 1


def test_a_name_that_is_no_text_is_shown_as_far_as_it_is(folder: Context, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xff.csv")).write_text("id\n1\n", encoding="utf-8")

    loaded = load(folder, "places", os.fsdecode(b"b\xff.csv"))

    assert loaded.file == "b\N{REPLACEMENT CHARACTER}.csv"
    assert loaded.rows.num_rows == 1


def test_nested_and_typed_columns_of_parquet_come_as_they_are(
    folder: Context, tmp_path: Path
) -> None:
    table = pa.table({"id": pa.array([1], pa.uint8()), "tags": [["a", None]], "at": [{"x": 1.5}]})
    pq.write_table(table, tmp_path / "a.pq")

    assert load(folder, "places", "a.pq").rows.to_pylist() == table.to_pylist()


@pytest.mark.parametrize("suffix", ["CSV", "Csv"])
def test_a_suffix_is_read_in_any_case(folder: Context, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_text("id\n7\n", encoding="utf-8")

    assert load(folder, "places", f"a.{suffix}").rows.to_pydict() == {"id": [7]}


def test_a_folder_is_no_data_file(folder: Context, tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()

    with pytest.raises(NotFound, match=r"no file a\.csv"):
        load(folder, "places", "a.csv")
