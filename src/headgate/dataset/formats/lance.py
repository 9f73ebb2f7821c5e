"""Lance datasets, by the library pylance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid
from headgate.core.extras import needing
from headgate.dataset.formats.form import BATCH_ROWS, About, Format, Wanted

if TYPE_CHECKING:
    from pathlib import Path

RESERVED = ("_rowid", "_rowaddr", "_distance", "_score")


def write(rows: Any, path: Path, _about: About) -> None:
    """Write a dataset of one version.

    Raises:
        Unavailable: pylance is not installed.
        Invalid: the library refuses the rows.
    """
    with needing("the format lance", "lance"):
        import lance
    try:
        lance.write_dataset(rows, str(path), data_storage_version="2.1")
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise Invalid(f"lance cannot hold these rows: {error}", mend="export to parquet") from error


def read(path: Path, _wanted: Wanted) -> Any:
    """Open a dataset's newest version.

    Raises:
        Unavailable: pylance is not installed.
        Invalid: it is no Lance dataset.
    """
    with needing("the format lance", "lance"):
        import lance
    try:
        return lance.dataset(str(path)).scanner(batch_size=BATCH_ROWS).to_reader()
    except (ValueError, RuntimeError) as error:
        raise Invalid(
            f"{path} cannot be read as lance: {error}", mend="name the folder of a Lance dataset"
        ) from error


def refused_name(name: str) -> str | None:
    """Say what is wrong with a column's name for Lance."""
    if not name:
        return "it is empty"
    if name in RESERVED:
        return "Lance keeps it for itself"
    found = next((sign for sign in name if sign in ".`"), None)
    return None if found is None else f"{found!r} may not stand in it"


FORMAT = Format(
    name="lance",
    write=write,
    read=read,
    suffixes=(".lance",),
    is_folder=True,
    refused_name=refused_name,
    is_at=lambda path: (path / "_versions").is_dir(),
)
