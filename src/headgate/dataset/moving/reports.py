"""What the verbs that move datasets in and out are asked and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headgate.core.nouns import Snapshot
from headgate.dataset.reports import At, Name
from headgate.spine.writes import Mode

# one flat literal each: the surfaces read a union of two as a nested value
ExportFormat = Literal[
    "parquet", "csv", "tsv", "jsonl", "arrow", "iceberg", "delta", "lance", "huggingface", "folder"
]
ImportFormat = Literal[
    "parquet", "csv", "tsv", "jsonl", "arrow", "iceberg", "delta", "lance", "huggingface", "dvc"
]
Types = Annotated[
    dict[str, str],
    Meta(description="the Arrow type of columns, where the format keeps none, such as zip=string"),
]


class ExportRequest(msgspec.Struct, frozen=True):
    """Write a snapshot to a file or folder."""

    name: Name
    path: Annotated[
        str, Meta(description="where to; .parquet, .csv, .tsv, .jsonl, .arrow, or a folder")
    ]
    format: Annotated[
        ExportFormat | None,
        Meta(description="the format; that of the path's suffix if none, for files folder"),
    ] = None
    at: At = None
    columns: Annotated[
        tuple[str, ...] | None, Meta(description="columns to write; all if none")
    ] = None
    row_ids: Annotated[bool, Meta(description="put each row's id first, as column _rid")] = False
    replace: Annotated[bool, Meta(description="put it in the place of what lies there")] = False
    verify: Annotated[
        bool, Meta(description="read it back and compare it before it gets its name")
    ] = True
    license: Annotated[
        str | None, Meta(description="stands in a Hugging Face card, such as cc-by-4.0")
    ] = None


class ExportReport(msgspec.Struct, frozen=True):
    """What was written.

    Args:
        export_id: names the export among the obligations of an erasure.
        content_root: of the columns that were written.
        retyped: columns that the format holds as another type.
        is_verified: it was read back, and held what the snapshot holds.
        is_new: it was written now; else the same export lay there already.
    """

    path: str
    dataset: str
    number: int
    n_rows: int
    n_bytes: int
    format: str
    version_id: str
    export_id: str | None
    content_root: str
    retyped: tuple[str, ...] = ()
    is_verified: bool = True
    is_new: bool = True


class ImportRequest(msgspec.Struct, frozen=True):
    """Bring a table of another tool into a dataset."""

    name: Name
    path: Annotated[
        str, Meta(description="a file or folder; of DVC the .dvc file, the output or the folder")
    ]
    format: Annotated[
        ImportFormat | None,
        Meta(description="the format; what the path looks like if none"),
    ] = None
    mode: Annotated[
        Mode,
        Meta(description="replace: become these rows; append: add them; upsert: replace by key"),
    ] = "replace"
    key: Annotated[
        tuple[str, ...], Meta(description="columns that identify a row; kept from then on")
    ] = ()
    message: Annotated[str, Meta(description="why")] = ""
    types: Types = {}
    split: Annotated[str | None, Meta(description="which split of a Hugging Face folder")] = None
    history: Annotated[
        bool, Meta(description="of DVC: a snapshot for each git commit that changed the data")
    ] = False


class Imported(msgspec.Struct, frozen=True):
    """One snapshot that an import made, and the git commit it stands for, if any."""

    snapshot: Snapshot
    commit: str | None = None
    author: str | None = None
    committed_at: datetime | None = None


class ImportReport(msgspec.Struct, frozen=True):
    """What an import brought.

    Args:
        snapshots: the snapshots it made or found unchanged, the oldest first.
        digest: the md5 that DVC keeps of the newest data; it was checked.
        metrics: values of DVC's metrics and parameters beside the data, by file.
        notes: what was left out, and why.
    """

    dataset: str
    path: str
    format: str
    snapshots: tuple[Imported, ...]
    digest: str | None = None
    metrics: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


class VerifyRequest(msgspec.Struct, frozen=True):
    """Compare two copies of a table, wherever each lies."""

    a: Annotated[str, Meta(description="orders@3, or a path such as ./copy or delta:./copy")]
    b: Annotated[str, Meta(description="the other one, named likewise")]
    key: Annotated[
        tuple[str, ...], Meta(description="columns that identify a row; the dataset's if none")
    ] = ()
    renamed: Annotated[
        dict[str, str], Meta(description="columns of B under the name they have in A, as A=B")
    ] = {}
    tolerant: Annotated[
        bool, Meta(description="take types that hold the same values as the same")
    ] = False
    limit: Annotated[int, Meta(description="example rows of each kind [count]", ge=0)] = 5


class Side(msgspec.Struct, frozen=True):
    """One of the two copies.

    Args:
        n_repeated: rows whose key another row has too.
    """

    name: str
    format: str
    n_rows: int
    n_columns: int
    content_root: str
    n_repeated: int = 0


class ColumnVerdict(msgspec.Struct, frozen=True):
    """How a column of A stands to one of B.

    Args:
        a: its name in A; nothing if only B has it.
        b: its name in B; nothing if only A has it.
        verdict: `same`, `widened` or `retyped` by type; `renamed` if the values are those of a
            column of another name; `missing` from B; `added` in B.
        is_equal: both hold the same values, whatever the order of the rows.
        n_differing: rows of the same key in which it differs.
    """

    a: str | None
    b: str | None
    a_type: str | None
    b_type: str | None
    verdict: Literal["same", "widened", "retyped", "renamed", "missing", "added"]
    is_equal: bool
    n_differing: int = 0


class RowPair(msgspec.Struct, frozen=True):
    """A row of A beside that of B; one of both is missing for a row that only one has.

    Args:
        columns: those in which they differ.
    """

    a: dict[str, Any] | None
    b: dict[str, Any] | None
    columns: tuple[str, ...] = ()


class VerifyReport(msgspec.Struct, frozen=True):
    """How two copies differ.

    Args:
        n_same: rows that both have alike.
        n_only_a: rows that only A has.
        n_only_b: rows that only B has.
        n_differing: rows of one key with other values; 0 if no key is known.
        n_examined: of those, how many were compared column by column.
        has_findings: they differ; the command's exit code is 1.
    """

    a: Side
    b: Side
    key: tuple[str, ...]
    columns: tuple[ColumnVerdict, ...]
    n_same: int
    n_only_a: int
    n_only_b: int
    n_differing: int
    n_examined: int
    only_a: tuple[RowPair, ...]
    only_b: tuple[RowPair, ...]
    differing: tuple[RowPair, ...]
    has_findings: bool


class MirrorRequest(msgspec.Struct, frozen=True):
    """Bring the exports that lie beside datasets up to date."""

    name: Annotated[str, Meta(description="a dataset, or a pattern such as '*'")]
    path: Annotated[
        str | None, Meta(description="the folder of mirrors; setting mirror.path if none")
    ] = None
    format: Annotated[
        Literal["parquet", "iceberg"] | None,
        Meta(description="how to write; setting mirror.format if none"),
    ] = None
    check: Annotated[bool, Meta(description="read back also what was mirrored before")] = False


class Mirrored(msgspec.Struct, frozen=True):
    """One snapshot's mirror.

    Args:
        state: `written` now, `kept` from before, `checked` and found whole, `mended` because it
            was gone or damaged or rows were erased since, or `failed`.
        reason: why it failed or was mended.
    """

    dataset: str
    number: int
    path: str
    format: str
    n_rows: int
    state: Literal["written", "kept", "checked", "mended", "failed"]
    reason: str | None = None


class MirrorReport(msgspec.Struct, frozen=True):
    """What lies in the mirror.

    Args:
        has_findings: a snapshot could not be mirrored.
    """

    path: str
    mirrors: tuple[Mirrored, ...]
    n_bytes: int
    has_findings: bool
