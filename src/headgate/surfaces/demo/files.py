"""Writes the files that sources send, in the format that each of them speaks."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.dataset.formats import save
from headgate.surfaces.demo.corruptions import tear

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from headgate.surfaces.demo.cases import Case

FORMATS = {"north": "csv", "south": "csv", "east": "jsonl", "west": "parquet"}


def write_rows(path: Path, rows: list[Case], torn: Collection[int] = ()) -> int:
    """Write rows to a file, by its suffix.

    Args:
        path: where to; .csv, .jsonl or .parquet.
        rows: what to write.
        torn: places of rows that break on the way; none in a Parquet file.

    Returns:
        How many rows were broken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        save(pa.Table.from_pylist(rows), str(path))
        return 0
    lines = WRITERS[path.suffix](rows)
    n_heads = len(lines) - len(rows)
    for place in torn:
        lines[n_heads + place] = tear(lines[n_heads + place])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(torn)


def _csv_lines(rows: list[Case]) -> list[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines()


def _json_lines(rows: list[Case]) -> list[str]:
    return [json.dumps(row) for row in rows]


WRITERS: dict[str, Callable[[list[Case]], list[str]]] = {
    ".csv": _csv_lines,
    ".jsonl": _json_lines,
}
