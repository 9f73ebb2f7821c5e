"""The benchmark of the gate measures what it says."""

from __future__ import annotations

import pytest

from bench.gate import main


def test_the_gate_is_timed_against_a_commit_without_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--rows", "2000", "--times", "1"])

    said = capsys.readouterr().out
    assert code == 0
    assert "2,000 rows x 20 columns, with a contract / without, 1 times each" in said
    assert "median ratio" in said
