"""The examples run as they stand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import headgate
from tools.docs import ROOT

LINES = """\
10.0.0.1 - ada [02/Nov/2026:09:30:00 +0000] "GET /a HTTP/1.1" 200 512
nonsense
10.0.0.2 - - [02/Nov/2026:09:31:00 +0000] "GET /b HTTP/1.1" 404 -
"""


@pytest.mark.full
def test_the_python_example_finds_the_bad_rows_and_rolls_back(tmp_path: Path) -> None:
    script = ROOT / "examples" / "churn.py"

    done = subprocess.run(
        [sys.executable, script, tmp_path / "cells"], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "169 bad rows reached 569 predictions",
        "prod was moved from api@2 to api@1",
    ]


def test_the_python_example_fits_a_screen_or_two() -> None:
    assert len((ROOT / "examples" / "churn.py").read_text().splitlines()) <= 80


def test_the_example_connector_is_found_by_its_file_name(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "connector", tmp_path / "site")
    (tmp_path / "access.weblog").write_text(LINES)

    with headgate.init(tmp_path / "site") as project:
        report = project.source.ingest("visits", str(tmp_path / "access.weblog"))
        rows = project.dataset.read("visits", columns=["path", "status", "n_bytes"])

    assert (report.n_taken, report.n_quarantined) == (2, 1)
    assert rows.to_pylist() == [
        {"path": "/a", "status": 200, "n_bytes": 512},
        {"path": "/b", "status": 404, "n_bytes": None},
    ]
