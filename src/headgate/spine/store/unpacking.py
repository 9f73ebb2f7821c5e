"""Unpacks columns of JSON text into plain columns, after looking what stands in all of them.

What a value is can differ from row to row, so a window is looked through first: `shape_of` tells
of each field which kinds of values it holds, shapes of parts add up, and only then `unpack` reads
every part with the same types. Both are queries of DuckDB; no row passes through Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.spine.store.sql import run_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Path = tuple[str, ...]
WHOLE: Path = ()
"""The path of what is no object: a number, a text, a list."""

_KINDS = ("DOUBLE", "UBIGINT", "BIGINT", "VARCHAR", "BOOLEAN", "OBJECT", "ARRAY")
_BITS = {kind: 1 << place for place, kind in enumerate(_KINDS)}
_INTEGERS = _BITS["UBIGINT"] | _BITS["BIGINT"]
_NUMBERS = _INTEGERS | _BITS["DOUBLE"]
_TEXTS = "(select t, case when json_type(t) = 'OBJECT' then t end o from texts)"
_OBJECT, _TRUTH = _BITS["OBJECT"], _BITS["BOOLEAN"]


class Shape(msgspec.Struct, frozen=True):
    """Which kinds of values stand where in JSON texts.

    Args:
        kinds: for each path the kinds of its values as a set of bits; 0 where all are null.
    """

    kinds: dict[Path, int] = {}

    def __or__(self, other: Shape) -> Shape:
        both = dict(self.kinds)
        for path, kinds in other.kinds.items():
            both[path] = both.get(path, 0) | kinds
        return Shape(both)

    def leaves(self) -> list[Path]:
        """List what becomes a column: fields, and the fields of those that are objects alone."""
        return [path for path in self.kinds if path != WHOLE and self._is_leaf(path)]

    @property
    def has_whole(self) -> bool:
        """Whether some text is neither an object nor null."""
        return bool(self.kinds.get(WHOLE, 0) & ~_OBJECT)

    def _is_leaf(self, path: Path) -> bool:
        if len(path) > 1:
            return self.kinds.get(path[:-1]) == _OBJECT
        return self.kinds[path] != _OBJECT


def type_of(shape: Shape, *paths: Path) -> pa.DataType:
    """Return the type that holds the values of some paths: whole numbers, numbers, truth or text.

    Whole numbers have 64 bits, one of them for the sign; what is longer comes as null.
    """
    kinds = 0
    for path in paths:
        kinds |= shape.kinds.get(path, 0) & ~(_OBJECT if path == WHOLE else 0)
    if kinds and not kinds & ~_INTEGERS:
        return pa.int64()
    if kinds and not kinds & ~_NUMBERS:
        return pa.float64()
    return pa.bool_() if kinds == _TRUTH else pa.string()


def shape_of(texts: Any) -> Shape:
    """Look through JSON texts.

    Args:
        texts: a column of JSON texts and nulls, shape (n,).
    """
    told = _asked(f"select distinct json_type(t) kind, json_keys(t) names from {_TEXTS}", texts)
    kinds = {WHOLE: sum(_BITS.get(kind or "", 0) for kind in pc.unique(told["kind"]).to_pylist())}
    kinds |= _kinds_of(texts, [(name,) for name in _distinct(told["names"])])
    objects = [path for path, found in kinds.items() if path != WHOLE and found == _OBJECT]
    nested = [(*path, name) for path in objects for name in _keys(texts, path)]
    return Shape(kinds | _kinds_of(texts, nested))


def unpack(texts: Any, wanted: Mapping[Path, pa.DataType]) -> dict[Path, Any]:
    """Read fields of JSON texts.

    Args:
        texts: a column of JSON texts and nulls, shape (n,).
        wanted: the type of each path.

    Returns:
        An array for each path, shape (n,); null where the field is not there.
    """
    if not wanted:
        return {}
    listed = ", ".join(_literal(_pointer(path)) for path in wanted)
    cells = [
        f"{_cell(place, path)} as c{place}" if kind == pa.string() else _cast(place, path, kind)
        for place, (path, kind) in enumerate(wanted.items(), start=1)
    ]
    rows = _asked(
        f"select {', '.join(cells)} from (select t, o, json_extract_string(o, [{listed}]) j "
        f"from {_TEXTS})",
        texts,
    )
    columns = [
        rows[place].combine_chunks().cast(kind) for place, kind in enumerate(wanted.values())
    ]
    return {path: _plain(column) for path, column in zip(wanted, columns, strict=True)}


def _cell(place: int, path: Path) -> str:
    return "case when o is null then t ->> '$' end" if path == WHOLE else f"j[{place}]"


def _cast(place: int, path: Path, kind: pa.DataType) -> str:
    names: dict[Any, str] = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}
    return f"try_cast({_cell(place, path)} as {names[kind]}) as c{place}"


def _kinds_of(texts: Any, paths: Sequence[Path]) -> dict[Path, int]:
    if not paths:
        return {}
    listed = ", ".join(_literal(_pointer(path)) for path in paths)
    whens = " ".join(f"when '{kind}' then {bit}" for kind, bit in _BITS.items())
    sums = ", ".join(
        f"bit_or(case k[{place}] {whens} else 0 end) as c{place}"
        for place in range(1, len(paths) + 1)
    )
    told = _asked(f"select {sums} from (select json_type(o, [{listed}]) k from {_TEXTS})", texts)
    row = told.to_pylist()[0].values()
    return {path: kinds or 0 for path, kinds in zip(paths, row, strict=True)}


def _keys(texts: Any, path: Path) -> list[str]:
    names = f"json_keys(o, {_literal(_pointer(path))})"
    return _distinct(_asked(f"select distinct {names} names from {_TEXTS}", texts)["names"])


def _distinct(lists: Any) -> list[str]:
    """List the names in lists of names, each once."""
    return pc.unique(pc.list_flatten(lists)).to_pylist()


def _asked(sql: str, texts: Any) -> pa.Table:
    table = pa.table({"t": texts})
    return run_query(sql, lambda _: table)


def _pointer(path: Iterable[str]) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _plain(column: Any) -> Any:
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
