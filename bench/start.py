"""How long the command takes to start, and how big the core install is.

Run `python -m bench.start`. A core install without extras is made in build/bench/core-venv, and
every time is taken with it, in turn with an interpreter that does nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

from bench.parts.footprint import MAX_MB, MAX_PACKAGES, folder_bytes
from bench.parts.timing import BUILD, ROOT, Timing, in_turn, load, process, show

IMPORT_S = 0.2
HELP_S = 0.3
NOT_OURS = ("pip", "setuptools", "__pycache__", "distutils-precedence")


class Core(NamedTuple):
    """A core install in an environment of its own."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def headgate(self) -> str:
        """Its command."""
        return str(self.folder / "bin" / "headgate")

    @property
    def site(self) -> Path:
        """Its site-packages."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def packages(self) -> list[str]:
        """List what is installed, as name==version, without pip itself."""
        listed = process([self.python, "-m", "pip", "list", "--format", "json"])[1]
        named = [f"{one['name']}=={one['version']}" for one in json.loads(listed)]
        return [name for name in named if not name.startswith(("pip=", "setuptools="))]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures beside the budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, help="runs of each command")
    options = parser.parse_args(arguments)
    core = install(BUILD / "core-venv")
    _show_times(core, options.runs)
    packages = core.packages()
    n_mb = folder_bytes(core.site, without=NOT_OURS) / 1e6
    rows: list[list[object]] = [
        ["packages", len(packages), MAX_PACKAGES, _verdict(len(packages), MAX_PACKAGES)],
        ["site-packages with bytecode, MB", n_mb, MAX_MB, _verdict(n_mb, MAX_MB)],
    ]
    show("core install, without pip", ["what", "figure", "budget", ""], rows)
    print("\n" + " ".join(packages))
    return 0


def install(folder: Path) -> Core:
    """Make an environment with the core install; one that is there gets our newest code only."""
    core = Core(folder)
    if not (folder / "bin" / "python").exists():
        print(f"making {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
    pip = [core.python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--upgrade", str(ROOT)], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(ROOT)], check=True)
    return core


def _show_times(core: Core, runs: int) -> None:
    commands = {
        "python -c pass": [core.python, "-c", "pass"],
        "import headgate": [core.python, "-c", "import headgate"],
        "headgate --help": [core.headgate, "--help"],
        "headgate blast --help": [core.headgate, "blast", "--help"],
    }
    budgets = {"import headgate": IMPORT_S, "headgate --help": HELP_S}
    budgets["headgate blast --help"] = HELP_S
    rows: list[list[object]] = []
    timings = in_turn(commands, runs=runs)
    bare = timings["python -c pass"].median
    for name, timing in timings.items():
        budget = budgets.get(name)
        verdict = "" if budget is None else _verdict(timing.median, budget)
        rows.append([name, *_spread(timing), timing.median - bare, budget or "-", verdict])
    head = ["whole process", "median s", "slowest s", "above pass s", "budget", ""]
    show(f"start, {runs} runs each in turn, {load()}", head, rows)


def _spread(timing: Timing) -> tuple[float, float]:
    return timing.median, max(timing.seconds)


def _verdict(figure: float, budget: float) -> str:
    return "held" if figure <= budget else "missed"


if __name__ == "__main__":
    sys.exit(main())
