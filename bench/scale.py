"""More rows than fit into memory: commit, read, upsert, diff and query, with their peak memory.

Run `python -m bench.scale --rows 50000000`. Every step is a process of its own, so that its peak
resident memory is its own too. The project is made in build/bench and removed at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import headgate
from bench.parts.memory import peak_bytes
from bench.parts.timing import BUILD, ROOT, load, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.surfaces.python import Project

BATCH_ROWS = 500_000
SHARE = 0.001
"""How many of all rows the upsert changes."""
CITIES = np.array([f"city-{place}" for place in range(400)])
QUERY = "select city, count(*) as n, sum(amount) as total from rows group by city order by city"


def main(arguments: list[str] | None = None) -> int:
    """Run every step and print its figures."""
    options = _options(arguments)
    if options.step:
        print(json.dumps(_measured(options.step, options.rows, options.folder)))
        return 0
    folder = BUILD / "scale"
    shutil.rmtree(folder, ignore_errors=True)
    headgate.init(folder).close()
    lines: list[list[Any]] = []
    try:
        for step in STEPS:
            found = _in_process(step, options.rows, folder)
            rate = f"{found['rows'] / found['seconds'] / 1e6:.2f} M/s" if found["rows"] else ""
            peak = f"{found['peak_bytes'] / 2**30:.2f} GiB"
            lines.append([step, f"{found['seconds']:.1f} s", rate, peak, found["note"]])
            print(*lines[-1], flush=True)
        n_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    title = f"{options.rows:,} rows of 8 columns, {n_bytes / 2**30:.1f} GiB on disk, {load()}"
    show(title, ["step", "time", "rate", "peak memory", "note"], lines)
    return 0


def batches(n_rows: int) -> Iterator[pa.RecordBatch]:
    """Make rows of 8 columns, the same each time."""
    for start in range(0, n_rows, BATCH_ROWS):
        yield rows_of(np.arange(start, min(start + BATCH_ROWS, n_rows)), seed=start)


def rows_of(ids: Any, seed: int) -> pa.RecordBatch:
    """Make the rows of some ids."""
    chance = np.random.default_rng(seed)
    count = len(ids)
    moments = 1_700_000_000_000_000 + ids * 1_000_003
    notes = np.char.add("note ", chance.integers(0, 10**9, count).astype(str))
    return pa.record_batch(
        {
            "id": pa.array(ids),
            "at": pa.array(moments, pa.timestamp("us", "UTC")),
            "customer": pa.array(chance.integers(0, 2_000_000, count), pa.int32()),
            "amount": pa.array(chance.gamma(2.0, 30.0, count).round(2)),
            "city": pa.array(CITIES[chance.integers(0, len(CITIES), count)]),
            "score": pa.array(chance.random(count, np.float32), mask=chance.random(count) < 0.1),
            "is_paid": pa.array(chance.random(count) < 0.7),
            "note": pa.array(notes),
        }
    )


def commit(project: Project, n_rows: int) -> tuple[int, str]:
    """Commit all rows, as they are made."""
    snapshot = project.dataset.commit("rows", batches(n_rows), key=["id"])
    return snapshot.n_rows, f"@{snapshot.number}"


def make_only(_project: Project, n_rows: int) -> tuple[int, str]:
    """Make the rows and nothing else: the part of the commit that is not ours."""
    return sum(batch.num_rows for batch in batches(n_rows)), "making the rows, no commit"


def read(project: Project, _n_rows: int) -> tuple[int, str]:
    """Read every column of every row, batch by batch."""
    total, count = 0.0, 0
    for batch in project.dataset.open("rows").batches():
        count += batch.num_rows
        total += float(np.asarray(batch.column("amount")).sum())
    return count, f"sum of amounts {total:.0f}"


def iterate(project: Project, n_rows: int) -> tuple[int, str]:
    """Train on shuffled batches of 1,024 rows."""
    columns = ["customer", "amount", "score", "is_paid"]
    stream = project.dataset.open("rows", columns=columns).iterable(batch_size=1_024, seed=1)
    count = sum(len(batch["amount"]) for batch in stream)
    if count != n_rows:
        raise RuntimeError(f"{count:,} rows came of {n_rows:,}")
    return count, "shuffled, batches of 1,024, 4 columns"


def upsert(project: Project, n_rows: int) -> tuple[int, str]:
    """Change one row in a thousand."""
    ids = np.sort(np.random.default_rng(7).choice(n_rows, int(n_rows * SHARE), replace=False))
    rows = pa.Table.from_batches([rows_of(ids, seed=1)])
    snapshot = project.dataset.commit("rows", rows, mode="upsert")
    return snapshot.n_changed, f"{snapshot.n_changed:,} changed"


def stream_upsert(project: Project, n_rows: int) -> tuple[int, str]:
    """Bring every row again, chunk by chunk; those of the upsert before turn back."""
    snapshot = project.dataset.commit("rows", batches(n_rows), mode="upsert")
    return n_rows, f"{snapshot.n_changed:,} changed, {snapshot.n_added:,} added"


def counts(project: Project, _n_rows: int) -> tuple[int, str]:
    """Compare two snapshots."""
    found = project.dataset.diff("rows", from_="1", to="2", limit=0)
    return 0, f"{found.n_changed:,} changed, {found.n_same:,} same"


def query(project: Project, n_rows: int) -> tuple[int, str]:
    """Group all rows by a column, over segments of which all have deletions."""
    return n_rows, f"{project.query(QUERY).num_rows} groups"


def filtered(project: Project, n_rows: int) -> tuple[int, str]:
    """Read the few rows of a range."""
    where = f"id between {n_rows // 2} and {n_rows // 2 + 999}"
    return 0, f"{project.dataset.read('rows', where=where).num_rows:,} rows"


STEPS: dict[str, Callable[[Project, int], tuple[int, str]]] = {
    "make": make_only,
    "commit": commit,
    "read": read,
    "iterate": iterate,
    "upsert": upsert,
    "diff": counts,
    "query": query,
    "filtered": filtered,
    "stream-upsert": stream_upsert,
}


def _measured(step: str, n_rows: int, folder: str) -> dict[str, Any]:
    with headgate.open(folder) as project:
        started = time.perf_counter()
        count, note = STEPS[step](project, n_rows)
        seconds = time.perf_counter() - started
    peak = peak_bytes()
    return {"seconds": seconds, "rows": count, "note": note, "peak_bytes": peak}


def _in_process(step: str, n_rows: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.scale", "--step", step]
    command += ["--rows", str(n_rows), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{step} ended with {done.returncode}: {done.stderr[-3000:]}")
    return json.loads(done.stdout)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000, help="rows to commit [count]")
    parser.add_argument("--keep", action="store_true", help="leave the project where it is")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
