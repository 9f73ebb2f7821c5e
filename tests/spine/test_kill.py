"""kill -9 at any moment: what was acknowledged is there, what is there is whole.

A process commits, ingests, compacts, collects or erases in a loop and prints each content root
once the verb has returned. It is killed at a random moment; then everything the project lists is
read and counted again, fsck must find nothing, and the next process goes on. In the end the
project must be what an undisturbed one is. Another deed joins by its script in `SCRIPTS`: it goes
on after the last snapshot there is and does the same for the same number.

A project in which subjects are erased is mended first, then held against what ought to be left;
who was erased, acknowledged, must be found in no byte of it.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import pyarrow as pa
import pytest

from headgate.spine.context import Context, open_context
from headgate.spine.init import init
from headgate.spine.lineage.events import first_broken
from headgate.spine.store import quarantine, queries
from tests.asking import fsck, log, read, root_of
from tests.ingest.waiting import balance
from tests.searching import words_found

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from headgate.core.nouns import Snapshot

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

ERASER = """
import sys
import headgate
from tests.spine.test_kill import people_of, subject

with headgate.open(sys.argv[1]) as project:
    found = project.dataset.list().datasets
    done = project.dataset.show("orders").snapshot.number if found else 0
    for n in range(done + 1, int(sys.argv[2]) + 1):
        if n % 3:
            made = project.dataset.commit("orders", people_of(n), mode="append")
        else:
            where = f"email = '{subject(n)}'"
            project.dataset.erase("orders", where=where, apply=True)
            made = project.dataset.show("orders").snapshot
        print(made.number, made.content_root, flush=True)
"""

RELEASER = """
import sys
from pathlib import Path
import headgate

root = Path(sys.argv[1])
with headgate.open(root) as project:
    found = project.dataset.list().datasets
    done = project.dataset.show("orders").snapshot.number if found else 0
    for n in range(done + 1, int(sys.argv[2]) + 1):
        path = root / "in" / f"{n:04}.txt"
        if n == 1:
            made = project.dataset.commit("orders", [{"id": 0, "n": "first"}])
        elif n % 2 == 0:
            waiting = "".join(f"{n * 9 + one},{n}{chr(10)}" for one in range(4))
            rows = f"id,n{chr(10)}{waiting}{n},torn,apart{chr(10)}x,{n}{chr(10)}"
            path.write_text(rows.replace(f"{n * 9},", "x,"))
            settings = {"connector": "csv", "mode": "append", "source": "shop"}
            made = project.source.ingest("orders", str(path), **settings).snapshot
        else:
            waiting = project.quarantine.show("orders", reason="type", limit=1)
            records = waiting["record"].to_pylist()
            values = {"id": str(n * 1000), "n": "fixed"}
            report = project.quarantine.fix("orders", record=records, set=values)
            [made] = report.snapshots
            if n % 3 == 0:
                project.quarantine.discard("orders", reason="fields", because="torn")
        print(made.number, made.content_root, flush=True)
"""

SCRIPTS = {
    "commit": COMMITTER,
    "ingest": INGESTER,
    "compact": COMPACTOR,
    "gc": COLLECTOR,
    "erase": ERASER,
    "release": RELEASER,
}
READ = 6
"""Records of each file of the script that releases; one of them is torn, two have no id [count]."""
PEOPLE = 5
"""How many each commit of the script that erases brings [count]."""
ENDLESS = 1_000_000
QUICK = ("commit", "erase", "release")
"""The scripts of every run: one for each way to hold a project against what was done."""


def people_of(n: int) -> list[dict[str, object]]:
    """Make the rows that snapshot n adds; each third snapshot erases one of them."""
    return [
        {"id": n * PEOPLE + one, "email": f"someone{n}x{one}@example.org", "note": f"row {one}"}
        for one in range(PEOPLE)
    ]


def subject(n: int) -> str:
    """Name whom snapshot n erases: somebody the one before it brought."""
    return f"someone{n - 1}x{n % PEOPLE}@example.org"


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
    snapshots = listed_snapshots(context, acknowledged)
    assert fsck(context, deep=True).problems == ()
    for one in (one for one in snapshots if one.expired_at is None):
        rows = read(context, "orders", one.number, row_ids=True)
        assert rows.num_rows == one.n_rows == len(set(rows["_rid"].to_pylist()))
        assert root_of(rows.drop_columns(["_rid"])) == one.content_root
    with context.catalog.read() as connection:
        waiting = quarantine.listed(connection, context.tenant)
    for one in waiting:
        assert quarantine.read(context, "orders", one.rev).num_rows == one.n_rows
    return len(snapshots)


def check_released(context: Context, acknowledged: set[str]) -> int:
    """Hold what became of records against the rows, each of which has an id of its own."""
    n_snapshots = check(context, acknowledged)
    n_fixed = max(0, (n_snapshots - 1) // 2)
    if n_snapshots:
        rows = read(context, "orders").to_pylist()
        assert [row["n"] for row in rows].count("fixed") == n_fixed
        assert len({row["id"] for row in rows}) == len(rows)
    counts = balance(context.root).values()
    assert sum(released for _, released, _, _ in counts) == n_fixed
    assert all(sum(one) == READ for one in counts)
    return n_snapshots


def check_erased(context: Context, acknowledged: set[str]) -> int:
    """Mend the project, look for those who were erased, and hold the others against the script."""
    assert fsck(context, repair=True, deep=True).problems == ()
    snapshots = listed_snapshots(context, acknowledged)
    erased = [one.number for one in snapshots if one.kind == "erase"]
    assert erased == [n for n in range(1, len(snapshots) + 1) if n % 3 == 0]
    gone = {subject(n) for n in erased}
    assert words_found(context.root, gone) == set()
    for one in snapshots:
        brought = [row for n in range(1, one.number + 1) if n % 3 for row in people_of(n)]
        left = [row for row in brought if row["email"] not in gone]
        assert read(context, "orders", one.number).to_pylist() == left
    newest = read(context, "orders") if snapshots else pa.table({})
    assert not snapshots or root_of(newest) == snapshots[-1].content_root
    return len(snapshots)


CHECKS = {ERASER: check_erased, RELEASER: check_released}


def listed_snapshots(context: Context, acknowledged: set[str]) -> list[Snapshot]:
    """List the snapshots, the oldest first, all that was acknowledged among them."""
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None
        names = queries.dataset_names(connection, context.tenant)
    snapshots = log(context, "orders")[::-1] if names else []
    assert acknowledged <= {f"{one.number} {one.content_root}" for one in snapshots}
    assert [one.number for one in snapshots] == list(range(1, len(snapshots) + 1))
    return snapshots


def survive(script: str, tmp_path: Path, *, n_kills: int, seed: int) -> None:
    """Kill a process `n_kills` times, let it finish, and compare with an undisturbed one."""
    chance, check_all = random.Random(seed), CHECKS.get(script, check)
    root = project(tmp_path / "killed", 8 * n_kills)
    context = open_context(root)
    acknowledged: set[str] = set()
    n_done = 0
    for _ in range(n_kills):
        acknowledged.update(killed(script, root, chance))
        n_done = check_all(context, acknowledged)
    finished(script, root, n_done + 2)

    undisturbed = project(tmp_path / "undisturbed", 8 * n_kills)
    output = finished(script, undisturbed, n_done + 2)

    assert check_all(context, acknowledged) == n_done + 2
    assert [f"{one.number} {one.content_root}" for one in log(context, "orders")[::-1]] == (output)
    context.opened.close()


@pytest.mark.parametrize("name", QUICK)
def test_nothing_acknowledged_is_lost_by_3_kills(tmp_path: Path, name: str) -> None:
    survive(SCRIPTS[name], tmp_path, n_kills=3, seed=5)


@pytest.mark.full
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_nothing_acknowledged_is_lost_by_40_kills(tmp_path: Path, script: str) -> None:
    survive(script, tmp_path, n_kills=40, seed=40)
