"""A disk that cannot be written or is full: an error with a mend, and nothing half there."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.spine.context import open_context
from headgate.spine.init import init
from tests.asking import commit, kinds, log, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.places import Backend

pytestmark = [
    pytest.mark.full,
    pytest.mark.parametrize("backend", ["sqlite-local", "postgres-s3"], indirect=True),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if not shutil.which("mount") or _failed(command):
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _failed(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


def test_a_disk_that_becomes_read_only_changes_nothing(backend: Backend, disk: Path) -> None:
    init(disk)
    context = open_context(disk)
    commit(context, "orders", {"id": [1]})
    context.opened.close()
    remount(disk, "ro")
    context = open_context(disk)

    with pytest.raises(Unavailable) as caught:
        commit(context, "orders", {"id": [2]}, mode="append")

    remount(disk, "rw")
    assert caught.value.mend
    assert [one.number for one in log(context, "orders")] == [1]
    assert commit(context, "orders", {"id": [2]}, mode="append").number == 2
    assert values(context, "orders") == {"id": [1, 2]}
    context.opened.close()


def test_a_disk_that_is_full_changes_nothing(backend: Backend, disk: Path) -> None:
    init(disk)
    context = open_context(disk)
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Unavailable) as caught:
        commit(context, "orders", {"noise": [os.urandom(1000) for _ in range(6000)]})

    assert "make room" in caught.value.mend
    assert values(context, "orders") == {"id": [1]}
    assert kinds(context) == ["snapshot_committed"]
    assert commit(context, "orders", {"id": [2]}).number == 2
    context.opened.close()
