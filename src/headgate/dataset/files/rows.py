"""The rows of a dataset of files: path, size, digest, media type, and the asset they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.packs.index import Digests, as_digests, hex_of
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import manifest_of

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

COLUMNS = ("path", "size_bytes", "digest", "media_type", "asset")
NEEDED = ("path", "size_bytes", "digest")
_SUFFIXES = r"([^/])(?:\.[0-9]?[A-Za-z][A-Za-z0-9]{0,9})+$"
_LAST_SUFFIX = r"^.*[^/](\.[^./]*)$"
_UNKNOWN = "application/octet-stream"
_TYPES = {
    "application/epub+zip": "epub",
    "application/gzip": "gz tgz",
    "application/json": "json",
    "application/jsonl": "jsonl ndjson",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.sqlite3": "sqlite sqlite3",
    "application/x-hdf5": "h5 hdf5",
    "application/x-tar": "tar",
    "application/xml": "xml",
    "application/yaml": "yaml yml",
    "application/zip": "zip",
    "application/zstd": "zst",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg oga opus",
    "audio/wav": "wav",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg jpeg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "model/gltf-binary": "glb",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "htm html",
    "text/javascript": "js",
    "text/markdown": "md markdown",
    "text/plain": "txt log text",
    "text/tab-separated-values": "tsv",
    "text/x-python": "py",
    "text/x-rst": "rst",
    "video/mp4": "mp4 m4v",
    "video/mpeg": "mpeg mpg",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
}
# our own list, for that of the standard library differs between versions and machines
MEDIA_TYPES = {
    f".{suffix}": kind for kind, suffixes in _TYPES.items() for suffix in suffixes.split()
}


class Files(NamedTuple):
    """The files of a snapshot, n of them, in row order.

    Args:
        paths: an Arrow array of text.
        sizes: [bytes], shape (n,).
        digests: shape (n,).
        rids: row ids, shape (n,).
    """

    paths: Any
    sizes: I64
    digests: Digests
    rids: I64


def file_rows(paths: Any, sizes: I64, digests: Digests) -> pa.Table:
    """Make the rows of files.

    Args:
        paths: an Arrow array of text, n of them.
        sizes: [bytes], shape (n,).
        digests: of the bytes, shape (n,).
    """
    columns: list[Any] = [
        paths,
        pa.array(sizes),
        pa.array(hex_of(digests), pa.string()),
        media_types(paths),
        assets(paths),
    ]
    return pa.table(columns, names=list(COLUMNS))


def assets(paths: Any) -> Any:
    """Give files of one name in one folder the same id, whatever their suffixes.

    A suffix is a dot, then a letter, which one digit may precede, and at most nine letters and
    digits more.

    >>> names = pa.array(["a/p.jpg", "a/p.en.txt", "a/.env", "b/2026.01.05.tar.gz"])
    >>> assets(names).to_pylist()
    ['a/p', 'a/p', 'a/.env', 'b/2026.01.05']
    """
    return pc.replace_substring_regex(paths, pattern=_SUFFIXES, replacement=r"\1")


def media_types(paths: Any) -> Any:
    """Name the media types of files by their last suffix.

    >>> media_types(pa.array(["a/B.JPG", "notes", "x.tar.gz", ".json"])).to_pylist()
    ['image/jpeg', 'application/octet-stream', 'application/gzip', 'application/octet-stream']
    """
    lowered = pc.utf8_lower(paths)
    has_suffix: Any = pc.match_substring_regex(lowered, pattern=_LAST_SUFFIX)
    last: Any = pc.replace_substring_regex(lowered, pattern=_LAST_SUFFIX, replacement=r"\1")
    suffixes: Any = pc.if_else(has_suffix, last, pa.scalar(""))
    encoded = suffixes.dictionary_encode()
    known: list[Any] = encoded.dictionary.to_pylist()
    kinds = pa.array([MEDIA_TYPES.get(suffix, _UNKNOWN) for suffix in known], pa.string())
    return kinds.take(encoded.indices)


def read_files_of(context: Context, snapshot: Snapshot) -> Files:
    """Read what a snapshot says of its files.

    Raises:
        Invalid: it has not the columns of files.
    """
    names = {column.name for column in snapshot.columns}
    for name in NEEDED:
        if name not in names:
            raise Invalid(
                f"{snapshot.dataset}@{snapshot.number} holds no files: it has no column {name!r}",
                mend="commit a folder: headgate dataset commit NAME FOLDER",
            )
    rows = read_rows(context.blobs, manifest_of(context, snapshot), NEEDED, own=[RID])
    return files_in(rows)


def files_in(rows: pa.Table) -> Files:
    """Take the files from rows; one that was erased has no path and no digest any more."""
    rows = rows.drop_null().combine_chunks()
    paths: Any = rows["path"].cast(pa.string())
    return Files(
        pa.concat_arrays(paths.chunks) if paths.num_chunks else pa.array([], pa.string()),
        rows["size_bytes"].to_numpy(),
        as_digests(rows["digest"]),
        rows[RID].to_numpy(),
    )


def place_of(files: Files, path: str, snapshot: Snapshot) -> int:
    """Find a file by its path; the first where it stands twice.

    Raises:
        NotFound: there is none of that path.
    """
    found: Any = pc.index(files.paths, pa.scalar(path))
    if found.as_py() < 0:
        raise NotFound(
            f"{snapshot.dataset}@{snapshot.number} has no file {path!r}",
            mend=f"see: headgate dataset files {snapshot.dataset}",
        )
    return int(found.as_py())
