"""Tables as files: what is saved is loaded again, whole or not at all."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.dataset.formats import SUFFIXES, load, save

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = pa.table({"id": [1, 2], "ratio": [0.5, None], "name": ["ann", 'b "b", \tb\nc']})
NESTED = pa.table({"tags": [["a"], []], "spot": [{"x": 1}, None]})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_saved_is_loaded_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"orders{suffix}"

    n_bytes = save(PLAIN, path)

    assert load(path).to_pydict() == PLAIN.to_pydict()
    assert n_bytes == path.stat().st_size


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".arrow"])
def test_nested_columns_are_loaded_again(tmp_path: Path, suffix: str) -> None:
    save(NESTED, tmp_path / f"orders{suffix}")

    assert load(tmp_path / f"orders{suffix}").to_pydict() == NESTED.to_pydict()


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    save(PLAIN, tmp_path / "orders.PARQUET")

    assert load(str(tmp_path / "orders.PARQUET")).equals(PLAIN)


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    save(PLAIN, tmp_path / "a" / "b" / "orders.parquet")

    assert (tmp_path / "a" / "b" / "orders.parquet").is_file()


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_format_that_cannot_hold_a_column_leaves_the_old_file(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"orders{suffix}"
    save(PLAIN, path)
    before = path.read_bytes()

    with pytest.raises(Invalid) as caught:
        save(NESTED, path)

    assert caught.value.message.endswith("cannot hold column 'tags' of type list<item: string>")
    assert caught.value.mend.startswith("export to parquet")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["orders", "orders.xlsx", "orders.csv.gz"])
def test_a_suffix_that_tells_no_format_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")

    for act in (lambda: save(PLAIN, tmp_path / name), lambda: load(tmp_path / name)):
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.mend == "use one of .parquet, .csv, .tsv, .jsonl, .arrow"


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "orders.csv")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", b"no parquet"),
        ("a.arrow", b"no arrow"),
        ("a.jsonl", b'{"a": 1}\n{"a": '),
        ("a.csv", b"a,b\n1,2,3\n"),
        ("a.csv", b""),
        ("a.tsv", b"a\tb\n1\n"),
    ],
)
def test_a_file_that_is_not_what_its_suffix_says_is_refused(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(Invalid) as caught:
        load(tmp_path / name)

    assert f"cannot be read as {name[2:]}" in caught.value.message


def test_a_place_that_cannot_be_written_is_an_error_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")

    with pytest.raises(Unavailable) as caught:
        save(PLAIN, tmp_path / "file" / "orders.csv")

    assert caught.value.mend == "make room or choose another place"


CELLS: dict[str, Any] = {
    "i": st.none() | st.integers(-(2**63), 2**63 - 1),
    "f": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "s": st.none() | st.text(max_size=5),
    "b": st.none() | st.booleans(),
}
SCHEMA = pa.schema([("i", pa.int64()), ("f", pa.float64()), ("s", pa.string()), ("b", pa.bool_())])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.fixed_dictionaries(CELLS), max_size=5))
def test_parquet_and_arrow_files_hold_every_table_exactly(rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)

    with TemporaryDirectory() as folder:
        for suffix in (".parquet", ".arrow"):
            save(table, f"{folder}/t{suffix}")

            assert load(f"{folder}/t{suffix}").equals(table)


def test_a_code_with_leading_zeros_stays_text_as_in_an_ingest(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("zip,n\n007,1\n123,2\n", encoding="utf-8")

    table = load(path)

    assert table.to_pydict() == {"zip": ["007", "123"], "n": [1, 2]}
