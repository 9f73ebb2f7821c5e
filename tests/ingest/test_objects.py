"""Objects of an address: which connector reads them, and when two are the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.objects import locate

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("name", "connector"),
    [
        ("a.csv", "csv"),
        ("a.TSV", "tsv"),
        ("a.parquet", "parquet"),
        ("a.ndjson", "jsonl"),
        ("a.json", "json"),
        ("a.sqlite3", "sqlite"),
        ("a.pdf", "files"),
        ("README", "files"),
    ],
)
def test_the_suffix_chooses_the_connector(
    context: Context, folder: Path, name: str, connector: str
) -> None:
    (folder / name).write_text("x")

    located = locate(context, str(folder / name), None, {})

    assert located.connector == connector
    assert located.fact == f"read with connector {connector}"


def test_a_folder_of_one_known_suffix_is_read_file_by_file(context: Context, folder: Path) -> None:
    for name in ("b.csv", "a.csv", "deep/c.csv", ".hidden.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a\n1\n")

    located = locate(context, str(folder), None, {})

    assert located.connector == "csv"
    assert [Path(each.path).name for each in located.objects] == ["a.csv", "b.csv", "c.csv"]


@pytest.mark.parametrize("names", [["a.csv", "b.json"], ["a.csv", "b.txt"], ["a.pdf"], ["a.db"]])
def test_any_other_folder_is_one_object_of_files(
    context: Context, folder: Path, names: list[str]
) -> None:
    for name in names:
        (folder / name).write_text("x")

    located = locate(context, str(folder), None, {})

    assert located.connector == "files"
    assert [each.path for each in located.objects] == [str(folder)]


def test_a_named_connector_takes_the_files_of_its_suffix(context: Context, folder: Path) -> None:
    for name in ("a.csv", "b.json", "README"):
        (folder / name).write_text("x")

    located = locate(context, str(folder), "csv", {})

    assert [Path(each.path).name for each in located.objects] == ["a.csv"]
    assert located.fact == ""


def test_a_files_digest_is_that_of_its_bytes(context: Context, folder: Path) -> None:
    (folder / "a.csv").write_text("a\n1\n")

    [found] = locate(context, str(folder / "a.csv"), None, {"encoding": "latin-1"}).objects

    assert found.digest == blake3(b"a\n1\n").hexdigest()
    assert found.n_bytes == 4


def test_another_part_of_a_file_is_another_object(context: Context, folder: Path) -> None:
    (folder / "a.json").write_text("{}")

    [first] = locate(context, str(folder / "a.json"), None, {"at": "x"}).objects
    [second] = locate(context, str(folder / "a.json"), None, {"at": "y"}).objects

    assert first.digest != second.digest


def test_a_query_stands_in_the_address_by_its_digest_alone(context: Context, folder: Path) -> None:
    (folder / "a.db").write_bytes(b"")
    query = "select * from people where name = 'Ada'"

    [by_table] = locate(context, str(folder / "a.db"), None, {"table": "people"}).objects
    [by_query] = locate(context, str(folder / "a.db"), None, {"query": query}).objects

    assert by_table.uri.endswith("/a.db?table=people")
    assert "Ada" not in by_query.uri


def test_a_path_in_the_project_is_written_as_seen_from_it(context: Context) -> None:
    (context.root / "data").mkdir()
    file = context.root / "data" / "a.csv"
    file.write_text("a\n1\n")

    located = locate(context, file.as_uri(), None, {})

    assert located.uri == "data/a.csv"
    assert located.objects[0].uri == "data/a.csv"


def test_what_is_not_there_is_told(context: Context, folder: Path) -> None:
    with pytest.raises(NotFound, match="nothing at") as caught:
        locate(context, str(folder / "nothing.csv"), None, {})
    assert str(Path.cwd()) in caught.value.mend

    with pytest.raises(NotFound, match="no files in"):
        locate(context, str(folder), None, {})

    with pytest.raises(Invalid, match=r"no connector reads s3://bucket/a\.csv"):
        locate(context, "s3://bucket/a.csv", None, {})

    with pytest.raises(NotFound, match="no connector named 'cvs'") as caught:
        locate(context, str(folder), "cvs", {})
    assert caught.value.mend == "did you mean csv?"
