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
from bench.parts.wide import changes, some_ids, stored_bytes, wide_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

ENOUGH_S = 30.0
"""A peer whose upserts took as long is not asked for more of them [s]."""


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

    def get(self, ids: list[int]) -> pa.Table:
        """Read single rows of the newest version."""
        table = self._library.DeltaTable(self._path)
        return table.to_pyarrow_table(filters=[("id", "in", ids)])


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

    def get(self, ids: list[int]) -> pa.Table:
        """Read single rows of the newest version, by the index."""
        condition = f"id in ({', '.join(map(str, ids))})"
        return self._library.dataset(self._path).to_table(filter=condition)


class Iceberg:
    """An Iceberg table in a catalog on SQLite."""

    package = "pyiceberg"

    def __init__(self, path: str) -> None:
        Path(path).mkdir()
        settings = {"uri": f"sqlite:///{path}/catalog.db", "warehouse": f"file://{path}"}
        catalog: Any = import_module("pyiceberg.catalog.sql").SqlCatalog("bench", **settings)
        catalog.create_namespace("bench")
        self._catalog = catalog
        self._first = 0

    def create(self, rows: pa.Table) -> None:
        """Write the first snapshot."""
        table = self._catalog.create_table("bench.wide", schema=rows.schema)
        table.append(rows)
        self._first = table.current_snapshot().snapshot_id

    def upsert(self, rows: pa.Table) -> None:
        """Replace rows by id, add the others."""
        self._catalog.load_table("bench.wide").upsert(rows, join_cols=["id"])

    def read_first(self) -> pa.Table:
        """Read the first snapshot, whole."""
        return self._catalog.load_table("bench.wide").scan(snapshot_id=self._first).to_arrow()

    def get(self, ids: list[int]) -> pa.Table:
        """Read single rows of the newest snapshot."""
        chosen = import_module("pyiceberg.expressions").In("id", ids)
        return self._catalog.load_table("bench.wide").scan(row_filter=chosen).to_arrow()


PEERS: dict[str, Callable[[str], Delta | Lance | Iceberg]] = {
    "deltalake": Delta,
    "lance": Lance,
    "pyiceberg": Iceberg,
}


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
        if sum(seconds) > ENOUGH_S:
            break
    old = repeated(peer.read_first, runs=5)
    ids = some_ids(n_rows)
    got = repeated(lambda: peer.get(ids), runs=3)
    if peer.get(ids).num_rows != len(ids) or peer.read_first().num_rows != n_rows:
        raise RuntimeError(f"{name} gave back other rows")
    found = {
        "version": version(peer.package),
        "create_s": created,
        "upsert_s": statistics.median(seconds),
        "added_bytes": statistics.median(added),
        "old_read_s": old.median,
        "get_s": got.median,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
