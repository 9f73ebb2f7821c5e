"""Files larger than a chunk are committed as they are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from headgate.core.errors import Invalid, NotFound
from headgate.dataset import chunks
from headgate.dataset.chunks import open_rows, schema_of_lines
from headgate.spine.streaming import Coming

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headgate.surfaces.python import Project

ROWS = pa.table({"id": range(2_000), "v": [f"v{i}" for i in range(2_000)]})


def write_lines(rows: pa.Table, path: Path) -> None:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))


WRITERS: dict[str, Callable[[Any, Any], Any]] = {
    "parquet": pq.write_table,
    "csv": pa_csv.write_csv,
    "arrow": feather.write_feather,
    "jsonl": write_lines,
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("is_large", [False, True])
def test_a_path_is_committed_whatever_its_size(
    project: Project, tmp_path: Path, suffix: str, is_large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"orders.{suffix}"
    WRITERS[suffix](ROWS, path)
    monkeypatch.setattr(chunks, "LARGE_BYTES", 1 if is_large else 1 << 30)

    snapshot = project.dataset.commit("orders", path)

    assert isinstance(open_rows(path), Coming if is_large else pa.Table)
    assert snapshot.content_root == project.dataset.commit("plain", ROWS).content_root


def test_a_large_parquet_file_tells_how_many_rows_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(ROWS, tmp_path / "orders.parquet")
    monkeypatch.setattr(chunks, "LARGE_BYTES", 1)

    rows = open_rows(tmp_path / "orders.parquet")

    assert isinstance(rows, Coming)
    assert (rows.n_rows, rows.schema) == (2_000, ROWS.schema)


def test_a_dataset_of_arrow_is_committed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for part in range(2):
        pq.write_table(ROWS.slice(part * 1_000, 1_000), tmp_path / "in" / f"{part}.parquet")

    snapshot = project.dataset.commit("orders", ds.dataset(tmp_path / "in", format="parquet"))

    assert snapshot.n_rows == 2_000


def test_a_path_that_is_not_there_is_told(project: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        project.dataset.commit("orders", tmp_path / "nothing.parquet")


def test_a_broken_large_file_is_told(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "LARGE_BYTES", 1)
    (tmp_path / "orders.jsonl").write_text('{"id": 1}\nnothing\n')

    with pytest.raises(Invalid, match="cannot be read as jsonl"):
        project.dataset.commit("orders", tmp_path / "orders.jsonl")


def test_columns_of_json_lines_get_the_type_that_holds_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    lines = [{"n": 1, "t": "2026-01-01"}, {"n": 1.5, "t": "soon"}, {"n": None, "late": True}, {}]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")

    found = schema_of_lines(path, n_bytes=1)

    assert found == pa.schema([("n", pa.float64()), ("t", pa.string()), ("late", pa.bool_())])
