"""What an address offers: which objects there are, which connector reads them, their digests."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import SourceObject
from headgate.spine.context import Context
from headgate.spine.inspecting.loading import CONNECTORS

SUFFIXES = CONNECTORS | dict.fromkeys((".db", ".sqlite", ".sqlite3"), "sqlite")
BY_FILE = {"csv", "tsv", "parquet", "jsonl", "json", "debezium"}
BY_CONTENT = {"sqlite", "files"}
"""Connectors of objects that are known by the rows they give, not by the bytes of one file."""

SELECTING = ("at", "table", "query", "columns")
"""Settings that choose a part of an object: another part is another object."""


class Located(NamedTuple):
    """What an address offers.

    Args:
        connector: the name of the connector that reads it.
        objects: one entry for each file, table or query; a digest is empty where the rows
            must be read to know it.
        uri: the address as the source keeps it.
        fact: why this connector, if nobody named it.
    """

    connector: str
    objects: list[SourceObject]
    uri: str
    fact: str = ""


def locate(context: Context, uri: str, connector: str | None, settings: dict[str, str]) -> Located:
    """Find the objects at an address.

    Args:
        context: the project; its plugins are connectors too.
        uri: a file, a folder, or an address only the connector understands.
        connector: the connector's name; chosen by suffix if not given.
        settings: the connector's settings, as text.

    Raises:
        NotFound: nothing is there, or no connector has the name.
        Invalid: an address is no path and no connector is named.
    """
    known = context.registry.plugins("connectors")
    if connector is not None and connector not in known:
        raise NotFound.among("connector", connector, known)
    path = Path(uri.removeprefix("file://")).expanduser()
    if not path.exists():
        return _elsewhere(uri, connector)
    files = sorted(_visible(path)) if path.is_dir() else [path]
    if not files:
        raise NotFound(f"no files in {uri}", mend="name a folder that holds some, or one file")
    chosen = connector or _by_suffix(files, set(known), is_folder=path.is_dir())
    if chosen == "files":
        files = [path]
    elif path.is_dir():
        files = [each for each in files if _named(each, set(known)) == chosen] or files
    fact = "" if connector else f"read with connector {chosen}"
    objects = [_object(context, each, chosen, settings) for each in files]
    return Located(chosen, objects, _address(context.root, path.resolve()), fact)


def with_digest(offered: SourceObject, connector: str, digest: str) -> SourceObject:
    """Give an object the digest of its rows' content."""
    whole = blake3(f"{connector}\n{offered.digest}\n{digest}".encode()).hexdigest()
    return msgspec.structs.replace(offered, digest=whole)


def is_by_content(connector: str, path: str) -> bool:
    """Say whether an object must be read to know its digest."""
    return connector in BY_CONTENT or not Path(path).is_file()


def _elsewhere(uri: str, connector: str | None) -> Located:
    own = connector is not None and connector not in BY_FILE | BY_CONTENT
    if connector is not None and own:
        return Located(connector, [SourceObject(uri=uri, path=uri, digest="", n_bytes=0)], uri)
    if "://" in uri and not uri.startswith("file://"):
        raise Invalid(
            f"no connector reads {uri}", mend="fetch it to a file first, or name a --connector"
        )
    raise NotFound(f"nothing at {uri}", mend=f"check the path; it was looked for in {Path.cwd()}")


def _visible(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            yield path


def _by_suffix(files: list[Path], known: set[str], *, is_folder: bool) -> str:
    found = {_named(file, known) for file in files}
    if len(found) != 1:
        return "files"
    [name] = found
    is_taken_file_by_file = not is_folder or name not in BY_CONTENT
    return name if name is not None and is_taken_file_by_file else "files"


def _named(file: Path, known: set[str]) -> str | None:
    """Return the connector of a suffix: of the table above, or a plugin called like it."""
    suffix = file.suffix.lower()
    own = suffix.removeprefix(".")
    return SUFFIXES.get(suffix) or (own if own in known else None)


def _object(context: Context, path: Path, connector: str, settings: dict[str, str]) -> SourceObject:
    chosen = {name: settings[name] for name in SELECTING if name in settings}
    uri = _address(context.root, path.resolve())
    if connector == "sqlite":
        uri += "".join(f"?{name}={_short(value)}" for name, value in chosen.items())
    selection = msgspec.json.encode(chosen).decode() if chosen else ""
    if is_by_content(connector, str(path)):
        return SourceObject(uri=uri, path=str(path), digest=selection, n_bytes=_size(path))
    digest = _file_digest(path)
    if selection:
        digest = blake3(f"{digest}\n{selection}".encode()).hexdigest()
    return SourceObject(uri=uri, path=str(path), digest=digest, n_bytes=_size(path))


def _address(root: Path, path: Path) -> str:
    """Write a path as seen from the project if it lies in it."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _short(value: str) -> str:
    """Keep a name; a query may hold what a row held, so it is named by its digest."""
    return value if value.isidentifier() else blake3(value.encode()).hexdigest()[:16]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _file_digest(path: Path) -> str:
    try:
        return blake3().update_mmap(path).hexdigest()
    except OSError as error:
        raise Invalid(
            f"{path} cannot be read: {error.strerror}", mend=f"chmod u+r {path}"
        ) from error
