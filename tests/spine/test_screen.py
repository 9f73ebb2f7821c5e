"""What rows must pass before they are written, over all their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import LINE, UNTYPED, Rejected
from headgate.core.refs import RID
from headgate.core.times import now
from headgate.spine.screen import Screened, n_mintable, screen
from headgate.spine.store.manifest import empty_manifest
from headgate.spine.writes import Mode, Origin, Part, Write

if TYPE_CHECKING:
    from headgate.spine.context import Context

EMPTY = empty_manifest("default", "orders")


def part(rows: Any, *rejected: Rejected) -> Part:
    """Take rows as brought by a source."""
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    origin = Origin(kind="ingest", arrived_at=now(), source="shop")
    return Part(rows=table, origin=origin, rejected=rejected)


def screened(
    context: Context, *parts: Part, mode: Mode = "append", key: tuple[str, ...] = ()
) -> Screened:
    """Screen parts for a new dataset."""
    return screen(context, Write(dataset="orders", mode=mode, key=key), parts, EMPTY)


def test_parts_become_one_table_and_remember_where_they_end(context: Context) -> None:
    found = screened(context, part({"id": [1, 2]}), part({"id": [3]}))

    assert found.incoming.rows["id"].to_pylist() == [1, 2, 3]
    assert found.incoming.batches.tolist() == [0, 0, 1]
    assert (found.n_offered, found.incoming.n_batches) == (3, 2)
    assert found.rejected == [(), ()]


def test_parts_may_have_different_columns_and_widths(context: Context) -> None:
    found = screened(context, part({"id": [1]}), part({"id": [0.5], "n": ["x"]}))

    assert found.incoming.rows.to_pylist() == [{"id": 1.0, "n": None}, {"id": 0.5, "n": "x"}]


def test_parts_that_fit_into_no_table_are_refused(context: Context) -> None:
    with pytest.raises(Invalid) as caught:
        screened(context, part({"id": [1]}), part({"id": ["x"]}))

    assert "do not fit into one table" in caught.value.message
    assert "one after the other" in caught.value.mend


def test_columns_of_our_own_are_not_kept(context: Context) -> None:
    rows = {LINE: [2], "_rev": [7], "_rh": [b"x"], "id": [1]}

    found = screened(context, part(rows))

    assert found.incoming.rows.column_names == ["id"]


def test_the_mark_of_untyped_text_is_not_kept(context: Context) -> None:
    rows = pa.table({"id": ["1"]}).replace_schema_metadata({UNTYPED: b"1"})

    found = screened(context, part(rows))

    assert found.incoming.rows.schema == pa.schema([("id", pa.int64())])


def test_of_a_key_in_two_parts_the_later_one_goes_in(context: Context) -> None:
    found = screened(
        context,
        part({LINE: [2, 3], "id": [1, 2]}),
        part({LINE: [2], "id": [1]}, Rejected(9, "raw", "why")),
        mode="upsert",
        key=("id",),
    )

    assert found.incoming.rows["id"].to_pylist() == [2, 1]
    assert found.positions.tolist() == [1, 2]
    assert found.incoming.batches.tolist() == [0, 1]
    assert [[one.line for one in rejected] for rejected in found.rejected] == [[2], [9]]


def test_a_row_without_a_line_is_told_by_its_place_in_its_part(context: Context) -> None:
    found = screened(context, part({"id": [1]}), part({"id": pa.array([2, None])}), key=("id",))

    ((), (rejected,)) = found.rejected
    assert (rejected.line, rejected.raw, rejected.reason) == (2, '{"id":null}', "null-key: id")


def test_no_parts_give_no_rows(context: Context) -> None:
    with pytest.raises(Invalid) as caught:
        screened(context)

    assert caught.value.mend == "give a table with columns"


@pytest.mark.parametrize(
    "rids",
    [
        pa.array([2**63, 1], pa.uint64()),
        pa.array([1, None], pa.int64()),
        pa.array([1.0, 2.0]),
        pa.array(["1", "2"]),
        pa.array([7, 7]),
    ],
    ids=["too-large", "null", "fractions", "text", "twice"],
)
def test_what_is_no_row_id_is_refused(context: Context, rids: Any) -> None:
    rows = pa.table({RID: rids, "id": [1, 2]})

    with pytest.raises(Invalid, match=RID) as caught:
        screened(context, part(rows), mode="upsert", key=("id",))

    assert caught.value.mend


def test_row_ids_of_any_width_are_taken(context: Context) -> None:
    rows = pa.table({RID: pa.array([2**63 - 1, 1], pa.uint64()), "id": [1, 2]})

    found = screened(context, part(rows), mode="upsert")

    assert found.incoming.rids is not None
    assert found.incoming.rids.tolist() == [2**63 - 1, 1]
    assert n_mintable([part(rows)]) == 0


def test_a_column_that_has_the_name_of_line_numbers_and_holds_none_is_refused(
    context: Context,
) -> None:
    with pytest.raises(Invalid, match=LINE) as caught:
        screened(context, part({"id": [1], LINE: ["first"]}))

    assert caught.value.mend == "give the column another name"


def test_a_column_of_one_name_twice_is_refused(context: Context) -> None:
    rows = pa.table([pa.array([1]), pa.array([2])], names=["id", "id"])

    with pytest.raises(Invalid, match="'id' stands twice"):
        screened(context, part(rows))


def test_an_upsert_without_a_key_is_refused_with_what_to_name(context: Context) -> None:
    with pytest.raises(Invalid, match="no key to upsert by") as caught:
        screened(context, part({"id": [1]}), mode="upsert")

    assert "--key" in caught.value.mend


@pytest.mark.parametrize(("mode", "where"), [("overwrite", None), ("append", "id > 1")])
def test_a_condition_goes_with_overwriting_alone(
    context: Context, mode: Mode, where: str | None
) -> None:
    write = Write(dataset="orders", mode=mode, where=where)

    with pytest.raises(Invalid):
        screen(context, write, [part({"id": [1]})], EMPTY)


def test_a_key_that_is_no_column_is_answered_by_the_nearest(context: Context) -> None:
    with pytest.raises(NotFound) as caught:
        screened(context, part({"email": ["a"]}), key=("emial",))

    assert caught.value.mend == "did you mean email?"
