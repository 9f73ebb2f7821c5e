"""A full disk or a folder that cannot be written: a message with a mend, and nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import Unavailable
from headgate.spine.context import open_context
from headgate.spine.init import init
from tests.asking import commit, kinds, log, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context

NOISE = pa.table({"noise": [os.urandom(1000) for _ in range(4000)]})

LIMITED = """
import resource, sys
from pathlib import Path
import pyarrow as pa, os
from headgate.core.errors import Unavailable
from headgate.spine.context import open_context
from tests.asking import commit

context = open_context(Path(sys.argv[1]))
commit(context, "orders", {"id": [1]})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    commit(context, "orders", {"noise": [os.urandom(1000) for _ in range(2000)]})
except Unavailable as error:
    print(error.mend)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_changes_nothing(small_disk: Path) -> None:
    init(small_disk)
    context = open_context(small_disk)
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Unavailable) as caught:
        commit(context, "orders", NOISE)

    assert "make room" in caught.value.mend
    assert values(context, "orders") == {"id": [1]}
    assert kinds(context) == ["snapshot_committed"]
    assert commit(context, "orders", {"id": [2]}).number == 2
    context.opened.close()


@pytest.mark.parametrize("limit", [100_000, 1_000])
def test_a_file_that_cannot_grow_changes_nothing(context: Context, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(context.root), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.strip() in {
        "make room or give the right to write, then try again; nothing was changed",
        "look after the disk's space and rights, or the server, and try again",
    }
    assert values(context, "orders") == {"id": [1]}
    assert kinds(context) == ["snapshot_committed"]
    assert commit(context, "orders", {"id": [2]}).number == 2


@pytest.mark.parametrize("area", ["segments", "manifests"])
def test_a_file_in_place_of_a_folder_changes_nothing(context: Context, area: str) -> None:
    commit(context, "orders", {"id": [1]}, key=("id",))
    shutil.move(context.opened.home / area, context.opened.home / "aside")
    (context.opened.home / area).write_bytes(b"in the way")

    with pytest.raises(Unavailable) as caught:
        commit(context, "users", {"id": [2]})

    assert caught.value.mend.endswith("nothing was changed")
    (context.opened.home / area).unlink()
    shutil.move(context.opened.home / "aside", context.opened.home / area)
    assert kinds(context) == ["snapshot_committed"]
    assert [one.number for one in log(context, "orders")] == [1]
    assert commit(context, "orders", {"id": [2]}, mode="upsert").n_rows == 2
