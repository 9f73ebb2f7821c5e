"""Eight processes commit fifty times each to one dataset: all land, and nobody sees a lock."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from headgate.spine.lineage.events import first_broken
from tests.asking import kinds, log, read

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from tests.backends.places import Backend

N_WRITERS, N_COMMITS = 8, 50

WRITER = """
import sys
import pyarrow as pa
from headgate.dataset.changes import commit_rows
from headgate.dataset.reports import CommitRequest
from headgate.spine.context import open_context
from pathlib import Path

context = open_context(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    rows = pa.table({"who": [int(sys.argv[2])], "n": [number]})
    commit_rows(context, CommitRequest(name="orders", mode="append"), rows)
"""


@pytest.mark.full
@pytest.mark.row("S3-75")
@pytest.mark.parametrize(
    "backend", ["sqlite-local", "postgres-local", "postgres-s3"], indirect=True
)
def test_every_commit_of_eight_writers_lands(
    backend: Backend, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()

    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(context.root), str(who), str(N_COMMITS)],
            stderr=subprocess.PIPE,
        )
        for who in range(N_WRITERS)
    ]
    errors = [writer.communicate()[1].decode() for writer in writers]
    took_s = time.monotonic() - began

    with capsys.disabled():
        sys.stdout.write(f"\n{backend.name}: {N_WRITERS} x {N_COMMITS} in {took_s:.1f} s\n")
    assert errors == [""] * N_WRITERS
    total = N_WRITERS * N_COMMITS
    rows = {(row["who"], row["n"]) for row in read(context, "orders").to_pylist()}
    assert rows == {(who, n) for who in range(N_WRITERS) for n in range(N_COMMITS)}
    assert [one.number for one in log(context, "orders")] == list(range(total, 0, -1))
    assert len(set(read(context, "orders", row_ids=True)["_rid"].to_pylist())) == total
    assert kinds(context, "dataset:orders") == ["snapshot_committed"] * total
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None
