"""What erasing a subject is asked and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from headgate.dataset.reports import Name


class EraseRequest(msgspec.Struct, frozen=True):
    """Erase a subject's rows from every snapshot and from everything made of them.

    Nothing is changed unless it is applied: the answer says what would be.
    """

    name: Name
    where: Annotated[str, Meta(description="which rows, as in SQL's where: email = 'x'")]
    apply: Annotated[bool, Meta(description="do it; without it only the plan is told")] = False
    aliases: Annotated[
        tuple[str, ...],
        Meta(description="what else stands for the subject in text, such as a name"),
    ] = ()
    suppress: Annotated[
        bool, Meta(description="keep rows with the same values out from now on")
    ] = True
    plan: Annotated[bool, Meta(description="only tell the plan; this is the default")] = False


class ErasedDataset(msgspec.Struct, frozen=True):
    """What is erased of one dataset.

    Args:
        n_rows: rows, by row id.
        versions: numbers of the snapshots that held them.
        snapshots: the snapshots without them that were made, one a branch that held some.
    """

    name: str
    n_rows: int
    versions: tuple[int, ...]
    snapshots: tuple[str, ...]


class ErasedBlob(msgspec.Struct, frozen=True):
    """A file that was replaced under its name.

    Args:
        blob: its key.
        digest: blake3 of the content that stands there now.
        n_rows: rows blanked in it.
    """

    blob: str
    digest: str
    n_rows: int


class Obligation(msgspec.Struct, frozen=True):
    """What the store cannot do itself.

    Args:
        kind: `model`, `export`, `mirror`, `source`, `backup`, `dataset` or `file`.
        what: the thing, as it is referred to.
        n_rows: rows of the subject in it [count].
        mend: what to do.
    """

    kind: str
    what: str
    n_rows: int
    mend: str


class Receipt(msgspec.Struct, frozen=True):
    """The signed account of an erasure; it holds nothing of the subject.

    Args:
        receipt_id: what it is called; empty in a plan.
        is_applied: it was done; otherwise this is the plan.
        subject: keyed blake3 of dataset and condition, by the project's own salt.
        columns: columns the condition names.
        n_rows: rows of the dataset itself, by row id.
        n_versions: snapshots, of this dataset and those made of it, that held the subject.
        datasets: what was erased of each dataset.
        traces: what else was blanked: predictions, quarantined rows, orphaned files.
        blobs: files replaced under their names.
        n_suppressed: values kept out of the dataset from now on.
        obligations: what is left to do.
        signature: Ed25519 over all other fields but `public_key`, as canonical JSON.
        public_key: the key that checks it.
    """

    receipt_id: str
    is_applied: bool
    project: str
    tenant: str
    dataset: str
    subject: str
    columns: tuple[str, ...]
    n_rows: int
    n_versions: int
    datasets: tuple[ErasedDataset, ...]
    traces: dict[str, int]
    blobs: tuple[ErasedBlob, ...]
    n_suppressed: int
    obligations: tuple[Obligation, ...]
    erased_at: datetime
    erased_by: str
    signature: str = ""
    public_key: str = ""


class ErasuresRequest(msgspec.Struct, frozen=True):
    """List the receipts of erasures."""

    name: Annotated[str | None, Meta(description="of this dataset only")] = None


class KeptReceipt(msgspec.Struct, frozen=True):
    """A receipt, whether its signature holds, and whether all of it is done."""

    receipt: Receipt
    is_signed: bool
    is_finished: bool


class Erasures(msgspec.Struct, frozen=True):
    """The receipts there are, the newest first."""

    erasures: tuple[KeptReceipt, ...]
