"""kill -9 while folders are committed: what was acknowledged is there, with every byte."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.spine.context import open_context
from headgate.spine.init import init
from tests.asking import log
from tests.dataset.trees import exported, write

if TYPE_CHECKING:
    from headgate.spine.context import Context

COMMITTER = """
import sys
from pathlib import Path
from headgate.dataset.files.reports import CommitFolderRequest
from headgate.dataset.files.commit import commit_folder
from headgate.spine.context import open_context
from headgate.spine.store.packs import pack as packs
from headgate.spine.store import queries

packs.PACK_BYTES = 4_000
context = open_context(Path(sys.argv[1]))
folder = Path(sys.argv[2])
with context.catalog.read() as connection:
    done = queries.head_number(connection, "default", "photos")
for n in range(done + 1, done + 100):
    for place in range(40):
        (folder / str(place % 4)).mkdir(exist_ok=True)
        if n % 3 == place % 3:
            (folder / str(place % 4) / f"{place}.txt").write_text(f"{n} {place} " * 50)
    request = CommitFolderRequest(name="photos", path=str(folder))
    snapshot = commit_folder(context, request)
    print(snapshot.number, snapshot.content_root, flush=True)
"""


def killed(root: Path, folder: Path, chance: random.Random) -> list[str]:
    """Kill a process that commits at a random moment; return what it had acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMITTER, str(root), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline()]
        time.sleep(chance.uniform(0, 0.15))
    finally:
        process.kill()
        rest, _ = process.communicate()
    return [line.strip() for line in [*lines, *rest.splitlines()] if line.strip()]


def check(context: Context, acknowledged: set[str], checked: set[int]) -> None:
    """Read every file of every snapshot that was not read before; each is held to its digest."""
    snapshots = log(context, "photos")
    assert acknowledged <= {f"{one.number} {one.content_root}" for one in snapshots}
    for one in snapshots:
        if one.number not in checked:
            with tempfile.TemporaryDirectory() as scratch:
                files = exported(context, Path(scratch) / "out", at=one.number)
            assert len(files) == one.n_rows
            checked.add(one.number)


def survive(tmp_path: Path, *, n_kills: int) -> None:
    """Kill committers, and read back everything after each."""
    chance = random.Random(n_kills)
    init(tmp_path / "project")
    folder = write(tmp_path / "in", {})
    context = open_context(tmp_path / "project")
    acknowledged: set[str] = set()
    checked: set[int] = set()
    for _ in range(n_kills):
        acknowledged.update(killed(tmp_path / "project", folder, chance))
        check(context, acknowledged, checked)
    assert len(checked) >= n_kills
    context.opened.close()


def test_no_file_is_lost_by_3_kills(tmp_path: Path) -> None:
    survive(tmp_path, n_kills=3)


@pytest.mark.full
def test_no_file_is_lost_by_40_kills(tmp_path: Path) -> None:
    survive(tmp_path, n_kills=40)
