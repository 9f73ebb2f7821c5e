"""The demo is played unchanged on PostgreSQL and S3, and the two settings are written down."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import headgate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.backends.places import Backends

pytest.importorskip("sklearn")


@pytest.mark.full
@pytest.mark.row("S3-75")
def test_the_demo_is_played_on_postgresql_and_s3_by_two_settings(
    backends: Backends, tmp_path: Path
) -> None:
    place = backends.make("postgres-s3").environment

    played = subprocess.run(
        [sys.executable, "-m", "headgate", "demo", "poison", "--path", str(tmp_path / "demo")],
        env=os.environ | place,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (played.returncode, played.stderr) == (0, "")
    assert "one bad week found and undone" in played.stdout
    written = (tmp_path / "demo" / "headgate.toml").read_text(encoding="utf-8")
    assert all(f'"{value}"' in written for value in place.values())
    assert not list((tmp_path / "demo" / ".headgate").glob("catalog.db*"))
    assert not (tmp_path / "demo" / ".headgate" / "segments").exists()
    with headgate.open(tmp_path / "demo") as project:
        assert project.dataset.fsck().problems == ()
        assert len(project.dataset.list().datasets) >= 3
