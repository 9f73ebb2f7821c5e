r"""Finds and rubs out a subject's words in free text: an address, a name, a number of a patient.

A word is found whatever its case, but only where no letter or digit stands beside it, so that
`p-1` is not found in `p-17`. Text in JSON may write a sign as `\u00e9`; that spelling is a word
of its own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import and_, or_, select, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Column, Connection

ERASED = "[erased]"
MIN_SIGNS = 3
"""Signs a word has at least; a shorter one would be found everywhere [count]."""


def words_of(values: Iterable[object]) -> tuple[str, ...]:
    r"""Return the words that values are looked for by: text long enough, in each spelling.

    >>> words_of(["Zoë Q", "x", 17])
    ('Zo\\u00eb Q', 'Zoë Q')
    """
    texts = {value for value in values if isinstance(value, str) and len(value) >= MIN_SIGNS}
    return tuple(sorted(texts | {json.dumps(text)[1:-1] for text in texts}))


def holds_word(column: Any, words: Sequence[str]) -> NDArray[np.bool_]:
    """Say for each text of an Arrow column whether it holds one of the words, shape (n,)."""
    found = np.zeros(len(column), np.bool_)
    for word in words:
        pattern = rf"(?:^|[^\pL\pN_]){re.escape(word)}(?:$|[^\pL\pN_])"
        hit: Any = pc.match_substring_regex(column, pattern, ignore_case=True)
        found |= np.asarray(hit.fill_null(fill_value=False))
    return found


def text_columns(schema: pa.Schema) -> list[str]:
    """Name the columns that hold text."""
    return [field.name for field in schema if pa.types.is_string(field.type)]


def rub_out(
    connection: Connection, tenant: str, columns: Sequence[Column[Any]], words: Sequence[str]
) -> int:
    """Replace words in text columns of the catalog; return how many cells changed."""
    n_changed = 0
    for column in columns if words else ():
        table: Any = column.table
        keys = list(table.primary_key.columns)
        near = or_(*(column.icontains(word, autoescape=True) for word in words))
        query = select(column, *keys).where(table.c.tenant == tenant, near)
        for row in connection.execute(query).all():
            text = without_words(row[0], words)
            if text != row[0]:
                same = and_(*(key == value for key, value in zip(keys, row[1:], strict=True)))
                connection.execute(update(table).where(same).values({column.name: text}))
                n_changed += 1
    return n_changed


def without_words(text: str, words: Sequence[str]) -> str:
    """Put `[erased]` for each of the words in a text.

    >>> without_words("ask ann@x.io, not joann@x.io", ["Ann@x.io"])
    'ask [erased], not joann@x.io'
    """
    for word in words:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", ERASED, text, flags=re.IGNORECASE)
    return text
