"""What a snapshot says of itself: figures of all rows in one query, and a sample for the rest.

Counts, ends and lengths are of every row. Quantiles, repeats and shapes of texts are of a sample
that the rows' ids choose, so that the same snapshot gives the same proposal; whatever is proposed
from it is looked at in every row before anybody sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from headgate.contract.checking import held_in, mute_in
from headgate.contract.compiling import name_of, names_of, query
from headgate.contract.shapes import KINDS
from headgate.contract.words import RID, ROWS
from headgate.spine.store.segments import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.contract.checking import Engine

SAMPLED = 20_000
"""Rows of a sample, about [count]."""
MOST_VALUES = 100
"""Values that a set may name [count]."""
LOGICAL = (
    ("boolean", "boolean"),
    ("integer", "integer"),
    ("number", "number"),
    ("text", "string"),
    ("date", "date"),
    ("timestamp", "timestamp"),
    ("time", "time"),
    ("object", "object"),
    ("array", "array"),
)
ENDS = (("low", "min"), ("high", "max"))
ORDERED = frozenset({"integer", "number", "date", "timestamp"})


class Facts(NamedTuple):
    """What all rows say of one column.

    Args:
        name: of the column.
        physical: its Arrow type, as text.
        kind: its logical type in a contract; nothing if a contract has none for it.
        n_rows: rows there are.
        n_given: rows with a value.
        n_nan: of numbers, those that are none.
        low: the least value; nothing if there is none or it has no order.
        high: the greatest value.
        shortest: signs of the shortest text [count].
        longest: signs of the longest text [count].
    """

    name: str
    physical: str
    kind: str | None
    n_rows: int
    n_given: int
    n_nan: int = 0
    low: Any = None
    high: Any = None
    shortest: int | None = None
    longest: int | None = None

    @property
    def is_whole(self) -> bool:
        """There are rows, and every one of them has a value."""
        return bool(self.n_rows) and self.n_given == self.n_rows


class Sample:
    """Some rows, in the order in which they came.

    Args:
        rows: with the columns of a snapshot.
        n_rows: how many rows it was taken of.
    """

    def __init__(self, rows: pa.Table, n_rows: int) -> None:
        self.rows = rows
        self.n_rows = n_rows
        self._values: dict[str, list[Any]] = {}

    def values(self, name: str) -> list[Any]:
        """List a column's values that are there."""
        if name not in self._values:
            held = self.rows[name].to_pylist()
            self._values[name] = [one for one in held if one is not None]
        return self._values[name]


def facts_of(engine: Engine) -> list[Facts]:
    """Ask all rows for the figures of every column that can be asked for, in one query."""
    mute = {*OWN, *mute_in(engine.schema)}
    fields = [field for field in engine.schema if field.name not in mute]
    held = held_in(engine)
    kinds = [kind_of(held.field(field.name).type) for field in fields]
    asked = [_asked(field, kind) for field, kind in zip(fields, kinds, strict=True)]
    flat = [form for one in asked for form in one.values()]
    told = [f"{form} as f{n}" for n, form in enumerate(flat)]
    found = engine.ask(query(", ".join(["count(*) as n", *told]), ROWS))
    figures = iter([found.column(n)[0].as_py() for n in range(found.num_columns)])
    n_rows = next(figures)
    return [
        Facts(
            field.name,
            str(held.field(field.name).type),
            kind,
            n_rows,
            **{key: next(figures) for key in one},
        )
        for field, kind, one in zip(fields, kinds, asked, strict=True)
    ]


def kind_of(type_: pa.DataType) -> str | None:
    """Name the logical type of a column; nothing if a contract has none for it."""
    return next((logical for kind, logical in LOGICAL if KINDS[kind](type_)), None)


def sample_of(engine: Engine, names: Sequence[str], n_rows: int) -> Sample:
    """Take about `SAMPLED` rows, chosen by their ids.

    Args:
        engine: where they lie.
        names: the columns to take.
        n_rows: how many rows there are.
    """
    every = max(n_rows // SAMPLED, 1)
    rid = name_of(RID)
    chosen = f"where hash({rid}) % {every} = 0" if every > 1 else ""
    found = engine.ask(query(names_of([RID, *names]), ROWS, f"{chosen} order by {rid}"))
    return Sample(found.drop_columns([RID]), n_rows)


def counts_of(engine: Engine, names: Iterable[str]) -> dict[str, dict[Any, int]]:
    """Count each value of columns that hold few, in one query."""
    wanted = list(names)
    if not wanted:
        return {}
    asked = [f"histogram({name_of(name)}) as f{n}" for n, name in enumerate(wanted)]
    found = engine.ask(query(", ".join(asked), ROWS))
    cells = (found.column(n)[0].as_py() for n in range(len(wanted)))
    return {name: dict(cell or ()) for name, cell in zip(wanted, cells, strict=True)}


def _asked(field: pa.Field[Any], kind: str | None) -> dict[str, str]:
    """Write what is asked of a column, by the fields of its facts."""
    name = name_of(field.name)
    asked = {"n_given": f"count({name})"}
    if pa.types.is_floating(field.type):
        asked["n_nan"] = f"count(*) filter (where isnan({name}))"
        asked |= {key: f"{key_of}({name}) filter (where not isnan({name}))" for key, key_of in ENDS}
    elif kind in ORDERED and kind_of(field.type) != "string":
        asked |= {key: f"{key_of}({name})" for key, key_of in ENDS}
    elif kind == "string":
        asked |= {"shortest": f"min(length({name}))", "longest": f"max(length({name}))"}
    return asked
