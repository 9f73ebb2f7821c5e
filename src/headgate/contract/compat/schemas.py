"""Documents that can be compared: contracts, Avro schemas and JSON Schemas, told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from headgate.contract.compat.avro import avro_breaches, avro_warnings
from headgate.contract.compat.avro_types import NAMED, PRIMITIVES, parse_avro
from headgate.contract.compat.breaches import Breach
from headgate.contract.compat.contracts import contract_breaches
from headgate.contract.compat.json_forms import JsonSchema
from headgate.contract.compat.json_schema import json_breaches
from headgate.contract.compat.proto import proto_breaches, proto_plain
from headgate.contract.compat.proto_types import parse_proto
from headgate.contract.odcs.files import FOLDER, check, files_of
from headgate.core.errors import Denied, Invalid, NotFound
from headgate.spine.documents import MAX_BYTES, SUFFIXES, Node, parse, read_bytes

Format = Literal["odcs", "avro", "json-schema", "protobuf"]
PROTO = ".proto"
ENDINGS = (*SUFFIXES, ".json", ".avsc", PROTO)
AVRO_KINDS = {*NAMED, "array", "map"}


class Document(NamedTuple):
    """A version of a contract or schema.

    Args:
        name: what reports call it.
        format: what it is.
        parsed: in the format's own form.
        plain: as plain data.
    """

    name: str
    format: Format
    parsed: Any
    plain: Any


def document(root: Node, name: str, kind: Format | None = None) -> Document:
    """Parse a document.

    Args:
        root: what the file holds.
        name: what errors and reports call it.
        kind: its format; told from its content if not given.

    Raises:
        Invalid: it is broken, or of no known format.
    """
    plain = root.plain
    kind = kind or kind_of(plain, name)
    try:
        return _parsed(root, plain, name, kind)
    except RecursionError as error:
        raise _entangled(name) from error


def _parsed(root: Node, plain: Any, name: str, kind: Format) -> Document:
    if kind == "odcs":
        return Document(name, kind, check(root, name).required(), plain)
    if kind == "avro":
        return Document(name, kind, parse_avro(plain, name), plain)
    return Document(name, kind, JsonSchema(plain, name), plain)


def document_of(content: bytes, name: str, kind: Format | None = None) -> Document:
    """Parse a document from the bytes of its file.

    Raises:
        Invalid: it is broken, or of no known format.
    """
    if kind == "protobuf" or (kind is None and name.endswith(PROTO)):
        return _proto(content, name)
    return document(parse(content, name), name, kind)


def _proto(content: bytes, name: str) -> Document:
    if len(content) > MAX_BYTES:
        raise Invalid(f"{name} has over {MAX_BYTES >> 20} MiB", mend="split the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{name} is no UTF-8: {error}", mend="save it as UTF-8") from error
    file = parse_proto(text, name)
    return Document(name, "protobuf", file, proto_plain(file))


def kind_of(plain: Any, name: str) -> Format:
    """Tell a document's format from its content and its name.

    Raises:
        Invalid: it is none of the three.
    """
    if isinstance(plain, dict):
        if "apiVersion" in plain or plain.get("kind") == "DataContract":
            return "odcs"
        kind = plain.get("type")
        if name.endswith(".avsc") or (isinstance(kind, str) and kind in AVRO_KINDS - {"array"}):
            return "avro"
        if kind == "array" and isinstance(plain.get("items"), str):
            return "avro"
        return "json-schema"
    if isinstance(plain, list) or plain in PRIMITIVES:
        return "avro"
    if isinstance(plain, bool):
        return "json-schema"
    raise Invalid(
        f"{name} is no contract, Avro schema or JSON Schema",
        mend="name a file of one of these formats, or say which with --format",
    )


def find(root: Path, word: str) -> list[tuple[Path, str]]:
    """Find the files that a word means: a file, a folder of versions, or a contract's name.

    Args:
        root: the project's folder.
        word: what the caller wrote.

    Returns:
        Paths with what reports call them; those of a folder by version, the oldest first.

    Raises:
        NotFound: there is no such thing.
        Invalid: the folder holds no version.
    """
    try:
        places = [place for place in (Path(word), root / word) if word and place.exists()]
    except (OSError, ValueError) as error:
        raise NotFound(f"no file {word!r}", mend="check the path") from error
    if places and places[0].is_dir():
        return _versions(places[0], word)
    if places:
        return [(places[0], word)]
    known = files_of(root)
    if word in known:
        return [(known[word], f"{FOLDER}/{known[word].name}")]
    if Path(word).suffix in ENDINGS:
        raise NotFound(f"no file {word}", mend="check the path")
    raise NotFound.among("contract", word, known)


def confine(root: Path, words: Sequence[str]) -> None:
    """Refuse files outside of a project, for whoever asks through a server.

    Raises:
        Denied: a word means a file elsewhere, or one that Headgate keeps there.
    """
    for word in words:
        if any(_is_foreign(place, root.resolve()) for place in (Path(word), root / word)):
            what = f"{word} lies outside of the project"
            raise Denied(what, mend="name a file in the project's folder")


def inside(root: Path, word: str) -> Path:
    """Return where a path of a project leads, for whoever asks through a server.

    Args:
        root: the project's folder.
        word: a path from there; what lies there may be yet to come.

    Raises:
        Denied: it leads elsewhere, or to where Headgate keeps its own.
    """
    home = root.resolve()
    try:
        place = (home / word).resolve()
        is_inside = place.is_relative_to(home)
        is_free = is_inside and ".headgate" not in place.relative_to(home).parts
    except (OSError, ValueError, RuntimeError):
        is_free, place = False, home
    if not is_free:
        what = f"{word} lies outside of the project"
        raise Denied(what, mend="name a file in the project's folder")
    return place


def _is_foreign(place: Path, home: Path) -> bool:
    try:
        inner = place.resolve()
        is_inside = inner.is_relative_to(home) and inner.exists()
        return place.exists() and not (
            is_inside and ".headgate" not in inner.relative_to(home).parts
        )
    except (OSError, ValueError):
        return False


def load_all(root: Path, words: Sequence[str], kind: Format | None = None) -> list[Document]:
    """Read the documents that words mean, in their order.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: one is broken.
    """
    found = [each for word in words for each in find(root, word)]
    return [document_of(read_bytes(path, name), name, kind) for path, name in found]


def load_one(root: Path, word: str, kind: Format | None = None) -> Document:
    """Read the one document that a word means.

    Raises:
        NotFound: there is no such file or contract.
        Invalid: it is broken, or a folder.
    """
    found = find(root, word)
    if len(found) != 1:
        raise Invalid(f"{word} is a folder of {len(found)} versions", mend="name one file of it")
    ((path, name),) = found
    return document_of(read_bytes(path, name), name, kind)


def _versions(folder: Path, word: str) -> list[tuple[Path, str]]:
    files = [path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file()]
    if not files:
        raise Invalid(f"{word} holds no version", mend=f"put files into it: {', '.join(ENDINGS)}")
    return [(path, f"{word.rstrip('/')}/{path.name}") for path in sorted(files, key=_natural)]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Order names with numbers in them as a reader would: v2 before v10."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", path.stem)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def same_format(documents: Sequence[Document]) -> None:
    """Refuse to compare what cannot be compared.

    Raises:
        Invalid: there are fewer than two documents, or they are of different formats.
    """
    if len(documents) < 2:  # noqa: PLR2004 - an old and a new one
        raise Invalid("there is no older version", mend="name one as OLD")
    new = documents[-1]
    for each in documents[:-1]:
        if each.format != new.format:
            raise Invalid(
                f"{each.name} is {each.format} and {new.name} is {new.format}",
                mend="compare versions of one format; contract import and export translate",
            )


def breaches(reader: Document, writer: Document, *, reader_is_new: bool) -> list[Breach]:
    """List what keeps a reader's document from taking all that a writer's allows."""
    try:
        return _breaches(reader, writer, reader_is_new=reader_is_new)
    except RecursionError as error:
        raise _entangled(f"{reader.name} and {writer.name}") from error


def _breaches(reader: Document, writer: Document, *, reader_is_new: bool) -> list[Breach]:
    if reader.format == "odcs":
        return contract_breaches(reader.parsed, writer.parsed, reader_is_new=reader_is_new)
    if reader.format == "avro":
        return avro_breaches(reader.parsed, writer.parsed)
    if reader.format == "protobuf":
        return proto_breaches(reader.parsed, writer.parsed)
    return json_breaches(reader.parsed, writer.parsed)


def _entangled(name: str) -> Invalid:
    return Invalid(
        f"{name}: types lead from one to another too far to be followed", mend="nest less"
    )


def warnings(reader: Document, writer: Document) -> list[Breach]:
    """List where values are taken but may mean something else."""
    return avro_warnings(reader.parsed, writer.parsed) if reader.format == "avro" else []
