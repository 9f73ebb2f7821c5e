"""CSV and TSV: what has quotes is text, what is empty is a null, and types are found exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.dataset.fit import infer
from headgate.dataset.formats import load, save
from headgate.dataset.formats.files import opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import FORMATS

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_text_is_told_from_a_null(tmp_path: Path) -> None:
    save(pa.table({"id": [1, 2], "city": ["", None]}), tmp_path / "o.csv")

    assert load(tmp_path / "o.csv").to_pydict() == {"id": [1, 2], "city": ["", None]}


def test_a_row_of_one_null_is_still_a_row(tmp_path: Path) -> None:
    save(pa.table({"n": [1, None, 3]}), tmp_path / "o.csv")

    assert load(tmp_path / "o.csv").to_pydict() == {"n": [1, None, 3]}


def test_blank_lines_of_wider_tables_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("a,b\n1,2\n\n3,4\n\n")

    assert load(tmp_path / "o.csv").num_rows == 2


def test_text_with_line_ends_may_be_longer_than_a_block(tmp_path: Path) -> None:
    rows = pa.table({"id": range(40_000), "text": ["one\ntwo, three " * 4] * 40_000})
    save(rows, tmp_path / "o.csv")

    assert load(tmp_path / "o.csv").equals(rows)


@pytest.mark.parametrize(
    "cells",
    [
        ["1"] * 100_000 + ["2.5"],
        ["1"] * 100_000 + ["007"],
        ["12345678901234567"] * 100_000 + ["0.5"],
        ["2026-11-03"] * 100_000 + ["soon"],
        ["true"] * 100_000 + ["1"],
        [""] * 100_000 + ["7"],
    ],
)
def test_types_found_block_by_block_are_those_of_the_whole_column(
    tmp_path: Path, cells: list[str]
) -> None:
    lines = [f"{cell},{'x' * 20}" for cell in cells]
    (tmp_path / "o.csv").write_text("\n".join(["a,b", *lines]))

    found = load(tmp_path / "o.csv")["a"].type

    assert found == infer(pa.array([cell or None for cell in cells])).type


def test_told_types_are_kept_and_a_cell_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("zip,day\n123,2026-11-03\n,soon\n")
    text = pa.schema([("zip", pa.string())])
    day = pa.schema([("day", pa.date32())])

    table = opened(FORMATS["csv"], tmp_path / "o.csv", Wanted(schema=text)).read_all()
    with pytest.raises(Invalid) as caught:
        opened(FORMATS["csv"], tmp_path / "o.csv", Wanted(schema=day)).read_all()

    assert table.to_pydict() == {"zip": ["123", None], "day": ["2026-11-03", "soon"]}
    assert "column 'day' holds 'soon', which is not date32[day]" in caught.value.message


def test_a_name_that_stands_twice_in_the_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("a,b,a\n1,2,3\n")

    with pytest.raises(Invalid) as caught:
        load(tmp_path / "o.csv")

    assert "more than one column 'a'" in caught.value.message
