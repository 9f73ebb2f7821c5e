"""The parquet connector: types kept, places counted, broken files told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import UNTYPED
from headgate.ingest.connectors.parquet import parquet
from tests.ingest.connectors.reading import rows_of, whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.parquet"


@pytest.mark.row("S3-04", part="parquet")
def test_columns_keep_their_types_and_rows_their_place(file: Path) -> None:
    table = pa.table({"name": ["Ada", None], "scores": [[1, 2], []], "ok": [True, False]})
    pq.write_table(table, file)

    rows, rejected = whole(parquet(str(file)))

    assert rows.drop_columns("_line").equals(table)
    assert rows["_line"].to_pylist() == [1, 2]
    assert rejected == []


def test_row_groups_are_read_one_after_the_other(file: Path) -> None:
    pq.write_table(pa.table({"n": range(10)}), file, row_group_size=4)

    readings = list(parquet(str(file)))

    assert [reading.rows.num_rows for reading in readings] == [4, 4, 2]
    assert readings[2].rows.to_pylist() == [{"n": 8, "_line": 9}, {"n": 9, "_line": 10}]


def test_dictionaries_are_decoded_and_large_text_is_text(file: Path) -> None:
    table = pa.table(
        {
            "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
            "note": pa.array(["x", "y", None], pa.large_string()),
            "blob": pa.array([b"1", None, b"3"], pa.large_binary()),
        }
    )
    pq.write_table(table, file)

    rows, _ = whole(parquet(str(file)))

    assert [str(field.type) for field in rows.schema] == ["string", "string", "binary", "int64"]
    assert rows["kind"].to_pylist() == ["a", "b", "a"]


def test_extension_types_become_what_they_store(file: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([b"0" * 16], pa.uuid())}), file)

    rows, _ = whole(parquet(str(file)))

    assert rows.schema.field("id").type == pa.binary(16)


def test_metadata_of_other_tools_is_left_behind(file: Path) -> None:
    table = pa.table({"a": ["1"]}).replace_schema_metadata({UNTYPED: b"1", b"pandas": b"{}"})
    pq.write_table(table, file)

    rows, _ = whole(parquet(str(file)))

    assert not rows.schema.metadata


def test_only_chosen_columns_are_read(file: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [2]}), file)

    assert rows_of(parquet(str(file), columns=("b",))) == [{"b": 2, "_line": 1}]

    with pytest.raises(NotFound, match=r"no column in .* named 'zz'") as caught:
        list(parquet(str(file), columns=("zz",)))
    assert caught.value.mend == "there is a, b"


def test_a_table_without_rows_keeps_its_columns(file: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), file)

    rows, _ = whole(parquet(str(file)))

    assert rows.num_rows == 0
    assert rows.schema.names == ["a", "_line"]


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "middle"])
def test_a_broken_file_is_told(file: Path, damage: str) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), file)
    data = file.read_bytes()
    middle = data[:30] + b"\xff" * 400 + data[430:]
    broken = {"cut": data[:-9], "text": b"a,b\n1,2\n", "empty": b"", "middle": middle}
    file.write_bytes(broken[damage])

    with pytest.raises(Invalid, match="is no whole Parquet file") as caught:
        list(parquet(str(file)))

    assert "PAR1" in caught.value.mend


def test_a_column_named_twice_or_like_ours_is_refused(file: Path) -> None:
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), file)
    with pytest.raises(Invalid, match=r"'a' of .* stands twice"):
        list(parquet(str(file)))

    pq.write_table(pa.table({"_line": [7]}), file)
    with pytest.raises(Invalid, match="has a name Headgate keeps"):
        list(parquet(str(file)))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        list(parquet(str(tmp_path / "nothing.parquet")))
