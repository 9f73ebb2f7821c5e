"""The schema gate: what passes, what waits, what is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.plugins import UNTYPED
from headgate.dataset.gates import SchemaGate
from tests.asking import commit, events

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Verdict

KNOWN = pa.schema([("id", pa.int64()), ("name", pa.string())])


def check(
    context: Context, rows: Any, known: pa.Schema | None = KNOWN, *, text: bool = False
) -> Verdict:
    """Ask the gate; `text` marks the rows as text without a type."""
    table = pa.table(rows)
    if text:
        table = table.replace_schema_metadata({UNTYPED: b"1"})
    return SchemaGate().check(context, "orders", table, known)


def test_rows_that_fit_pass(context: Context) -> None:
    verdict = check(context, {"id": [1, 2], "name": ["a", None]})

    assert verdict.rows.to_pydict() == {"id": [1, 2], "name": ["a", None]}
    assert verdict.positions.tolist() == [0, 1]
    assert verdict.rejected == ()
    assert verdict.facts == ()


def test_a_row_with_a_misfit_waits_with_its_first_reason(context: Context) -> None:
    verdict = check(context, {"id": ["1", "x", "y"], "name": ["a", "b", "c"]})

    assert verdict.rows["id"].to_pylist() == [1]
    assert verdict.positions.tolist() == [0]
    assert [(one.position, one.reason) for one in verdict.rejected] == [
        (1, "type: id is 'x', not int64"),
        (2, "type: id is 'y', not int64"),
    ]


def test_a_long_cell_is_shown_in_part(context: Context) -> None:
    (rejected,) = check(context, {"id": ["x" * 500]}).rejected

    assert len(rejected.reason) < 100
    assert rejected.reason.endswith("..., not int64")


def test_an_unknown_column_is_kept_and_noticed(context: Context) -> None:
    verdict = check(context, {"id": [1], "extra": [0.5]})

    assert verdict.rows.column_names == ["id", "extra"]
    assert verdict.facts == ("unknown column extra kept as double",)


def test_columns_of_a_new_dataset_are_no_news(context: Context) -> None:
    assert check(context, {"id": [1]}, None).facts == ()


def test_a_column_that_widens_is_noticed(context: Context) -> None:
    verdict = check(context, {"id": [0.5]})

    assert verdict.facts == ("column id widened from int64 to double",)
    assert verdict.rejected == ()


@pytest.mark.parametrize(
    ("cells", "facts"),
    [
        (["1", "2", "x", "y"], ()),
        (["1", "x", "y"], ("breaking change of column id: 2 of 3 are not int64",)),
        ([None, None, "x"], ("breaking change of column id: 1 of 1 are not int64",)),
        ([None, "1"], ()),
    ],
)
def test_a_column_of_which_most_does_not_fit_is_said_to_have_changed(
    context: Context, cells: list[str | None], facts: tuple[str, ...]
) -> None:
    assert check(context, {"id": cells}).facts == facts


def test_untyped_text_is_read_where_no_type_is_kept(context: Context) -> None:
    verdict = check(context, {"id": ["7"], "name": ["8"], "count": ["9"]}, text=True)

    assert verdict.rows.to_pylist() == [{"id": 7, "name": "8", "count": 9}]


def test_typed_text_is_text(context: Context) -> None:
    verdict = check(context, {"count": ["9"]}, None)

    assert verdict.rows.to_pylist() == [{"count": "9"}]


def test_untyped_text_gives_a_type_to_a_column_that_had_none(context: Context) -> None:
    known = pa.schema([("count", pa.null())])

    verdict = check(context, {"count": ["9", None]}, known, text=True)

    assert verdict.rows["count"].to_pylist() == [9, None]
    assert verdict.facts == ("column count widened from null to int64",)


def test_chunks_and_dictionaries_are_no_matter(context: Context) -> None:
    ids = pa.chunked_array([["1"], ["x"], []], pa.string())
    names = pa.chunked_array([pa.array(["a", "b"]).dictionary_encode()])

    verdict = check(context, {"id": ids, "name": names})

    assert verdict.rows.to_pylist() == [{"id": 1, "name": "a"}]


def test_no_rows_pass(context: Context) -> None:
    verdict = check(context, {"id": pa.chunked_array([], pa.string())})

    assert verdict.rows.num_rows == 0
    assert verdict.rows["id"].type == pa.int64()


@pytest.mark.row("S3-20", part="unknown field kept")
def test_an_unknown_field_is_kept_and_a_missing_one_is_null(context: Context) -> None:
    commit(context, "orders", {"id": [1], "name": ["a"]})

    commit(context, "orders", {"id": [2], "extra": [True]}, mode="append")

    assert [event.payload for event in events(context) if event.kind == "gate_noticed"] == [
        {"fact": "unknown column extra kept as bool"}
    ]


def test_a_replacement_is_not_held_to_the_older_schema(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    snapshot = commit(context, "orders", {"id": ["x"]})

    assert snapshot.columns[0].type == "string"
