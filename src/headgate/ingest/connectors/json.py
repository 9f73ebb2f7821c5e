"""JSON documents: an array of objects, at the top or under a name, one row an object."""

from collections.abc import Iterator
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import Reading, Rejected
from headgate.ingest.connectors._records import Records, columns_of, json_kind, unify
from headgate.ingest.connectors._text import Utf8, check_utf8

BLOCK_RECORDS = 65_536


def json(path: str, /, *, at: str = "", encoding: str = "utf-8") -> Iterator[Reading]:
    """Read a JSON document; an item that is no object is rejected, the others are kept.

    Args:
        path: the file.
        at: where the array stands, as names with dots between, such as `data.items`; the
            document itself if empty. An object there is one row.
        encoding: the text's encoding, such as `utf-16`.

    Yields:
        Rows with `_line`, the place of an object in the array [count from 1].

    Raises:
        NotFound: there is no such file, or nothing of that name in it.
        Invalid: it is no JSON, or there is neither an array nor an object.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "people.json")
    >>> _ = file.write_text('{"data": {"people": [{"name": "Ada"}, 7]}}')
    >>> [reading] = json(str(file), at="data.people")
    >>> reading.rows.to_pylist(), reading.rejected[0].line
    ([{'name': 'Ada', '_line': 1}], 2)
    >>> folder.cleanup()
    """
    found = _at(_document(path, encoding), at, path)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise Invalid(
            f"{path} holds a {json_kind(found)} at {at or 'the top'}, no array and no object",
            mend="name where the array stands: --settings at=data.items",
        )
    yield from unify(lambda: _records(found))


def _document(path: str, encoding: str) -> Any:
    with Utf8(path, encoding) as text:
        data = b"".join(iter(text.read, b""))
    check_utf8(data, line=1, path=path)
    if not data.strip():
        return []
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        is_lines = data.lstrip().startswith(b"{") and "trailing characters" in str(error)
        mend = "read it with --connector jsonl" if is_lines else "mend the document at that byte"
        raise Invalid(f"{path} is no JSON: {error}", mend=mend) from error


def _at(document: Any, at: str, path: str) -> Any:
    for name in at.split(".") if at else ():
        if not isinstance(document, dict) or name not in document:
            known = list(document) if isinstance(document, dict) else []
            raise NotFound.among(f"part of {path} (at={at})", name, known)
        document = document[name]
    return document


def _records(items: list[Any]) -> Iterator[Records]:
    for start in range(0, len(items), BLOCK_RECORDS):
        block = items[start : start + BLOCK_RECORDS]
        places = [place for place, item in enumerate(block) if isinstance(item, dict)]
        objects = [block[place] for place in places]
        rejected = [
            Rejected(
                line=start + place + 1,
                raw=msgspec.json.encode(item).decode(),
                reason=f"record: {json_kind(item)} instead of object",
            )
            for place, item in enumerate(block)
            if not isinstance(item, dict)
        ]
        lines = [start + place + 1 for place in places]
        yield Records(lines, columns_of(objects), _raw(objects), rejected)


def _raw(objects: list[dict[str, Any]]) -> Any:
    return lambda place: msgspec.json.encode(objects[place]).decode()
