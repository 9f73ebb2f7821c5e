"""Projects whose pipeline is a chain of steps, or one step with many partitions, and runs of them.

`python -m bench.parts.chains traced KIND N_STEPS FOLDER` runs a chain between two marks that a
trace of the process shows. `… offer N_KEYS FOLDER` makes a project with rows of so many partitions;
`… parted N_KEYS FOLDER` makes these and prints one line of JSON: seconds, and the most memory the
process had resident.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

import headgate
from bench.parts.memory import peak_bytes
from bench.parts.timing import timed, worked

if TYPE_CHECKING:
    from collections.abc import Generator

    from headgate.surfaces.python import Project

NAME = "chain"
BEGIN, END = "chain-begins", "chain-ended"
ROWS_A_KEY = 10
_HEAD = "import pyarrow as pa\nimport pyarrow.compute as pc\nfrom headgate import step\n"
_FIRST_NOTHING = "\n@step{how}\ndef s0():\n    return None\n"
_NEXT_NOTHING = "\n@step(after=('s{before}',){more})\ndef s{index}():\n    return None\n"
_FIRST_ROWS = "\n@step\ndef s0():\n    return pa.table({{'x': pa.array(range({n_rows}))}})\n"
_NEXT_ROWS = """
@step
def s{index}(s{before}):
    return s{before}.set_column(1, 'x', pc.add(s{before}['x'], 1))
"""
_PARTED = """
from headgate import keys_of

@step(partitions=keys_of("orders", "shop"))
def doubled(orders):
    return orders.append_column("twice", pc.multiply(orders["price"], 2))
"""
KINDS = {"nothing": 0, "rows": 10, "many": 10_000}
"""Rows of the table that each step of a chain makes; none where it makes no table."""


class Took(NamedTuple):
    """What one run of a chain took.

    Args:
        wall_s: from its start to its end [s].
        work_s: of all cores together [s].
    """

    wall_s: float
    work_s: float


@contextmanager
def project_with(folder: Path, steps: str) -> Generator[Project]:
    """Make a project with one pipeline file."""
    with headgate.init(folder, name="bench") as project:
        place = folder / "pipelines"
        place.mkdir(exist_ok=True)
        (place / f"{NAME}.py").write_text(_HEAD + steps)
        yield project


def chain(kind: str, n_steps: int) -> str:
    """Write steps, each of which comes after the one before.

    Args:
        kind: of `KINDS`; or `apart`, whose steps make nothing, each in a process of its own.
        n_steps: how many.
    """
    if KINDS.get(kind):
        first = _FIRST_ROWS.format(n_rows=KINDS[kind])
        others = [_NEXT_ROWS.format(index=i, before=i - 1) for i in range(1, n_steps)]
        return "\n".join([first, *others])
    how = "process=True" if kind == "apart" else ""
    first = _FIRST_NOTHING.format(how=f"({how})" if how else "")
    more = f", {how}" if how else ""
    others = [_NEXT_NOTHING.format(index=i, before=i - 1, more=more) for i in range(1, n_steps)]
    return "\n".join([first, *others])


def run_chain(project: Project, n_steps: int, state: str) -> Took:
    """Run the chain of a project.

    Raises:
        RuntimeError: not all of its steps came to the state.
    """
    states: Counter[str] = Counter()
    wall_s, work_s = worked(
        lambda: states.update(step.state for step in project.pipeline.run(NAME).steps)
    )
    if states != {state: n_steps}:
        raise RuntimeError(f"of {n_steps} steps that were to be {state}: {dict(states)}")
    return Took(wall_s, work_s)


def traced(kind: str, n_steps: int, folder: Path) -> None:
    """Run a chain once between two marks: files of known names, brought to disk."""
    with project_with(folder / "project", chain(kind, n_steps)) as project:
        _mark(folder / BEGIN)
        run_chain(project, n_steps, "ran")
        _mark(folder / END)


def offer(n_keys: int, folder: Path) -> None:
    """Make the project and the rows that have partitions, `ROWS_A_KEY` each."""
    with project_with(folder, _PARTED) as project:
        project.dataset.commit("orders", _orders(0, n_keys * ROWS_A_KEY, n_keys), key=("id",))


def parted(n_keys: int, folder: Path) -> dict[str, float]:
    """Make the partitions; then none, then the one of which a row has changed.

    Raises:
        RuntimeError: others were made than had to be.
    """
    with headgate.open(folder) as project:
        found = {"first_s": _made(project, n_keys), "peak_bytes": peak_bytes()}
        found["same_s"] = _made(project, 0)
        place = n_keys * ROWS_A_KEY // 2
        changed = _orders(place, place + 1, n_keys).set_column(2, "price", pa.array([-1.0]))
        project.dataset.commit("orders", changed, mode="upsert")
        found["changed_s"] = _made(project, 1)
        if project.dataset.show("doubled").snapshot.n_rows != n_keys * ROWS_A_KEY:
            raise RuntimeError("the partitions do not hold the rows of what they were made of")
    return found


def _made(project: Project, n_made: int) -> float:
    seconds, report = timed(lambda: project.pipeline.run(NAME))
    counts = report.steps[0].partitions
    if counts.n_ran != n_made:
        raise RuntimeError(f"{counts.n_ran} partitions were made, not {n_made}")
    return seconds


def _orders(first: int, end: int, n_keys: int) -> pa.Table:
    ids = np.arange(first, end)
    shops = np.char.add("shop-", (ids % n_keys).astype(str))
    return pa.table({"id": ids, "shop": pa.array(shops.tolist()), "price": ids % 97 * 1.0})


def _mark(path: Path) -> None:
    with path.open("wb") as file:
        os.fsync(file.fileno())


def _main(deed: str, *arguments: str) -> None:
    if deed == "traced":
        traced(arguments[0], int(arguments[1]), Path(arguments[2]))
    elif deed == "offer":
        offer(int(arguments[0]), Path(arguments[1]))
    else:
        print(json.dumps(parted(int(arguments[0]), Path(arguments[1]))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
