"""Small tables drawn at random, and what their rows were made of, reckoned row by row."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("price", pa.int64()),
        ("tags", pa.list_(pa.string())),
        ("_rid", pa.int64()),
    ]
)
PARENTS = pa.field("_parents", pa.list_(pa.int64()))

KEYS = st.sampled_from(["a", "b", "c", None])
TAGS = st.none() | st.lists(st.sampled_from(["x", "y", None]), max_size=3)


@st.composite
def tables(draw: st.DrawFn, first_rid: int = 0) -> pa.Table:
    """Draw a table whose rows name themselves, others, or both."""
    rids = draw(st.lists(st.integers(first_rid, first_rid + 50), unique=True, max_size=8))
    rows: list[dict[str, Any]] = [
        {"key": draw(KEYS), "price": draw(st.integers(0, 9)), "tags": draw(TAGS), "_rid": rid}
        for rid in rids
    ]
    for row in rows:
        row["_parents"] = sorted(draw(st.sets(st.integers(first_rid, first_rid + 50), max_size=3)))
    table = pa.Table.from_pylist(rows, schema=SCHEMA.append(PARENTS))
    left_out: list[str] = draw(st.sampled_from([["_parents"], ["_rid"], []]))
    return table.drop_columns(left_out)


def made_of(row: dict[str, Any]) -> set[int]:
    """Return the ids a row was made of: its own, and those it names."""
    own = {row["_rid"]} if "_rid" in row else set[int]()
    return own | set(row.get("_parents", []))


def told(table: pa.Table) -> list[set[int]]:
    """Return what each row of a table says it was made of; each id is named once."""
    rows = table.to_pylist()
    for row in rows:
        named = row.get("_parents", [])
        assert named == sorted(set(named))
    return [made_of(row) for row in rows]


def content(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows without what says where they came from."""
    return [
        {name: value for name, value in row.items() if name not in ("_rid", "_parents")}
        for row in table.to_pylist()
    ]
