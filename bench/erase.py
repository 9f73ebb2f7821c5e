"""Erasing one subject: 1M rows x 20 columns in 20 versions. Run `python -m bench.erase`.

No peer does this: Delta, Iceberg and Lance delete a row from the newest version and rid older ones
of it only by giving those versions up. The byte search at the end shows that the work was done.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import headgate
from bench.parts.timing import BUILD, timed
from bench.parts.wide import wide_table

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

LIMIT_S = 3.0
VERSIONS = 20
CHANGED_RATIO = 0.002


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures beside the limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--subjects", type=int, default=5)
    asked = options.parse_args(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        root = Path(scratch) / "project"
        with headgate.init(root, name="bench") as project:
            subjects = _history(project, asked.rows, asked.subjects)
            plans, erasures = _erased(project, subjects)
        left = [one for one in subjects if _is_found(root, one)]
    median = statistics.median(erasures)
    verdict = "holds" if median <= LIMIT_S else "MISSED"
    print(f"{asked.rows:,} rows x 20 columns x {VERSIONS} versions, {len(subjects)} subjects")
    print(f"plan    median {statistics.median(plans):.2f} s")
    print(
        f"erase   median {median:.2f} s, slowest {max(erasures):.2f} s, limit {LIMIT_S} s {verdict}"
    )
    print(f"byte search finds {len(left)} of {len(subjects)} subjects")
    return 0


def _history(project: Project, n_rows: int, n_subjects: int) -> list[str]:
    """Commit people with some four rows each, then change 0.2 % of all rows nineteen times."""
    chance = np.random.default_rng(5)
    people = chance.integers(0, n_rows // 4, n_rows)
    table = wide_table(n_rows)
    emails = pa.array([f"user{one}@example.org" for one in people.tolist()])
    table = table.set_column(table.num_columns - 1, "email", emails)
    project.dataset.commit("people", table, key=("id",))
    for _ in range(VERSIONS - 1):
        chosen = np.sort(chance.choice(n_rows, int(n_rows * CHANGED_RATIO), replace=False))
        part = table.take(pa.array(chosen, pa.int64()))
        changed = pa.array(chance.normal(size=len(chosen)))
        index = next(i for i, field in enumerate(part.schema) if pa.types.is_float64(field.type))
        project.dataset.commit(
            "people", part.set_column(index, part.schema.names[index], changed), mode="upsert"
        )
    return [f"user{one}@example.org" for one in people[:n_subjects].tolist()]


def _erased(project: Project, subjects: list[str]) -> tuple[list[float], list[float]]:
    plans: list[float] = []
    erasures: list[float] = []
    for email in subjects:
        where = f"email = '{email}'"
        plans.append(timed(partial(project.dataset.erase, "people", where=where))[0])
        erase = partial(project.dataset.erase, "people", where=where, apply=True)
        erasures.append(timed(erase)[0])
    return plans, erasures


def _is_found(root: Path, email: str) -> bool:
    """Search every file, decompressed, for an address."""
    for path in (root / ".headgate").rglob("*"):
        if path.suffix == ".parquet" and "email" in pq.read_schema(path).names:
            if email in set(pq.read_table(path, columns=["email"])["email"].to_pylist()):
                return True
        elif path.is_file() and email.encode() in path.read_bytes():
            return True
    return False


if __name__ == "__main__":
    raise SystemExit(main())
