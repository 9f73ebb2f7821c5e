"""The benchmark of the store runs on a small table and says of every line whether it holds."""

from __future__ import annotations

import pytest

from bench import store
from bench.parts.wide import some_ids


def test_every_line_is_printed_without_peers(capsys: pytest.CaptureFixture[str]) -> None:
    done = store.main(["--rows", "2000", "--upserts", "1", "--peers"])

    shown = capsys.readouterr().out
    assert done == 0
    assert "store, 2,000 rows x 20 columns" in shown
    limits = [line for line in shown.splitlines() if "<=" in line]
    assert len(limits) == len(store.LIMITS)
    assert all(line.endswith(("held", "MISSED")) for line in limits)


def test_single_lines_are_measured_alone(capsys: pytest.CaptureFixture[str]) -> None:
    store.main(["--rows", "500", "--upserts", "1", "--peers", "--only", "get"])

    shown = capsys.readouterr().out
    assert "1,000 random rows by key" in shown
    assert "plain Parquet" not in shown


def test_the_rows_to_get_are_the_same_for_everybody() -> None:
    assert some_ids(5_000) == some_ids(5_000)
    assert len(set(some_ids(5_000))) == 1_000
    assert sorted(some_ids(10)) == list(range(10))
