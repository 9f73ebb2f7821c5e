"""Compares the columns of numbers of two windows with scipy alone and says what that took.

Run `python -m bench.parts.drift_scipy REFERENCE CURRENT`.
"""

from __future__ import annotations

import json
import sys
import time

import pyarrow.parquet as pq
import scipy
from scipy.stats import ks_2samp, wasserstein_distance

from bench.parts.memory import peak_bytes
from bench.parts.timing import worked


def main(arguments: list[str]) -> None:
    """Compare the windows, and print one line of JSON."""

    def whole() -> None:
        files = [pq.ParquetFile(name) for name in arguments]
        for name in files[0].schema_arrow.names:
            if name.startswith("number"):
                before, after = (file.read([name])[name].to_numpy() for file in files)
                wasserstein_distance(before, after)
                ks_2samp(before, after)

    seconds, cpu = worked(whole)
    found = {"work_s": seconds, "cpu_s": cpu, "peak_bytes": peak_bytes()}
    print(json.dumps(found | {"process_s": time.process_time(), "version": scipy.__version__}))


if __name__ == "__main__":
    main(sys.argv[1:])
