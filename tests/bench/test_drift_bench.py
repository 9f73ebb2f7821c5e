"""The bench of drift on small windows: every side answers, and ours finds what was moved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from bench import drift
from bench.parts.drift_data import N_NAMES, N_NUMBERS, numbers, windows
from bench.parts.drift_ours import judge
from headgate.monitor.reference import fit
from headgate.spine.store.file_columns import open_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]


def figures(script: str, *words: object) -> dict[str, Any]:
    """Run one side in a process of its own."""
    command: Sequence[str] = [sys.executable, "-m", f"bench.parts.{script}", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def test_the_windows_have_the_columns_of_the_bench(tmp_path: Path) -> None:
    reference, current = windows(tmp_path, 2000)

    names = pq.read_schema(reference).names

    assert names == pq.read_schema(current).names
    assert len([name for name in names if name.startswith("number")]) == N_NUMBERS
    assert len([name for name in names if name.startswith("name")]) == N_NAMES
    assert windows(tmp_path, 2000) == (reference, current)


def test_columns_that_were_moved_far_are_found_and_the_others_are_not(tmp_path: Path) -> None:
    reference, current = windows(tmp_path, 20_000)

    found = judge(fit(open_columns(reference)), current)

    assert found["number_21"]
    assert not found["number_0"]
    assert not any(found[f"name_{place}"] for place in range(N_NAMES))


def test_a_profile_is_as_large_for_ten_times_the_rows(tmp_path: Path) -> None:
    current = numbers(tmp_path, 1000, 2, shift=0.3)
    few, many = (numbers(tmp_path, n, 2) for n in (20_000, 200_000))

    found = [figures("drift_ours", path, current, 2) for path in (few, many)]

    assert found[1]["profile_bytes"] < 1.3 * found[0]["profile_bytes"] < 30_000


@pytest.mark.full
def test_every_side_takes_its_turn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "N_WINDOW", 1000)
    sizes = ["--sizes", "3000", "--rounds", "1", "--methods", "default"]

    assert drift.main([*sizes, "--references", "1000", "2000"]) == 0

    lines = capsys.readouterr().out.splitlines()
    for side in ("ours", "Evidently, default 0.7.23", "scipy", "1,000", "2,000"):
        assert any(line.startswith(side) for line in lines), side
