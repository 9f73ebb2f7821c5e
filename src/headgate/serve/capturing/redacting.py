"""Puts in place of texts a digest and their length, so that they can be counted but not read.

`[redacted 3f9a0c1d22be 17]` stands for a text of 17 signs. The digest is keyed with the project's
salt: equal texts stay equal, and who has not the salt cannot try words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
from blake3 import blake3

from headgate.serve.schema import whole, with_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = ("input", "output", "extra")
"""Where texts are looked for."""
_DIGEST_BYTES = 6
_JSON = msgspec.json.Decoder()


class Rule(NamedTuple):
    """Which texts are redacted: those of some fields, as `email` or `output.email`, or all."""

    fields: tuple[str, ...]
    salt: bytes

    def within(self, column: str) -> Rule:
        """Return the rule for what stands in one column, whose name a field may begin with."""
        if column in self.fields:
            return self._replace(fields=())
        inner = f"{column}."
        bare = (one.removeprefix(inner) for one in self.fields if one.startswith(inner))
        return self._replace(fields=(*self.fields, *bare))


def redact(table: pa.Table, rule: Rule, columns: Sequence[str] = COLUMNS) -> pa.Table:
    """Redact the JSON columns of predictions; numbers and truth values stay."""
    for name in columns:
        encoded = whole(table, name).dictionary_encode()
        mine = rule.within(name)
        texts = [redacted(text, mine) for text in encoded.dictionary.to_pylist()]
        table = with_column(table, name, pa.array(texts, pa.string()).take(encoded.indices))
    return table


def redacted(text: str, rule: Rule) -> str:
    """Redact one JSON text; one nested too deep to look through is redacted as a whole."""
    try:
        shown = _walked(_JSON.decode(text), "", rule)
    except RecursionError:
        shown = _digest(text, rule.salt)
    return msgspec.json.encode(shown).decode()


def paths_of(value: Any, path: str) -> Iterator[str]:
    """Name where the texts stand in a JSON value, such as `output.email`; lists add nothing."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        items: list[Any] = value
        yield from (each for item in items for each in paths_of(item, path))
    elif isinstance(value, dict):
        fields: dict[str, Any] = value
        for name, inner in fields.items():
            yield from paths_of(inner, f"{path}.{name}")


def _walked(value: Any, path: str, rule: Rule) -> Any:
    if isinstance(value, str):
        return _digest(value, rule.salt) if is_meant(path, rule.fields) else value
    if isinstance(value, list):
        items: list[Any] = value
        return [_walked(item, path, rule) for item in items]
    if isinstance(value, dict):
        fields: dict[str, Any] = value
        inner = f"{path}." if path else ""
        return {name: _walked(each, inner + name, rule) for name, each in fields.items()}
    return value


def is_meant(path: str, fields: tuple[str, ...]) -> bool:
    """Say whether a text is redacted; one that stands in no field always is."""
    if not fields or not path:
        return True
    return any(path == field or path.startswith(f"{field}.") for field in fields)


def _digest(text: str, salt: bytes) -> str:
    digest = blake3(text.encode("utf-8", "surrogatepass"), key=salt).hexdigest(_DIGEST_BYTES)
    return f"[redacted {digest} {len(text)}]"
