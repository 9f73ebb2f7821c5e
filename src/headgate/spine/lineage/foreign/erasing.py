"""Takes a subject's words out of the events of other tools, and out of names read from them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, false, or_, select, update

from headgate.spine.lineage.foreign.log import packed, unpacked
from headgate.spine.lineage.foreign.tables import (
    foreign_frames,
    foreign_nodes,
    foreign_runs,
    foreign_uses,
)
from headgate.spine.store.erasing.words import ERASED, rub_out, without_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

KEPT = frozenset(
    {"eventTime", "eventType", "run", "runId", "job", "namespace", "name", "facets", "dataset"}
    | {"inputs", "outputs", "producer", "schemaURL", "inputFacets", "outputFacets"}
)
"""Keys by which an event is read: whoever is called Job is not erased from them."""
MAX_VERSION = 200
"""Signs that the catalog keeps of a version [count]."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?P<colon>\s*:)?|-?\d[\d.eE+-]*')


def n_naming(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Count the events that name a subject."""
    return sum(n_changed for _, _, n_changed in _erased(connection, tenant, words))


def erase_words(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Put `[erased]` for a subject's words; return how many events and names changed.

    An event keeps its number and its digest, so that it is not taken again when it comes again.
    """
    n_all = 0
    for first, bodies, n_changed in list(_erased(connection, tenant, words)):
        body, n_bytes = packed(bodies)
        where = (foreign_frames.c.tenant == tenant, foreign_frames.c.first == first)
        connection.execute(update(foreign_frames).where(*where).values(body=body, n_bytes=n_bytes))
        n_all += n_changed
    about = foreign_nodes.c
    names = (about.namespace, about.name, about.type, foreign_runs.c.run_id)
    n_all += rub_out(connection, tenant, names, words)
    return n_all + _erase_versions(connection, tenant, words)


def without_words_in_json(text: str, words: Sequence[str]) -> str:
    r"""Put `[erased]` for words in the values of a JSON text, which stays one.

    A word is found however its signs are escaped, behind an escaped one (`\nAda`), and as a number.

    >>> without_words_in_json(r'{"job": "O\u0027Hara", "n": 4711}', ["o'hara", "4711", "job"])
    '{"job": "[erased]", "n": "[erased]"}'
    """

    def erased(found: re.Match[str]) -> str:
        token, colon = found[0], found["colon"] or ""
        if not token.startswith('"'):
            return token if without_words(token, words) == token else json.dumps(ERASED)
        told: str = json.loads(token.removesuffix(colon), strict=False)
        if colon and told in KEPT:
            return token
        after = without_words(told, words)
        return token if after == told else json.dumps(after) + colon

    return _TOKEN.sub(erased, text)


def _erase_versions(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Take words out of versions, which are part of a key: two may then be one."""
    at = foreign_uses.c
    near = or_(false(), *(at.version.icontains(word, autoescape=True) for word in words))
    keys = (at.run, at.role, at.node, at.version)
    n_changed = 0
    rows = connection.execute(select(*keys).where(at.tenant == tenant, near)).all()
    for row in rows:
        text = without_words(row.version, words)[:MAX_VERSION]
        if text == row.version:
            continue
        same = (at.tenant == tenant, *(key == value for key, value in zip(keys, row, strict=True)))
        others = (*same[:-1], at.version == text)
        is_known = connection.execute(select(at.run).where(*others)).first() is not None
        put: Any = delete(foreign_uses) if is_known else update(foreign_uses).values(version=text)
        connection.execute(put.where(*same))
        n_changed += 1
    return n_changed


def _erased(
    connection: Connection, tenant: str, words: Sequence[str]
) -> Iterator[tuple[int, list[bytes], int]]:
    """Return the frames that hold a word: their first number, new events, and how many changed."""
    small = [word.casefold() for word in words]
    query = select(foreign_frames).where(foreign_frames.c.tenant == tenant)
    for row in connection.execute(query.order_by(foreign_frames.c.first)).mappings():
        before = [one.decode() for one in unpacked(row["body"], row["n_bytes"])]
        if not any(_may_hold(text, small) for text in before):
            continue
        after = [without_words_in_json(text, words) for text in before]
        n_changed = sum(old != new for old, new in zip(before, after, strict=True))
        if n_changed:
            yield row["first"], [text.encode() for text in after], n_changed


def _may_hold(text: str, words: Sequence[str]) -> bool:
    """Say whether a text may hold a word: in plain sight, or with some of its signs escaped."""
    if "\\u" in text or "\\/" in text:
        return True
    small = text.casefold()
    return any(word in small for word in words)
