"""JSON lines: told types are kept, and what was not told is found from every line."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.dataset.formats import load, save
from headgate.dataset.formats.files import opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import FORMATS

if TYPE_CHECKING:
    from pathlib import Path


def test_days_and_times_are_read_as_they_were_told(tmp_path: Path) -> None:
    rows = pa.table({"day": [date(2026, 11, 3), None], "at": [time(1, 2, 3, 4), None]})
    save(rows, tmp_path / "o.jsonl")

    came = opened(FORMATS["jsonl"], tmp_path / "o.jsonl", Wanted(schema=rows.schema)).read_all()

    assert came.equals(rows)


def test_columns_that_were_not_told_are_found_from_the_whole_file(tmp_path: Path) -> None:
    lines = ['{"id": 1, "n": 1}'] * 100_000 + ['{"id": 2, "n": 1.5}']
    (tmp_path / "o.jsonl").write_text("\n".join(lines))
    told = Wanted(schema=pa.schema([("id", pa.string())]))
    (tmp_path / "p.jsonl").write_text('{"id": "1", "n": 1}\n{"id": "2", "n": 1.5}\n')

    whole = load(tmp_path / "o.jsonl")
    part = opened(FORMATS["jsonl"], tmp_path / "p.jsonl", told).read_all()

    assert whole["n"].type == part["n"].type == pa.float64()
    assert part["id"].to_pylist() == ["1", "2"]


def test_a_file_without_lines_has_the_columns_that_were_told(tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text("")
    told = Wanted(schema=pa.schema([("id", pa.int64())]))

    assert opened(FORMATS["jsonl"], tmp_path / "o.jsonl", told).read_all().schema == told.schema
    assert load(tmp_path / "o.jsonl").num_columns == 0
