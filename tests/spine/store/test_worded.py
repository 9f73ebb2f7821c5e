"""Text is read as a dictionary where it lies as one, and what statistics rule out is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from headgate.spine.store import scanning
from headgate.spine.store.scanning import rules_out, worded

if TYPE_CHECKING:
    from pathlib import Path

FEW = ["Oslo", "Bergen", None, "", "é"] * 400
ROWS = pa.table(
    {
        "few": FEW,
        "many": [f"{n}@example.org" for n in range(2000)],
        "n": list(range(2000)),
        "f": [0.5, float("nan")] * 1000,
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of the rows, in row groups of 500."""
    for start in (0, 1000):
        part = tmp_path / f"{start}.parquet"
        pq.write_table(ROWS.slice(start, 1000), part, row_group_size=500)
    return tmp_path


def opened(folder: Path, schema: pa.Schema | None = None) -> Any:
    paths = sorted(map(str, folder.iterdir()), key=lambda path: (len(path), path))
    return ds.dataset(paths, schema=schema, format="parquet")


def is_words(rows: Any, name: str) -> bool:
    return pa.types.is_dictionary(rows.schema.field(name).type)


def test_text_of_few_words_is_read_as_words_and_is_the_same(folder: Path) -> None:
    rows = worded(opened(folder), ["few", "many", "n"])

    assert [is_words(rows, name) for name in ("few", "many", "n")] == [True, False, False]
    read = rows.to_table(columns=["few", "many", "n"])
    spelled = read.set_column(0, "few", read["few"].cast(pa.string()))
    assert spelled.equals(ROWS.drop_columns(["f"]))


def test_rows_are_offered_as_they_are_where_no_text_of_few_words_is_asked_for(folder: Path) -> None:
    rows = opened(folder)

    assert worded(rows, ["many", "n"]) is rows
    assert worded(rows, []) is rows


def test_a_dataset_with_a_filter_of_its_own_keeps_it(folder: Path) -> None:
    rows = opened(folder).filter(pc.field("n") < 10)

    assert worded(rows, ["few"]) is rows
    assert not rules_out(rows, [pc.field("n") > 5000], ["n"])


def test_a_column_that_is_in_some_files_only_is_read_as_it_is(folder: Path) -> None:
    pq.write_table(ROWS.drop_columns(["few"]), folder / "10000.parquet")
    rows = opened(folder, ROWS.schema)

    assert worded(rows, ["few"]) is rows


def test_of_very_many_files_and_of_other_formats_nothing_is_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MOST_FILES", 1)
    others = ds.dataset(ROWS)
    rows = opened(folder)

    assert worded(rows, ["few"]) is rows
    assert worded(others, ["few"]) is others


@pytest.mark.parametrize(
    ("condition", "name", "is_out"),
    [
        (pc.field("n") < 0, "n", True),
        (pc.field("n") > 1998, "n", False),
        (pc.field("n").is_null(), "n", True),
        (pc.field("few").is_null(), "few", False),
        (pc.field("many").is_null(), "many", True),
    ],
)
def test_statistics_rule_out_what_no_row_group_may_hold(
    folder: Path, condition: Any, name: str, *, is_out: bool
) -> None:
    assert rules_out(opened(folder), [condition], [name]) is is_out


def test_one_condition_that_a_row_may_meet_is_enough(folder: Path) -> None:
    below, above = pc.field("n") < 0, pc.field("n") > 1500

    assert not rules_out(opened(folder), [below, above], ["n"])


def test_statistics_of_another_type_or_of_no_file_tell_nothing(folder: Path) -> None:
    place = ROWS.schema.get_field_index("n")
    narrow = ROWS.schema.set(place, pa.field("n", pa.int32()))

    assert not rules_out(opened(folder, narrow), [pc.field("n") < 0], ["n"])
    assert not rules_out(ds.dataset(ROWS), [pc.field("n") < 0], ["n"])
