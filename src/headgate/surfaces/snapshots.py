"""A snapshot opened for reading: whole, batch by batch, or as an iterable to train from.

It reads part by part, the same from a folder and from a server, and holds a few parts in memory
at most. While it reads it keeps a lease, so that retention does not take the snapshot away.
"""

from __future__ import annotations

import copy
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.surfaces.python import Project

AHEAD = 2
"""Pieces that are read before they are asked for [count]."""
PIECE_ROWS = 131_072
"""Rows of a part that are read at once at most [count]."""


class Piece(NamedTuple):
    """Neighbouring rows of a part, those from `start` to `stop`."""

    part: int
    start: int
    stop: int

    @property
    def n_rows(self) -> int:
        """How many there are."""
        return self.stop - self.start


class Reader:
    """One snapshot, or some columns and rows of it.

    Args:
        project: where it lies.
        name: the dataset, or a snapshot such as `orders@3`.
        asked: of `at`, `columns`, `where` and `row_ids` those that were given.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the condition cannot be read, or holds a subquery.
    """

    def __init__(self, project: Project, name: str, asked: dict[str, Any]) -> None:
        self._owner = (project, os.getpid())
        self._listed: Any = project.dataset.parts(name, **asked)
        held = self._listed.snapshot
        self._dataset = held.dataset
        self._asked = {key: value for key, value in asked.items() if key != "at"}
        self._asked |= {"at": held.number, "lease": self._listed.lease}

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that is read."""
        return self._listed.snapshot

    @property
    def schema(self) -> pa.Schema:
        """The columns of a row, with their types."""
        from headgate.spine.store.manifest import schema_of

        return schema_of(self._listed.columns)

    @property
    def n_rows(self) -> int:
        """How many rows there are to read; with a condition, those that meet it."""
        return self._listed.n_rows

    def to_arrow(self) -> pa.Table:
        """Read everything into a pyarrow table."""
        import pyarrow as pa

        tables = list(self.tables(self.pieces()))
        return pa.concat_tables(tables) if tables else self.schema.empty_table()

    def to_pandas(self) -> Any:
        """Read everything into a pandas data frame.

        Raises:
            Unavailable: pandas is not installed.
        """
        _require("pandas")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """Read everything into a polars data frame.

        Raises:
            Unavailable: polars is not installed.
        """
        polars: Any = _require("polars")
        return polars.from_arrow(self.to_arrow())

    def to_duckdb(self, connection: Any = None) -> Any:
        """Offer the rows to DuckDB, which reads the columns it needs when it needs them.

        Args:
            connection: DuckDB's; one of its own in memory if not given.

        Returns:
            A relation; it may be read again and again.
        """
        from headgate.spine.store.scanning import relation_of

        def produce(names: list[str], _condition: Any) -> Iterator[pa.RecordBatch]:
            for table in self.tables(self.pieces(), names):
                yield from table.to_batches()

        return relation_of(self.schema, produce, connection)

    def batches(self, batch_rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Read record batches of so many rows each, but the last, in constant memory.

        Args:
            batch_rows: rows of a batch [count].
        """
        from headgate.surfaces.batching import cut

        yield from cut(self.tables(self.pieces()), batch_rows)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Read rows as dicts, one after the other, in constant memory."""
        from headgate.surfaces.rows import records

        for batch in self.batches(batch_rows=8_192):
            yield from records(batch)

    def iterable(self, batch_size: int | None = None, **settings: Any) -> Any:
        """Make an iterable to train from; see `headgate.surfaces.iterable.Stream`.

        Args:
            batch_size: rows of a batch; single rows if not given [count].
            settings: `shuffle`, `seed`, `buffer_rows`, `epoch`, `rank`, `world_size`.
        """
        from headgate.surfaces.iterable import make_stream

        return make_stream(self, {"batch_size": batch_size} | settings)

    def pieces(self, n_rows: int = PIECE_ROWS) -> list[Piece]:
        """Cut the parts into pieces of at most so many rows, in the snapshot's order.

        With a condition a piece is a whole part: a condition is asked of all its rows at once.
        """
        if self._asked.get("where") is not None:
            return [Piece(line.part, 0, line.n_rows) for line in self._listed.parts]
        return [
            Piece(line.part, start, min(start + n_rows, line.n_rows))
            for line in self._listed.parts
            for start in range(0, line.n_rows, n_rows)
        ]

    def read(self, piece: Piece, columns: list[str] | None = None) -> pa.Table:
        """Read one piece.

        Args:
            piece: which.
            columns: those to read, of the reader's; all if none.
        """
        asked: dict[str, Any] = self._asked | {"start": piece.start, "stop": piece.stop}
        if columns is not None:
            asked["row_ids"] = "_rid" in columns
            asked["columns"] = [name for name in columns if name != "_rid"]
        table = self._project().dataset.part(self._dataset, piece.part, **asked)
        return table if columns is None else table.select(columns)

    def tables(
        self, pieces: Iterable[Piece], columns: list[str] | None = None
    ) -> Iterator[pa.Table]:
        """Read pieces, the next ones in threads while one is worked on."""
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="reader") as pool:
            waiting: list[Any] = []
            for piece in pieces:
                waiting.append(pool.submit(self.read, piece, columns))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()

    def _project(self) -> Project:
        """Return the project; a process that was forked opens it anew, for its own use."""
        project, pid = self._owner
        if pid != os.getpid():
            project = copy.copy(project)
            self._owner = (project, os.getpid())
        return project

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_owner": (self._owner[0], 0)}

    def __repr__(self) -> str:
        place = f"{self._dataset}@{self.snapshot.number}"
        return (
            f"<headgate.Reader {place}: {self.n_rows:,} rows, {len(self._listed.columns)} columns>"
        )


def _require(name: str) -> ModuleType:
    """Import a library that is no dependency.

    Raises:
        Unavailable: it is not installed.
    """
    try:
        return __import__(name)
    except ImportError as error:
        raise Unavailable(
            f"{name} is not installed", mend=f"pip install 'headgate[{name}]'"
        ) from error
