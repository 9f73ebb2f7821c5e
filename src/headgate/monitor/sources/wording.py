"""Counts terms and formats of text: each different value is looked at once.

A format is a value with its letters as `a`, runs of them as one, and each digit as `9`:
`2026-11-03` is `9999-99-99`, `3 Nov. 2026` is `9 a. 9999`. A term is a word of two signs or more,
in lower case, without digits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

N_SIGNS = 40
"""A longer text is prose: it has terms, and its format tells nothing [signs]."""


class Coded(NamedTuple):
    """A column of text, each different value once.

    Args:
        values: the different values, shape (k,).
        codes: for each row which value it holds, -1 where there is none, shape (n,).
    """

    values: Any
    codes: NDArray[np.int64]


class Usage(NamedTuple):
    """Which words or formats stand in which values.

    Args:
        names: the words or formats, shape (t,).
        name: for each use which one it is, shape (u,).
        value: for each use which value it stands in, shape (u,).
    """

    names: Any
    name: NDArray[np.int64]
    value: NDArray[np.int64]


def coded(column: Any) -> Coded:
    """Find the different values of a text column, shape (n,)."""
    found: Any = column.combine_chunks().dictionary_encode()
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(found.dictionary, codes)


def formats(values: Any) -> Usage:
    """Return the format of each value; prose has none.

    Args:
        values: different texts, shape (k,).
    """
    is_short = pc.less_equal(pc.utf8_length(values), pa.scalar(N_SIGNS))
    places = np.flatnonzero(is_short.to_numpy(zero_copy_only=False))
    shapes: Any = values.take(pa.array(places))
    for pattern, by in ((r"\p{L}+", "a"), (r"\p{Nd}", "9"), (r"\s+", " ")):
        shapes = pc.replace_substring_regex(shapes, pattern=pattern, replacement=by)
    return _usage(shapes, places)


def terms(values: Any) -> Usage:
    """Return the words of each value, each once.

    Args:
        values: different texts, shape (k,).
    """
    lists = pc.split_pattern_regex(pc.utf8_lower(values), pattern=r"[^\p{L}]+")
    words, places = pc.list_flatten(lists), pc.list_parent_indices(lists)
    is_word = pc.greater(pc.utf8_length(words), pa.scalar(1))
    words, places = words.filter(is_word), places.filter(is_word)
    pairs = pa.table({"word": words, "place": places})
    once = pairs.group_by(["word", "place"], use_threads=False).aggregate([])
    return _usage(once["word"], once["place"].to_numpy())


def n_rows_with(used: Usage, n_of_value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count for each word or format the rows it stands in.

    Args:
        used: which stands where.
        n_of_value: rows that hold each value, shape (k,).

    Returns:
        Counts, shape (t,).
    """
    found = np.bincount(used.name, weights=n_of_value[used.value], minlength=len(used.names))
    return found.astype(np.int64)


def _usage(names: Any, places: NDArray[Any]) -> Usage:
    found = coded(names if isinstance(names, pa.ChunkedArray) else pa.chunked_array([names]))
    return Usage(found.values, found.codes, places.astype(np.int64))
