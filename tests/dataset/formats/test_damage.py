"""Files that are damaged or hold what no table can: refused by name, and no process dies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Conflict, Invalid
from headgate.dataset.formats import SUFFIXES, load, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headgate.surfaces.python import Project

ORDERS = pa.table({"id": [str(i) for i in range(1_000)], "n": range(1_000)})
OFFSETS = 600
"""Place in an Arrow file of ORDERS where the offsets of its texts lie [bytes]."""


def latin() -> pa.Table:
    """A column that says it is text and holds the bytes of another encoding."""
    buffers = [None, pa.py_buffer(np.array([0, 2], np.int32).tobytes()), pa.py_buffer(b"M\xfc")]
    return pa.table({"city": pa.Array.from_buffers(pa.string(), 1, buffers)})


def put_arrow(table: pa.Table, path: Path) -> Path:
    with pa_ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def overwrite(path: Path, at: int) -> Path:
    """Set twenty bytes of a file."""
    data = bytearray(path.read_bytes())
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(data)
    return path


def arrow_with_wrong_offsets(folder: Path) -> Path:
    return overwrite(put_arrow(ORDERS, folder / "o.arrow"), OFFSETS)


def parquet_with_wrong_bytes(folder: Path) -> Path:
    save(ORDERS, folder / "o.parquet")
    return overwrite(folder / "o.parquet", 40)


def cut_off(folder: Path, suffix: str) -> Path:
    save(ORDERS, folder / f"o{suffix}")
    (folder / f"o{suffix}").write_bytes((folder / f"o{suffix}").read_bytes()[:-20])
    return folder / f"o{suffix}"


def latin_parquet(folder: Path) -> Path:
    pq.write_table(latin(), folder / "o.parquet")
    return folder / "o.parquet"


def latin_lines(folder: Path) -> Path:
    (folder / "o.jsonl").write_bytes(b'{"city": "M\xfcnchen"}\n')
    return folder / "o.jsonl"


def latin_header(folder: Path) -> Path:
    (folder / "o.csv").write_bytes(b"M\xfcnchen,n\n1,2\n")
    return folder / "o.csv"


def latin_cells(folder: Path) -> Path:
    (folder / "o.tsv").write_bytes(b"city\tn\nM\xfcnchen\t2\n")
    return folder / "o.tsv"


DAMAGES: dict[str, Callable[[Path], Path]] = {
    "Arrow offsets that lead outside": arrow_with_wrong_offsets,
    "Parquet pages that cannot be unpacked": parquet_with_wrong_bytes,
    "Parquet cut off": lambda folder: cut_off(folder, ".parquet"),
    "Arrow cut off": lambda folder: cut_off(folder, ".arrow"),
    "text of Parquet in another encoding": latin_parquet,
    "text of Arrow in another encoding": lambda folder: put_arrow(latin(), folder / "o.arrow"),
    "lines in another encoding": latin_lines,
    "header in another encoding": latin_header,
    "cells in another encoding": latin_cells,
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_file_is_refused_and_nothing_is_committed(
    project: Project, tmp_path: Path, what: str
) -> None:
    path = DAMAGES[what](tmp_path)

    for act in (project.dataset.import_, project.dataset.commit):
        with pytest.raises(Invalid) as caught:
            act("orders", path)
        assert f"{path} cannot be read as {path.suffix[1:]}" in caught.value.message
        assert caught.value.mend.startswith("mend the file")

    assert project.dataset.list().datasets == ()


@pytest.mark.parametrize("what", ["Arrow offsets that lead outside", "lines in another encoding"])
def test_a_damaged_copy_is_not_compared(project: Project, tmp_path: Path, what: str) -> None:
    project.dataset.commit("orders", ORDERS)

    with pytest.raises(Invalid, match="cannot be read as"):
        project.dataset.verify("orders", str(DAMAGES[what](tmp_path)))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_with_a_name_twice_is_not_written(tmp_path: Path, suffix: str) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])

    with pytest.raises(Invalid) as caught:
        save(twice, tmp_path / f"o{suffix}")

    assert caught.value.message.endswith("cannot hold two columns named 'a'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("put", [put_arrow, pq.write_table], ids=["arrow", "parquet"])
def test_a_file_of_others_with_a_name_twice_is_refused(
    project: Project, tmp_path: Path, put: Any, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / f"o.{request.node.callspec.id}"
    put(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    project.dataset.commit("orders", pa.table({"a": [1]}))

    for act in (load, lambda copy: project.dataset.verify("orders", str(copy))):
        with pytest.raises(Invalid):
            act(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_is_not_replaced_by_a_file_of_its_name(tmp_path: Path, suffix: str) -> None:
    place = tmp_path / f"mine{suffix}"
    place.mkdir()
    (place / "letter.txt").write_text("dear")

    with pytest.raises(Conflict) as caught:
        save(ORDERS, place)

    assert caught.value.message == f"{place} is a folder"
    assert (place / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("\ufeffid,n\n1,2\n", {"id": [1], "n": [2]}),
        ("id,n\r\n1,2\r\n", {"id": [1], "n": [2]}),
        ("id,n\n", {"id": [], "n": []}),
        (",n\n1,2\n", {"": [1], "n": [2]}),
        ("id,n\n9223372036854775808,2\n", {"id": ["9223372036854775808"], "n": [2]}),
        ('id,n\n" x ",\n', {"id": [" x "], "n": [None]}),
    ],
)
def test_text_files_as_other_tools_write_them_are_read(
    tmp_path: Path, data: str, rows: dict[str, Any]
) -> None:
    (tmp_path / "o.csv").write_bytes(data.encode())

    assert load(tmp_path / "o.csv").to_pydict() == rows


@pytest.mark.parametrize(
    "lines", ['[{"a": 1}]', "1\n2", '{"a": 1}\n{"a": "x"}', '{"a": 1, "a": 2}', '{"a": ']
)
def test_lines_that_are_no_objects_of_one_shape_are_refused(tmp_path: Path, lines: str) -> None:
    (tmp_path / "o.jsonl").write_text(lines + "\n")

    with pytest.raises(Invalid, match="cannot be read as jsonl"):
        load(tmp_path / "o.jsonl")


@pytest.mark.parametrize("name", ["csv", "arrow", "jsonl", "huggingface", "iceberg"])
def test_a_format_that_is_not_what_lies_there_is_told(
    project: Project, tmp_path: Path, name: Any
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("a,b\n1,2\n")
    path = tmp_path / ("file.txt" if name in ("huggingface", "iceberg") else "folder")

    with pytest.raises(Invalid) as caught:
        project.dataset.import_("o", path, format=name)

    assert str(tmp_path) in caught.value.message
    assert caught.value.mend
