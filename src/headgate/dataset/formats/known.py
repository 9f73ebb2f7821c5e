"""The formats there are, and which one a path means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.formats import (
    arrow,
    delimited,
    delta,
    huggingface,
    iceberg,
    jsonl,
    lance,
    parquet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.dataset.formats.form import Format

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        parquet.FORMAT,
        delimited.CSV,
        delimited.TSV,
        jsonl.FORMAT,
        arrow.FORMAT,
        iceberg.FORMAT,
        delta.FORMAT,
        lance.FORMAT,
        huggingface.FORMAT,
    )
}
SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".arrow")
"""The suffixes of single files, as errors name them."""
_FOLDERS = ("delta", "iceberg", "lance", "huggingface", "parquet")


def format_named(name: str) -> Format:
    """Find a format by its name.

    Raises:
        NotFound: there is none of that name.
    """
    if name not in FORMATS:
        raise NotFound.among("format", name, FORMATS)
    return FORMATS[name]


def format_of_target(path: Path, name: str | None) -> Format:
    """Find the format in which to write at a path.

    Raises:
        NotFound: there is no format of that name.
        Invalid: neither a name nor a suffix tells it.
    """
    if name is not None:
        return format_named(name)
    return format_by_suffix(path, "add --format, or ")


def format_at(path: Path, name: str | None) -> Format:
    """Find the format of what lies at a path.

    Raises:
        NotFound: nothing lies there, or there is no format of that name.
        Invalid: it is none we know.
    """
    if not path.exists():
        raise NotFound(f"no file {path}", mend="give the path of a file that is there")
    if name is not None:
        return format_named(name)
    if path.is_dir():
        for known in _FOLDERS:
            if FORMATS[known].is_at(path):
                return FORMATS[known]
        raise Invalid(
            f"the folder {path} holds no table of a format known here",
            mend=f"name a folder of {', '.join(_FOLDERS)}, or add --format",
        )
    return format_by_suffix(path)


def format_by_suffix(path: Path, also: str = "") -> Format:
    """Find a format by a path's suffix.

    Raises:
        Invalid: the suffix is not known.
    """
    suffix = path.suffix.lower()
    for one in FORMATS.values():
        if suffix in one.suffixes:
            return one
    raise Invalid(
        f"{path} has no suffix that tells its format",
        mend=f"{also}use one of {', '.join(SUFFIXES)}",
    )
