"""Compares two windows with Evidently's drift preset and says what that took.

Run among Evidently: `python -m bench.parts.drift_evidently REFERENCE CURRENT METHOD`, where the
method is `default`, or one for numbers and one for names such as `ks+psi`.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib import import_module
from importlib.metadata import version
from typing import Any

from bench.parts.memory import peak_bytes
from bench.parts.timing import worked


def main(arguments: list[str]) -> None:
    """Compare the windows, and print one line of JSON."""
    warnings.simplefilter("ignore")
    pandas: Any = import_module("pandas")
    report: Any = import_module("evidently").Report
    preset: Any = import_module("evidently.presets").DataDriftPreset
    reference, current, method = arguments
    numbers, _, names = method.partition("+")
    methods = {} if method == "default" else {"num_method": numbers, "cat_method": names or numbers}
    found: dict[str, Any] = {}

    def whole() -> None:
        before, after = pandas.read_parquet(reference), pandas.read_parquet(current)
        run = report([preset(**methods)]).run(after, before)
        found["metrics"] = run.dict()["metrics"]

    seconds, cpu = worked(whole)
    counted = next(
        one["value"] for one in found["metrics"] if "DriftedColumnsCount" in one["config"]["type"]
    )
    print(
        json.dumps(
            {
                "work_s": seconds,
                "cpu_s": cpu,
                "peak_bytes": peak_bytes(),
                "process_s": time.process_time(),
                "n_drifted": int(counted["count"]),
                "version": version("evidently"),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
