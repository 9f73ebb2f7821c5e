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


ODD = pa.table(
    {
        "text": pa.array(['a,"b"\nc', " pad ", "ü\u2028\\", "null", "NaN"]),
        "small": pa.array([-(2**63), 2**63 - 1, 0, None, 1], pa.int64()),
        "exact": pa.array([0.1, -0.0, 5e-324, 1.7976931348623157e308, None]),
        "yes": pa.array([True, False, None, True, False]),
        "_rid": pa.array([1, 2**62, 3, 4, 5], pa.int64()),
    }
)


@pytest.mark.parametrize("form", FORMS)
def test_odd_values_come_back_as_they_were(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"rows.{form}"

    write_file(ODD, path, form)
    found = read_file(path, form, frozenset({"text"}))

    assert found.schema.equals(ODD.schema)
    assert [repr(row) for row in found.to_pylist()] == [repr(row) for row in ODD.to_pylist()]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.0, float("nan")]),
        pa.array([float("inf"), None], pa.float32()),
        pa.array([[1.0], [float("-inf")]]),
        pa.array([{"a": [0.5]}, {"a": [float("nan")]}]),
        pa.array([[("k", float("nan"))], []], pa.map_(pa.string(), pa.float64())),
        pa.array([float("nan"), 1.0]).dictionary_encode(),
    ],
    ids=["nan", "inf", "list", "struct", "map", "dictionary"],
)
def test_json_lines_refuse_numbers_that_json_has_not_rather_than_write_null(
    tmp_path: Path, column: pa.Array
) -> None:
    rows = pa.table({"id": [1, 2], "score": column})

    with pytest.raises(Invalid, match="jsonl cannot hold the rows: column 'score'") as caught:
        write_file(rows, tmp_path / "rows.jsonl", "jsonl")

    assert caught.value.mend == "use format='parquet'"


def test_a_number_that_is_none_in_a_row_that_is_not_written_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    kind = pa.map_(pa.string(), pa.float64())
    scores = pa.array([[("k", float("nan"))], [("k", 1.0)]], kind)
    lists = pa.array([[float("nan")], [0.5]])

    write_file(pa.table({"score": scores, "list": lists}).slice(1), path, "jsonl")

    assert path.read_text(encoding="utf-8") == '{"score":[["k",1.0]],"list":[0.5]}\n'


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_other_forms_hold_numbers_that_are_none(tmp_path: Path, form: Form) -> None:
    rows = pa.table({"score": [float("nan"), float("inf"), float("-inf"), None]})

    write_file(rows, tmp_path / "rows", form)
    found = read_file(tmp_path / "rows", form)

    assert repr(found.to_pydict()) == repr(rows.to_pydict())


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_come_back_with_no_row(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"rows.{form}"

    write_file(ROWS.slice(0, 0), path, form)

    assert read_file(path, form, TEXTS).num_rows == 0


def test_a_csv_without_rows_still_has_its_columns_and_empty_parents(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("n,_parents\n", encoding="utf-8")

    found = read_file(path, "csv")

    assert found.num_rows == 0
    assert found.schema.field("_parents").type == pa.list_(pa.int64())


@pytest.mark.parametrize("text", ["7a", "1.5", "[1, x]", "99999999999999999999"])
def test_parents_that_are_no_row_ids_are_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f'n,_parents\n1,"{text}"\n', encoding="utf-8")

    with pytest.raises(Invalid, match=r"rows.csv cannot be read as csv") as caught:
        read_file(path, "csv")

    assert caught.value.mend.startswith("write csv, or declare")


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", b""),
        ("csv", b"a,b\n1\n"),
        ("csv", b"a\n\xff\n"),
        ("jsonl", b'{"a": 1}\n{"a"'),
        ("jsonl", b"[1]\n"),
        ("parquet", b"PAR1"),
        ("parquet", b""),
    ],
)
def test_a_file_that_was_cut_off_is_refused_by_its_name(
    tmp_path: Path, form: Form, content: bytes
) -> None:
    path = tmp_path / f"out.{form}"
    path.write_bytes(content)

    with pytest.raises(Invalid, match=f"^out.{form} cannot be read as {form}: "):
        read_file(path, form, frozenset({"a"}))


@pytest.mark.parametrize("form", FORMS)
def test_files_of_a_folder_that_differ_in_a_type_are_refused(tmp_path: Path, form: Form) -> None:
    write_file(pa.table({"n": [1]}), tmp_path / f"a.{form}", form)
    write_file(pa.table({"n": ["x"]}), tmp_path / f"b.{form}", form)

    with pytest.raises(Invalid, match=f"cannot be read as {form}: "):
        read_file(tmp_path, form)
