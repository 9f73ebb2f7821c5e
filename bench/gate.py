"""What a contract costs a commit, 1M rows x 20 columns, fifteen clauses. `python -m bench.gate`.

Two datasets of one project get the same rows in turn, one of them under a contract. A commit of few
rows is timed too, for it must not pay for what only large ones need.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

import headgate
from bench.parts.timing import BUILD
from bench.parts.wide import wide_table

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

LIMIT_RATIO = 1.10
FEW = 1_000
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: guarded
version: 1.0.0
status: active
schema:
  - name: guarded
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
    properties:
      - name: id
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 0}
      - name: text_0
        logicalType: string
        required: true
        logicalTypeOptions: {maxLength: 40}
        quality:
          - metric: invalidValues
            arguments: {validValues: [VALUES]}
            mustBe: 0
      - name: text_1
        logicalType: string
        logicalTypeOptions: {pattern: '^text'}
      - name: number_0
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 0, maximum: 100}
      - name: real_0
        logicalType: number
        required: true
        logicalTypeOptions: {minimum: -10, maximum: 10}
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures beside the limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--times", type=int, default=5)
    asked = options.parse_args(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        root = Path(scratch) / "project"
        with headgate.init(root, name="bench") as project:
            _publish(project, root)
            large = _ratios(project, wide_table(asked.rows), asked.times)
            small = _ratios(project, wide_table(FEW), asked.times)
    verdict = "holds" if large <= LIMIT_RATIO else "MISSED"
    print(f"{asked.rows:,} rows x 20 columns, with a contract / without, {asked.times} times each")
    print(f"replace   median ratio {large:.3f}, limit {LIMIT_RATIO:.2f} {verdict}")
    print(f"{FEW:,} rows median ratio {small:.3f}")
    return 0


def _publish(project: Project, root: Path) -> None:
    values = ", ".join(f"text 0 of {n}" for n in range(10))
    (root / "contracts").mkdir(exist_ok=True)
    text = CONTRACT.replace("VALUES", values)
    (root / "contracts" / "guarded.yaml").write_text(text, encoding="utf-8")
    project.contract.publish("guarded")


def _ratios(project: Project, rows: pa.Table, times: int) -> float:
    """Commit the same rows to both in turn; return the median of the ratios of the pairs."""
    ratios: list[float] = []
    ids = np.arange(rows.num_rows)
    for turn in range(times + 1):
        fresh = rows.set_column(0, "id", pa.array(ids + turn * len(ids)))
        order = ("guarded", "plain") if turn % 2 else ("plain", "guarded")
        took = {name: _commit(project, name, fresh) for name in order}
        print(f"  {took['guarded']:.3f} s / {took['plain']:.3f} s")
        if turn:
            ratios.append(took["guarded"] / took["plain"])
    return statistics.median(ratios)


def _commit(project: Project, dataset: str, rows: pa.Table) -> float:
    began = time.perf_counter()
    snapshot = project.dataset.commit(dataset, rows, mode="replace")
    took = time.perf_counter() - began
    if snapshot.n_rows != rows.num_rows:
        raise SystemExit(f"{rows.num_rows - snapshot.n_rows} rows did not pass")
    return took


if __name__ == "__main__":
    raise SystemExit(main())
