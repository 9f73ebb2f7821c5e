"""Sifts rows in one reading, so that an engine is asked of those alone that may break a promise.

What is left behind surely keeps every promise; of what comes through the engine says the last word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.contract.sieves import Sieves
from headgate.contract.words import RID
from headgate.core.checks import EachRow, NoRepeats, columns_in
from headgate.spine.store.scanning import rules_out, worded
from headgate.spine.store.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from headgate.contract.sieves import Sieve
    from headgate.core.checks import Check, Promise

BATCH = 131_072
"""Rows of a table that are looked at together [count]."""
SMALL = 16_384
"""Rows of a batch below which many are put together first [count]."""
SPREAD = 8
"""Places of a table of truths that are made for each value at the most [count]."""


class Sifted(NamedTuple):
    """What came of sifting.

    Args:
        kept: the places of the checks that all rows surely keep.
        checks: the places of the others that rows were sifted by.
        rows: every row that breaks one of these, and perhaps some others, in the order they stand,
            with their ids and what the checks look at and show.
    """

    kept: frozenset[int]
    checks: frozenset[int]
    rows: pa.Table


def sift(rows: Any, checks: Sequence[Check]) -> Sifted:
    """Leave behind the rows that surely keep promises.

    Args:
        rows: an Arrow table or dataset with the ids of its rows in `_rid`.
        checks: some of which the columns they look at are all there.
    """
    schema: pa.Schema = rows.schema
    sieves = Sieves(schema)
    made = {place: _ask(one.promise, sieves, schema) for place, one in enumerate(checks)}
    asks = {place: ask for place, ask in made.items() if ask is not None}
    kept = frozenset(place for place, ask in asks.items() if _is_kept(rows, ask))
    left = {place: ask for place, ask in asks.items() if place not in kept}
    named = [
        name
        for place in left
        for name in (*columns_in(checks[place].promise), *checks[place].shows)
        if schema.get_field_index(name) >= 0
    ]
    fields = pa.schema([schema.field(name) for name in dict.fromkeys([RID, *named])])
    if not left:
        return Sifted(kept, frozenset(), fields.empty_table())
    try:
        few = _through(rows, list(left.values()), fields)
    except (pa.ArrowException, OSError):
        # the engine meets it as well, and says what it is
        return Sifted(kept, frozenset(), fields.empty_table())
    return Sifted(kept, frozenset(left), few)


def _ask(promise: Promise, sieves: Sieves, schema: pa.Schema) -> Sieve | str | None:
    """Return a promise's sieve, or the column that is to be sorted; nothing if there is neither.

    To sort whole numbers takes a tenth of the time that it takes the engine to group them.
    """
    if isinstance(promise, NoRepeats) and len(promise.columns) == 1:
        name = promise.columns[0]
        return name if pa.types.is_integer(schema.field(name).type) else None
    return sieves.of(promise) if isinstance(promise, EachRow) else None


def _is_kept(rows: Any, ask: Sieve | str) -> bool:
    """Say whether statistics tell that no row breaks a promise; none is read then."""
    if isinstance(ask, str) or not ask.conditions:
        return False
    try:
        return rules_out(rows, ask.conditions, ask.columns)
    except (pa.ArrowException, OSError):
        return False


class _Part(NamedTuple):
    """Some rows that stand together: columns by name, and which values stand there again."""

    arrays: dict[str, Any]
    repeats: dict[str, Any]


class _Parts:
    """One reading of rows; it begins at once, and goes on while columns are sorted.

    Args:
        rows: an Arrow table or dataset.
        names: columns to be read.
        alone: those among them that are read first, and sorted.
    """

    def __init__(self, rows: Any, names: Sequence[str], alone: Sequence[str]) -> None:
        self._unread = [name for name in names if name not in alone]
        self._batches = _read(rows, self._unread)
        self._held: dict[str, Any] = {}
        for name in dict.fromkeys(alone):
            read = [batch.column(0) for batch in _read(rows, [name])]
            self._held[name] = pa.chunked_array(read, rows.schema.field(name).type)
        self._repeats = {name: repeated(values) for name, values in self._held.items()}

    def __iter__(self) -> Iterator[_Part]:
        """Go through the rows once."""
        start = 0
        for batch in self._batches:
            end = start + batch.num_rows
            arrays: dict[str, Any] = dict(zip(self._unread, batch.columns, strict=True))
            for name, values in self._held.items():
                arrays[name] = _joined(values.slice(start, batch.num_rows))
            yield _Part(arrays, {name: m[start:end] for name, m in self._repeats.items()})
            start = end


def _through(rows: Any, asks: Sequence[Sieve | str], schema: pa.Schema) -> pa.Table:
    """Read columns, and keep the rows that may break a promise, in the order they stand."""
    parts = _Parts(rows, schema.names, [one for one in asks if isinstance(one, str)])

    def kept(part: _Part) -> pa.RecordBatch | None:
        mask = _any_of([_asked(ask, part) for ask in asks])
        if not mask.true_count:
            return None
        chosen = [_as_told(part.arrays[one.name].filter(mask), one.type) for one in schema]
        return pa.record_batch(chosen, schema=schema)

    found = ahead(kept, parts, at_once=pa.cpu_count())
    return pa.Table.from_batches([one for one in found if one is not None], schema)


def _asked(ask: Sieve | str, part: _Part) -> Any:
    return pa.array(part.repeats[ask]) if isinstance(ask, str) else ask.ask(part.arrays)


def repeated(values: Any) -> NDArray[np.bool_]:
    """Say of each of some whole numbers whether it stands there again; a missing one does not.

    >>> repeated(pa.chunked_array([[3, None, 1], [3, None]])).tolist()
    [True, False, False, True, False]
    """
    numbers = values.drop_null().to_numpy() if values.null_count else values.to_numpy()
    ordered = np.sort(numbers)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.zeros(len(values), np.bool_)
    if int(twice[-1]) - int(twice[0]) < SPREAD * len(values):
        found = np.isin(numbers, twice, kind="table")
    else:
        found = pc.is_in(pa.array(numbers), pa.array(twice)).to_numpy(zero_copy_only=False)
    if len(found) == len(values):
        return found
    mask = values.is_valid().to_numpy()
    mask[mask] = found
    return mask


def _read(rows: Any, names: list[str]) -> Iterable[pa.RecordBatch]:
    """Begin to read columns."""
    if not isinstance(rows, pa.Table):
        return worded(rows, names).scanner(columns=names).to_reader()
    table = rows.select(names)
    batches = table.to_batches(BATCH)
    if len(batches) > 1 and table.num_rows < len(batches) * SMALL:
        return table.combine_chunks().to_batches(BATCH)
    return batches


def _joined(values: Any) -> Any:
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def _any_of(masks: Sequence[Any]) -> Any:
    """Say of which rows one of several is true; what is unknown is not."""
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_kleene(found, mask)
    return found.fill_null(False) if found.null_count else found  # noqa: FBT003 - Arrow takes the value so


def _as_told(values: Any, kind: pa.DataType) -> Any:
    """Spell out words that were read as a dictionary only."""
    return values if values.type == kind else values.dictionary_decode().cast(kind)
