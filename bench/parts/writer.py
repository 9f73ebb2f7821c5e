"""One of the writers of bench.writers; says `ready`, waits for a line, then appends row by row.

`python -m bench.parts.writer STORE PLACE WHO N_COMMITS` prints one line of JSON: the seconds of
each append that landed, and what the others raised. STORE is `headgate` or `deltalake`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from bench.parts.timing import timed

if TYPE_CHECKING:
    from collections.abc import Callable

DATASET = "orders"


def ours(place: str) -> Callable[[pa.Table], Any]:
    """Append to a dataset of a project."""
    project = import_module("headgate").open(place)
    return lambda rows: project.dataset.commit(DATASET, rows, mode="append")


def delta(place: str) -> Callable[[pa.Table], Any]:
    """Append to a Delta table, which deltalake tries again when another writer was first."""
    library: Any = import_module("deltalake")
    return lambda rows: library.write_deltalake(place, rows, mode="append")


STORES = {"headgate": ours, "deltalake": delta}


def main() -> None:
    """Append as often as asked."""
    store, place, who, n_commits = sys.argv[1:]
    append = STORES[store](place)
    found: dict[str, list[Any]] = {"seconds": [], "errors": []}
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(n_commits)):
        rows = pa.table({"who": [int(who)], "n": [number]})
        try:
            found["seconds"].append(timed(lambda rows=rows: append(rows))[0])
        except Exception as error:  # noqa: BLE001 - a benchmark counts what a user would see
            found["errors"].append(f"{type(error).__name__}: {error}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
