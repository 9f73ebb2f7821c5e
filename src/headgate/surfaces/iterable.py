"""An iterable to train from: shuffled, shared among workers, and resumed where it stood.

The order is drawn from the seed and the epoch alone. A snapshot is cut into pieces of 16,384
neighbouring rows and these are put in random order; each worker takes an equal stretch of them,
reads so many pieces as fill its buffer, mixes their rows, hands them out, and goes on. So a row
may come anywhere in an epoch, but the rows of one piece come out within one buffer's length.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from headgate.surfaces.snapshots import Piece, Reader

PIECE_ROWS = 16_384
"""Rows of a piece at most: a row group, the least that is read of a file [count]."""
DICT_ROWS = 1_024
"""Rows that are Python objects at once [count]."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rows are handed out.

    Args:
        batch_size: rows of a batch [count]; single rows as dicts if none.
        shuffle: hand them out in random order; else in the snapshot's.
        seed: what the order is drawn from, together with the epoch.
        buffer_rows: rows that are mixed with one another in memory [count].
        epoch: which turn through the rows, from 0.
        rank: which of several processes this is, from 0.
        world_size: how many processes share the rows [count].
    """

    batch_size: int | None = None
    shuffle: bool = True
    seed: int = 0
    buffer_rows: int = 131_072
    epoch: int = 0
    rank: int = 0
    world_size: int = 1


class Share(NamedTuple):
    """Which of the workers of all processes hands out rows."""

    place: int
    among: int


class Stream:
    """Rows of a snapshot, each once an epoch over all workers.

    Each iteration is a whole epoch, but for the first one after `load_state_dict`.

    Args:
        reader: the rows.
        settings: how they are handed out.

    Raises:
        Invalid: a setting makes no sense.
    """

    def __init__(self, reader: Reader, settings: Settings) -> None:
        for name, least in (("buffer_rows", 1), ("world_size", 1), ("epoch", 0)):
            if getattr(settings, name) < least:
                raise Invalid(f"{name} is below {least}", mend=f"give {least} or more")
        if settings.batch_size is not None and settings.batch_size < 1:
            raise Invalid("batch_size is below 1", mend="give 1 or more, or none for single rows")
        if not 0 <= settings.rank < settings.world_size:
            raise Invalid(
                f"rank {settings.rank} is none of {settings.world_size}", mend="count from 0"
            )
        self.reader = reader
        self.settings = settings
        self.epoch = settings.epoch
        self._n_given = 0
        self._resumes_at = 0

    def set_epoch(self, epoch: int) -> None:
        """Begin another turn, in another order."""
        self.epoch, self._n_given, self._resumes_at = epoch, 0, 0

    def state_dict(self) -> dict[str, Any]:
        """Say where this worker stands, to be kept with a checkpoint."""
        return {
            "version_id": self.reader.snapshot.version_id,
            "settings": self._order(),
            "share": list(self._share()),
            "epoch": self.epoch,
            "n_given": self._n_given,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where a worker stood.

        Raises:
            Conflict: the state is of other rows, of another order or of another share of them.
        """
        mine = self.state_dict()
        for name in ("version_id", "settings", "share"):
            if state.get(name) != mine[name]:
                raise Conflict(
                    f"the state was kept with {name} {state.get(name)}, this has {mine[name]}",
                    mend="open the same snapshot with the same settings and as many workers",
                )
        self.epoch, self._n_given = int(state["epoch"]), int(state["n_given"])
        self._resumes_at = self._n_given

    def __iter__(self) -> Iterator[Any]:
        """Hand out the rows or batches of the epoch."""
        self._n_given, self._resumes_at = self._resumes_at, 0
        return self._handed(self._n_given)

    def _handed(self, n_skipped: int) -> Iterator[Any]:
        from headgate.surfaces.batching import cut

        size = self.settings.batch_size
        for rows in cut(self._tables(n_skipped), size or DICT_ROWS):
            if size is not None:
                self._n_given += rows.num_rows
                yield _columns(rows)
                continue
            for row in rows.to_pylist():
                self._n_given += 1
                yield row

    def __len__(self) -> int:
        """Count the rows, or batches, that this worker hands out in an epoch."""
        n_rows = sum(piece.n_rows for piece in self._pieces())
        size = self.settings.batch_size
        return n_rows if size is None else -(-n_rows // size)

    def _tables(self, n_skipped: int) -> Iterator[pa.Table]:
        """Yield buffers of mixed rows; those handed out already are not even read."""
        import pyarrow as pa

        for index, pieces in enumerate(self._buffers()):
            n_rows = sum(piece.n_rows for piece in pieces)
            if n_skipped >= n_rows:
                n_skipped -= n_rows
                continue
            rows = pa.concat_tables(self.reader.tables(pieces))
            if self.settings.shuffle:
                rows = rows.take(pa.array(self._drawn(n_rows, f"{self._share()} {index}")))
            yield rows.slice(n_skipped)
            n_skipped = 0

    def _buffers(self) -> Iterator[list[Piece]]:
        waiting: list[Piece] = []
        n_rows = 0
        for piece in self._pieces():
            waiting.append(piece)
            n_rows += piece.n_rows
            if n_rows >= self.settings.buffer_rows:
                yield waiting
                waiting, n_rows = [], 0
        if waiting:
            yield waiting

    def _pieces(self) -> list[Piece]:
        """Return this worker's pieces in the order they are read: its stretch of all of them."""
        share, n_rows = self._share(), self.reader.n_rows
        low, high = (n_rows * place // share.among for place in (share.place, share.place + 1))
        pieces = self.reader.pieces(PIECE_ROWS)
        if self.settings.shuffle:
            pieces = [pieces[place] for place in self._drawn(len(pieces), "pieces")]
        return list(_stretch(pieces, low, high))

    def _drawn(self, count: int, what: str) -> Any:
        """Put so many places in random order; the same on every machine and in every release."""
        import numpy as np
        from blake3 import blake3

        text = f"{self.settings.seed} {self.epoch} {what}"
        drawn = np.random.PCG64(int.from_bytes(blake3(text.encode()).digest()[:16], "little"))
        return np.argsort(drawn.random_raw(count), kind="stable")

    def _share(self) -> Share:
        index, count = _worker()
        return Share(self.settings.rank * count + index, self.settings.world_size * count)

    def _order(self) -> dict[str, Any]:
        kept = ("shuffle", "seed", "buffer_rows")
        return {name: getattr(self.settings, name) for name in kept}

    def __reduce__(self) -> Any:
        given = msgspec.to_builtins(self.settings)
        return _again, (self.reader, given, self.epoch, self._resumes_at)


def make_stream(reader: Reader, given: dict[str, Any]) -> Any:
    """Make an iterable; where PyTorch is loaded, one that its DataLoader knows as such.

    Args:
        reader: the rows.
        given: fields of `Settings`.

    Raises:
        Invalid: a setting is unknown, of the wrong kind or makes no sense.
    """
    try:
        settings = msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"iterable: {str(error)[:1].lower()}{str(error)[1:]}",
            mend=f"it takes {', '.join(Settings.__struct_fields__)}",
        ) from error
    return _kind()(reader, settings)


def _again(reader: Reader, given: dict[str, Any], epoch: int, resumes_at: int) -> Any:
    stream = make_stream(reader, given)
    stream.load_state_dict(stream.state_dict() | {"epoch": epoch, "n_given": resumes_at})
    return stream


def _stretch(pieces: list[Piece], low: int, high: int) -> Iterator[Piece]:
    """Yield the rows from one place to another of pieces laid end to end."""
    start = 0
    for piece in pieces:
        own = max(low - start, 0), min(high - start, piece.n_rows)
        start += piece.n_rows
        if own[0] < own[1]:
            yield piece._replace(start=piece.start + own[0], stop=piece.start + own[1])


def _kind() -> type[Any]:
    torch = sys.modules.get("torch")
    if torch is None:
        return Stream
    known = torch.utils.data.IterableDataset
    return type("Stream", (Stream, known), {"__module__": __name__, "__doc__": Stream.__doc__})


def _worker() -> tuple[int, int]:
    """Return which worker of PyTorch's DataLoader this is, and how many there are."""
    torch = sys.modules.get("torch")
    info = None if torch is None else torch.utils.data.get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def _columns(rows: pa.RecordBatch) -> dict[str, Any]:
    """Give columns as numpy arrays of their own; text and nested values as arrays of objects."""
    return {
        name: column.to_numpy(zero_copy_only=False, writable=True)
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    }
