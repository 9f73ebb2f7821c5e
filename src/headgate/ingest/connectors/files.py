"""A folder of anything: one row a file, with its text or bytes as far as they are not too large."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import LINE, Reading, Rejected
from headgate.ingest.connectors._media import media_type

SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("name", pa.string()),
        ("suffix", pa.string()),
        ("media_type", pa.string()),
        ("n_bytes", pa.int64()),
        ("modified_at", pa.timestamp("us", tz="UTC")),
        ("digest", pa.string()),
        ("text", pa.string()),
        ("content", pa.binary()),
        (LINE, pa.int64()),
    ]
)
BLOCK_FILES = 4_096
BLOCK_BYTES = 64 << 20


class Limits(NamedTuple):
    """How large a text and another content may be to be kept in its row [bytes]."""

    text: int
    content: int


def files(
    path: str,
    /,
    *,
    hidden: bool = False,
    max_text_bytes: int = 1 << 20,
    max_content_bytes: int = 4 << 20,
) -> Iterator[Reading]:
    """Read a folder with all below it, or one file; what cannot be read is rejected.

    Args:
        path: the folder or file.
        hidden: files and folders whose name begins with a dot are read too.
        max_text_bytes: UTF-8 text of at most this size comes as `text` [bytes].
        max_content_bytes: what did not come as text comes as `content`, if it is at most of
            this size [bytes].

    Yields:
        Rows sorted by path: path (relative, with /), name, suffix, media_type, n_bytes,
        modified_at, digest (blake3), text, content and `_line`, the file's place in the
        listing [count from 1]. Links that lead out of the folder are rejected.

    Raises:
        NotFound: nothing is at the path.
        Invalid: a limit is below 0.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = Path(folder.name, "note.md").write_text("# A note")
    >>> [reading] = files(folder.name)
    >>> reading.rows.select(["path", "media_type", "text"]).to_pylist()
    [{'path': 'note.md', 'media_type': 'text/markdown', 'text': '# A note'}]
    >>> folder.cleanup()
    """
    if min(max_text_bytes, max_content_bytes) < 0:
        raise Invalid("a limit of bytes is below 0", mend="0 keeps no content at all")
    top = Path(path)
    if not top.exists():
        raise NotFound(f"no folder {path}", mend="check the path, and the folder it starts from")
    root = top if top.is_dir() else top.parent
    names = _listed(root, hidden=hidden) if top.is_dir() else [top.name]
    yield from _readings(root, names, Limits(max_text_bytes, max_content_bytes))


def _listed(root: Path, *, hidden: bool) -> list[str]:
    """List files and links below a folder, relative, sorted, with / on every system."""
    found: list[str] = []
    for folder, inside, names in os.walk(root):
        links = [name for name in inside if Path(folder, name).is_symlink()]
        inside[:] = [name for name in inside if hidden or not name.startswith(".")]
        found += [
            Path(folder, name).relative_to(root).as_posix()
            for name in (*names, *links)
            if hidden or not name.startswith(".")
        ]
    return sorted(found)


def _readings(root: Path, names: list[str], limits: Limits) -> Iterator[Reading]:
    rows: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    n_bytes = 0
    for line, name in enumerate(names, start=1):
        row = _row(root, name, limits)
        if isinstance(row, str):
            raw = os.fsencode(name).decode(errors="backslashreplace")
            rejected.append(Rejected(line=line, raw=raw, reason=row))
            continue
        rows.append({**row, LINE: line})
        n_bytes += row["n_bytes"]
        if len(rows) >= BLOCK_FILES or n_bytes >= BLOCK_BYTES:
            yield _reading(rows, rejected)
            rows, rejected, n_bytes = [], [], 0
    if rows or rejected or not names:
        yield _reading(rows, rejected)


def _reading(rows: list[dict[str, Any]], rejected: list[Rejected]) -> Reading:
    return Reading(rows=pa.Table.from_pylist(rows, schema=SCHEMA), rejected=tuple(rejected))


def _row(root: Path, name: str, limits: Limits) -> dict[str, Any] | str:
    """Describe one file, or say why it cannot be."""
    file = root / name
    try:
        if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
            return "link: leads out of the folder"
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return "kind: no regular file"
        name.encode()
        return _described(file, name, status, limits)
    except OSError as error:
        return f"unreadable: {error.strerror}"
    except UnicodeEncodeError:
        return "name: not UTF-8"


def _described(file: Path, name: str, status: os.stat_result, limits: Limits) -> dict[str, Any]:
    data, digest, n_bytes = _contents(file, max(limits))
    text = _text(data) if data is not None and n_bytes <= limits.text else None
    is_kept = data is not None and text is None and n_bytes <= limits.content
    modified = datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC)
    return {
        "path": name,
        "name": file.name,
        "suffix": file.suffix.lower(),
        "media_type": media_type(file.name, data, is_text=text is not None),
        "n_bytes": n_bytes,
        "modified_at": modified.replace(microsecond=status.st_mtime_ns // 1_000 % 1_000_000),
        "digest": digest,
        "text": text,
        "content": data if is_kept else None,
    }


def _contents(file: Path, max_bytes: int) -> tuple[bytes | None, str, int]:
    """Return the bytes, if not too many, with their digest and count."""
    hasher = blake3()
    blocks: list[bytes] = []
    n_bytes = 0
    with file.open("rb", buffering=0) as opened:
        while block := opened.read(1 << 20):
            hasher.update(block)
            n_bytes += len(block)
            if n_bytes <= max_bytes:
                blocks.append(block)
    data = b"".join(blocks) if n_bytes <= max_bytes else None
    return data, hasher.hexdigest(), n_bytes


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
