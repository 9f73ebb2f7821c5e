"""The csv connector: exact lines, kept rows, rejected records, and errors that can be mended."""

from __future__ import annotations

import csv as standard
import re
import time
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import UNTYPED
from headgate.ingest.connectors import _text
from headgate.ingest.connectors.csv import csv
from tests.ingest.connectors.reading import rejections_of, rows_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNS = st.text(alphabet='ab,"\n\r é', max_size=40)
Expected = list[tuple[int, list[str] | None]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


@pytest.mark.row("S3-04", part="csv")
def test_every_column_comes_as_text_with_the_line_it_stands_on(file: Path) -> None:
    file.write_text("name,age\nAda,36\nBob,041\n")

    rows, rejected = whole(csv(str(file)))

    assert rows.to_pylist() == [
        {"name": "Ada", "age": "36", "_line": 2},
        {"name": "Bob", "age": "041", "_line": 3},
    ]
    assert rows.schema.metadata[UNTYPED] == b"1"
    assert rejected == []


def test_an_empty_field_is_null_and_so_are_other_texts_by_setting(file: Path) -> None:
    file.write_text('a,b,c\n,"",NA\n')

    by_default = rows_of(csv(str(file)))
    by_setting = rows_of(csv(str(file), null_values=("", "NA")))

    assert by_default == [{"a": None, "b": None, "c": "NA", "_line": 2}]
    assert by_setting == [{"a": None, "b": None, "c": None, "_line": 2}]


def test_lines_are_exact_after_blank_lines_quoted_line_ends_and_malformed_rows(file: Path) -> None:
    file.write_text('a,b\n1,2\n\n"x\ny",3\nonly\n4,5\n6,7,8\n9,"z"\n')

    rows, rejected = whole(csv(str(file)))

    assert [(row["_line"], row["a"]) for row in rows.to_pylist()] == [
        (2, "1"),
        (4, "x\ny"),
        (7, "4"),
        (9, "9"),
    ]
    assert [(one.line, one.raw) for one in rejected] == [(6, "only"), (8, "6,7,8")]


def test_a_row_of_too_many_or_too_few_fields_is_rejected_with_its_raw_text(file: Path) -> None:
    file.write_text('a,b\n1,2,"3,4"\n5\n6,7\n')

    rejections = rejections_of(csv(str(file)))

    assert rejections == [
        (2, '1,2,"3,4"', "fields: 3 instead of 2"),
        (3, "5", "fields: 1 instead of 2"),
    ]


def test_a_quote_that_never_closes_rejects_its_line_and_not_the_rest(file: Path) -> None:
    file.write_text('a,b\n1,2\n3,"open\n5,6\n7,8\n')

    rows, rejected = whole(csv(str(file)))

    assert [row["a"] for row in rows.to_pylist()] == ["1", "5", "7"]
    assert [(one.line, one.raw) for one in rejected] == [(3, '3,"open')]
    assert rejected[0].reason == "quote: opened and never closed"


def test_a_quote_inside_an_unquoted_field_is_a_sign_like_others(file: Path) -> None:
    file.write_text('size,n\n5" pipe,1\n6,"two"\n')

    rows = rows_of(csv(str(file)))

    assert [(row["size"], row["n"], row["_line"]) for row in rows] == [
        ('5" pipe', "1", 2),
        ("6", "two", 3),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_three_line_ends_are_read_alike(file: Path, end: str) -> None:
    file.write_bytes(end.join(["a,b", "1,2", "", '"x",y', "z"]).encode())

    rows, rejected = whole(csv(str(file)))

    assert [(row["_line"], row["a"]) for row in rows.to_pylist()] == [(2, "1"), (4, "x")]
    assert [(one.line, one.raw) for one in rejected] == [(5, "z")]


@given(body=SIGNS, block=st.sampled_from([1, 3, 7, 4 << 20]))
def test_rows_and_lines_are_those_of_the_standard_library(
    tmp_path_factory: pytest.TempPathFactory, body: str, block: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "generated.csv"
    file.write_text("h1,h2\n" + body, encoding="utf-8", newline="")
    expected = list(_expected("h1,h2\n" + body))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_text, "BLOCK_BYTES", block)
        rows, rejected = whole(csv(str(file)))

    good = [(line, fields) for line, fields in expected if fields and len(fields) == 2]
    bad = [line for line, fields in expected if fields is None or len(fields) != 2]
    read = [(row["_line"], [row["h1"] or "", row["h2"] or ""]) for row in rows.to_pylist()]
    assert read == good
    assert [one.line for one in rejected] == bad
    assert rows.num_rows + len(rejected) == len(expected)


def _expected(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Read records one at a time with the standard library; one that never ends gives up a line."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text)
    place = 1
    while place < len(lines):
        reader = standard.reader(islice(lines, place, None))
        fields = next(reader, [])
        n_lines = reader.line_num
        is_open = (
            next(standard.reader([*lines[place : place + n_lines], "\x01"]), [])[-1:]
            != (fields[-1:])
        )
        if is_open:
            yield place + 1, None
            place += 1
            continue
        if fields:
            yield place + 1, fields
        place += n_lines


@given(rows=st.lists(st.lists(st.text(alphabet='xy,"\n;', min_size=1), min_size=3, max_size=3)))
def test_what_the_standard_library_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "written.csv"
    with file.open("w", newline="") as opened:
        standard.writer(opened).writerows([["a", "b", "c"], *rows])

    read = rows_of(csv(str(file)))

    assert [[row["a"], row["b"], row["c"]] for row in read] == rows


def test_lines_stay_exact_over_blocks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_text, "BLOCK_BYTES", 64)
    records = [f'{number},"a\nb"' if number % 7 == 0 else f"{number},c" for number in range(200)]
    text = "n,s\n" + "\n".join(records)
    file.write_text(text)

    rows = rows_of(csv(str(file)))

    lines = text.split("\n")
    assert [row["n"] for row in rows] == [str(number) for number in range(200)]
    assert all(lines[row["_line"] - 1].startswith(f"{row['n']},") for row in rows)


def test_a_byte_order_mark_is_no_part_of_the_first_name(file: Path) -> None:
    file.write_text("name\nAda\n", encoding="utf-8-sig")

    assert rows_of(csv(str(file))) == [{"name": "Ada", "_line": 2}]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_other_encodings_are_read_by_setting(file: Path, encoding: str) -> None:
    file.write_text("name\nAndré\nonly,two\n", encoding=encoding)

    rows, rejected = whole(csv(str(file), encoding=encoding))

    assert rows.to_pylist() == [{"name": "André", "_line": 2}]
    assert [one.raw for one in rejected] == ["only,two"]


def test_without_a_header_columns_are_called_by_their_place(file: Path) -> None:
    file.write_text("Ada;36\n")

    rows = rows_of(csv(str(file), header=False, delimiter=";"))

    assert rows == [{"column_1": "Ada", "column_2": "36", "_line": 1}]


def test_a_column_without_a_name_is_called_by_its_place(file: Path) -> None:
    file.write_text(",name\n0,Ada\n")

    assert rows_of(csv(str(file))) == [{"column_1": "0", "name": "Ada", "_line": 2}]


def test_a_header_alone_gives_its_columns_and_no_row(file: Path) -> None:
    file.write_text("a,b\n")

    rows, _ = whole(csv(str(file)))

    assert rows.column_names == ["a", "b", "_line"]
    assert rows.num_rows == 0


@pytest.mark.parametrize("text", ["", "\n\n", "\r\n"])
def test_an_empty_file_gives_nothing(file: Path, text: str) -> None:
    file.write_text(text)

    assert list(csv(str(file))) == []


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("a,b,a", "names 'a' twice, in columns 1 and 3"),
        (",,", "names no column"),
        ("a,_line", "has a name Headgate keeps"),
        ('a,"b', "does not end"),
    ],
)
def test_a_header_that_names_no_columns_is_refused(file: Path, header: str, told: str) -> None:
    file.write_text(f"{header}\n1,2,3\n")

    with pytest.raises(Invalid, match=told) as caught:
        list(csv(str(file)))

    assert caught.value.mend


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        list(csv(str(tmp_path / "nothing.csv")))

    with pytest.raises(Invalid, match="is no file"):
        list(csv(str(tmp_path)))


@pytest.mark.parametrize(
    ("data", "told", "mend"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "byte 9 is NUL", "--connector files"),
        (b"PK\x03\x04\x14\0\0", "a zip archive or a workbook", "save the sheet as CSV"),
        (b"\x1f\x8b\x08\0", "compressed with gzip", "gunzip"),
        ("a,b\n1,2".encode("utf-16"), "probably UTF-16", "encoding=utf-16"),
        (b"SQLite format 3\0", "a SQLite database", "--connector sqlite"),
    ],
)
def test_a_binary_file_is_refused_with_what_it_is(
    file: Path, data: bytes, told: str, mend: str
) -> None:
    file.write_bytes(data)

    with pytest.raises(Invalid, match=told) as caught:
        list(csv(str(file)))

    assert mend in caught.value.mend


def test_a_wrong_encoding_names_the_line_the_byte_and_the_mend(file: Path) -> None:
    file.write_bytes("name,town\nAda,Rome\nZoë,Köln\n".encode("latin-1"))

    with pytest.raises(Invalid, match="line 3, byte 3 is 0xeb") as caught:
        list(csv(str(file)))

    assert "--settings encoding=latin-1" in caught.value.mend


def test_an_encoding_that_is_not_the_files_is_told(file: Path) -> None:
    file.write_bytes(b"a\n\xd8\xd8\xd8")

    with pytest.raises(Invalid, match="is not utf-16 near byte"):
        list(csv(str(file), encoding="utf-16"))

    with pytest.raises(Invalid, match="no encoding is named 'utf-9'"):
        list(csv(str(file), encoding="utf-9"))


@pytest.mark.parametrize("before", ["", "1,2\n", '"', '1,"x"\n'])
def test_a_line_of_ten_megabytes_is_refused_by_its_number(file: Path, before: str) -> None:
    file.write_bytes(b"a,b\n" + before.encode() + b"x" * (10 << 20) + b",2\n3,4\n")
    line = 2 + before.count("\n")

    with pytest.raises(Invalid, match=f"line {line} of .* is longer than 8 MiB") as caught:
        list(csv(str(file)))

    assert "line ends" in caught.value.mend


@pytest.mark.parametrize("delimiter", ["", ";;", "€", "\n"])
def test_a_delimiter_is_one_ascii_sign(file: Path, delimiter: str) -> None:
    file.write_text("a\n1\n")

    with pytest.raises(Invalid, match="not one ASCII sign"):
        list(csv(str(file), delimiter=delimiter))


def test_a_tab_may_be_spelled_as_the_delimiter(file: Path) -> None:
    file.write_text("a\tb\n1\t2\n")

    assert rows_of(csv(str(file), delimiter="tab")) == [{"a": "1", "b": "2", "_line": 2}]


@pytest.mark.full
def test_a_million_rows_of_twenty_columns_take_about_a_second(file: Path) -> None:
    line = ",".join(f"{number}.5" for number in range(19)) + ',"text"\n'
    file.write_text(",".join(f"c{n}" for n in range(20)) + "\n" + line * 1_000_000)
    begun = time.perf_counter()

    rows, _ = whole(csv(str(file)))

    assert rows.num_rows == 1_000_000
    assert time.perf_counter() - begun < 6
