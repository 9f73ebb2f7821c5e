"""Raw text of rows: exactly the lines a record takes up, whatever its encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.ingest.connectors.csv import csv
from headgate.ingest.connectors.jsonl import jsonl
from headgate.ingest.raw import raw_text
from tests.ingest.connectors.reading import whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_record_is_read_back_with_its_quoted_line_ends(
    tmp_path: Path, encoding: str, end: str
) -> None:
    file = tmp_path / "a.csv"
    records = ["1,é", "malformed", "", f'2,"x{end}{end}y"', "", "3,z"]
    file.write_bytes(end.join(["n,s", *records]).encode(encoding))
    rows, rejected = whole(csv(str(file), encoding=encoding))

    raw = raw_text(str(file), rows, tuple(rejected))

    assert raw is not None
    assert raw([0, 1, 2]) == [records[0], records[3], records[5]]
    assert raw([2, 0]) == [records[5], records[0]]
    assert raw([]) == []


def test_a_line_of_json_is_read_back_as_it_stood(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a":   1}\nbroken\n{"a": 2}')
    rows, rejected = whole(jsonl(str(file)))

    raw = raw_text(str(file), rows, tuple(rejected))

    assert raw is not None
    assert raw([1, 0]) == ['{"a": 2}', '{"a":   1}']


def test_rows_that_stand_on_no_lines_of_text_have_none() -> None:
    assert raw_text("nowhere", pa.table({"_line": [1]}), ()) is None
