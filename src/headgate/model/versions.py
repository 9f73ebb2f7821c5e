"""What is known of a model version, and where its bytes lie."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from headgate.core.errors import Invalid
from headgate.core.nouns import SnapshotRead

ModelFormat = Literal["pickle", "file"]
Lineage = Literal["known", "unknown"]
MAX_FILENAME = 255


class ModelVersion(msgspec.Struct, frozen=True):
    """One registered version of a model; it never changes.

    Args:
        ref: its name and number, such as `churn@3`.
        digest: blake3 of its bytes, hexadecimal.
        filename: what a file of it is called.
        format: `pickle` if loading it executes code of its own, else `file`.
        n_bytes: its size [bytes].
        signature: what it takes and gives.
        metrics: what was measured on it; nothing in place of a number that is not finite.
        code_hash: hash of the code that made it.
        environment: versions of what it was made on, by name.
        run_id: the run that made it.
        notes: what a reader should know.
    """

    ref: str
    name: str
    number: int
    digest: str
    filename: str
    format: ModelFormat
    n_bytes: int
    signature: dict[str, Any]
    metrics: dict[str, float | None]
    code_hash: str | None
    environment: dict[str, str]
    run_id: str | None
    created_at: datetime
    created_by: str
    notes: str


class ModelList(msgspec.Struct, frozen=True):
    """Versions of models, the newest first."""

    models: tuple[ModelVersion, ...]


class ModelDetail(msgspec.Struct, frozen=True):
    """A model version with what it learned from.

    Args:
        version: the version itself.
        reads: the snapshots its run read, in that order.
        lineage: `unknown` if no reads are recorded; it may then have learned from anything.
    """

    version: ModelVersion
    reads: tuple[SnapshotRead, ...]
    lineage: Lineage


def blob_key(digest: str) -> str:
    """Return where the bytes of a model lie in the object store.

    >>> blob_key("ab12")
    'models/ab/ab12'
    """
    return f"models/{digest[:2]}/{digest}"


def checked_filename(filename: str, name: str, form: ModelFormat) -> str:
    """Return the file's name, made from the model's if none was given.

    Raises:
        Invalid: it is a path, holds signs no file name may hold, or is too long.

    >>> checked_filename("", "churn", "pickle")
    'churn.pickle'
    """
    if not filename:
        return f"{name}.pickle" if form == "pickle" else name
    is_path = "/" in filename or "\\" in filename or filename in {".", ".."}
    if is_path or not filename.isprintable() or len(filename.encode()) > MAX_FILENAME:
        raise Invalid(
            f"{filename[:100]!r} is no name of a file",
            mend=f"give the last part of the path, {MAX_FILENAME} bytes at most",
        )
    return filename
