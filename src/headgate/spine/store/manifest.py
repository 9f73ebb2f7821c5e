"""The manifest of a snapshot: its segments, what is deleted in them, and the content root.

The content root adds the row hashes of every live row, each lane modulo 2^64. It does not
depend on the order of rows, on row ids, on segments, or on the project, and a commit updates it
from the rows it adds and removes alone. `version_id` is the blake3 of the manifest's bytes and
so also fixes row ids, layout and ancestry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Invalid
from headgate.core.nouns import Column
from headgate.spine.store.arrow_types import type_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64

FORMAT_VERSION = 1
_MODULUS = 1 << 64


class Run(msgspec.Struct, frozen=True, array_like=True):
    """Neighbouring rows of a segment with consecutive ids from one batch.

    Args:
        rev: the batch.
        rid: id of the first row.
        position: where in the segment the first row stands [count from 0].
        n_rows: how many there are.
    """

    rev: int
    rid: int
    position: int
    n_rows: int


class Segment(msgspec.Struct, frozen=True):
    """One Parquet file of a snapshot, and what is deleted in it.

    Args:
        digest: blake3 of the canonical content; the file's name.
        n_rows: rows in the file, deleted ones too.
        n_bytes: size of the file.
        runs: how row ids and batches lie in it; none if too scattered to list.
        deletions: digest of the bitmap of deleted positions.
    """

    digest: str
    n_rows: int
    n_bytes: int
    rid_lo: int
    rid_hi: int
    rev_lo: int
    rev_hi: int
    runs: tuple[Run, ...] | None
    deletions: str | None = None
    n_deleted: int = 0

    @property
    def key(self) -> str:
        """Where the file lies among the blobs."""
        return segment_key(self.digest)

    @property
    def n_live(self) -> int:
        """Rows that are not deleted."""
        return self.n_rows - self.n_deleted


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frozen state of a dataset, down to its files.

    Args:
        parent: version id of the state it follows.
        merged: version id of the state that was merged into it; left out where there is none.
    """

    format_version: int
    tenant: str
    dataset: str
    number: int
    parent: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    lanes: tuple[int, int]
    n_rows: int
    segments: tuple[Segment, ...]
    merged: str | None = None

    @property
    def content_root(self) -> str:
        """Name the content: blake3 over count, columns in name order, and the summed lanes."""
        return root_of(self.n_rows, (column.name for column in self.columns), self.lanes)

    @property
    def schema(self) -> pa.Schema:
        """The user's columns."""
        return schema_of(self.columns)

    def keys(self) -> set[str]:
        """Return where the files and bitmaps lie that it names."""
        files = {segment.key for segment in self.segments}
        return files | {deletions_key(one.deletions) for one in self.segments if one.deletions}


def root_of(n_rows: int, names: Iterable[str], lanes: tuple[int, int]) -> str:
    """Name a content by its count, its columns and its summed row hashes."""
    return blake3(msgspec.json.encode([n_rows, sorted(names), lanes])).hexdigest()


def empty_manifest(tenant: str, dataset: str) -> Manifest:
    """Return the state before the first commit."""
    return Manifest(
        format_version=FORMAT_VERSION,
        tenant=tenant,
        dataset=dataset,
        number=0,
        parent=None,
        columns=(),
        key=(),
        lanes=(0, 0),
        n_rows=0,
        segments=(),
    )


def save_manifest(blobs: Blobs, manifest: Manifest) -> str:
    """Write a manifest and return its version id."""
    data = msgspec.json.encode(manifest, order="deterministic")
    version_id = blake3(data).hexdigest()
    blobs.put(manifest_key(version_id), data)
    return version_id


def load_manifest(blobs: Blobs, version_id: str) -> Manifest:
    """Read a manifest.

    Raises:
        Invalid: it was written by a newer Headgate.
    """
    manifest = msgspec.json.decode(blobs.get(manifest_key(version_id)), type=Manifest)
    if manifest.format_version > FORMAT_VERSION:
        raise Invalid(
            f"snapshot {version_id[:12]} has format {manifest.format_version}, this Headgate reads "
            f"up to {FORMAT_VERSION}",
            mend="upgrade Headgate",
        )
    return manifest


def shifted(lanes: tuple[int, int], *, added: U64, removed: U64) -> tuple[int, int]:
    """Add and take away row hashes of shape (n, 2) from summed lanes."""
    plus, minus = added.sum(axis=0, dtype=np.uint64), removed.sum(axis=0, dtype=np.uint64)
    first, second = (
        (lane + int(p) - int(m)) % _MODULUS for lane, p, m in zip(lanes, plus, minus, strict=True)
    )
    return first, second


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """Write an Arrow schema as columns.

    Raises:
        Invalid: a column has a type that snapshots do not keep.
    """
    columns = tuple(Column(name=field.name, type=str(field.type)) for field in schema)
    for field, column in zip(schema, columns, strict=True):
        if type_named(column.type) != field.type:
            raise Invalid(
                f"column {field.name!r} of type {column.type} cannot be kept",
                mend="name the fields of structs with letters, digits and _, or cast it to text",
            )
    return columns


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Read columns as an Arrow schema."""
    return pa.schema([(column.name, type_named(column.type)) for column in columns])


def manifest_key(version_id: str) -> str:
    """Say where a manifest lies among the blobs."""
    return f"manifests/{version_id[:2]}/{version_id}.json"


def segment_key(digest: str) -> str:
    """Say where a segment lies among the blobs."""
    return f"segments/{digest[:2]}/{digest}.parquet"


def deletions_key(digest: str) -> str:
    """Say where a bitmap of deleted positions lies among the blobs."""
    return f"deletions/{digest[:2]}/{digest}.roaring"
