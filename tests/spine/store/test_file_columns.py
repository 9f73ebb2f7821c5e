"""A file's columns are read one by one, and say what the file as a whole says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.file_columns import ParquetColumns, open_columns

ROWS = pa.table({"n": [1, None, 3], "x": [0.5, float("nan"), 2.0], "city": ["Oslo", None, "Oslo"]})


def test_columns_of_a_parquet_file_are_those_of_the_table(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "rows.parquet", row_group_size=2)

    found = open_columns(tmp_path / "rows.parquet")

    assert list(found) == ["n", "x", "city"]
    assert len(found) == 3
    assert found["n"].to_pylist() == [1, None, 3]
    assert found["city"].to_pylist() == ["Oslo", None, "Oslo"]


def test_text_of_a_parquet_file_is_held_once_for_each_word(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "rows.parquet")

    found = ParquetColumns(tmp_path / "rows.parquet")

    assert pa.types.is_dictionary(found["city"].type)
    assert found.num_rows == 3


def test_threads_may_ask_for_columns_at_the_same_time(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(20)]
    pq.write_table(
        pa.table({name: [number] * 1000 for number, name in enumerate(names)}),
        tmp_path / "a.parquet",
    )
    found = open_columns(tmp_path / "a.parquet")

    with ThreadPoolExecutor(4) as pool:
        firsts = list(pool.map(lambda name: found[name][0].as_py(), names))

    assert firsts == list(range(20))


@pytest.mark.parametrize(
    ("name", "content"),
    [("rows.csv", "n,city\n1,Oslo\n,Bergen\n"), ("rows.jsonl", '{"n": 1}\n{"n": null}\n')],
)
def test_other_forms_are_read_as_a_whole(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)

    found = open_columns(tmp_path / name)

    assert found["n"].to_pylist() == [1, None]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_text("no parquet")
    (tmp_path / "rows.xlsx").write_text("")

    with pytest.raises(NotFound, match="no file"):
        open_columns(tmp_path / "none.parquet")
    with pytest.raises(Invalid, match="cannot be read as parquet"):
        open_columns(tmp_path / "rows.parquet")
    with pytest.raises(Invalid, match="of no known form") as caught:
        open_columns(tmp_path / "rows.xlsx")
    assert caught.value.mend == "give one of .parquet, .pq, .csv, .jsonl"


def test_a_column_that_is_not_there_is_a_key_that_is_not_there(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "rows.parquet")

    found = open_columns(tmp_path / "rows.parquet")

    assert "town" not in found
    with pytest.raises(KeyError, match="town"):
        found["town"]


def test_names_with_dots_and_nested_columns_are_read_by_their_own_name(tmp_path: Path) -> None:
    table = pa.table({"a.b": [1, 2], "a": [{"b": 3}, {"b": 4}], "é": pa.array(["x", None])})
    pq.write_table(table, tmp_path / "rows.parquet")

    found = open_columns(tmp_path / "rows.parquet")

    assert found["a.b"].to_pylist() == [1, 2]
    assert found["a"].to_pylist() == [{"b": 3}, {"b": 4}]
    assert found["é"].to_pylist() == ["x", None]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text("a,a\n1,2\n")

    with pytest.raises(Invalid, match=r"rows\.parquet has two columns of one name"):
        open_columns(tmp_path / "rows.parquet")
    with pytest.raises(Invalid, match=r"rows\.csv cannot be read as csv"):
        open_columns(tmp_path / "rows.csv")


def test_a_file_that_breaks_off_or_goes_away_is_told_when_a_column_is_read(tmp_path: Path) -> None:
    for name in ("torn.parquet", "gone.parquet"):
        pq.write_table(ROWS, tmp_path / name)
    torn, gone = (open_columns(tmp_path / name) for name in ("torn.parquet", "gone.parquet"))
    content = bytearray((tmp_path / "torn.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    (tmp_path / "torn.parquet").write_bytes(content)
    (tmp_path / "gone.parquet").unlink()

    for found, name in ((torn, "torn"), (gone, "gone")):
        with pytest.raises(Invalid, match=f"{name}.parquet cannot be read as parquet") as caught:
            found["n"]
        assert caught.value.mend == "give a whole Parquet file"


def test_files_without_rows_or_columns_are_open_and_empty(tmp_path: Path) -> None:
    pq.write_table(ROWS.slice(0, 0), tmp_path / "rows.parquet")
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    (tmp_path / "rows.csv").write_text("n,city\n")

    assert [len(one) for one in open_columns(tmp_path / "rows.parquet").values()] == [0, 0, 0]
    assert list(open_columns(tmp_path / "none.parquet")) == []
    assert {name: len(one) for name, one in open_columns(tmp_path / "rows.csv").items()} == {
        "n": 0,
        "city": 0,
    }
