"""Which rows of the requirements are shown by a passing test.

As a pytest plugin it writes `build/rows.tsv`: a line for each test that bears
`@pytest.mark.row("S1-14")` or `row("S3-04", part="csv")`. As a command it prints the table.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

SHOWN = Path("build/rows.tsv")
REQUIREMENTS = Path("docs/requirements.tsv")
KEY = "row"


@dataclass(frozen=True)
class Showing:
    """One test's word on one row: the row, its part or "", the test and how it ended."""

    row: str
    part: str
    test: str
    outcome: str


class RowRecorder:
    """Takes down how the tests that bear a row ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.showings: list[Showing] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the test's outcome, and a set-up or tear-down that did not pass."""
        if report.when != "call" and report.outcome == "passed":
            return
        for key, value in report.user_properties:
            if key == KEY:
                row, _, part = str(value).partition("/")
                self.showings.append(Showing(row, part, report.nodeid, report.outcome))

    def pytest_sessionfinish(self) -> None:
        """Write the file, unless no test of this session bears a row."""
        if self.showings:
            write(self.path, self.showings)


def pytest_configure(config: pytest.Config) -> None:
    """Record where the reports arrive: not in the workers of a parallel run."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(RowRecorder(config.rootpath / SHOWN), "row-recorder")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand each row mark on with its test's report."""
    for item in items:
        for mark in item.iter_markers(KEY):
            part = mark.kwargs.get("part", "")
            item.user_properties.append((KEY, f"{mark.args[0]}/{part}"))


def write(path: Path, showings: Iterable[Showing]) -> None:
    """Write the showings, one a line, tabs between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = sorted(f"{s.row}\t{s.part}\t{s.test}\t{s.outcome}\n" for s in showings)
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path) -> list[Showing]:
    """Read what `write` wrote; no file reads as no showing."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Showing(*line.split("\t")) for line in lines]


def capabilities(path: Path) -> dict[str, str]:
    """Read the requirements: id and capability, tabs between, a heading first."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row["capability"] for row in csv.DictReader(lines, delimiter="\t")}


def table(showings: Iterable[Showing], wanted: dict[str, str]) -> list[str]:
    """Return a line for each row: shown by all its tests, failing in one, or without any.

    >>> table([Showing("A-1", "csv", "test_it", "passed")], {"A-1": "reads"})
    ['A-1     shown    1 test: csv                   reads']
    """
    by_row: dict[str, list[Showing]] = defaultdict(list)
    for showing in showings:
        by_row[showing.row].append(showing)
    rows = sorted(wanted.keys() | by_row.keys())
    return [_line(row, by_row.get(row, []), wanted.get(row, "")) for row in rows]


def _line(row: str, showings: list[Showing], capability: str) -> str:
    passed = {showing.outcome == "passed" for showing in showings}
    state = "open" if not passed else "shown" if passed == {True} else "failing"
    tests = f"{len(showings)} test" + ("" if len(showings) == 1 else "s")
    parts = ", ".join(sorted({showing.part for showing in showings if showing.part}))
    told = f"{tests}: {parts}" if parts else tests
    return f"{row:<7} {state:<8} {told:<29} {capability}".rstrip()


def main() -> int:
    """Print the table and how many of the wanted rows are shown."""
    wanted = capabilities(REQUIREMENTS)
    lines = table(read(SHOWN), wanted)
    n_shown = sum(line.split()[1] == "shown" for line in lines)
    sys.stdout.write("\n".join([*lines, f"{n_shown} of {len(lines)} rows shown", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
