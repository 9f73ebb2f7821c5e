"""The tsv connector: as csv, with tabs, and with quotes that may be plain signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid
from headgate.ingest.connectors.tsv import tsv
from tests.ingest.connectors.reading import rejections_of, rows_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.tsv"


@pytest.mark.row("S3-04", part="csv")
def test_fields_are_separated_by_tabs(file: Path) -> None:
    file.write_text('name\tnote\nAda\t"a\tb"\nBob\t1,2\n')

    rows = rows_of(tsv(str(file)))

    assert rows == [
        {"name": "Ada", "note": "a\tb", "_line": 2},
        {"name": "Bob", "note": "1,2", "_line": 3},
    ]


def test_a_row_of_too_many_fields_is_rejected(file: Path) -> None:
    file.write_text("a\tb\n1\t2\t3\n4\t5\n")

    assert rejections_of(tsv(str(file))) == [(2, "1\t2\t3", "fields: 3 instead of 2")]


def test_without_a_quoting_sign_quotes_are_plain_signs(file: Path) -> None:
    file.write_text('a\tb\n"1\t2\n3"\t4\n')

    rows = rows_of(tsv(str(file), quote=""))

    assert [(row["a"], row["_line"]) for row in rows] == [('"1', 2), ('3"', 3)]


def test_plain_quotes_and_lone_returns_are_read_exactly(file: Path) -> None:
    file.write_bytes(b'a\tb\r"1\t2\r3"\t\\N\r')

    rows = rows_of(tsv(str(file), quote="", null_values=("", "\\N")))

    assert rows == [{"a": '"1', "b": "2", "_line": 2}, {"a": '3"', "b": None, "_line": 3}]


def test_a_quoting_sign_is_one_sign(file: Path) -> None:
    file.write_text("a\n1\n")

    with pytest.raises(Invalid, match="quote '<<' is not one ASCII sign"):
        list(tsv(str(file), quote="<<"))
