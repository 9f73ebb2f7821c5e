"""Runs a step that computes for a while in each of eight partitions; prints how long all took."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import headgate

PARTS = 8
FLOW = """
from headgate import keys_of, step

@step(partitions=keys_of("numbers", "part"), process={process})
def sums(numbers):
    found = 0
    for n in range(15_000_000):
        found = (found * 31 + n) % 1_000_003
    return [{{"sum": found, "_parents": numbers["_rid"].to_pylist()}}]
"""


def main() -> None:
    """Run it; the arguments are `local`, `process` and a number of jobs, or `ray`."""
    how = sys.argv[1]
    if how == "process":
        os.environ["HEADGATE_PIPELINES_JOBS"] = sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        project = headgate.init(Path(folder) / "project")
        project.dataset.commit("numbers", {"part": [str(n) for n in range(PARTS)]})
        pipelines = Path(folder) / "project" / "pipelines"
        pipelines.mkdir()
        text = FLOW.format(process=how == "process")
        (pipelines / "flow.py").write_text(text, encoding="utf-8")
        began = time.monotonic()
        run = project.pipeline.run("flow", engine="ray" if how == "ray" else "local")
        took = time.monotonic() - began
        if run.steps[0].state != "ran":
            raise SystemExit(str(run.steps[0]))
        project.close()
    print(took)


if __name__ == "__main__":
    main()
