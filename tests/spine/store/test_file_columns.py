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
