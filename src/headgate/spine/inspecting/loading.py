"""Reads data files as a commit would: by their connector, then the gate that finds types."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Denied, Invalid, NotFound
from headgate.core.plugins import LINE
from headgate.spine.inspecting.nouns import Loaded

if TYPE_CHECKING:
    from headgate.core.plugins import Reading
    from headgate.spine.context import Context

CONNECTORS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
"""Which connector reads a file, by the end of its name."""
BY_LINE = frozenset({"csv", "tsv", "jsonl"})
"""Connectors whose records stand on lines that a reader can open."""
UP = 2
"""Folders above the inspected one whose files are named by their way from it [count]."""
TYPING = "schema"
"""The gate that gives types to what has none."""


def load(context: Context, name: str, word: str) -> Loaded:
    """Read a data file.

    Args:
        context: the folder that is inspected.
        name: the dataset it is about.
        word: the file.

    Raises:
        NotFound: there is no such file.
        Invalid: it is of no known format, or cannot be read.
        Denied: it is asked through a server for a file outside of the project.
    """
    path = located(context, word)
    connector = CONNECTORS.get(path.suffix.lower())
    if connector is None:
        known = ", ".join(CONNECTORS)
        raise Invalid(f"{word} is of no known format", mend=f"name a file that ends in {known}")
    function = context.registry.load("connectors", connector)
    readings: list[Reading] = list(function(str(path)))
    rejected = tuple(one for reading in readings for one in reading.rejected)
    rows = _joined(readings, word)
    lines: tuple[int, ...] = ()
    if LINE in rows.column_names:
        lines = tuple(rows[LINE].to_pylist()) if connector in BY_LINE else ()
        rows = rows.drop_columns([LINE])
    return Loaded(shown(context.root, path), _typed(context, name, rows), lines, rejected)


def located(context: Context, word: str) -> Path:
    """Find a file that a caller names, seen from where he stands or from the folder.

    Raises:
        NotFound: there is none.
        Denied: it is asked through a server for a file outside of the project.
    """
    root = context.root.resolve()
    places = [root / word] if context.is_remote else [Path(word), root / word]
    try:
        found = [place.resolve() for place in places if place.is_file()]
    except (OSError, ValueError) as error:
        raise NotFound(f"no file {word!r}", mend="check the path") from error
    if context.is_remote and not all(_is_within(one, root) for one in found):
        raise Denied(f"{word} lies outside of the project", mend="name a file in its folder")
    if not found:
        raise NotFound(f"no file {word}", mend=f"check the path; it is seen from {root}")
    return found[0]


def shown(root: Path, path: Path) -> str:
    """Write a path as it is seen from a folder, with `/`; whole if it lies far away.

    Bytes of a name that are no text are replaced, for reports are text.
    """
    inner, outer = path.resolve(), root.resolve()
    near = [outer, *outer.parents[:UP]]
    up = next((n for n, one in enumerate(near) if inner.is_relative_to(one)), None)
    seen = inner if up is None else Path(*[".."] * up, inner.relative_to(near[up]))
    return os.fsencode(seen.as_posix()).decode("utf-8", "replace")


def _is_within(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and ".headgate" not in path.relative_to(root).parts


def _joined(readings: list[Reading], word: str) -> Any:
    import pyarrow as pa

    if not readings:
        raise Invalid(f"{word} holds nothing", mend="name a file with a header, or with rows")
    try:
        return pa.concat_tables([one.rows for one in readings], promote_options="permissive")
    except pa.ArrowException as error:
        raise Invalid(f"{word} cannot be read: {error}", mend="name a file of rows") from error


def _typed(context: Context, name: str, rows: Any) -> Any:
    gate = next(one for one in context.registry.gates if one.name == TYPING)
    return gate.check(context, name, rows, None).rows.replace_schema_metadata(None)
