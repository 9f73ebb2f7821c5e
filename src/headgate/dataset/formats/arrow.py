"""Arrow IPC files: every type as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.ipc as pa_ipc

from headgate.dataset.formats.form import About, Format, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write(rows: Any, path: Path, _about: About) -> None:
    """Write one file, batch by batch."""
    with pa_ipc.new_file(str(path), rows.schema) as writer:
        for batch in rows:
            writer.write_batch(batch)


def read(path: Path, _wanted: Wanted) -> Any:
    """Open a file."""
    source = pa.memory_map(str(path))
    opened = pa_ipc.open_file(source)

    def batches() -> Iterator[Any]:
        for index in range(opened.num_record_batches):
            yield opened.get_batch(index)

    return pa.RecordBatchReader.from_batches(opened.schema.remove_metadata(), batches())


FORMAT = Format(name="arrow", write=write, read=read, suffixes=(".arrow", ".feather"))
