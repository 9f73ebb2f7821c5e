"""Does with a peer what bench.runner does with ours; runs in the peer's own environment.

`python -m bench.parts.peer_chain NAME N_STEPS FOLDER` prints one line of JSON: the seconds and the
processor time of a chain of steps that do nothing. Each chain runs once before it is timed, so that
what a process does once, such as starting Prefect's server, is not counted.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bench.parts.timing import worked

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = "300"
"""How long Prefect may take to start its server on a busy machine [s]."""

Figures = dict[str, tuple[float, float]]
"""By how a chain was run: seconds, and those its process worked on all cores together."""
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
"""What keeps Dagster from telling each step on the terminal, which takes time too."""


def dagster(n_steps: int, folder: Path) -> Figures:
    """Run a job in process: as it comes, quietly in memory, and quietly with a record on SQLite.

    As it comes the record is in memory, and each step is told on the terminal.
    """
    library: Any = import_module("dagster")
    nothing = library.Nothing

    def made(index: int) -> Any:
        ins = {"before": library.In(nothing)} if index else {}
        return library.op(name=f"s{index}", ins=ins, out=library.Out(nothing))(_nothing)

    def chain() -> None:
        before: Any = None
        for op in ops:
            before = op() if before is None else op(before)

    ops = [made(index) for index in range(n_steps)]
    job = library.job(name="chain")(chain)
    found = {"as_it_comes": _second(job.execute_in_process)}
    instances = {
        "in_memory_quiet": library.DagsterInstance.ephemeral,
        "on_sqlite_quiet": lambda: library.DagsterInstance.local_temp(str(folder)),
    }
    for name, opened in instances.items():
        with opened() as instance:
            found[name] = _second(
                lambda of=instance: job.execute_in_process(instance=of, run_config=QUIET)
            )
    return found


def prefect(n_steps: int, folder: Path) -> Figures:
    """Run a flow with the server that Prefect starts by itself."""
    os.environ |= {
        "PREFECT_HOME": str(folder),
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": PATIENCE_S,
    }
    library: Any = import_module("prefect")
    tasks = [library.task(name=f"s{index}")(_after) for index in range(n_steps)]

    def chain() -> int:
        before = None
        for task in tasks:
            before = task(before)
        return n_steps

    return {"own_server": _second(library.flow(name="chain")(chain))}


def hamilton(n_steps: int, folder: Path) -> Figures:
    """Execute a driver without a cache, and with one that knows nothing and one that knows all."""
    library: Any = import_module("hamilton.driver")
    lines = ["def s0() -> object:\n    return None\n"]
    lines += [
        f"def s{i}(s{i - 1}: object) -> object:\n    return None\n" for i in range(1, n_steps)
    ]
    (folder / "chain.py").write_text("\n".join(lines))
    sys.path.insert(0, str(folder))
    chain: ModuleType = import_module("chain")

    def driver(cache: str | None) -> Any:
        builder = library.Builder().with_modules(chain)
        if cache is not None:
            builder = builder.with_cache(path=str(folder / cache))
        return builder.build()

    last = [f"s{n_steps - 1}"]
    found = {"no_cache": _second(lambda: driver(None).execute(last))}
    driver("first").execute(last)
    found["cold"] = worked(lambda: driver("second").execute(last))
    found["warm"] = worked(lambda: driver("second").execute(last))
    return found


CHAINS: dict[str, Callable[[int, Path], Figures]] = {
    "dagster": dagster,
    "prefect": prefect,
    "hamilton": hamilton,
}


def main(name: str, n_steps: int, folder: Path) -> None:
    """Measure one peer and print what was found."""
    print(json.dumps(CHAINS[name](n_steps, folder)), flush=True)


def _nothing() -> None:
    return None


def _after(_before: object) -> None:
    return None


def _second(call: Callable[[], Any]) -> tuple[float, float]:
    """Run a call twice; return the seconds of the second run, and those it worked."""
    call()
    return worked(call)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
