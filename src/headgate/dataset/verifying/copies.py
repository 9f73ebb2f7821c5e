"""Opens one of two copies that are compared: a snapshot, or what lies at a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.core.refs import split_at
from headgate.dataset.formats.files import Stream, opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import FORMATS, format_at
from headgate.dataset.moving.streams import rows_of
from headgate.spine.store import queries
from headgate.spine.store.reading import fitted
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64


@dataclass(frozen=True)
class Copy:
    """A table that can be read more than once.

    Args:
        name: how it was called.
        format: `headgate`, or the format of a path.
        schema: its columns.
        key: columns that identify a row, if they are known.
        stream: opens its rows anew, always in the same order.
    """

    name: str
    format: str
    schema: pa.Schema
    key: tuple[str, ...]
    stream: Callable[[], Stream]

    def batches(self, target: pa.Schema, names: Mapping[str, str]) -> Iterator[pa.Table]:
        """Read some columns under other names and as other types.

        Args:
            target: the columns wanted.
            names: what each is called here, by its name in the target.
        """
        for batch in self.stream():
            columns = {name: batch.column(names[name]) for name in target.names}
            yield fitted(pa.table(columns), target, batch.num_rows)

    def rows_at(self, positions: I64, target: pa.Schema, names: Mapping[str, str]) -> pa.Table:
        """Read rows by their positions, in that order.

        Args:
            positions: ascending or not, shape (n,).
            target: the columns wanted.
            names: what each is called here.
        """
        wanted = np.unique(positions)
        parts: list[pa.Table] = []
        start = 0
        for rows in self.batches(target, names):
            inside = wanted[(wanted >= start) & (wanted < start + rows.num_rows)] - start
            if len(inside):
                parts.append(rows.take(pa.array(inside, pa.int64())))
            start += rows.num_rows
        table = pa.concat_tables(parts) if parts else target.empty_table()
        places: Any = np.searchsorted(wanted, positions)
        return table.take(pa.array(places, pa.int64()))


def open_copy(context: Context, text: str, hint: pa.Schema | None = None) -> Copy:
    """Open what a text names: a dataset such as `orders@3`, else a path.

    Args:
        context: the project.
        text: a reference, a path, or a format and a path such as `delta:./copy`.
        hint: types for formats that keep none.

    Raises:
        NotFound: there is neither such a dataset nor such a path.
        Invalid: what lies at the path cannot be read.
    """
    prefix, colon, rest = text.partition(":")
    if colon and prefix in FORMATS:
        return _at_path(text, Path(rest), prefix, hint)
    name, _ = split_at(text)
    with context.catalog.read() as connection:
        names = queries.dataset_names(connection, context.tenant)
    if name in names:
        return _of_dataset(context, text)
    if Path(text).exists():
        return _at_path(text, Path(text), None, hint)
    if any(sign in text for sign in "/."):
        raise NotFound(f"no file {text}", mend="give the path of a copy that is there")
    raise NotFound.among("dataset or path", name, names)


def keeps_types(text: str) -> bool:
    """Say whether what a text names has types of its own, so that it may lend them."""
    prefix, _, rest = text.partition(":")
    suffix = Path(rest or text).suffix.lower()
    return prefix not in ("csv", "tsv", "jsonl") and suffix not in (
        *FORMATS["csv"].suffixes,
        *FORMATS["tsv"].suffixes,
        *FORMATS["jsonl"].suffixes,
    )


def _of_dataset(context: Context, text: str) -> Copy:
    snapshot = find_snapshot(context, text)
    manifest = manifest_of(context, snapshot)
    return Copy(
        name=f"{snapshot.dataset}@{snapshot.number}",
        format="headgate",
        schema=manifest.schema,
        key=manifest.key,
        stream=lambda: rows_of(context, snapshot, manifest),
    )


def _at_path(text: str, path: Path, name: str | None, hint: Any) -> Copy:
    form = format_at(path, name)
    wanted = Wanted(schema=hint)
    return Copy(
        name=text,
        format=form.name,
        schema=opened(form, path, wanted).schema,
        key=(),
        stream=lambda: opened(form, path, wanted),
    )
