"""Rows beyond the memory they may use: commit, read and query stay within their bounds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import headgate
from bench.scale import STEPS

ROOT = Path(__file__).parents[2]
MIB = 2**20


def measured(step: str, n_rows: int, folder: Path) -> dict[str, Any]:
    """Run one step of the benchmark in a process of its own."""
    command = [sys.executable, "-m", "bench.scale", "--step", step]
    command += ["--rows", str(n_rows), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


@pytest.mark.full
@pytest.mark.row("S3-72")
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    n_rows = 6_000_000
    headgate.init(tmp_path / "project").close()

    found = {step: measured(step, n_rows, tmp_path / "project") for step in STEPS}

    peaks = {step: one["peak_bytes"] / MIB for step, one in found.items()}
    assert found["commit"]["rows"] == found["read"]["rows"] == found["iterate"]["rows"] == n_rows
    assert found["stream-upsert"]["note"] == "6,000 changed, 0 added"
    assert max(peaks["read"], peaks["iterate"], peaks["query"], peaks["filtered"]) < 500
    # 500 MiB for the process and a chunk under way, and for each row its key and its neighbours
    assert peaks["commit"] < 1_200
    assert peaks["stream-upsert"] < 2_000
