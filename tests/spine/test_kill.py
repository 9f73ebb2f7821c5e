"""kill -9 at any moment: what was acknowledged is there, what is there is whole.

A process commits, ingests, compacts or collects in a loop and prints each content root once the
verb has returned. It is killed at a random moment; then everything the project lists is read and
counted again, fsck must find nothing, and the next process goes on. In the end the project must
be what an undisturbed one is. Another deed joins by its script in `SCRIPTS`: it goes on after the
last snapshot there is and does the same for the same number.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import pytest

from headgate.spine.context import Context, open_context
from headgate.spine.init import init
from headgate.spine.lineage.events import first_broken
from headgate.spine.store import quarantine, queries
from tests.asking import fsck, log, read, root_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

FORKING = multiprocessing.get_context("forkserver")
"""Makes processes from one that has imported everything, so that a kill costs little."""
FORKING.set_forkserver_preload(["headgate.surfaces.python", "tests.asking"])

COMMITTER = """
import sys
from pathlib import Path
import pyarrow as pa
from headgate.dataset.changes import commit_rows
from headgate.dataset.reports import CommitRequest
from headgate.spine.context import open_context
from headgate.spine.store import queries

context = open_context(Path(sys.argv[1]))
with context.catalog.read() as connection:
    done = queries.head_number(connection, "default", "orders")
for n in range(done + 1, int(sys.argv[2]) + 1):
    mode = ("append", "upsert", "replace")[n % 3]
    ids = list(range(n * 7, n * 7 + 200)) if mode == "append" else list(range(100 + n, 300 + n))
    rows = pa.table({"id": ids, "n": [n] * len(ids)})
    key = () if mode == "append" else ("id",)
    snapshot = commit_rows(context, CommitRequest(name="orders", mode=mode, key=key), rows)
    print(snapshot.number, snapshot.content_root, flush=True)
"""

INGESTER = """
import sys
from pathlib import Path
import headgate

with headgate.open(sys.argv[1]) as project:
    for path in sorted((Path(sys.argv[1]) / "in").glob("*.csv"))[:int(sys.argv[2])]:
        report = project.source.ingest("orders", str(path), mode="upsert", key=["id"])
        if report.snapshot.is_new:
            print(report.snapshot.number, report.snapshot.content_root, flush=True)
"""

COMPACTOR = """
import sys
from pathlib import Path
from headgate.spine.context import open_context
from headgate.spine.store import queries
from tests.asking import commit, compact

context = open_context(Path(sys.argv[1]))
with context.catalog.read() as connection:
    done = queries.head_number(connection, "default", "orders")
for n in range(done + 1, int(sys.argv[2]) + 1):
    if n % 3:
        ids = list(range(90 * n, 90 * n + 100))
        made = commit(context, "orders", {"id": ids}, mode="upsert", key=("id",))
    else:
        made = compact(context, "orders").snapshot
    print(made.number, made.content_root, flush=True)
"""

COLLECTOR = """
import sys
from pathlib import Path
from headgate.spine.context import open_context
from headgate.spine.store import queries
from tests.asking import commit, gc

context = open_context(Path(sys.argv[1]))
with context.catalog.read() as connection:
    done = queries.head_number(connection, "default", "orders")
for n in range(done + 1, int(sys.argv[2]) + 1):
    mode = "replace" if n % 2 else "append"
    made = commit(context, "orders", {"id": list(range(n, n + 50))}, mode=mode)
    if n % 7:
        gc(context, keep_last=3, purge=n % 3 == 0)
    else:
        gc(context, apply=False, undo=True)
    print(made.number, made.content_root, flush=True)
"""

SCRIPTS = {
    "commit": COMMITTER,
    "ingest": INGESTER,
    "compact": COMPACTOR,
    "gc": COLLECTOR,
}
ENDLESS = 1_000_000


def write_inputs(root: Path, count: int) -> None:
    """Write CSV files that update one another and hold broken records."""
    (root / "in").mkdir()
    for n in range(count):
        rows = "".join(
            f"{identity},{n},text {identity}\n" for identity in range(n * 50, n * 50 + 100)
        )
        text = f"id,n,note\n{rows}broken record {n}\n"
        (root / "in" / f"{n:04}.csv").write_text(text, encoding="utf-8")


def project(root: Path, count: int) -> Path:
    """Make a project with inputs."""
    init(root)
    write_inputs(root, count)
    return root


def play(script: str, root: Path, count: int, pipe: Connection) -> None:
    """Run a script in a process of its own, its output in a pipe."""
    sys.argv = ["play", str(root), str(count)]
    with open(pipe.fileno(), "w", closefd=False) as sys.stdout:
        exec(script, {"__name__": "__main__"})


@contextmanager
def playing(script: str, root: Path, count: int) -> Generator[tuple[BaseProcess, TextIO]]:
    """Start a process that does the first `count` steps that are not done yet."""
    ours, theirs = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=play, args=(script, root, count, theirs), daemon=True)
    process.start()
    theirs.close()
    with ours, open(ours.fileno(), closefd=False) as output:
        yield process, output
    process.join()


def finished(script: str, root: Path, count: int) -> list[str]:
    """Let such a process come to its end; return what it acknowledged."""
    with playing(script, root, count) as (process, output):
        lines = [line.strip() for line in output]
    assert process.exitcode == 0
    return lines


def killed(script: str, root: Path, chance: random.Random) -> list[str]:
    """Kill such a process at a random moment; return what it had acknowledged."""
    with playing(script, root, ENDLESS) as (process, output):
        lines: list[str] = []
        if chance.random() < 0.15:
            time.sleep(chance.uniform(0, 0.2))
        else:
            lines += [output.readline() for _ in range(chance.randint(1, 2))]
            time.sleep(chance.uniform(0, 0.1))
        assert process.is_alive()
        process.kill()
        lines += output.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


def check(context: Context, acknowledged: set[str]) -> int:
    """Hold everything the project lists against its rows; return the number of snapshots."""
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None
        names = queries.dataset_names(connection, context.tenant)
        waiting = quarantine.listed(connection, context.tenant)
    snapshots = log(context, "orders")[::-1] if names else []
    listed = {f"{one.number} {one.content_root}" for one in snapshots}
    assert acknowledged <= listed
    assert [one.number for one in snapshots] == list(range(1, len(snapshots) + 1))
    assert fsck(context, deep=True).problems == ()
    for one in (one for one in snapshots if one.expired_at is None):
        rows = read(context, "orders", one.number, row_ids=True)
        assert rows.num_rows == one.n_rows == len(set(rows["_rid"].to_pylist()))
        assert root_of(rows.drop_columns(["_rid"])) == one.content_root
    for one in waiting:
        assert quarantine.read(context, "orders", one.rev).num_rows == one.n_rows
    return len(snapshots)


def survive(script: str, tmp_path: Path, *, n_kills: int, seed: int) -> None:
    """Kill a process `n_kills` times, let it finish, and compare with an undisturbed one."""
    chance = random.Random(seed)
    root = project(tmp_path / "killed", 8 * n_kills)
    context = open_context(root)
    acknowledged: set[str] = set()
    n_done = 0
    for _ in range(n_kills):
        acknowledged.update(killed(script, root, chance))
        n_done = check(context, acknowledged)
    finished(script, root, n_done + 2)

    undisturbed = project(tmp_path / "undisturbed", 8 * n_kills)
    output = finished(script, undisturbed, n_done + 2)

    assert check(context, acknowledged) == n_done + 2
    assert [f"{one.number} {one.content_root}" for one in log(context, "orders")[::-1]] == (output)
    context.opened.close()


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_nothing_acknowledged_is_lost_by_5_kills(tmp_path: Path, script: str) -> None:
    survive(script, tmp_path, n_kills=5, seed=5)


@pytest.mark.full
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_nothing_acknowledged_is_lost_by_40_kills(tmp_path: Path, script: str) -> None:
    survive(script, tmp_path, n_kills=40, seed=40)
