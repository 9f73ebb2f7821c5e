"""Rows that go out to a file and come back are the same rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.spine.store.exchange import FORMS, Form, read_file, write_file

ROWS = pa.table(
    {
        "code": ["007", "", None],
        "price": [1.5, None, 3.0],
        "n": [1, 2, 3],
        "_rid": [10, 11, 12],
    }
)
TEXTS = frozenset({"code"})


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"rows.{form}"

    write_file(ROWS, path, form)

    assert read_file(path, form, TEXTS).equals(ROWS)


@pytest.mark.parametrize("form", FORMS)
def test_the_files_of_a_folder_are_one_table(tmp_path: Path, form: Form) -> None:
    for nth in (1, 0):
        write_file(ROWS.slice(nth, 1), tmp_path / f"part-{nth}.{form}", form)

    found = read_file(tmp_path, form, TEXTS)

    assert found["_rid"].to_pylist() == [10, 11]


@pytest.mark.parametrize("text", ["[10, 11],[]", "10 11,"])
def test_a_csv_names_parents_as_text(tmp_path: Path, text: str) -> None:
    first, second = text.split(",") if "[" not in text else ('"[10, 11]"', "[]")
    path = tmp_path / "rows.csv"
    path.write_text(f"n,_parents\n1,{first}\n2,{second or chr(34) * 2}\n3,\n", encoding="utf-8")

    found = read_file(path, "csv")

    assert found["_parents"].to_pylist() == [[10, 11], [None], None]


def test_what_a_form_cannot_hold_or_is_not_says_so(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with pytest.raises(Invalid, match="csv cannot hold the rows"):
        write_file(pa.table({"tags": [["x"]]}), path, "csv")
    path.write_text("a\n1\n", encoding="utf-8")

    with pytest.raises(Invalid, match=r"rows.csv cannot be read as parquet"):
        read_file(path, "parquet")
    with pytest.raises(Invalid, match=r"nothing was written to none.csv"):
        read_file(tmp_path / "none.csv", "csv")
