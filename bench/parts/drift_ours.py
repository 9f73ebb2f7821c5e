"""Compares two windows in this process, from their Parquet files, and says what that took.

Run `python -m bench.parts.drift_ours REFERENCE CURRENT [N_TIMES [PREFIX]]`. The fitting of the
reference is charged; the window is counted and judged N_TIMES; with a prefix, columns whose names
begin with it are all there is. Libraries are imported before the clock
starts, on every side.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import scipy

from bench.parts.memory import peak_bytes
from bench.parts.timing import timed, worked
from headgate.monitor import sketches
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import Column, Counted, Profile, count, fit
from headgate.monitor.thresholds import threshold
from headgate.spine.store.file_columns import open_columns

OF_NUMBERS = ("ks_statistic", "psi", "wasserstein")
OF_NAMES = ("jensen_shannon", "psi")


def main(arguments: list[str]) -> None:
    """Compare the windows, and print one line of JSON."""
    reference, current = (Path(name) for name in arguments[:2])
    n_times, prefix = [*arguments[2:], *("1", "")[len(arguments) - 2 :]]
    import_module("scipy.special")
    found: dict[str, Any] = {}

    def whole() -> None:
        found["fit_s"], found["profile"] = timed(lambda: fit(_Part(reference, prefix)))
        found["judged"] = judge(found["profile"], current)

    seconds, cpu = worked(whole)
    profile: Profile = found["profile"]
    again = [_timed(profile, current) for _ in range(int(n_times) - 1)]
    print(
        json.dumps(
            {
                "work_s": seconds,
                "cpu_s": cpu,
                "fit_s": found["fit_s"],
                "window_s": statistics.median(again) if again else seconds - found["fit_s"],
                "peak_bytes": peak_bytes(),
                "process_s": time.process_time(),
                "profile_bytes": len(msgspec.msgpack.encode(profile)),
                "version": f"beside scipy {scipy.__version__}",
                "n_drifted": sum(found["judged"].values()),
            }
        )
    )


class _Part(Mapping[str, Any]):
    """The columns of a file whose names begin with a prefix, each read when asked for."""

    def __init__(self, path: Path, prefix: str) -> None:
        self._columns = open_columns(path)
        self._names = [name for name in self._columns if name.startswith(prefix)]

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def judge(profile: Profile, current: Path) -> dict[str, bool]:
    """Count a window and say of each column whether any of its numbers is over its threshold."""
    window = count(profile, open_columns(current))
    return {
        name: any(_drifted(metric, column, window.columns[name]) for metric in metrics_of(column))
        for name, column in profile.columns.items()
    }


def metrics_of(column: Column) -> tuple[str, ...]:
    """Name the metrics that are computed of a column."""
    return OF_NUMBERS if isinstance(column, NumberColumn) else OF_NAMES


def _drifted(metric: str, column: Column, window: Counted) -> bool:
    numbers: Any = (column, window)
    if metric in sketches.OF_CELLS:
        value = sketches.of_cells(metric, column, window, missing="drop")
    elif metric == "wasserstein":
        value = sketches.wasserstein(*numbers, scale="std", missing="drop")
    else:
        value = sketches.ks_statistic(*numbers, missing="drop")
    over: Any = column if metric == "wasserstein" else 10
    if not isinstance(column, NumberColumn):
        over = len(column.names) + 1
    return threshold(metric, column.window.n, window.n, over=over).is_exceeded(value.value)


def _timed(profile: Profile, current: Path) -> float:
    return timed(lambda: judge(profile, current))[0]


if __name__ == "__main__":
    main(sys.argv[1:])
