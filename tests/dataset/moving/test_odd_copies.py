"""Copies of a single column, where a row may be an empty line: none is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

COLUMNS: dict[str, pa.Array] = {
    "nothing-but-nulls": pa.array([None, None], pa.int64()),
    "null-at-the-end": pa.array([1.5, None]),
    "empty-and-blank-text": pa.array([None, "", " ", "null", "\u2028", 'a"\t,b\r\nc', ""]),
}


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_single_column_comes_back_row_by_row_as_it_went(
    project: Project, tmp_path: Path, name: str, form: str
) -> None:
    rows = pa.table({"value": COLUMNS[name]})
    before = project.dataset.commit("odd", rows)
    project.dataset.commit("back", rows.slice(0, 0))

    report = project.dataset.export("odd", tmp_path / f"odd.{form}")
    came = project.dataset.import_("back", tmp_path / f"odd.{form}")

    after = came.snapshots[0].snapshot
    assert report.is_verified
    assert (after.n_rows, after.content_root) == (rows.num_rows, before.content_root)
    assert project.dataset.read("back")["value"].to_pylist() == COLUMNS[name].to_pylist()
