"""Does with a peer's table what bench.store does with ours; runs in the peers' environment.

`python -m bench.parts.peer_store NAME N_ROWS N_UPSERTS FOLDER` prints one line of JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.parts.timing import repeated, timed
from bench.parts.wide import changes, stored_bytes, wide_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa


class Delta:
    """A Delta table, changed by merge."""

    package = "deltalake"

    def __init__(self, path: str) -> None:
        self._library: Any = import_module("deltalake")
        self._path = path

    def create(self, rows: pa.Table) -> None:
        """Write the first version."""
        self._library.write_deltalake(self._path, rows)

    def upsert(self, rows: pa.Table) -> None:
        """Replace rows by id, add the others."""
        merge = self._library.DeltaTable(self._path).merge(
            rows, "t.id = s.id", source_alias="s", target_alias="t"
        )
        merge.when_matched_update_all().when_not_matched_insert_all().execute()

    def read_first(self) -> pa.Table:
        """Read the first version, whole."""
        return self._library.DeltaTable(self._path, version=0).to_pyarrow_table()


class Lance:
    """A Lance dataset with stable row ids and an index on the key."""

    package = "pylance"

    def __init__(self, path: str) -> None:
        self._library: Any = import_module("lance")
        self._path = path
        self._first = 1

    def create(self, rows: pa.Table) -> None:
        """Write the first version and index the key."""
        made = self._library.write_dataset(rows, self._path, enable_stable_row_ids=True)
        made.create_scalar_index("id", "BTREE")
        self._first = self._library.dataset(self._path).version

    def upsert(self, rows: pa.Table) -> None:
        """Replace rows by id, add the others."""
        merge = self._library.dataset(self._path).merge_insert("id")
        merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def read_first(self) -> pa.Table:
        """Read the first version, whole."""
        return self._library.dataset(self._path, version=self._first).to_table()


PEERS: dict[str, Callable[[str], Delta | Lance]] = {"deltalake": Delta, "lance": Lance}


def main(name: str, n_rows: int, n_upserts: int, folder: Path) -> None:
    """Measure one peer."""
    table = wide_table(n_rows)
    peer = PEERS[name](str(folder / name))
    created, _ = timed(lambda: peer.create(table))
    seconds: list[float] = []
    added: list[int] = []
    for rows in changes(table, times=n_upserts):
        before = stored_bytes(folder)
        seconds.append(timed(lambda rows=rows: peer.upsert(rows))[0])
        added.append(stored_bytes(folder) - before)
    old = repeated(peer.read_first, runs=5)
    found = {
        "version": version(peer.package),
        "create_s": created,
        "upsert_s": statistics.median(seconds),
        "added_bytes": statistics.median(added),
        "old_read_s": old.median,
        "n_rows": peer.read_first().num_rows,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
